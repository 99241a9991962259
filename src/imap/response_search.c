/* SEARCH, ESEARCH and VANISHED: numbers, many of them. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/memory.h"
#include "imap/response_parts.h"

/* --- Collecting --- */

/* Numbers mostly come in ascending order. Those that do not are put aside and sorted in at the end:
 * a set takes each of them only at a cost that grows with the set. */
struct collector {
	struct uid_set *set;
	struct uid_range *late;
	size_t late_count;
	size_t late_capacity;
};

/* 0 is no UID, but servers send it, also at the start of a range: "0:1" means 1. */
static void collect_range(struct collector *collector, uint32_t first, uint32_t last)
{
	const struct uid_set *set = collector->set;
	struct uid_range range = { .first = first < last ? first : last,
				   .last = first < last ? last : first };
	void *items = collector->late;

	if (range.last == 0)
		return;
	if (range.first == 0)
		range.first = 1;
	if (set->count == 0 || range.first > set->ranges[set->count - 1].last) {
		uid_set_add_range(collector->set, range.first, range.last);
		return;
	}
	memory_grow(&items, &collector->late_capacity, collector->late_count + 1, sizeof range);
	collector->late = items;
	collector->late[collector->late_count++] = range;
}

static int compare_ranges(const void *a, const void *b)
{
	const struct uid_range *left = a;
	const struct uid_range *right = b;

	return (left->first > right->first) - (left->first < right->first);
}

/* Both in ascending order, so that each range goes to the end. */
static void merge(const struct uid_set *set, const struct uid_range *late, size_t late_count,
		  struct uid_set *merged)
{
	size_t i = 0;
	size_t j = 0;

	while (i < set->count || j < late_count) {
		bool from_set =
			j == late_count || (i < set->count && set->ranges[i].first < late[j].first);
		const struct uid_range *next = from_set ? &set->ranges[i++] : &late[j++];

		uid_set_add_range(merged, next->first, next->last);
	}
}

static void settle(struct collector *collector)
{
	struct uid_set merged = UID_SET_INITIAL;

	if (collector->late_count == 0)
		return;
	qsort(collector->late, collector->late_count, sizeof *collector->late, compare_ranges);
	merge(collector->set, collector->late, collector->late_count, &merged);
	uid_set_release(collector->set);
	*collector->set = merged;
	free(collector->late);
	*collector = (struct collector){ .set = collector->set };
}

/* --- SEARCH --- */

static bool is_line_end(struct imap_reader *reader)
{
	int byte = lexer_peek(reader);

	return byte == '\r' || byte == '\n';
}

static bool collect_numbers(struct imap_reader *reader, struct collector *collector)
{
	uint64_t number;

	for (;;) {
		if (!lexer_spaces(reader))
			return false;
		if (is_line_end(reader) || lexer_peek(reader) == '(')
			return true;
		if (!lexer_number(reader, UINT32_MAX, &number))
			return false;
		collect_range(collector, (uint32_t)number, (uint32_t)number);
		if (!is_line_end(reader) && lexer_peek(reader) != ' ')
			return lexer_complain(reader, "unexpected text among the numbers");
	}
}

/* At the end may stand "(MODSEQ 917162500)" (RFC 7162 section 3.1.5). */
bool response_parse_search(struct response_parse *parse)
{
	struct imap_reader *reader = parse->reader;
	struct collector collector = { .set = &parse->response->uids };
	bool good = collect_numbers(reader, &collector);

	settle(&collector);
	if (good && lexer_peek(reader) == '(')
		good = lexer_skip_value(reader);
	return good && lexer_end_line(reader);
}

/* --- Sequence sets --- */

static bool collect_set(struct imap_reader *reader, struct collector *collector)
{
	uint64_t first;
	uint64_t last;

	for (;;) {
		if (!lexer_number(reader, UINT32_MAX, &first))
			return false;
		last = first;
		if (lexer_peek(reader) == ':') {
			lexer_take(reader, 1);
			if (!lexer_number(reader, UINT32_MAX, &last))
				return false;
		}
		collect_range(collector, (uint32_t)first, (uint32_t)last);
		if (lexer_peek(reader) != ',')
			break;
		lexer_take(reader, 1);
	}
	if (lexer_peek(reader) != ' ' && !is_line_end(reader))
		return lexer_complain(reader, "a set of numbers does not end");
	return true;
}

static bool take_uid_set(struct imap_reader *reader, struct uid_set *set)
{
	struct collector collector = { .set = set };
	bool good = collect_set(reader, &collector);

	settle(&collector);
	return good;
}

/* --- ESEARCH (RFC 4731 section 3.1, RFC 9051 section 7.3.4) --- */

/* (TAG "a1"): which SEARCH it answers. */
static bool take_correlator(struct response_parse *parse)
{
	struct imap_reader *reader = parse->reader;
	struct lexer_slice text;
	bool nil;

	lexer_take(reader, 1);
	if (!lexer_spaces(reader) || !lexer_word(reader, LEXER_WORD, &text))
		return false;
	if (!lexer_slice_is(text, "TAG"))
		return lexer_complain(reader, "a search result names no command");
	if (!lexer_spaces(reader) || !lexer_string(reader, LEXER_WORD, &text, &nil))
		return false;
	free(parse->response->tag);
	parse->response->tag = memory_text_length(text.bytes, text.length);
	return lexer_spaces(reader) &&
	       lexer_expect(reader, ')', "unexpected text after the tag of a search");
}

/* What an ESEARCH told so far. */
struct esearch {
	bool uid; /* it is about UIDs, not sequence numbers */
	bool all; /* it had ALL */
};

static bool take_result(struct response_parse *parse, struct esearch *esearch)
{
	struct imap_reader *reader = parse->reader;
	struct lexer_slice name;
	bool all;

	if (!lexer_word(reader, LEXER_WORD, &name))
		return false;
	if (lexer_slice_is(name, "UID")) {
		esearch->uid = true;
		return true;
	}
	all = lexer_slice_is(name, "ALL");
	if (!lexer_spaces(reader))
		return false;
	if (!all)
		return lexer_skip_value(reader);
	esearch->all = true;
	return take_uid_set(reader, &parse->response->uids);
}

bool response_parse_esearch(struct response_parse *parse)
{
	struct imap_reader *reader = parse->reader;
	struct esearch esearch = { .uid = false };

	if (lexer_peek(reader) == '(' && !take_correlator(parse))
		return false;
	for (;;) {
		if (!lexer_spaces(reader))
			return false;
		if (is_line_end(reader))
			break;
		if (!take_result(parse, &esearch))
			return false;
	}
	/* Sequence numbers must never be taken for UIDs. */
	if (esearch.all && !esearch.uid)
		return lexer_complain(reader, "a search result does not say that it holds UIDs");
	return lexer_end_line(reader);
}

/* --- VANISHED (RFC 7162 section 3.2.10) --- */

bool response_parse_vanished(struct response_parse *parse)
{
	struct imap_reader *reader = parse->reader;
	struct lexer_slice word;

	if (lexer_peek(reader) == '(') {
		lexer_take(reader, 1);
		if (!lexer_spaces(reader) || !lexer_word(reader, LEXER_WORD, &word))
			return false;
		parse->response->earlier = lexer_slice_is(word, "EARLIER");
		if (!parse->response->earlier || !lexer_spaces(reader) ||
		    !lexer_expect(reader, ')', "only EARLIER is valid there"))
			return lexer_complain(reader, "only EARLIER is valid there");
		if (!lexer_spaces(reader))
			return false;
	}
	return take_uid_set(reader, &parse->response->uids) && lexer_end_line(reader);
}
