/* LIST, LSUB, STATUS and NAMESPACE. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "imap/response_parts.h"

static void keep_name(struct lexer_slice name, char **name_r)
{
	free(*name_r);
	*name_r = memory_text_length(name.bytes, name.length);
}

/* A NUL, which no name may hold (RFC 9051 section 5.1), is kept as the text "%00": such a mailbox
 * cannot be opened, but it can be named. */
static void keep_name_with_nul(struct lexer_slice name, char **name_r)
{
	struct buffer text = BUFFER_INITIAL;

	for (size_t i = 0; i < name.length; i++) {
		if (name.bytes[i] == '\0')
			buffer_add_text(&text, "%00");
		else
			buffer_add_byte(&text, name.bytes[i]);
	}
	free(*name_r);
	*name_r = buffer_take(&text);
}

/* A name without quotation marks may hold anything but a space and a literal, so parentheses too.
 * NIL is a name. */
static bool take_mailbox(struct imap_reader *reader, char **mailbox_r, bool *holds_nul_r)
{
	struct lexer_slice name;
	bool nil;

	if (!lexer_spaces(reader) || !lexer_string(reader, LEXER_MAILBOX, &name, &nil))
		return false;
	*holds_nul_r = memchr(name.bytes, '\0', name.length) != NULL;
	if (*holds_nul_r)
		keep_name_with_nul(name, mailbox_r);
	else
		keep_name(name, mailbox_r);
	return true;
}

/* One character in quotation marks, or NIL. */
static bool take_delimiter(struct imap_reader *reader, char *delimiter_r)
{
	struct lexer_slice text;
	unsigned char byte;
	bool nil;

	*delimiter_r = '\0';
	if (!lexer_spaces(reader) || !lexer_string(reader, LEXER_WORD, &text, &nil))
		return false;
	if (nil || text.length == 0)
		return true;
	byte = (unsigned char)text.bytes[0];
	if (text.length > 1 || byte <= ' ' || byte >= 0x7f)
		return lexer_complain(reader, "a delimiter is not a single character");
	*delimiter_r = (char)byte;
	return true;
}

/* Takes all values up to the line end and that, or up to ")" and that. */
static bool skip_to(struct imap_reader *reader, char end)
{
	for (;;) {
		int byte;

		if (!lexer_spaces(reader))
			return false;
		byte = lexer_peek(reader);
		if (end == ')' && byte == ')') {
			lexer_take(reader, 1);
			return true;
		}
		if (end != ')' && (byte == '\r' || byte == '\n'))
			return lexer_end_line(reader);
		if (!lexer_skip_value(reader))
			return false;
	}
}

/* --- LIST (RFC 9051 section 7.3.1, RFC 6154) --- */

static unsigned int find_attribute(struct lexer_slice word)
{
	static const struct {
		const char *name;
		unsigned int attribute;
	} attributes[] = { { "\\Noselect", MAILBOX_NOSELECT },
			   { "\\NonExistent", MAILBOX_NOSELECT },
			   { "\\NoInferiors", MAILBOX_NOINFERIORS },
			   { "\\Subscribed", MAILBOX_SUBSCRIBED },
			   { "\\All", MAILBOX_ALL },
			   { "\\Archive", MAILBOX_ARCHIVE },
			   { "\\Drafts", MAILBOX_DRAFTS },
			   { "\\Flagged", MAILBOX_FLAGGED },
			   { "\\Junk", MAILBOX_JUNK },
			   { "\\Sent", MAILBOX_SENT },
			   { "\\Trash", MAILBOX_TRASH },
			   { "\\Important", MAILBOX_IMPORTANT },
			   /* Older spellings: */
			   { "\\AllMail", MAILBOX_ALL },
			   { "\\Spam", MAILBOX_JUNK } };

	for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
		if (lexer_slice_is(word, attributes[i].name))
			return attributes[i].attribute;
	return 0;
}

