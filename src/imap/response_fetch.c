/* FETCH: the items of one message (RFC 9051 section 7.5.2). SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <string.h>

#include "imap/date.h"
#include "imap/response_parts.h"

/* What stands in brackets behind BODY or BINARY. */
enum section {
	SECTION_NONE,   /* no brackets */
	SECTION_WHOLE,  /* [] */
	SECTION_HEADER, /* [HEADER] */
	SECTION_FIELDS, /* [HEADER.FIELDS (...)] */
	SECTION_OTHER   /* another part, or not from its begin on */
};

typedef bool take_item(struct response_parse *parse);

/* --- Bodies: from the buffer of the reader to the sink --- */

static void refuse_body(struct imap_fetch_data *fetch, const struct error *error)
{
	if (fetch->body == IMAP_BODY_REFUSED)
		return;
	fetch->body = IMAP_BODY_REFUSED;
	fetch->sink_error = *error;
}

/* FETCH shows the sink what came before: that has no body yet. */
static void begin_body(struct response_parse *parse, uint64_t size)
{
	const struct imap_body_sink *sink = parse->sink;
	struct imap_fetch_data *fetch = &parse->response->fetch;
	struct error error = ERROR_INITIAL;

	fetch->body_size = size;
	fetch->brings_body = true;
	if (sink != NULL && sink->begin != NULL && sink->write != NULL &&
	    sink->begin(sink->context, fetch, size, &error) == 0)
		return;
	if (error.kind == ERROR_NONE)
		(void)error_set(&error, ERROR_FAILED, SCOPE_MESSAGE, /* always -1 */
				"the server sent a message that was not requested");
	refuse_body(fetch, &error);
}

static void write_body(struct response_parse *parse, struct lexer_slice part)
{
	const struct imap_body_sink *sink = parse->sink;
	struct imap_fetch_data *fetch = &parse->response->fetch;
	struct error error = ERROR_INITIAL;

	if (fetch->body == IMAP_BODY_REFUSED || part.length == 0)
		return;
	if (sink->write(sink->context, part.bytes, part.length, &error) != 0)
		refuse_body(fetch, &error);
}

static void end_body(struct response_parse *parse)
{
	if (parse->response->fetch.body == IMAP_BODY_NONE)
		parse->response->fetch.body = IMAP_BODY_RECEIVED;
}

static bool take_body_literal(struct response_parse *parse)
{
	struct lexer_slice part;
	uint64_t left;

	if (!lexer_literal_head(parse->reader, &left))
		return false;
	begin_body(parse, left);
	while (left > 0) {
		if (!lexer_literal_part(parse->reader, &left, &part))
			return false;
		write_body(parse, part);
	}
	end_body(parse);
	return true;
}

/* NIL, which some servers send in place of a body: the message was expunged meanwhile. */
static bool take_body(struct response_parse *parse)
{
	struct imap_reader *reader = parse->reader;
	struct lexer_slice text;

	if (parse->response->fetch.body != IMAP_BODY_NONE)
		return lexer_complain(reader, "a message has two bodies");
	if (lexer_is_literal(reader))
		return take_body_literal(parse);
	if (lexer_peek(reader) == '"') {
		if (!lexer_quoted(reader, &text))
			return false;
		begin_body(parse, text.length);
		write_body(parse, text);
		end_body(parse);
		return true;
	}
	if (!lexer_word(reader, LEXER_WORD, &text))
		return false;
	if (!lexer_slice_is(text, "NIL"))
		return lexer_complain(reader, "a body is not a string");
	parse->response->fetch.body = IMAP_BODY_NIL;
	return true;
}

/* Only the header, but all of it: as long as the sender wanted. */
static bool take_whole_header(struct response_parse *parse)
{
	if (parse->response->fetch.body == IMAP_BODY_NONE)
		parse->response->fetch.body_is_header = true;
	return take_body(parse);
}

/* --- The header fields --- */

