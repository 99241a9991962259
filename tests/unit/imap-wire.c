/* Bytes of a server through the parser. SPDX-License-Identifier: GPL-3.0-or-later */
#include "imap-wire.h"

#include <inttypes.h>
#include <string.h>

#include "mail/flags.h"

int wire_read(void *context, void *bytes, size_t size, size_t *length_r, struct error *error)
{
	struct wire *wire = context;
	size_t length = wire->length - wire->place;

	(void)error; /* memory can always be read */
	if (length > size)
		length = size;
	if (wire->chunk > 0 && length > wire->chunk)
		length = wire->chunk;
	if (length > 0)
		memcpy(bytes, wire->bytes + wire->place, length);
	wire->place += length;
	*length_r = length;
	return 0;
}

/* --- What a response says --- */

static void add_shown(struct buffer *out, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (bytes[i] == '\r' && i + 1 < length && bytes[i + 1] == '\n')
			i++;
		if (bytes[i] == '\r' || bytes[i] == '\n')
			buffer_add_byte(out, '|');
		else
			buffer_add_byte(out, bytes[i] == '\0' ? '@' : bytes[i]);
	}
}

static void add_words(struct buffer *out, const struct text_list *words, char separator)
{
	for (size_t i = 0; i < words->count; i++) {
		if (i > 0)
			buffer_add_byte(out, separator);
		buffer_add_text(out, words->items[i]);
	}
}

static void add_flags(struct buffer *out, const struct flag_names *flags)
{
	static const char *const names[] = { "\\Seen",    "\\Answered", "\\Flagged",
					     "\\Deleted", "\\Draft",    "$Forwarded" };
	const char *separator = "";

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if ((flags->system & (UINT32_C(1) << i)) == 0)
			continue;
		buffer_add_format(out, "%s%s", separator, names[i]);
		separator = ",";
	}
	if (flags->any_keyword) {
		buffer_add_format(out, "%s\\*", separator);
		separator = ",";
	}
	if (flags->keywords.count > 0)
		buffer_add_text(out, separator);
	add_words(out, &flags->keywords, ',');
}

static void add_code(struct buffer *out, const struct imap_code *code)
{
	static const char *const names[] = { [IMAP_CODE_NONE] = "",
					     [IMAP_CODE_ALERT] = "ALERT",
					     [IMAP_CODE_APPENDUID] = "APPENDUID",
					     [IMAP_CODE_CAPABILITY] = "CAPABILITY",
					     [IMAP_CODE_CLOSED] = "CLOSED",
					     [IMAP_CODE_COPYUID] = "COPYUID",
					     [IMAP_CODE_HIGHESTMODSEQ] = "HIGHESTMODSEQ",
					     [IMAP_CODE_MAILBOXID] = "MAILBOXID",
					     [IMAP_CODE_MODIFIED] = "MODIFIED",
					     [IMAP_CODE_NOMODSEQ] = "NOMODSEQ",
					     [IMAP_CODE_PERMANENTFLAGS] = "PERMANENTFLAGS",
					     [IMAP_CODE_READ_ONLY] = "READ-ONLY",
					     [IMAP_CODE_READ_WRITE] = "READ-WRITE",
					     [IMAP_CODE_TRYCREATE] = "TRYCREATE",
					     [IMAP_CODE_UIDNEXT] = "UIDNEXT",
					     [IMAP_CODE_UIDVALIDITY] = "UIDVALIDITY",
					     [IMAP_CODE_OTHER] = "OTHER" };

	buffer_add_byte(out, '(');
	if (names[code->type] != NULL)
		buffer_add_text(out, names[code->type]);
	else
		buffer_add_format(out, "#%d", (int)code->type);
	if (code->type != IMAP_CODE_NONE && code->type != IMAP_CODE_OTHER) {
		buffer_add_format(out, " %" PRIu64 " ", code->number);
		uid_set_format(&code->source, out);
		buffer_add_byte(out, ' ');
		uid_set_format(&code->uids, out);
		buffer_add_byte(out, ' ');
		add_flags(out, &code->flags);
		buffer_add_byte(out, ' ');
		add_words(out, &code->capabilities, ',');
		while (out->bytes[out->length - 1] == ' ')
			out->length--;
	}
	buffer_add_byte(out, ')');
}

