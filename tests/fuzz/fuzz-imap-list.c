/* Fuzz target: the answers to LIST, through a session to the names of folders.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "imap/commands.h"
#include "mail/folder_name.h"
#include "memory-stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* The first byte of the input picks one; the rest answers A2, and A1 with NAMESPACE. */
static const char *const preambles[] = {
	"* PREAUTH [CAPABILITY IMAP4rev1] hello\r\n* LIST () \"/\" \"\"\r\nA1 OK done\r\n",
	"* PREAUTH [CAPABILITY IMAP4rev1] hello\r\n* LIST () \".\" \"\"\r\nA1 OK done\r\n",
	"* PREAUTH [CAPABILITY IMAP4rev2 UTF8=ACCEPT] hello\r\n",
	"* PREAUTH [CAPABILITY IMAP4rev1 NAMESPACE LIST-EXTENDED LIST-STATUS SPECIAL-USE] hello\r\n",
};

struct play {
	struct buffer transcript;
	struct imap_session *session;
};

/* Said in other words than folder_name.c does: the name stays in the root, whatever follows. */
static void check_folder(const char *folder)
{
	size_t depth = 0;

	if (!folder_name_is_valid(folder))
		abort();
	for (const char *part = folder;; part++) {
		size_t length = strcspn(part, "/");

		if (length == 0 || length > FOLDER_COMPONENT_MAX || part[0] == '.' ||
		    ++depth > FOLDER_DEPTH_MAX)
			abort();
		for (size_t i = 0; i < length; i++)
			if ((unsigned char)part[i] < 0x20 || part[i] == 0x7f)
				abort();
		part += length;
		if (*part == '\0')
			return;
	}
}

/* What can be made again, is the same again. */
static void check_mailbox(const char *folder, const struct imap_naming *naming)
{
	struct error error = ERROR_INITIAL;
	char *mailbox = NULL;
	char *again = NULL;

	if (imap_folder_to_mailbox(folder, naming, &mailbox, &error) == 0 &&
	    (imap_mailbox_to_folder(mailbox, naming->delimiter, naming, &again, &error) != 0 ||
	     strcmp(again, folder) != 0))
		abort();
	free(mailbox);
	free(again);
}

static int see(void *context, const struct imap_list_data *list,
	       const struct imap_status_data *status, struct error *error)
{
	struct play *play = context;
	const struct imap_naming *naming = imap_session_naming(play->session);
	struct error refusal = ERROR_INITIAL;
	char *folder = NULL;

	(void)error; /* nothing fails */
	if (imap_mailbox_to_folder(list->mailbox, list->delimiter, naming, &folder, &refusal) ==
	    0) {
		check_folder(folder);
		check_mailbox(folder, naming);
	} else if (refusal.scope != SCOPE_FOLDER || refusal.text[0] == '\0') {
		abort();
	}
	if (status != NULL && strcmp(status->mailbox, list->mailbox) != 0)
		abort();
	buffer_add_format(&play->transcript, "%x %s %s %d\n", list->attributes, list->mailbox,
			  folder ? folder : "-", status ? (int)status->messages : -1);
	free(folder);
	return 0;
}

static char *play(const char *preamble, const uint8_t *bytes, size_t size, size_t chunk)
{
	const struct imap_login login = { .endpoint = { .host = "h", .tls = IMAP_TLS_NONE } };
	struct play play = { .session = NULL };
	struct error error = ERROR_INITIAL;
	enum imap_result result;
	bool whole = true;

	memory_stream_set(preamble, bytes, size, chunk);
	if (imap_session_open(&login, &play.session, &error) < 0)
		abort();
	result = imap_list(play.session, true, see, &play, &whole, &error);
	if ((result == IMAP_RESULT_OK) != (error.kind == ERROR_NONE))
		abort();
	buffer_add_format(&play.transcript, "%d %d %s\n", (int)result, whole, error.text);
	imap_session_close(&play.session);
	return buffer_take(&play.transcript);
}

/* However the bytes come, they mean the same. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const char *preamble;
	char *at_once;
	char *slowly;

	if (size == 0)
		return 0;
	log_set_level(LOG_ERROR);
	preamble = preambles[bytes[0] % (sizeof preambles / sizeof *preambles)];
	at_once = play(preamble, bytes + 1, size - 1, 0);
	slowly = play(preamble, bytes + 1, size - 1, 1);
	if (strcmp(at_once, slowly) != 0)
		abort();
	free(at_once);
	free(slowly);
	return 0;
}