/* One that is too long is as none: this message cannot be told by it, the others can. */
static bool take_header_literal(struct imap_reader *reader, struct imap_fetch_data *fetch)
{
	struct lexer_slice part;
	uint64_t left;

	if (!lexer_literal_head(reader, &left))
		return false;
	if (left > IMAP_LITERAL_MAX)
		return lexer_literal_skip(reader, left);
	while (left > 0) {
		if (!lexer_literal_part(reader, &left, &part))
			return false;
		buffer_add(&fetch->header, part.bytes, part.length);
	}
	fetch->has_header = true;
	return true;
}

static bool take_header(struct response_parse *parse)
{
	struct imap_reader *reader = parse->reader;
	struct imap_fetch_data *fetch = &parse->response->fetch;
	struct lexer_slice text;
	bool nil;

	if (fetch->has_header)
		return lexer_complain(reader, "a message has two headers");
	if (lexer_is_literal(reader))
		return take_header_literal(reader, fetch);
	if (!lexer_string(reader, LEXER_WORD, &text, &nil))
		return false;
	if (nil)
		return true;
	buffer_add(&fetch->header, text.bytes, text.length);
	fetch->has_header = true;
	return true;
}

/* --- Items of few bytes --- */

/* A UID that is told twice must be the same: else the response is made of two that ran together,
 * and nobody knows which flags or body belong to which. */
static bool take_uid(struct response_parse *parse)
{
	struct imap_fetch_data *fetch = &parse->response->fetch;
	uint64_t number;

	if (!lexer_number(parse->reader, UINT32_MAX, &number))
		return false;
	if (fetch->uid != 0 && fetch->uid != number)
		return lexer_complain(parse->reader, "a message has two UIDs");
	fetch->uid = (uint32_t)number;
	return true;
}

static bool take_flags(struct response_parse *parse)
{
	struct imap_fetch_data *fetch = &parse->response->fetch;

	fetch->has_flags = response_parse_flag_list(parse, &fetch->flags);
	return fetch->has_flags;
}

/* An invalid date is taken for none: some servers send days that do not exist. */
static bool take_internaldate(struct response_parse *parse)
{
	struct imap_fetch_data *fetch = &parse->response->fetch;
	struct lexer_slice text;
	bool nil;

	if (!lexer_string(parse->reader, LEXER_WORD, &text, &nil))
		return false;
	fetch->has_internaldate =
		!nil && imap_date_parse(text.bytes, text.length, &fetch->internaldate);
	return true;
}

/* A number; NIL and negative numbers, which some servers send for a MODSEQ, are none. */
static bool take_item_number(struct imap_reader *reader, uint64_t *number_r, bool *has_r)
{
	struct lexer_slice word;
	int byte = lexer_peek(reader);

	*has_r = byte >= '0' && byte <= '9';
	*number_r = 0;
	if (*has_r)
		return lexer_number(reader, UINT64_MAX, number_r);
	if (!lexer_word(reader, LEXER_WORD, &word))
		return false;
	if (*word.bytes == '-' || lexer_slice_is(word, "NIL"))
		return true;
	return lexer_complain(reader, "a number is missing");
}

static bool take_size(struct response_parse *parse)
{
	struct imap_fetch_data *fetch = &parse->response->fetch;

	return take_item_number(parse->reader, &fetch->size, &fetch->has_size);
}

/* "(12345)" (RFC 7162 section 3.1.4.2); 0 is none. */
static bool take_modseq(struct response_parse *parse)
{
	struct imap_reader *reader = parse->reader;
	struct imap_fetch_data *fetch = &parse->response->fetch;

	if (!lexer_expect(reader, '(', "the number of a MODSEQ is missing") ||
	    !lexer_spaces(reader) ||
	    !take_item_number(reader, &fetch->modseq, &fetch->has_modseq) ||
	    !lexer_spaces(reader) || !lexer_expect(reader, ')', "a MODSEQ does not end"))
		return false;
	fetch->has_modseq = fetch->has_modseq && fetch->modseq != 0;
	return true;
}

