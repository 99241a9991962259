/* Response codes: "[NAME arguments]" (RFC 9051 section 7.1). SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <string.h>

#include "imap/response_parts.h"

typedef enum lex code_function(struct parse *parse, struct imap_code *code);

static enum lex number_argument(struct parse *parse, struct imap_code *code)
{
	enum lex result = lexer_spaces(parse->reader, parse->error);
	return result == LEX_OK ? lexer_number(parse->reader, &code->number, parse->error) : result;
}

static enum lex set_argument(struct parse *parse, struct uid_set *set)
{
	enum lex result = lexer_spaces(parse->reader, parse->error);
	return result == LEX_OK ? lexer_uid_set(parse->reader, set, parse->error) : result;
}

/* RFC 4315 section 3: UIDVALIDITY and the new UIDs. */
static enum lex appenduid(struct parse *parse, struct imap_code *code)
{
	enum lex result = number_argument(parse, code);
	return result == LEX_OK ? set_argument(parse, &code->uids) : result;
}

static enum lex copyuid(struct parse *parse, struct imap_code *code)
{
	enum lex result = number_argument(parse, code);
	if (result == LEX_OK)
		result = set_argument(parse, &code->source);
	return result == LEX_OK ? set_argument(parse, &code->uids) : result;
}

static enum lex modified(struct parse *parse, struct imap_code *code)
{
	return set_argument(parse, &code->uids);
}

static enum lex permanentflags(struct parse *parse, struct imap_code *code)
{
	enum lex result = lexer_spaces(parse->reader, parse->error);
	return result == LEX_OK ? parse_flags(parse, &code->flags) : result;
}

enum lex parse_capabilities(struct parse *parse, const char *stops, struct text_list *list)
{
	for (;;) {
		enum lex result = lexer_spaces(parse->reader, parse->error);
		if (result == LEX_OK)
			result = lexer_word(parse->reader, stops, parse->word, parse->error);
		if (result != LEX_OK)
			return result;
		if (parse->word->length == 0)
			return LEX_OK;
		for (char *byte = parse->word->bytes; *byte; byte++) {
			if (*byte >= 'a' && *byte <= 'z')
				*byte = (char)(*byte - 'a' + 'A');
		}
		text_list_add(list, buffer_text(parse->word));
	}
}

static enum lex capability(struct parse *parse, struct imap_code *code)
{
	return parse_capabilities(parse, "]", &code->capabilities);
}

static const struct {
	const char *name;
	enum imap_code_type type;
	code_function *arguments; /* NULL: none that matter */
} codes[] = {
	{ "ALERT", IMAP_CODE_ALERT, NULL },
	{ "ALREADYEXISTS", IMAP_CODE_ALREADYEXISTS, NULL },
	{ "APPENDUID", IMAP_CODE_APPENDUID, appenduid },
	{ "AUTHENTICATIONFAILED", IMAP_CODE_AUTHENTICATIONFAILED, NULL },
	{ "AUTHORIZATIONFAILED", IMAP_CODE_AUTHORIZATIONFAILED, NULL },
	{ "CAPABILITY", IMAP_CODE_CAPABILITY, capability },
	{ "CLOSED", IMAP_CODE_CLOSED, NULL },
	{ "COPYUID", IMAP_CODE_COPYUID, copyuid },
	{ "EXPUNGEISSUED", IMAP_CODE_EXPUNGEISSUED, NULL },
	{ "HIGHESTMODSEQ", IMAP_CODE_HIGHESTMODSEQ, number_argument },
	{ "INUSE", IMAP_CODE_INUSE, NULL },
	{ "LIMIT", IMAP_CODE_LIMIT, NULL },
	{ "MODIFIED", IMAP_CODE_MODIFIED, modified },
	{ "NOMODSEQ", IMAP_CODE_NOMODSEQ, NULL },
	{ "NONEXISTENT", IMAP_CODE_NONEXISTENT, NULL },
	{ "NOPERM", IMAP_CODE_NOPERM, NULL },
	{ "OVERQUOTA", IMAP_CODE_OVERQUOTA, NULL },
	{ "PERMANENTFLAGS", IMAP_CODE_PERMANENTFLAGS, permanentflags },
	{ "READ-ONLY", IMAP_CODE_READ_ONLY, NULL },
	{ "READ-WRITE", IMAP_CODE_READ_WRITE, NULL },
	{ "TOOBIG", IMAP_CODE_TOOBIG, NULL },
	{ "TRYCREATE", IMAP_CODE_TRYCREATE, NULL },
	{ "UIDNEXT", IMAP_CODE_UIDNEXT, number_argument },
	{ "UIDNOTSTICKY", IMAP_CODE_UIDNOTSTICKY, NULL },
	{ "UIDVALIDITY", IMAP_CODE_UIDVALIDITY, number_argument },
	{ "UNAVAILABLE", IMAP_CODE_UNAVAILABLE, NULL },
};

static enum lex known_arguments(struct parse *parse, struct imap_code *code)
{
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		if (!text_equal_ignoring_case(buffer_text(parse->word), codes[i].name))
			continue;
		code->type = codes[i].type;
		return codes[i].arguments ? codes[i].arguments(parse, code) : LEX_OK;
	}
	code->type = IMAP_CODE_OTHER;
	return LEX_OK;
}

/* Whatever is left before "]": arguments of codes that do not matter, and stray spaces. A quoted
 * "]" does not end it. */
static enum lex skip_to_end(struct parse *parse)
{
	bool quoted = false;
	for (;;) {
		char byte;
		if (lexer_peek(parse->reader, &byte, parse->error) != LEX_OK)
			return LEX_FATAL;
		if (byte == '\r' || byte == '\n')
			return LEX_MALFORMED;
		if (lexer_skip(parse->reader, parse->error) != LEX_OK)
			return LEX_FATAL;
		if (byte == ']' && !quoted)
			return LEX_OK;
		if (byte == '"')
			quoted = !quoted;
	}
}

enum lex parse_code(struct parse *parse)
{
	struct imap_code *code = &parse->response->code;
	enum lex result = lexer_expect(parse->reader, '[', parse->error);
	if (result == LEX_OK)
		result = lexer_word(parse->reader, "]", parse->word, parse->error);
	if (result == LEX_OK)
		result = known_arguments(parse, code);
	if (result == LEX_MALFORMED) {
		/* A code whose arguments make no sense is as none: APPENDUID, COPYUID and the like
		 * have another way (quirks C05, C08). */
		code->type = IMAP_CODE_OTHER;
		result = LEX_OK;
	}
	return result == LEX_OK ? skip_to_end(parse) : result;
}
