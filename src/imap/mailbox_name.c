/* The server's mailbox names <-> navette's folder names. SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "imap/mailbox_name.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/folder_name.h"
#include "base/text.h"
#include "imap/utf7.h"

/* --- Mailbox to folder --- */

/* One component's bytes in UTF-8. What is no strict modified UTF-7 is taken as it is: the server's
 * own spelling is kept beside the folder's name, so nothing has to be encoded back. */
static void decode_component(struct buffer *out, const char *bytes, size_t length, bool utf8)
{
	buffer_clear(out);
	if (!utf8 && imap_utf7_decode(out, bytes, length))
		return;
	buffer_clear(out);
	buffer_add(out, bytes, length);
}

static bool is_inbox(const char *bytes, size_t length)
{
	return length == 5 && text_starts_with_ignoring_case(bytes, "INBOX");
}

/* What of MAILBOX is left without the prefix; MAILBOX itself when it does not have it or nothing
 * sensible would be left. */
static const char *without_prefix(const char *mailbox, const struct imap_naming *naming)
{
	size_t length = naming->prefix ? strlen(naming->prefix) : 0;
	if (length == 0)
		return mailbox;
	bool inbox_prefix = length == 6 && text_starts_with_ignoring_case(naming->prefix, "INBOX");
	bool has = inbox_prefix ? text_starts_with_ignoring_case(mailbox, naming->prefix)
				: text_starts_with(mailbox, naming->prefix);
	const char *rest = mailbox + length;
	if (!has || *rest == '\0' ||
	    is_inbox(rest, strcspn(rest, (char[]){ naming->delimiter, 0 })))
		return mailbox;
	return rest;
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
	return error_set(
		error, ERROR_FAILED, SCOPE_FOLDER,
		"the name of this mailbox cannot be that of a folder (an empty part, or too long "
		"or too deep); it was left alone: rename it on the server");
}

/* --- Folder to mailbox --- */

static int refuse(const char *folder, const char *why, struct error *error)
{
	return error_set(
		error, ERROR_FAILED, SCOPE_FOLDER,
		"the server cannot have a mailbox for the folder %s: %s; rename the folder", folder,
		why);
}

/* One component in the server's spelling. */
static const char *encode_component(struct buffer *out, const char *component, size_t length,
				    const struct imap_naming *naming)
{
	struct buffer raw = BUFFER_INITIAL;
	const char *why = NULL;
	folder_name_unescape_component(&raw, component, length);
	const char *bytes = buffer_text(&raw);
	if (naming->delimiter && memchr(bytes, naming->delimiter, raw.length))
		why = "its name holds the character that separates mailboxes there";
	else if (memchr(bytes, '\0', raw.length) || memchr(bytes, '\r', raw.length) ||
		 memchr(bytes, '\n', raw.length) || !text_is_utf8(bytes, raw.length))
		why = "its name holds bytes that IMAP cannot carry";
	else if (naming->utf8)
		buffer_add(out, bytes, raw.length);
	else
		(void)imap_utf7_encode(out, bytes, raw.length); /* well-formed: it cannot fail */
	buffer_release(&raw);
	return why;
}

int imap_folder_to_mailbox(const char *folder, const struct imap_naming *naming, char **mailbox_r,
			   struct error *error)
{
	struct buffer mailbox = BUFFER_INITIAL;
	const char *why = NULL;
	const char *rest = folder;
	if (naming->prefix && strcmp(folder, "INBOX") != 0)
		buffer_add_text(&mailbox, naming->prefix);
	for (;;) {
		size_t length = strcspn(rest, "/");
		why = encode_component(&mailbox, rest, length, naming);
		rest += length;
		if (why || *rest == '\0')
			break;
		if (naming->delimiter == '\0') {
			why = "it has no mailboxes within mailboxes";
			break;
		}
		buffer_add_byte(&mailbox, naming->delimiter);
		rest++;
	}
	if (!why) {
		*mailbox_r = buffer_take(&mailbox);
		return 0;
	}
	buffer_release(&mailbox);
	return refuse(folder, why, error);
}
