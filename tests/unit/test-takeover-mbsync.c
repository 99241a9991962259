/* mbsync's files. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "mail/flags.h"
#include "takeover/files.h"
#include "takeover/mbsync_file.h"
#include "takeover/mbsync_patterns.h"
#include "takeover/mbsync_state.h"
#include "takeover/mbsync_uidmap.h"

Test(takeover_mbsync, lines_are_taken_apart)
{
	static const struct {
		const char *line, *words; /* with a bar behind each */
	} cases[] = {
		{ "  Host imap.example.org\n", "Host|imap.example.org|" },
		{ "# a comment", "" },
		{ "Pass a#b # c", "Pass|a#b|" },
		{ "PassCmd \"pass show \\\"a b\\\"\"", "PassCmd|pass show \"a b\"|" },
		{ "Patterns * !Junk \"a b\"", "Patterns|*|!Junk|a b|" },
		{ "A \"\" b\\ c", "A||b c|" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct text_list words = { .items = NULL };
		struct buffer joined = BUFFER_INITIAL;
		cr_assert(mbsync_split(cases[i].line, &words), "%s", cases[i].line);
		for (size_t k = 0; k < words.count; k++)
			buffer_add_format(&joined, "%s|", words.items[k]);
		cr_expect_str_eq(buffer_text(&joined), cases[i].words);
		buffer_release(&joined);
		text_list_release(&words);
	}
	struct text_list words = { .items = NULL };
	cr_expect_not(mbsync_split("Pass \"open", &words));
	text_list_release(&words);
}