static void add_condition(struct buffer *out, const struct imap_response *response)
{
	static const char *const names[] = { "OK", "NO", "BAD", "BYE", "PREAUTH" };

	buffer_add_format(out, "%s ", names[response->condition]);
	add_code(out, &response->code);
	if (response->text[0] != '\0')
		buffer_add_format(out, " %s", response->text);
}

static void add_delimiter(struct buffer *out, char delimiter)
{
	if (delimiter == '\0')
		buffer_add_text(out, "NIL");
	else
		buffer_add_format(out, "'%c'", delimiter);
}

static void add_status(struct buffer *out, const struct imap_status_data *status)
{
	buffer_add_text(out, status->mailbox);
	if (status->has_messages)
		buffer_add_format(out, " messages=%" PRIu32, status->messages);
	if (status->has_uidnext)
		buffer_add_format(out, " uidnext=%" PRIu32, status->uidnext);
	if (status->has_uidvalidity)
		buffer_add_format(out, " uidvalidity=%" PRIu32, status->uidvalidity);
	if (status->has_highestmodseq)
		buffer_add_format(out, " highestmodseq=%" PRIu64, status->highestmodseq);
	if (status->has_appendlimit)
		buffer_add_format(out, " appendlimit=%" PRIu64, status->appendlimit);
	if (status->has_size)
		buffer_add_format(out, " size=%" PRIu64, status->size);
	if (object_id_is_known(&status->mailbox_id))
		buffer_add_text(out, " mailboxid");
}

static void add_body(struct buffer *out, const struct imap_fetch_data *fetch,
		     const struct buffer *body)
{
	switch (fetch->body) {
	case IMAP_BODY_NONE:
		break;
	case IMAP_BODY_NIL:
		buffer_add_text(out, " body=NIL");
		break;
	case IMAP_BODY_RECEIVED:
		buffer_add_text(out, " body=<");
		add_shown(out, buffer_text(body), body->length);
		buffer_add_text(out, fetch->body_size == body->length ? ">" : "> of another size");
		if (fetch->body_is_header)
			buffer_add_text(out, " (header)");
		break;
	case IMAP_BODY_REFUSED:
		buffer_add_format(out, " body!%s", fetch->sink_error.text);
		break;
	}
}

static void add_fetch(struct buffer *out, const struct imap_fetch_data *fetch,
		      const struct buffer *body)
{
	buffer_add_format(out, "fetch %" PRIu32 " uid=%" PRIu32, fetch->sequence, fetch->uid);
	if (fetch->has_flags) {
		buffer_add_text(out, " flags=");
		add_flags(out, &fetch->flags);
	}
	if (fetch->has_internaldate)
		buffer_add_format(out, " date=%" PRId64, fetch->internaldate);
	if (fetch->has_size)
		buffer_add_format(out, " size=%" PRIu64, fetch->size);
	if (fetch->has_modseq)
		buffer_add_format(out, " modseq=%" PRIu64, fetch->modseq);
	if (fetch->has_header) {
		buffer_add_text(out, " header=<");
		add_shown(out, buffer_text(&fetch->header), fetch->header.length);
		buffer_add_byte(out, '>');
	}
	add_body(out, fetch, body);
}

static void add_sets(struct buffer *out, const struct imap_response *response)
{
	if (response->type == IMAP_RESPONSE_SEARCH) {
		buffer_add_text(out, "search");
		if (response->tag != NULL)
			buffer_add_format(out, " [%s]", response->tag);
	} else {
		buffer_add_text(out, response->earlier ? "vanished [earlier]" : "vanished");
	}
	if (!uid_set_is_empty(&response->uids))
		buffer_add_byte(out, ' ');
	uid_set_format(&response->uids, out);
}