/* "(M6d99ac3275bb4e)" (RFC 8474 section 5.3). */
static bool take_emailid(struct response_parse *parse)
{
	struct imap_reader *reader = parse->reader;
	struct lexer_slice word;

	if (lexer_peek(reader) != '(')
		return lexer_skip_value(reader);
	lexer_take(reader, 1);
	if (!lexer_spaces(reader) || !lexer_word(reader, LEXER_WORD, &word))
		return false;
	parse->response->fetch.object = object_id_of(OBJECT_ID_EMAILID, word.bytes, word.length);
	return lexer_spaces(reader) && lexer_expect(reader, ')', "an EMAILID does not end");
}

static bool take_x_gm_msgid(struct response_parse *parse)
{
	struct lexer_slice word;
	int byte = lexer_peek(parse->reader);

	if (byte < '0' || byte > '9')
		return lexer_skip_value(parse->reader);
	if (!lexer_word(parse->reader, LEXER_WORD, &word))
		return false;
	parse->response->fetch.object = object_id_of(OBJECT_ID_X_GM_MSGID, word.bytes, word.length);
	return true;
}

/* Something that was not asked for; some servers leave out its value. */
static bool skip_item(struct response_parse *parse)
{
	return lexer_peek(parse->reader) == ')' || lexer_skip_value(parse->reader);
}

/* --- Sections --- */

static bool is_header_fields(const char *section)
{
	static const char fields[] = "HEADER.FIELDS";
	char end;

	if (!text_starts_with_ignoring_case(section, fields))
		return false;
	end = section[sizeof fields - 1];
	return end == ' ' || end == '(' || end == '\0';
}

/* What stands in brackets, with whatever field names, of which the server may have its own
 * spelling. The first bytes of it are told. */
static bool take_brackets(struct imap_reader *reader, char *text, size_t size)
{
	struct lexer_slice ignored;
	size_t length = 0;

	lexer_take(reader, 1);
	for (;;) {
		int byte = lexer_peek(reader);

		if (byte == ']')
			break;
		if (byte < ' ')
			return lexer_complain(reader, "a section does not end");
		if (byte == '(') {
			if (!lexer_skip_value(reader))
				return false;
			continue;
		}
		if (byte == '"') {
			if (!lexer_quoted(reader, &ignored))
				return false;
			byte = '?';
		} else {
			lexer_take(reader, 1);
		}
		if (length + 1 < size)
			text[length++] = (char)byte;
	}
	lexer_take(reader, 1);
	text[length] = '\0';
	return true;
}

/* "<0>": where the part that was sent begins. */
static bool take_origin(struct imap_reader *reader, uint64_t *origin_r)
{
	*origin_r = 0;
	if (lexer_peek(reader) != '<')
		return true;
	lexer_take(reader, 1);
	return lexer_number(reader, UINT64_MAX, origin_r) &&
	       lexer_expect(reader, '>', "an origin does not end");
}

static bool take_section(struct imap_reader *reader, enum section *section_r)
{
	char text[32] = "";
	uint64_t origin = 0;

	*section_r = SECTION_NONE;
	if (lexer_peek(reader) != '[')
		return true;
	if (!take_brackets(reader, text, sizeof text) || !take_origin(reader, &origin))
		return false;
	if (text[0] == '\0')
		*section_r = SECTION_WHOLE;
	else if (text_equal_ignoring_case(text, "HEADER"))
		*section_r = SECTION_HEADER;
	else
		*section_r = is_header_fields(text) ? SECTION_FIELDS : SECTION_OTHER;
	if (origin != 0)
		*section_r = SECTION_OTHER;
	return true;
}

/* --- Items --- */

