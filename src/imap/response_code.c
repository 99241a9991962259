/* Response codes and text: "[NAME arguments] text" (RFC 9051 section 7.1).
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "imap/response_parts.h"
#include "imap/secrets.h"

/* These are taken apart in memory, not as they come in: however senseless a code is, the condition
 * before it counts and the line ends where it ends. */

/* Takes spaces, then the word up to the next space; empty at the end. */
static struct lexer_slice next_word(struct lexer_slice *rest)
{
	struct lexer_slice word;
	size_t length = 0;

	while (rest->length > 0 && *rest->bytes == ' ') {
		rest->bytes++;
		rest->length--;
	}
	while (length < rest->length && rest->bytes[length] != ' ')
		length++;
	word = (struct lexer_slice){ .bytes = rest->bytes, .length = length };
	rest->bytes += length;
	rest->length -= length;
	return word;
}

static bool is_empty(struct lexer_slice rest)
{
	return next_word(&rest).length == 0;
}

/* --- Arguments --- */

static bool take_code_number(struct lexer_slice *rest, uint64_t *number_r)
{
	struct lexer_slice word = next_word(rest);

	*number_r = 0;
	for (size_t i = 0; i < word.length; i++) {
		uint64_t digit = (uint64_t)(word.bytes[i] - '0');

		if (word.bytes[i] < '0' || word.bytes[i] > '9' ||
		    *number_r > (UINT64_MAX - digit) / 10)
			return false;
		*number_r = *number_r * 10 + digit;
	}
	return word.length > 0;
}

static bool take_code_set(struct lexer_slice *rest, struct uid_set *set)
{
	struct lexer_slice word = next_word(rest);

	return uid_set_parse(set, word.bytes, word.length);
}

/* The UIDs of several messages are in the messages' order (RFC 3502), which a set does not keep; as
 * UIDs only ever ascend, any other order is no answer to be believed. */
static bool take_ascending_set(struct lexer_slice *rest, struct uid_set *set)
{
	struct lexer_slice after = *rest;
	struct lexer_slice word = next_word(&after);
	uint64_t last = 0;
	uint64_t number = 0;

	for (size_t i = 0; i <= word.length; i++) {
		if (i < word.length && word.bytes[i] >= '0' && word.bytes[i] <= '9') {
			number = number > UINT32_MAX
					 ? number
					 : number * 10 + (uint64_t)(word.bytes[i] - '0');
			continue;
		}
		if (number <= last)
			return false;
		last = number;
		number = 0;
	}
	return take_code_set(rest, set);
}

static bool take_code_flags(struct lexer_slice *rest, struct flag_names *flags)
{
	struct lexer_slice list = *rest;
	struct lexer_slice word;

	while (list.length > 0 && *list.bytes == ' ') {
		list.bytes++;
		list.length--;
	}
	while (list.length > 0 && list.bytes[list.length - 1] == ' ')
		list.length--;
	if (list.length < 2 || list.bytes[0] != '(' || list.bytes[list.length - 1] != ')')
		return false;
	list.bytes++;
	list.length -= 2;
	while ((word = next_word(&list)).length > 0)
		if (!response_add_flag(flags, word))
			return false;
	rest->length = 0;
	return true;
}

static bool take_capabilities(struct lexer_slice *rest, struct text_list *list)
{
	struct lexer_slice word;

	while ((word = next_word(rest)).length > 0)
		if (!response_add_capability(list, word))
			return false;
	return true;
}

/* RFC 8474 section 4.2: "(ID)". */
static bool take_mailbox_id(struct lexer_slice *rest, struct object_id *id)
{
	struct lexer_slice word = next_word(rest);

	if (word.length < 3 || word.bytes[0] != '(' || word.bytes[word.length - 1] != ')')
		return false;
	*id = object_id_of(OBJECT_ID_MAILBOXID, word.bytes + 1, word.length - 2);
	return true;
}

