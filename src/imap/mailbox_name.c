/* The server's mailbox names <-> navette's folder names. SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "imap/mailbox_name.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/text.h"
#include "mail/folder_name.h"
#include "mail/utf7.h"

/* --- Spelling --- */

enum imap_spelling imap_mailbox_spelling(const char *mailbox)
{
	struct buffer decoded = BUFFER_INITIAL;
	bool utf7 = utf7_decode(&decoded, mailbox, strlen(mailbox));

	buffer_release(&decoded);
	for (const char *byte = mailbox; *byte != '\0'; byte++)
		if ((unsigned char)*byte >= 0x80)
			return IMAP_SPELLING_UTF8;
	if (strchr(mailbox, '&') == NULL)
		return IMAP_SPELLING_EITHER;
	return utf7 ? IMAP_SPELLING_UTF7 : IMAP_SPELLING_UTF8;
}

char *imap_mailbox_respell(const char *mailbox)
{
	struct buffer decoded = BUFFER_INITIAL;

	if (utf7_decode(&decoded, mailbox, strlen(mailbox)))
		return buffer_take(&decoded);
	buffer_release(&decoded);
	return memory_text(mailbox);
}

/* --- Mailbox to folder --- */

/* One component's bytes in UTF-8. What is no strict modified UTF-7 is taken as it is: the server's
 * own spelling is kept beside the folder's name, so nothing has to be encoded back. */
static void decode_component(struct buffer *out, const char *bytes, size_t length, bool utf8)
{
	buffer_clear(out);
	if (!utf8 && utf7_decode(out, bytes, length))
		return;
	buffer_clear(out);
	buffer_add(out, bytes, length);
}

static bool is_inbox(const char *bytes, size_t length)
{
	return length == 5 && text_starts_with_ignoring_case(bytes, "INBOX");
}

/* What of MAILBOX is left without the prefix; MAILBOX itself when it does not have it or nothing
 * sensible would be left. The letters of INBOX in a prefix may be in any case. */
static const char *without_prefix(const char *mailbox, const struct imap_naming *naming)
{
	const char *prefix = naming->prefix != NULL ? naming->prefix : "";
	size_t length = strlen(prefix);
	size_t anycase = text_starts_with_ignoring_case(prefix, "INBOX") ? 5 : 0;
	const char *rest;

	if (length == 0 || strncasecmp(mailbox, prefix, anycase) != 0 ||
	    strncmp(mailbox + anycase, prefix + anycase, length - anycase) != 0)
		return mailbox;
	rest = mailbox + length;
	return *rest == '\0' || is_inbox(rest, strlen(rest)) ? mailbox : rest;
}

static size_t component_length(const char *name, char delimiter)
{
	const char *end = delimiter ? strchr(name, delimiter) : NULL;
	return end ? (size_t)(end - name) : strlen(name);
}

static bool add_components(struct buffer *folder, const char *name, char delimiter, bool utf8)
{
	struct buffer component = BUFFER_INITIAL;
	bool good = true;
	for (bool first = true; good; first = false) {
		size_t length = component_length(name, delimiter);
		if (!first)
			buffer_add_byte(folder, '/');
		decode_component(&component, name, length, utf8);
		if (first && is_inbox(buffer_text(&component), component.length))
			buffer_add_text(folder, "INBOX");
		else
			good = folder_name_escape_component(folder, buffer_text(&component),
							    component.length);
		name += length;
		if (*name == '\0')
			break;
		name++;
	}
	buffer_release(&component);
	return good;
}

int imap_mailbox_to_folder(const char *mailbox, char delimiter, const struct imap_naming *naming,
			   char **folder_r, struct error *error)
{
	struct buffer folder = BUFFER_INITIAL;
	bool good =
		add_components(&folder, without_prefix(mailbox, naming), delimiter, naming->utf8) &&
		folder_name_is_valid(buffer_text(&folder));
	if (good) {
		*folder_r = buffer_take(&folder);
		return 0;
	}
	buffer_release(&folder);
	return error_set(error, ERROR_FAILED, SCOPE_FOLDER,
			 "the name of this mailbox cannot be a folder name (it has "
			 "an empty part, or is too long or too deep), so it was "
			 "skipped; rename it on the server");
}