static const struct known_item {
	const char *name;
	enum section section;
	take_item *take;
} known_items[] = {
	{ "UID", SECTION_NONE, take_uid },
	{ "FLAGS", SECTION_NONE, take_flags },
	{ "INTERNALDATE", SECTION_NONE, take_internaldate },
	{ "RFC822.SIZE", SECTION_NONE, take_size },
	{ "MODSEQ", SECTION_NONE, take_modseq },
	{ "EMAILID", SECTION_NONE, take_emailid },
	{ "X-GM-MSGID", SECTION_NONE, take_x_gm_msgid },
	{ "BODY", SECTION_WHOLE, take_body },
	{ "BODY", SECTION_HEADER, take_whole_header },
	{ "BODY", SECTION_FIELDS, take_header },
	{ "BINARY", SECTION_WHOLE, take_body },
	{ "RFC822", SECTION_NONE, take_body },
	{ "BODY.PEEK", SECTION_WHOLE, take_body }, /* some servers echo the request */
	{ "BODY.PEEK", SECTION_HEADER, take_whole_header },
	{ "BODY.PEEK", SECTION_FIELDS, take_header },
	{ "BINARY.PEEK", SECTION_WHOLE, take_body },
};

#define ITEM_NAME_SIZE 16 /* more than any of these needs */

static take_item *find_item(const char *name, enum section section)
{
	for (size_t i = 0; i < sizeof known_items / sizeof *known_items; i++)
		if (known_items[i].section == section &&
		    text_equal_ignoring_case(name, known_items[i].name))
			return known_items[i].take;
	return skip_item;
}

static bool take_one_item(struct response_parse *parse)
{
	struct imap_reader *reader = parse->reader;
	struct lexer_slice word;
	enum section section;
	char name[ITEM_NAME_SIZE] = "";
	int first = lexer_peek(reader) | 0x20; /* lower case */

	if (first < 'a' || first > 'z')
		return lexer_complain(reader, "the name of an item is missing");
	if (!lexer_word(reader, LEXER_ITEM, &word))
		return false;
	if (word.length < sizeof name)
		memcpy(name, word.bytes, word.length);
	if (!take_section(reader, &section) || !lexer_spaces(reader))
		return false;
	return find_item(name, section)(parse);
}

/* Some servers send an empty line behind a literal, inside the parentheses. When
 * something else follows the line end, the response was cut off there: what follows is not touched.
 */
static bool take_stray_line_end(struct imap_reader *reader)
{
	size_t length = lexer_peek(reader) == '\r' ? 2 : 1;
	int next;

	if (length == 2 && lexer_look(reader, 1) != '\n')
		return lexer_complain(reader, "a line end is incomplete");
	next = lexer_look(reader, length);
	if (next != ')' && next != ' ')
		return lexer_complain(reader, "the items end without a parenthesis");
	lexer_take(reader, length);
	return lexer_spaces(reader);
}

/* Takes what separates two items, or the parenthesis that ends them. */
static bool take_gap(struct imap_reader *reader, bool first, bool *end_r)
{
	bool behind_literal = reader->start == reader->run;
	bool spaced = lexer_peek(reader) == ' ';
	int byte;

	if (!lexer_spaces(reader))
		return false;
	byte = lexer_peek(reader);
	if (behind_literal && !spaced && (byte == '\r' || byte == '\n')) {
		if (!take_stray_line_end(reader))
			return false;
		spaced = true;
	}
	*end_r = lexer_peek(reader) == ')';
	if (*end_r)
		lexer_take(reader, 1);
	else if (!first && !spaced)
		return lexer_complain(reader, "no space between two items");
	return true;
}

bool response_parse_fetch(struct response_parse *parse)
{
	struct imap_reader *reader = parse->reader;
	bool end;

	if (!lexer_expect(reader, '(', "the items of a FETCH are missing"))
		return false;
	for (bool first = true;; first = false) {
		if (!take_gap(reader, first, &end))
			return false;
		if (end)
			return lexer_end_line(reader);
		if (!take_one_item(parse))
			return false;
	}
}
