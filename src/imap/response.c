/* One response of the server, understood. SPDX-License-Identifier: GPL-3.0-or-later */
#include "imap/response.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "imap/response_parts.h"
#include "imap/secrets.h"

/* --- The struct --- */

static void clear_code(struct imap_code *code)
{
	code->type = IMAP_CODE_NONE;
	code->number = 0;
	uid_set_clear(&code->source);
	uid_set_clear(&code->uids);
	response_clear_flags(&code->flags);
	response_clear_words(&code->capabilities);
}

static void clear_fetch(struct imap_fetch_data *fetch)
{
	fetch->sequence = 0;
	fetch->uid = 0;
	fetch->has_flags = fetch->has_internaldate = fetch->has_size = false;
	fetch->has_modseq = fetch->has_header = false;
	response_clear_flags(&fetch->flags);
	fetch->internaldate = 0;
	fetch->size = 0;
	fetch->modseq = 0;
	fetch->object = (struct object_id){ .bytes = { 0 } };
	buffer_clear(&fetch->header);
	if (fetch->body == IMAP_BODY_REFUSED)
		error_clear(&fetch->sink_error);
	fetch->body = IMAP_BODY_NONE;
	fetch->body_size = 0;
	fetch->body_is_header = fetch->brings_body = false;
}

/* As for a new response; memory is kept where the next may use it. */
static void clear(struct imap_response *response)
{
	response->type = IMAP_RESPONSE_OTHER;
	free(response->tag);
	free(response->text);
	response->tag = response->text = NULL;
	clear_code(&response->code);
	response_clear_words(&response->words);
	uid_set_clear(&response->uids);
	response->earlier = false;
	response_clear_flags(&response->flags);
	response->number = 0;
	clear_fetch(&response->fetch);
}

void imap_response_release(struct imap_response *response)
{
	clear(response);
	uid_set_release(&response->code.source);
	uid_set_release(&response->code.uids);
	text_list_release(&response->code.flags.keywords);
	text_list_release(&response->code.capabilities);
	text_list_release(&response->words);
	free(response->list.mailbox);
	free(response->status.mailbox);
	uid_set_release(&response->uids);
	text_list_release(&response->flags.keywords);
	text_list_release(&response->fetch.flags.keywords);
	buffer_release(&response->fetch.header);
	memset(response, 0, sizeof *response);
}

/* --- Untagged responses --- */

static bool find_condition(struct lexer_slice word, enum imap_condition *condition_r)
{
	static const char *const names[] = { [IMAP_OK] = "OK",
					     [IMAP_NO] = "NO",
					     [IMAP_BAD] = "BAD",
					     [IMAP_BYE] = "BYE",
					     [IMAP_PREAUTH] = "PREAUTH" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (lexer_slice_is(word, names[i])) {
			*condition_r = (enum imap_condition)i;
			return true;
		}
	}
	return false;
}

static bool parse_flags(struct response_parse *parse)
{
	return response_parse_flag_list(parse, &parse->response->flags) &&
	       lexer_end_line(parse->reader);
}

static const struct known_response {
	const char *name;
	enum imap_response_type type;
	bool (*parse)(struct response_parse *parse);
} known_responses[] = {
	{ "CAPABILITY", IMAP_RESPONSE_CAPABILITY, response_parse_words },
	{ "ENABLED", IMAP_RESPONSE_ENABLED, response_parse_words },
	{ "ESEARCH", IMAP_RESPONSE_SEARCH, response_parse_esearch },
	{ "FLAGS", IMAP_RESPONSE_FLAGS, parse_flags },
	{ "LIST", IMAP_RESPONSE_LIST, response_parse_list },
	{ "LSUB", IMAP_RESPONSE_LIST, response_parse_list },
	{ "NAMESPACE", IMAP_RESPONSE_NAMESPACE, response_parse_namespace },
	{ "SEARCH", IMAP_RESPONSE_SEARCH, response_parse_search },
	{ "STATUS", IMAP_RESPONSE_STATUS, response_parse_status },
	{ "VANISHED", IMAP_RESPONSE_VANISHED, response_parse_vanished },
};

static bool parse_named(struct response_parse *parse)
{
	struct imap_reader *reader = parse->reader;
	struct imap_response *response = parse->response;
	struct lexer_slice word;

	if (!lexer_word(reader, LEXER_ITEM, &word))
		return false;
	if (find_condition(word, &response->condition)) {
		response->type = IMAP_RESPONSE_CONDITION;
		return response_parse_condition(parse);
	}
	for (size_t i = 0; i < sizeof known_responses / sizeof *known_responses; i++) {
		if (!lexer_slice_is(word, known_responses[i].name))
			continue;
		response->type = known_responses[i].type;
		return lexer_spaces(reader) && known_responses[i].parse(parse);
	}
	/* Without its number such a response would be lost silently. */
	if (lexer_slice_is(word, "FETCH") || lexer_slice_is(word, "UIDFETCH") ||
	    lexer_slice_is(word, "EXISTS") || lexer_slice_is(word, "EXPUNGE"))
		return lexer_complain(reader, "the number of a message is missing");
	return lexer_skip_line(reader);
}