char *imap_mailbox_show(const char *mailbox, char delimiter, const struct imap_naming *naming)
{
	struct buffer shown = BUFFER_INITIAL;
	struct buffer component = BUFFER_INITIAL;
	const char *rest = without_prefix(mailbox, naming);

	for (;;) {
		size_t length = component_length(rest, delimiter);

		decode_component(&component, rest, length, naming->utf8);
		buffer_add(&shown, buffer_text(&component), component.length);
		rest += length;
		if (*rest == '\0')
			break;
		buffer_add_byte(&shown, '/');
		rest++;
	}
	buffer_release(&component);
	return buffer_take(&shown);
}

/* --- Folder to mailbox --- */

static int refuse_folder_name(const char *folder, const char *why, struct error *error)
{
	return error_set(
		error, ERROR_FAILED, SCOPE_FOLDER,
		"the server cannot have a mailbox for the folder %s: %s; rename the folder", folder,
		why);
}

/* RFC 9051 section 5.1: no control characters in names. */
static bool holds_control(const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)bytes[i] < ' ' || bytes[i] == 0x7f)
			return true;
	return false;
}

/* One component in the server's spelling; returns why that cannot be, or NULL. */
static const char *encode_component(struct buffer *out, const char *component, size_t length,
				    const struct imap_naming *naming)
{
	struct buffer raw = BUFFER_INITIAL;
	const char *why = NULL;
	size_t before = out->length;
	folder_name_unescape_component(&raw, component, length);
	const char *bytes = buffer_text(&raw);
	if (holds_control(bytes, raw.length) || !text_is_utf8(bytes, raw.length))
		why = "its name holds bytes that IMAP cannot carry";
	else if (naming->utf8)
		buffer_add(out, bytes, raw.length);
	else
		(void)utf7_encode(out, bytes, raw.length); /* well-formed: it cannot fail */
	/* Also where only the encoding brings it in. */
	if (why == NULL && naming->delimiter != '\0' &&
	    memchr(out->bytes + before, naming->delimiter, out->length - before) != NULL)
		why = "its name holds the character that separates mailboxes there";
	buffer_release(&raw);
	return why;
}

/* Prefix and components in the server's spelling; returns why that cannot be, or NULL. */
static const char *encode_folder(struct buffer *mailbox, const char *folder,
				 const struct imap_naming *naming)
{
	if (naming->prefix != NULL && strcmp(folder, "INBOX") != 0)
		buffer_add_text(mailbox, naming->prefix);
	for (;;) {
		size_t length = strcspn(folder, "/");
		const char *why = encode_component(mailbox, folder, length, naming);

		folder += length;
		if (why != NULL || *folder == '\0')
			return why;
		if (naming->delimiter == '\0')
			return "it has no mailboxes within mailboxes";
		buffer_add_byte(mailbox, naming->delimiter);
		folder++;
	}
}

/* A mailbox that does not show as the folder it was made for would be made again in every run. */
static bool comes_back(const char *mailbox, const char *folder, const struct imap_naming *naming)
{
	char *again = NULL;
	bool same;

	if (imap_mailbox_to_folder(mailbox, naming->delimiter, naming, &again, NULL) < 0)
		return false;
	same = again != NULL && strcmp(again, folder) == 0;
	free(again);
	return same;
}

int imap_folder_to_mailbox(const char *folder, const struct imap_naming *naming, char **mailbox_r,
			   struct error *error)
{
	struct buffer mailbox = BUFFER_INITIAL;
	const char *why = "its name is not a valid folder name";

	if (folder_name_is_valid(folder))
		why = encode_folder(&mailbox, folder, naming);
	if (why == NULL && !comes_back(buffer_text(&mailbox), folder, naming))
		why = "its name would be read back as that of another folder";
	if (why == NULL) {
		*mailbox_r = buffer_take(&mailbox);
		return 0;
	}
	buffer_release(&mailbox);
	return refuse_folder_name(folder, why, error);
}