static bool take_attributes(struct imap_reader *reader, unsigned int *attributes_r)
{
	struct lexer_slice word;

	*attributes_r = 0;
	if (!lexer_expect(reader, '(', "the attributes of a mailbox are missing"))
		return false;
	for (;;) {
		if (!lexer_spaces(reader))
			return false;
		if (lexer_peek(reader) == ')') {
			lexer_take(reader, 1);
			return true;
		}
		if (!lexer_word(reader, LEXER_WORD, &word))
			return false;
		*attributes_r |= find_attribute(word);
	}
}

bool response_parse_list(struct response_parse *parse)
{
	struct imap_reader *reader = parse->reader;
	struct imap_list_data *list = &parse->response->list;

	if (!take_attributes(reader, &list->attributes) ||
	    !take_delimiter(reader, &list->delimiter) ||
	    !take_mailbox(reader, &list->mailbox, &list->holds_nul) || !lexer_spaces(reader))
		return false;
	/* Extended data (RFC 9051 section 7.3.1). Anything else would be the rest of a name. */
	if (lexer_peek(reader) == '(' && !lexer_skip_value(reader))
		return false;
	return lexer_end_line(reader);
}

/* --- STATUS (RFC 9051 section 7.3.4) --- */

/* A number, or something that some servers send for none: NIL, a negative number. */
static bool take_status_number(struct imap_reader *reader, uint64_t maximum, uint64_t *number_r,
			       bool *has_r)
{
	struct lexer_slice word;
	int byte;

	if (!lexer_spaces(reader))
		return false;
	byte = lexer_peek(reader);
	*has_r = byte >= '0' && byte <= '9';
	*number_r = 0;
	if (*has_r)
		return lexer_number(reader, maximum, number_r);
	if (!lexer_word(reader, LEXER_WORD, &word))
		return false;
	if (*word.bytes == '-' || lexer_slice_is(word, "NIL"))
		return true;
	return lexer_complain(reader, "a number is missing");
}

/* RFC 8474 section 4.3: "(ID)". */
static bool take_mailbox_id(struct imap_reader *reader, struct object_id *id)
{
	struct lexer_slice word;

	if (!lexer_spaces(reader))
		return false;
	if (lexer_peek(reader) != '(')
		return lexer_skip_value(reader);
	lexer_take(reader, 1);
	if (!lexer_spaces(reader) || !lexer_word(reader, LEXER_WORD, &word))
		return false;
	*id = object_id_of(OBJECT_ID_MAILBOXID, word.bytes, word.length);
	return lexer_spaces(reader) &&
	       lexer_expect(reader, ')', "the name of a mailbox's identity does not end");
}

static bool take_status_item(struct imap_reader *reader, struct imap_status_data *status)
{
	struct lexer_slice name;
	uint64_t number = 0;
	uint32_t *value = NULL;
	bool *has = NULL;

	if (!lexer_word(reader, LEXER_WORD, &name))
		return false;
	if (lexer_slice_is(name, "HIGHESTMODSEQ"))
		return take_status_number(reader, UINT64_MAX, &status->highestmodseq,
					  &status->has_highestmodseq);
	if (lexer_slice_is(name, "APPENDLIMIT"))
		return take_status_number(reader, UINT64_MAX, &status->appendlimit,
					  &status->has_appendlimit);
	if (lexer_slice_is(name, "MAILBOXID"))
		return take_mailbox_id(reader, &status->mailbox_id);
	if (lexer_slice_is(name, "SIZE"))
		return take_status_number(reader, UINT64_MAX, &status->size, &status->has_size);
	if (lexer_slice_is(name, "MESSAGES")) {
		value = &status->messages;
		has = &status->has_messages;
	} else if (lexer_slice_is(name, "UIDNEXT")) {
		value = &status->uidnext;
		has = &status->has_uidnext;
	} else if (lexer_slice_is(name, "UIDVALIDITY")) {
		value = &status->uidvalidity;
		has = &status->has_uidvalidity;
	} else {
		return lexer_skip_value(reader);
	}
	if (!take_status_number(reader, UINT32_MAX, &number, has))
		return false;
	*value = (uint32_t)number;
	return true;
}