/* "12 EXISTS": about a message by its sequence number or UID, or how many there are. */
static bool parse_numbered(struct response_parse *parse)
{
	struct imap_reader *reader = parse->reader;
	struct imap_response *response = parse->response;
	struct lexer_slice word;
	uint64_t number;

	if (!lexer_number(reader, UINT32_MAX, &number) ||
	    !lexer_expect(reader, ' ', "nothing follows a number") || !lexer_spaces(reader) ||
	    !lexer_word(reader, LEXER_ITEM, &word))
		return false;
	response->number = (uint32_t)number;
	if (lexer_slice_is(word, "FETCH")) {
		response->type = IMAP_RESPONSE_FETCH;
		response->fetch.sequence = (uint32_t)number;
		return lexer_spaces(reader) && response_parse_fetch(parse);
	}
	if (lexer_slice_is(word, "UIDFETCH")) { /* RFC 9586 section 3.3 */
		response->type = IMAP_RESPONSE_FETCH;
		response->fetch.uid = (uint32_t)number;
		return lexer_spaces(reader) && response_parse_fetch(parse);
	}
	if (lexer_slice_is(word, "EXISTS")) {
		response->type = IMAP_RESPONSE_EXISTS;
		return lexer_end_line(reader);
	}
	if (lexer_slice_is(word, "EXPUNGE")) {
		response->type = IMAP_RESPONSE_EXPUNGE;
		if (number == 0)
			return lexer_complain(reader, "there is no message 0");
		return lexer_end_line(reader);
	}
	return lexer_skip_line(reader);
}

static bool parse_untagged(struct response_parse *parse)
{
	struct imap_reader *reader = parse->reader;
	int byte;

	lexer_take(reader, 1);
	if (!lexer_expect(reader, ' ', "“*” without a space after it") || !lexer_spaces(reader))
		return false;
	byte = lexer_peek(reader);
	return byte >= '0' && byte <= '9' ? parse_numbered(parse) : parse_named(parse);
}

/* --- The kinds of lines --- */

static bool parse_continuation(struct response_parse *parse)
{
	struct lexer_slice text;

	lexer_take(parse->reader, 1);
	if (!lexer_spaces(parse->reader) || !lexer_rest_of_line(parse->reader, &text))
		return false;
	parse->response->type = IMAP_RESPONSE_CONTINUATION;
	parse->response->text = text_printable(text.bytes, text.length); /* a challenge: whole */
	return true;
}

static bool is_graphic(struct lexer_slice word)
{
	for (size_t i = 0; i < word.length; i++)
		if ((unsigned char)word.bytes[i] <= ' ' || (unsigned char)word.bytes[i] >= 0x7f)
			return false;
	return true;
}

static bool parse_tagged(struct response_parse *parse)
{
	struct imap_reader *reader = parse->reader;
	struct imap_response *response = parse->response;
	struct lexer_slice word;

	if (!lexer_word(reader, LEXER_WORD, &word))
		return false;
	if (!is_graphic(word))
		return lexer_complain(reader, "a tag is not a word");
	response->tag = memory_text_length(word.bytes, word.length);
	if (!lexer_expect(reader, ' ', "it begins with neither “*” nor a tag") ||
	    !lexer_spaces(reader) || !lexer_word(reader, LEXER_ITEM, &word))
		return false;
	if (!find_condition(word, &response->condition) || response->condition == IMAP_BYE ||
	    response->condition == IMAP_PREAUTH)
		return lexer_complain(reader, "it begins with neither “*” nor a tag");
	response->type = IMAP_RESPONSE_TAGGED;
	return response_parse_condition(parse);
}

/* Empty lines are no responses; some servers send them behind a literal. */
static bool skip_empty_lines(struct imap_reader *reader)
{
	int byte;

	while ((byte = lexer_peek(reader)) == '\r' || byte == '\n')
		lexer_take(reader, 1);
	if (byte < 0 || !lexer_count(reader))
		return false;
	reader->excerpt_length = 0;
	return true;
}

static bool parse_line(struct response_parse *parse)
{
	struct imap_reader *reader = parse->reader;
	int byte;

	if (!skip_empty_lines(reader))
		return false;
	byte = lexer_peek(reader);
	switch (byte) {
	case '*':
		return parse_untagged(parse);
	case '+':
		return parse_continuation(parse);
	case '[': /* a response code that a server sent without its "* OK" */
		return lexer_skip_line(reader);
	default:
		/* TLS, a message whose literal was announced too short: no line can be trusted. */
		if (byte < ' ' || byte >= 0x7f)
			return lexer_fail(reader, ERROR_FAILED,
					  "the server sent something that is not IMAP");
		return parse_tagged(parse);
	}
}

/* --- Malformed ones --- */

static bool skip_malformed(struct response_parse *parse)
{
	struct imap_reader *reader = parse->reader;
	struct imap_response *response = parse->response;
	size_t length;
	char *shown;

	if (!lexer_skip_line(reader) || !lexer_count(reader))
		return false;
	length = reader->excerpt_length;
	while (length > 0 && strchr("\r\n", reader->excerpt[length - 1]) != NULL)
		length--;
	shown = imap_secrets_printable(reader->secrets, reader->excerpt, length);
	free(response->text);
	response->text = memory_format("“%s%s” (%s)", shown,
				       reader->line_length > LEXER_EXCERPT_MAX ? "..." : "",
				       reader->complaint);
	response->type = IMAP_RESPONSE_MALFORMED;
	free(shown);
	return true;
}

int imap_response_read(struct imap_reader *reader, const struct imap_body_sink *sink,
		       struct imap_response *response, struct error *error)
{
	struct response_parse parse = { .reader = reader, .sink = sink, .response = response };
	bool good;

	clear(response);
	lexer_begin(reader);
	good = !reader->failed && parse_line(&parse);
	if (!good && !reader->failed)
		good = skip_malformed(&parse);
	if (good && !reader->failed)
		return 0;
	if (error != NULL)
		*error = reader->error;
	return -1;
}