Test(takeover_mbsync, patterns_become_channels)
{
	/* Patterns with a bar behind each; "folders = as;" for each channel. */
	static const struct {
		const char *patterns, *far, *near, *expected;
	} cases[] = {
		{ "", "", "", "INBOX;" },
		{ "", "INBOX", "Post", "INBOX = Post;" },
		{ "", "a/b", "a/b", "a/b;" },
		{ "*|", "", "", "**;" },
		{ "%|", "", "", "*;" },
		{ "*|!Junk|", "", "", "**,\n    !Junk;" },
		{ "!Junk|*|", "", "", "**;" },
		{ "*|!Lists/*|Lists/a|", "", "", "Lists/a;**,\n    !Lists/**;" },
		{ "*|", "Lists/", "L/", "Lists/** = L/*;" },
		{ "*|", "Lists/", "", "Lists/** = *;" },
		{ "*|", "", "Server/", "** = Server/;" },
		{ "a/*|b|", "", "S/", "b = S/;a/** = S/a/*;" },
		{ "G&AOQ-ste|", "", "", "Gäste;" },
		{ "a?,b|", "", "", "a\\?\\,b;" },
		{ "a|b|", "", "", "a,\n    b;" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct text_list patterns = { .items = NULL };
		struct buffer made = BUFFER_INITIAL;
		size_t count;
		for (const char *at = cases[i].patterns; *at != '\0'; at += strcspn(at, "|") + 1) {
			char pattern[32] = "";
			memcpy(pattern, at, strcspn(at, "|"));
			text_list_add(&patterns, pattern);
		}
		struct mbsync_folders *folders =
			mbsync_folders_of(&patterns, cases[i].far, cases[i].near, &count);
		for (size_t k = 0; k < count; k++)
			buffer_add_format(&made, "%s%s%s;", folders[k].folders,
					  folders[k].as ? " = " : "",
					  folders[k].as ? folders[k].as : "");
		cr_expect_str_eq(buffer_text(&made), cases[i].expected, "%zu: %s", i,
				 buffer_text(&made));
		mbsync_folders_release(folders, count);
		buffer_release(&made);
		text_list_release(&patterns);
	}
}

static const char STATE[] = "FarUidValidity 7\nNearUidValidity 8\nMaxPulledUid 112\n"
			    "MaxPushedUid 9\nMaxExpiredFarUid 106\n\n"
			    "102 1 FS\n109 6 >S\n110 0 \n0 4 T\n111 8 ~\n112 0 ^\n";

Test(takeover_mbsync, a_state_is_read)
{
	struct mbsync_state state = { .pairs = NULL };
	cr_assert_eq(mbsync_state_parse(STATE, &state, NULL), 0);
	cr_expect_eq(state.far_uidvalidity, 7);
	cr_expect_eq(state.near_uidvalidity, 8);
	cr_expect_eq(state.far_pulled, 112);
	cr_expect_eq(state.far_expired, 106);
	cr_assert_eq(state.count, 6);
	cr_expect_eq(state.pairs[0].flags, FLAG_FLAGGED | FLAG_SEEN);
	cr_expect(state.pairs[1].placeholder && state.pairs[1].flags == FLAG_SEEN);
	cr_expect(state.pairs[2].far == 110 && state.pairs[2].near == 0);
	cr_expect(state.pairs[3].far == 0 && state.pairs[3].flags == FLAG_DELETED);
	cr_expect(state.pairs[4].expired && state.pairs[5].skipped);
	mbsync_state_release(&state);
}

Test(takeover_mbsync, states_of_old_versions_and_none)
{
	static const struct {
		const char *text;
		bool good;
	} cases[] = {
		{ "MasterUidValidity 7\nSlaveUidValidity 8\nMaxPulledUid 1\nMaxPushedUid 1\n"
		  "MaxExpiredMasterUid 1\n\n1 1 S\n-1 2 \n2 -2 X\n",
		  true },
		{ "FarUidValidity 7\nNearUidValidity 8\n\n", true },
		{ "", false },
		{ "7:1 8:0:1\n", false },
		{ "FarUidValidity 7\nColour 8\n\n", false },
		{ "FarUidValidity 7\n\n1 1 S\nwhat is this\n", false },
		{ "FarUidValidity 7\n\n1 1 Q\n", false },
		{ "FarUidValidity 7\n\n99999999999 1 \n", false },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct mbsync_state state = { .pairs = NULL };
		struct error error = ERROR_INITIAL;
		cr_expect_eq(mbsync_state_parse(cases[i].text, &state, &error) == 0, cases[i].good,
			     "%zu: %s", i, error.text);
		mbsync_state_release(&state);
	}
}

Test(takeover_mbsync, what_a_cut_run_worked_on_is_doubted)
{
	struct mbsync_state state = { .pairs = NULL };
	cr_assert_eq(mbsync_state_parse(STATE, &state, NULL), 0);
	cr_assert_eq(mbsync_journal_parse("4\n* 102 1 17\n+ 113 0\n- 109 6\n| 7 8\nN 0 9\n", &state,
					  NULL),
		     0);
	cr_expect_eq(state.pairs[0].flags, FLAG_DRAFT | FLAG_SEEN);
	cr_expect_not(state.pairs[0].doubtful);
	cr_expect(state.pairs[1].doubtful);
	cr_assert_eq(state.count, 7);
	cr_expect(state.pairs[6].doubtful && state.pairs[6].far == 113);
	struct error error = ERROR_INITIAL;
	cr_expect_eq(mbsync_journal_parse("4\n+ x\n", &state, &error), -1);
	mbsync_state_release(&state);
}

Test(takeover_mbsync, uids_in_names)
{
	static const struct {
		const char *name;
		uint32_t uid;
	} cases[] = { { "1.2.host,U=7:2,S", 7 },     { "1.2.host,U=7", 7 },
		      { "1.2.host,U=7,S=12:2,", 7 }, { "1.2.host:2,S,U=7", 0 },
		      { "1.2.host,U=:2,", 0 },       { "1.2.host,U=-7:2,", 0 },
		      { "1.2.host,U=7x:2,", 0 },     { "1.2.host,U=99999999999:2,", 0 },
		      { "1.2.host:2,", 0 } };
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		cr_expect_eq(takeover_name_uid(cases[i].name), cases[i].uid, "%s", cases[i].name);
}

/* --- Tables of UIDs --- */

struct seen {
	char names[64];
	size_t count;
};

static void see(void *context, const char *base, size_t length, uint32_t uid)
{
	struct seen *seen = context;
	size_t used = strlen(seen->names);
	(void)snprintf(seen->names + used, sizeof seen->names - used, "%.*s=%u;", (int)length, base,
		       uid);
	seen->count++;
}

static void put_u16(unsigned char *bytes, size_t offset, uint16_t number)
{
	memcpy(bytes + offset, &number, sizeof number);
}

static void put_u32(unsigned char *bytes, size_t offset, uint32_t number)
{
	memcpy(bytes + offset, &number, sizeof number);
}

/* Two pages of 512 bytes: the first describes the file, the second has two pairs. */
static void make_map(unsigned char bytes[1024])
{
	static const struct {
		const char *text;
		uint32_t uid;
	} pairs[] = { { "a.b", 7 }, { "c.d.e", 9 } };
	size_t end = 512;
	memset(bytes, 0, 1024);
	put_u32(bytes, 12, 0x061561);
	put_u32(bytes, 20, 512);
	bytes[25] = 8;
	bytes[512 + 25] = 13;
	put_u16(bytes + 512, 20, 4);
	for (size_t i = 0; i < 2; i++) {
		size_t length = strlen(pairs[i].text);
		end -= length + 1;
		bytes[512 + end] = 1;
		memcpy(bytes + 512 + end + 1, pairs[i].text, length);
		put_u16(bytes + 512, 26 + 4 * i, (uint16_t)end);
		end -= 5;
		bytes[512 + end] = 1;
		put_u32(bytes + 512, end + 1, pairs[i].uid);
		put_u16(bytes + 512, 28 + 4 * i, (uint16_t)end);
	}
}

Test(takeover_mbsync, a_table_of_uids_is_read)
{
	unsigned char bytes[1024];
	struct seen seen = { .count = 0 };
	make_map(bytes);
	cr_assert(mbsync_uidmap_read(bytes, sizeof bytes, see, &seen));
	cr_expect_str_eq(seen.names, "a.b=7;c.d.e=9;");
}

/* Whatever a byte is, nothing beyond the end is read: the sanitizers see to that. */
Test(takeover_mbsync, damaged_tables_do_no_harm)
{
	for (size_t at = 0; at < 1024; at++) {
		for (unsigned int value = 0; value < 256; value += 51) {
			unsigned char *bytes = malloc(1024);
			struct seen seen = { .count = 0 };
			cr_assert_not_null(bytes);
			make_map(bytes);
			bytes[at] = (unsigned char)value;
			(void)mbsync_uidmap_read(bytes, 1024, see, &seen);
			cr_assert_leq(seen.count, 300);
			free(bytes);
		}
	}
	cr_expect_not(mbsync_uidmap_read("", 0, see, NULL));
}
