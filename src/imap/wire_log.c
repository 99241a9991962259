/* The lines of the server for -vv, literals struck out. SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "imap/wire_log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"

/* How far into "{123}" or "{123+}" a line is. */
enum { BRACE_NONE, BRACE_OPEN, BRACE_DIGITS, BRACE_CLOSED };

/* A longer literal than this is no literal but text that looks like one. */
#define LITERAL_DIGITS_LIMIT (UINT64_MAX / 10 - 1)

static void end_line(struct imap_wire_log *log, const char *label)
{
	char *text;
	size_t length;

	text = imap_secrets_strike(log->secrets, buffer_text(&log->line), log->line.length,
				   &length);

	if (log->hide_challenges && text[0] == '+')
		log_line(LOG_WIRE, "%s S: + ***", label);
	else if (log->hidden > 0)
		log_line(LOG_WIRE, "%s S: %s... (%" PRIu64 " bytes more)", label, text,
			 log->hidden);
	else
		log_line(LOG_WIRE, "%s S: %s", label, text);
	free(text);
	buffer_clear(&log->line);
	log->hidden = 0;
}

static void follow_brace(struct imap_wire_log *log, char byte)
{
	bool digit = byte >= '0' && byte <= '9';

	if (byte == '{') {
		log->brace = BRACE_OPEN;
		log->number = 0;
	} else if ((log->brace == BRACE_OPEN || log->brace == BRACE_DIGITS) && digit &&
		   log->number < LITERAL_DIGITS_LIMIT) {
		log->brace = BRACE_DIGITS;
		log->number = log->number * 10 + (uint64_t)(byte - '0');
	} else if (log->brace == BRACE_DIGITS && byte == '}') {
		log->brace = BRACE_CLOSED;
	} else if (byte != '\r' && !(log->brace == BRACE_DIGITS && byte == '+')) {
		log->brace = BRACE_NONE;
	}
}

/* The "{123}" at the end of the line becomes "{123 bytes}", and the line goes on after it. */
static void begin_literal(struct imap_wire_log *log)
{
	log->literal = log->number;
	log->brace = BRACE_NONE;
	if (log->hidden == 0 && log->line.length > 0 &&
	    log->line.bytes[log->line.length - 1] == '}') {
		log->line.bytes[--log->line.length] = '\0';
		buffer_add_text(&log->line, " bytes}");
	}
}

static void log_byte(struct imap_wire_log *log, const char *label, char byte)
{
	if (byte == '\n') {
		if (log->brace == BRACE_CLOSED)
			begin_literal(log);
		else
			end_line(log, label);
		return;
	}
	follow_brace(log, byte);
	if (byte == '\r')
		return;
	if (log->line.length < IMAP_WIRE_LINE_MAX)
		buffer_add_byte(&log->line, byte);
	else
		log->hidden++;
}

void imap_wire_log_feed(struct imap_wire_log *log, const char *label, const void *bytes,
			size_t length)
{
	const char *at = bytes;

	if (!log_shows(LOG_WIRE))
		return;
	while (length > 0) {
		if (log->literal > 0) {
			size_t skip = log->literal < length ? (size_t)log->literal : length;

			log->literal -= skip;
			at += skip;
			length -= skip;
		} else {
			log_byte(log, label, *at++);
			length--;
		}
	}
}

void imap_wire_log_keep(struct imap_wire_log *log, const void *bytes, size_t length)
{
	if (log_shows(LOG_WIRE))
		buffer_add(&log->kept, bytes, length);
}

void imap_wire_log_feed_kept(struct imap_wire_log *log, const char *label, size_t ahead)
{
	size_t length = log->kept.length > ahead ? log->kept.length - ahead : 0;

	imap_wire_log_feed(log, label, log->kept.bytes, length);
	buffer_drop(&log->kept, length);
}

void imap_wire_log_sent(const char *label, const char *shown)
{
	while (*shown != '\0') {
		size_t length = strcspn(shown, "\n");
		char *line = memory_text_length(shown, length);

		log_line(LOG_WIRE, "%s C: %s", label, line);
		free(line);
		shown += length;
		if (*shown == '\n')
			shown++;
	}
}

void imap_wire_log_release(struct imap_wire_log *log)
{
	buffer_release(&log->line);
	buffer_release(&log->kept);
	*log = (struct imap_wire_log){ .secrets = log->secrets };
}