/* What follows a code's name. */
enum arguments {
	ARGUMENTS_IGNORED,
	ARGUMENTS_NUMBER,
	ARGUMENTS_APPENDUID, /* RFC 4315 section 3: UIDVALIDITY and UIDs */
	ARGUMENTS_COPYUID,   /* UIDVALIDITY, UIDs of the source, UIDs */
	ARGUMENTS_SET,
	ARGUMENTS_FLAGS,
	ARGUMENTS_CAPABILITIES,
	ARGUMENTS_MAILBOX_ID
};

static bool take_arguments(enum arguments kind, struct lexer_slice rest, struct imap_code *code)
{
	switch (kind) {
	case ARGUMENTS_IGNORED:
		return true;
	case ARGUMENTS_NUMBER:
		return take_code_number(&rest, &code->number) && is_empty(rest);
	case ARGUMENTS_APPENDUID:
		return take_code_number(&rest, &code->number) &&
		       take_ascending_set(&rest, &code->uids) && is_empty(rest);
	case ARGUMENTS_COPYUID:
		return take_code_number(&rest, &code->number) &&
		       take_ascending_set(&rest, &code->source) &&
		       take_ascending_set(&rest, &code->uids) && is_empty(rest);
	case ARGUMENTS_SET:
		return take_code_set(&rest, &code->uids) && is_empty(rest);
	case ARGUMENTS_FLAGS:
		return take_code_flags(&rest, &code->flags) && is_empty(rest);
	case ARGUMENTS_CAPABILITIES:
		return take_capabilities(&rest, &code->capabilities);
	case ARGUMENTS_MAILBOX_ID:
		return take_mailbox_id(&rest, &code->mailbox_id) && is_empty(rest);
	}
	return false;
}

/* --- Names --- */

static const struct known_code {
	const char *name;
	enum imap_code_type type;
	enum arguments arguments;
} known_codes[] = {
	{ "ALERT", IMAP_CODE_ALERT, ARGUMENTS_IGNORED },
	{ "ALREADYEXISTS", IMAP_CODE_ALREADYEXISTS, ARGUMENTS_IGNORED },
	{ "APPENDUID", IMAP_CODE_APPENDUID, ARGUMENTS_APPENDUID },
	{ "AUTHENTICATIONFAILED", IMAP_CODE_AUTHENTICATIONFAILED, ARGUMENTS_IGNORED },
	{ "AUTHORIZATIONFAILED", IMAP_CODE_AUTHORIZATIONFAILED, ARGUMENTS_IGNORED },
	{ "CAPABILITY", IMAP_CODE_CAPABILITY, ARGUMENTS_CAPABILITIES },
	{ "CLOSED", IMAP_CODE_CLOSED, ARGUMENTS_IGNORED },
	{ "COPYUID", IMAP_CODE_COPYUID, ARGUMENTS_COPYUID },
	{ "EXPUNGEISSUED", IMAP_CODE_EXPUNGEISSUED, ARGUMENTS_IGNORED },
	{ "HIGHESTMODSEQ", IMAP_CODE_HIGHESTMODSEQ, ARGUMENTS_NUMBER },
	{ "INUSE", IMAP_CODE_INUSE, ARGUMENTS_IGNORED },
	{ "LIMIT", IMAP_CODE_LIMIT, ARGUMENTS_IGNORED },
	{ "MAILBOXID", IMAP_CODE_MAILBOXID, ARGUMENTS_MAILBOX_ID },
	{ "MODIFIED", IMAP_CODE_MODIFIED, ARGUMENTS_SET },
	{ "NOMODSEQ", IMAP_CODE_NOMODSEQ, ARGUMENTS_IGNORED },
	{ "NONEXISTENT", IMAP_CODE_NONEXISTENT, ARGUMENTS_IGNORED },
	{ "NOPERM", IMAP_CODE_NOPERM, ARGUMENTS_IGNORED },
	{ "NOTIFICATIONOVERFLOW", IMAP_CODE_NOTIFICATIONOVERFLOW, ARGUMENTS_IGNORED },
	{ "CANNOT", IMAP_CODE_CANNOT, ARGUMENTS_IGNORED },
	{ "OVERQUOTA", IMAP_CODE_OVERQUOTA, ARGUMENTS_IGNORED },
	{ "PERMANENTFLAGS", IMAP_CODE_PERMANENTFLAGS, ARGUMENTS_FLAGS },
	{ "READ-ONLY", IMAP_CODE_READ_ONLY, ARGUMENTS_IGNORED },
	{ "READ-WRITE", IMAP_CODE_READ_WRITE, ARGUMENTS_IGNORED },
	{ "TOOBIG", IMAP_CODE_TOOBIG, ARGUMENTS_IGNORED },
	{ "TRYCREATE", IMAP_CODE_TRYCREATE, ARGUMENTS_IGNORED },
	{ "UIDNEXT", IMAP_CODE_UIDNEXT, ARGUMENTS_NUMBER },
	{ "UIDNOTSTICKY", IMAP_CODE_UIDNOTSTICKY, ARGUMENTS_IGNORED },
	{ "UIDVALIDITY", IMAP_CODE_UIDVALIDITY, ARGUMENTS_NUMBER },
	{ "UNAVAILABLE", IMAP_CODE_UNAVAILABLE, ARGUMENTS_IGNORED },
};

