/* The strings of a command: atoms, quoted strings and literals (RFC 9051 section 4).
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/text.h"
#include "imap/session_internal.h"

/* Longer strings go as literals, which do not count as line length (RFC 7162 section 4). */
#define QUOTED_MAX 1000u
/* RFC 7888 section 5. */
#define LITERAL_MINUS_MAX 4096u

static bool is_atom(const char *value)
{
	if (*value == '\0' || strcasecmp(value, "NIL") == 0)
		return false;
	for (; *value != '\0'; value++)
		if (*value <= ' ' || *value >= 0x7f || strchr("(){%*\"\\]", *value) != NULL)
			return false;
	return true;
}

static bool is_quotable(const char *value, bool utf8)
{
	size_t length = strlen(value);

	if (length > QUOTED_MAX || strpbrk(value, "\r\n") != NULL)
		return false;
	if (utf8)
		return text_is_utf8(value, length);
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)value[i] >= 0x80)
			return false;
	return true;
}

static void add_quoted(struct buffer *out, const char *value)
{
	buffer_add_byte(out, '"');
	for (; *value != '\0'; value++) {
		if (*value == '"' || *value == '\\')
			buffer_add_byte(out, '\\');
		buffer_add_byte(out, *value);
	}
	buffer_add_byte(out, '"');
}

bool imap_command_literal_waits(const struct imap_session *session, uint64_t size)
{
	if (imap_session_has(session, IMAP_CAPABILITY_LITERAL_PLUS))
		return false;
	return !(imap_session_has(session, IMAP_CAPABILITY_LITERAL_MINUS) &&
		 size <= LITERAL_MINUS_MAX);
}

static void add_literal(struct imap_command *command, const char *value)
{
	size_t length = strlen(value);
	bool waits = imap_command_literal_waits(command->session, length);

	buffer_add_format(&command->line, "{%zu%s}\r\n", length, waits ? "" : "+");
	if (waits) {
		void *items = command->waits;

		memory_grow(&items, &command->wait_capacity, command->wait_count + 1,
			    sizeof command->waits[0]);
		command->waits = items;
		command->waits[command->wait_count++] = command->line.length;
	}
	buffer_add_text(&command->line, value);
}

/* Names with 8-bit octets may be quoted only after UTF8=ACCEPT was enabled (RFC 6855 section 3). As
 * a literal each server understands them; that costs a round trip unless it need not wait, but not
 * in an APPEND: WildDuck takes UTF-8 in its quotation marks for another mailbox there. */
static bool may_quote(struct imap_command *command, const char *value)
{
	struct imap_session *session = command->session;
	struct error ignored = ERROR_INITIAL; /* of the connection: sending tells it again */

	if (is_quotable(value, false))
		return true;
	if (command->kind->streams || !imap_command_literal_waits(session, strlen(value)))
		return false;
	if (!session->dispatching)
		(void)imap_session_settle(session, &ignored);
	return is_quotable(value, session->quotes_utf8);
}

void imap_command_add_astring(struct imap_command *command, const char *value)
{
	if (is_atom(value)) {
		imap_command_add(command, value);
	} else if (may_quote(command, value)) {
		add_quoted(&command->line, value);
		add_quoted(&command->shown, value);
	} else {
		add_literal(command, value);
		buffer_add_format(&command->shown, "{%zu bytes}", strlen(value));
	}
}

void imap_command_add_secret(struct imap_command *command, const char *value)
{
	buffer_make_secret(&command->line);
	if (is_quotable(value, command->session->quotes_utf8))
		add_quoted(&command->line, value);
	else
		add_literal(command, value);
	buffer_add_text(&command->shown, "***");
}
