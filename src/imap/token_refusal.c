/* What a server says of a token that it does not take. SPDX-License-Identifier: GPL-3.0-or-later */
#include "imap/token_refusal.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/text.h"
#include "imap/session_internal.h"

/* --- JSON, as much of it as a flat object needs (RFC 8259) --- */

struct json {
	const char *at, *end;
};

static char peek(const struct json *json)
{
	return json->at < json->end ? *json->at : '\0';
}

static void skip_space(struct json *json)
{
	while (json->at < json->end && strchr(" \t\r\n", *json->at) && *json->at)
		json->at++;
}

static bool take_byte(struct json *json, char byte)
{
	skip_space(json);
	if (peek(json) != byte || json->at == json->end)
		return false;
	json->at++;
	return true;
}

/* After the backslash. What is beyond ASCII is not worth a name here. */
static void take_escape(struct json *json, struct buffer *text)
{
	char byte = peek(json);
	if (json->at < json->end)
		json->at++;
	if (byte == 'u') {
		for (int i = 0; i < 4 && json->at < json->end; i++)
			json->at++;
		byte = '?';
	}
	buffer_add_byte(text, byte && strchr("nrtbf", byte) ? ' ' : byte);
}

static bool take_string(struct json *json, struct buffer *text)
{
	if (!take_byte(json, '"'))
		return false;
	while (json->at < json->end) {
		char byte = *json->at++;
		if (byte == '"')
			return true;
		if (byte == '\\')
			take_escape(json, text);
		else
			buffer_add_byte(text, byte);
	}
	return false;
}

/* Whatever stands there, as text; arrays and objects as they are written. */
static bool take_value(struct json *json, struct buffer *text)
{
	unsigned int depth = 0;
	skip_space(json);
	if (peek(json) == '"')
		return take_string(json, text);
	while (json->at < json->end) {
		char byte = peek(json);
		if (depth == 0 && (byte == ',' || byte == '}'))
			return true;
		if (byte == '"') {
			if (!take_string(json, text))
				return false;
			continue;
		}
		if (byte == '{' || byte == '[')
			depth++;
		else if ((byte == '}' || byte == ']') && depth > 0)
			depth--;
		buffer_add_byte(text, byte);
		json->at++;
		skip_space(json);
	}
	return false;
}

/* --- The refusal --- */

static char **place_of(struct imap_token_refusal *refusal, const char *name)
{
	if (strcmp(name, "status") == 0 || strcmp(name, "error") == 0)
		return &refusal->status;
	if (strcmp(name, "scope") == 0)
		return &refusal->scope;
	if (strcmp(name, "error_description") == 0 || strcmp(name, "message") == 0)
		return &refusal->words;
	return NULL;
}

static bool take_member(struct json *json, struct imap_token_refusal *refusal)
{
	struct buffer name = BUFFER_INITIAL;
	struct buffer value = BUFFER_INITIAL;
	bool good = take_string(json, &name) && take_byte(json, ':') && take_value(json, &value);
	char **place = good ? place_of(refusal, buffer_text(&name)) : NULL;
	if (place) {
		free(*place);
		*place = buffer_take(&value);
	}
	buffer_release(&name);
	buffer_release(&value);
	return good;
}

/* The words of RFC 6750 section 3.1, and the numbers that Google has for them. */
static enum imap_token_fault fault_of_status(const char *status)
{
	static const struct {
		const char *status;
		enum imap_token_fault fault;
	} faults[] = {
		{ "invalid_token", IMAP_TOKEN_INVALID },        { "401", IMAP_TOKEN_INVALID },
		{ "insufficient_scope", IMAP_TOKEN_SCOPE },     { "403", IMAP_TOKEN_SCOPE },
		{ "invalid_request", IMAP_TOKEN_REQUEST },      { "400", IMAP_TOKEN_REQUEST },
		{ "temporarily_unavailable", IMAP_TOKEN_BUSY }, { "server_error", IMAP_TOKEN_BUSY },
	};
	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
		if (text_equal_ignoring_case(status, faults[i].status))
			return faults[i].fault;
	}
	return strlen(status) == 3 && *status == '5' ? IMAP_TOKEN_BUSY : IMAP_TOKEN_UNTOLD;
}

enum imap_token_fault imap_token_fault_of_words(const char *words)
{
	static const char *const expired[] = { "tokenexpired",     "token expired",
					       "expired token",    "token has expired",
					       "token is expired", NULL };
	static const char *const scope[] = { "insufficient_scope", "insufficient scope",
					     "missing scope", NULL };
	if (imap_words_hold_any(words, expired))
		return IMAP_TOKEN_EXPIRED;
	return imap_words_hold_any(words, scope) ? IMAP_TOKEN_SCOPE : IMAP_TOKEN_UNTOLD;
}

struct imap_token_refusal imap_token_refusal_read(const char *text, size_t length)
{
	struct json json = { .at = text, .end = text + length };
	struct imap_token_refusal refusal = { .status = memory_text(""),
					      .scope = memory_text(""),
					      .words = memory_text("") };
	if (take_byte(&json, '{')) {
		while (take_member(&json, &refusal) && take_byte(&json, ','))
			;
	}
	refusal.fault = imap_token_fault_of_words(refusal.words);
	if (refusal.fault == IMAP_TOKEN_UNTOLD)
		refusal.fault = fault_of_status(refusal.status);
	return refusal;
}

void imap_token_refusal_release(struct imap_token_refusal *refusal)
{
	free(refusal->status);
	free(refusal->scope);
	free(refusal->words);
	*refusal = (struct imap_token_refusal){ .fault = IMAP_TOKEN_UNTOLD };
}
