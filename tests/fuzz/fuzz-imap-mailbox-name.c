/* Fuzz target: mailbox names and folder names. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "imap/mailbox_name.h"
#include "mail/folder_name.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_folder(const char *mailbox, const struct imap_naming *naming)
{
	struct error error = ERROR_INITIAL;
	char *folder = NULL;

	if (imap_mailbox_to_folder(mailbox, naming->delimiter, naming, &folder, &error) == 0) {
		if (!folder_name_is_valid(folder))
			abort();
	} else if (error.kind != ERROR_FAILED || error.scope != SCOPE_FOLDER) {
		abort();
	}
	free(folder);
}

/* A mailbox made for a folder comes back as that folder. */
static void check_mailbox(const char *folder, const struct imap_naming *naming)
{
	struct error error = ERROR_INITIAL;
	char *mailbox = NULL;
	char *again = NULL;

	if (imap_folder_to_mailbox(folder, naming, &mailbox, &error) == 0) {
		if (imap_mailbox_to_folder(mailbox, naming->delimiter, naming, &again, &error) !=
			    0 ||
		    strcmp(again, folder) != 0)
			abort();
	} else if (error.kind != ERROR_FAILED || error.scope != SCOPE_FOLDER) {
		abort();
	}
	free(mailbox);
	free(again);
}

/* The first bytes choose delimiter, UTF-8, and the length of the prefix that follows them. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const char delimiters[] = "/.\\^&-A";
	struct imap_naming naming = { .delimiter = '/' };
	size_t prefix_length;
	char *name;

	if (size < 2)
		return 0;
	naming.delimiter = delimiters[bytes[0] % sizeof delimiters]; /* or NUL */
	naming.utf8 = bytes[0] >= 0x80;
	prefix_length = bytes[1] % 8;
	if (prefix_length > size - 2)
		prefix_length = size - 2;
	naming.prefix = memory_text_length((const char *)bytes + 2, prefix_length);
	name = memory_text_length((const char *)bytes + 2 + prefix_length,
				  size - 2 - prefix_length);
	check_folder(name, &naming);
	check_mailbox(name, &naming);
	free(name);
	free(naming.prefix);
	return 0;
}