static void add_list(struct buffer *out, const struct imap_response *response)
{
	const struct imap_list_data *list = &response->list;

	if (response->type == IMAP_RESPONSE_LIST)
		buffer_add_format(out, "list %x ", list->attributes);
	else
		buffer_add_format(out, "namespace %s ",
				  list->mailbox != NULL ? list->mailbox : "NIL");
	add_delimiter(out, list->delimiter);
	if (response->type == IMAP_RESPONSE_LIST)
		buffer_add_format(out, " %s", list->mailbox);
}

static void add_response(struct buffer *out, const struct imap_response *response,
			 const struct buffer *body)
{
	switch (response->type) {
	case IMAP_RESPONSE_TAGGED:
		buffer_add_format(out, "tagged %s ", response->tag);
		add_condition(out, response);
		break;
	case IMAP_RESPONSE_CONTINUATION:
		buffer_add_format(out, "continuation %s", response->text);
		break;
	case IMAP_RESPONSE_CONDITION:
		buffer_add_text(out, "condition ");
		add_condition(out, response);
		break;
	case IMAP_RESPONSE_CAPABILITY:
	case IMAP_RESPONSE_ENABLED:
		buffer_add_text(out, response->type == IMAP_RESPONSE_ENABLED ? "enabled "
									     : "capability ");
		add_words(out, &response->words, ' ');
		break;
	case IMAP_RESPONSE_NAMESPACE:
	case IMAP_RESPONSE_LIST:
		add_list(out, response);
		break;
	case IMAP_RESPONSE_STATUS:
		buffer_add_text(out, "status ");
		add_status(out, &response->status);
		break;
	case IMAP_RESPONSE_SEARCH:
	case IMAP_RESPONSE_VANISHED:
		add_sets(out, response);
		break;
	case IMAP_RESPONSE_FLAGS:
		buffer_add_text(out, "flags ");
		add_flags(out, &response->flags);
		break;
	case IMAP_RESPONSE_EXISTS:
		buffer_add_format(out, "exists %" PRIu32, response->number);
		break;
	case IMAP_RESPONSE_EXPUNGE:
		buffer_add_format(out, "expunge %" PRIu32, response->number);
		break;
	case IMAP_RESPONSE_FETCH:
		add_fetch(out, &response->fetch, body);
		break;
	case IMAP_RESPONSE_OTHER:
		buffer_add_text(out, "other");
		break;
	case IMAP_RESPONSE_MALFORMED:
		buffer_add_text(out, response->text != NULL ? "malformed" : "malformed silently");
		break;
	}
	buffer_add_byte(out, '\n');
}

/* --- Reading --- */

static int begin_body(void *context, const struct imap_fetch_data *fetch, uint64_t size,
		      struct error *error)
{
	(void)fetch;
	(void)size;
	(void)error; /* every body is taken */
	buffer_clear(context);
	return 0;
}

static int write_body(void *context, const void *bytes, size_t length, struct error *error)
{
	(void)error; /* every body is taken */
	buffer_add(context, bytes, length);
	return 0;
}

char *wire_parse(const char *bytes, size_t length, size_t chunk, bool with_sink,
		 struct error *end_r)
{
	struct wire wire = { .bytes = bytes, .length = length, .chunk = chunk };
	struct imap_reader *reader = imap_reader_create(wire_read, &wire);
	struct imap_response response = { .type = IMAP_RESPONSE_OTHER };
	struct buffer body = BUFFER_INITIAL;
	struct buffer out = BUFFER_INITIAL;
	struct imap_body_sink sink = { .context = &body, .begin = begin_body, .write = write_body };
	struct error error = ERROR_INITIAL;

	while (imap_response_read(reader, with_sink ? &sink : NULL, &response, &error) == 0)
		add_response(&out, &response, &body);
	if (end_r != NULL)
		*end_r = error;
	imap_response_release(&response);
	imap_reader_destroy(&reader);
	buffer_release(&body);
	return buffer_take(&out);
}