bool response_parse_status(struct response_parse *parse)
{
	struct imap_reader *reader = parse->reader;
	struct imap_status_data *status = &parse->response->status;

	*status = (struct imap_status_data){ .mailbox = status->mailbox };
	if (!take_mailbox(reader, &status->mailbox, &status->holds_nul) || !lexer_spaces(reader) ||
	    !lexer_expect(reader, '(', "the numbers of a STATUS are missing"))
		return false;
	for (;;) {
		if (!lexer_spaces(reader))
			return false;
		if (lexer_peek(reader) == ')')
			break;
		if (!take_status_item(reader, status))
			return false;
	}
	lexer_take(reader, 1);
	/* Neither may be 0 (RFC 9051 section 9, nz-number), but some servers say so: not known. */
	status->has_uidvalidity = status->has_uidvalidity && status->uidvalidity != 0;
	status->has_uidnext = status->has_uidnext && status->uidnext != 0;
	return lexer_end_line(reader);
}

/* --- NAMESPACE (RFC 2342 section 5) --- */

#define PREFIXES_MAX 100u

/* ((PREFIX DELIMITER extensions...) more...): the first. */
static bool take_namespaces(struct imap_reader *reader, struct imap_list_data *first)
{
	struct lexer_slice prefix;
	bool nil;

	lexer_take(reader, 1);
	if (!lexer_spaces(reader))
		return false;
	if (lexer_peek(reader) == '(') {
		lexer_take(reader, 1);
		if (!lexer_spaces(reader) || !lexer_string(reader, LEXER_WORD, &prefix, &nil))
			return false;
		if (memchr(prefix.bytes, '\0', prefix.length) != NULL)
			return lexer_complain(reader, "a prefix holds a NUL");
		keep_name(prefix, &first->mailbox);
		if (!take_delimiter(reader, &first->delimiter) || !skip_to(reader, ')'))
			return false;
	}
	return skip_to(reader, ')');
}

/* The prefixes of other users' mailboxes, or of shared ones, but an empty one; some of them. */
static bool take_prefixes(struct imap_reader *reader, struct text_list *prefixes)
{
	struct lexer_slice prefix;
	bool nil;

	lexer_take(reader, 1);
	for (;;) {
		if (!lexer_spaces(reader))
			return false;
		if (lexer_peek(reader) != '(')
			return skip_to(reader, ')');
		lexer_take(reader, 1);
		if (!lexer_spaces(reader) || !lexer_string(reader, LEXER_WORD, &prefix, &nil))
			return false;
		if (prefix.length > 0 && prefixes->count < PREFIXES_MAX &&
		    memchr(prefix.bytes, '\0', prefix.length) == NULL)
			text_list_adopt(prefixes, memory_text_length(prefix.bytes, prefix.length));
		if (!skip_to(reader, ')'))
			return false;
	}
}

/* One of the three, which may be NIL. */
static bool take_other_namespaces(struct imap_reader *reader, struct text_list *prefixes)
{
	int byte;

	if (!lexer_spaces(reader))
		return false;
	byte = lexer_peek(reader);
	if (byte == '(')
		return take_prefixes(reader, prefixes);
	return byte == '\r' || byte == '\n' || lexer_skip_value(reader);
}

bool response_parse_namespace(struct response_parse *parse)
{
	struct imap_reader *reader = parse->reader;
	struct imap_list_data *list = &parse->response->list;
	struct text_list *others = &parse->response->words;
	int byte = lexer_peek(reader);

	free(list->mailbox);
	*list = (struct imap_list_data){ .mailbox = NULL };
	if (byte == '(' && !take_namespaces(reader, list))
		return false;
	if (byte != '(' && byte != '\r' && byte != '\n' && !lexer_skip_value(reader))
		return false;
	for (int kind = 0; kind < 2; kind++) { /* those of other users, and those that all share */
		if (!take_other_namespaces(reader, others))
			return false;
	}
	return skip_to(reader, '\n');
}