/* A code with invalid arguments is IMAP_CODE_OTHER: what it would have said has to be found out
 * another way. Some servers send APPENDUID and COPYUID with parts missing. */
static void take_code(struct lexer_slice inside, struct imap_code *code)
{
	struct lexer_slice name = next_word(&inside);

	code->type = IMAP_CODE_OTHER;
	for (size_t i = 0; i < sizeof known_codes / sizeof *known_codes; i++) {
		if (!lexer_slice_is(name, known_codes[i].name))
			continue;
		if (take_arguments(known_codes[i].arguments, inside, code))
			code->type = known_codes[i].type;
		return;
	}
}

/* --- Where a code ends --- */

/* The "]" outside parentheses and quotation marks; 0: there is none. */
static size_t find_bracket(struct lexer_slice text)
{
	unsigned int depth = 0;
	bool quoted = false;

	for (size_t i = 1; i < text.length; i++) {
		char byte = text.bytes[i];

		if (quoted && byte == '\\')
			i++;
		else if (byte == '"')
			quoted = !quoted;
		else if (quoted)
			continue;
		else if (byte == '(')
			depth++;
		else if (byte == ')' && depth > 0)
			depth--;
		else if (byte == ']' && depth == 0)
			return i;
	}
	return 0;
}

/* The first "]" that ends a word; for codes that leave something open. */
static size_t find_any_bracket(struct lexer_slice text)
{
	for (size_t i = 1; i < text.length; i++)
		if (text.bytes[i] == ']' && (i + 1 == text.length || text.bytes[i + 1] == ' '))
			return i;
	return 0;
}

bool response_parse_condition(struct response_parse *parse)
{
	struct lexer_slice text;
	struct lexer_slice inside;
	size_t end;

	if (!lexer_spaces(parse->reader) || !lexer_rest_of_line(parse->reader, &text))
		return false;
	if (text.length > 0 && text.bytes[0] == '[') {
		end = find_bracket(text);
		if (end == 0)
			end = find_any_bracket(text);
		inside = (struct lexer_slice){ .bytes = text.bytes + 1,
					       .length = end > 0 ? end - 1 : 0 };
		take_code(inside, &parse->response->code);
		if (end > 0)
			text.bytes += end + 1;
		text.length -= end > 0 ? end + 1 : 0;
		while (text.length > 0 && *text.bytes == ' ') {
			text.bytes++;
			text.length--;
		}
	}
	parse->response->text =
		imap_secrets_printable(parse->reader->secrets, text.bytes, text.length);
	return true;
}
