/* Changing, removing, moving and copying messages over IMAP. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "base/buffer.h"
#include "far-script.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

#define READY(capabilities) IMAP_SCRIPT_READY(capabilities), "C: SELECT Work"
/* The answer to it. */
#define SELECTED(uidvalidity)                                                                 \
	"S: * 9 EXISTS", "S: * OK [UIDVALIDITY " uidvalidity "] ", "S: * OK [UIDNEXT 1000] ", \
		"S: = OK [READ-WRITE] done"
#define MARK(set) "C: UID STORE " set " +FLAGS.SILENT (\\Deleted)"
#define LOOK(set) "C: UID SEARCH UID " set

static const struct far_mailbox work = { .name = "Work", .uidvalidity = 7 };

static void assert_set(const struct uid_set *set, const char *expected)
{
	struct buffer text = BUFFER_INITIAL;
	uid_set_format(set, &text);
	cr_assert_str_eq(buffer_text(&text), expected);
	buffer_release(&text);
}

static void assert_words(const struct error *error, const char *words)
{
	if (words)
		cr_assert(strstr(error->text, words), "%s", error->text);
	else
		cr_assert_str_empty(error->text, "%s", error->text);
}

/* --- Flags --- */

#define CHANGES_MAX 3

struct store_case {
	struct {
		uint32_t add, remove;
		const char *uids;
		const char *refused; /* words of the reason, or NULL */
	} changes[CHANGES_MAX];
	int result;
	enum error_scope scope;
	const char *words; /* in the error, or NULL */
	const char *lines[30];
};

static void begin_changes(const struct store_case *expected, struct far_change *changes)
{
	for (size_t i = 0; i < CHANGES_MAX; i++) {
		const char *uids = expected->changes[i].uids;
		changes[i].add = expected->changes[i].add;
		changes[i].remove = expected->changes[i].remove;
		if (uids)
			cr_assert(uid_set_parse(&changes[i].uids, uids, strlen(uids)));
	}
}

static void end_changes(const struct store_case *expected, struct far_change *changes)
{
	for (size_t i = 0; i < CHANGES_MAX; i++) {
		cr_assert_eq(changes[i].refused, expected->changes[i].refused != NULL, "%zu", i);
		assert_words(&changes[i].reason, expected->changes[i].refused);
		uid_set_release(&changes[i].uids);
	}
}

static void check_store(const struct store_case *expected)
{
	struct far_script *far = far_script_open(expected->lines);
	struct far_change changes[CHANGES_MAX] = { { .add = 0 } };
	struct keyword_table keywords = { .names = { NULL } };
	struct error error = ERROR_INITIAL;
	cr_assert_eq(keyword_table_add(&keywords, "Junk", FLAG_KEYWORD_COUNT, 0), FLAG_KEYWORD(0));
	begin_changes(expected, changes);
	int result = far_store(far->session, &work, changes, CHANGES_MAX, &keywords, &error);
	cr_assert_eq(result, expected->result, "%s", error.text);
	cr_assert_eq(error.scope, expected->scope);
	assert_words(&error, expected->words);
	end_changes(expected, changes);
	keyword_table_release(&keywords);
	far_script_close(&far);
}

#define CHECK_STORE(...)                                         \
	do {                                                     \
		static const struct store_case it = __VA_ARGS__; \
		check_store(&it);                                \
	} while (0)

Test(far_store, changes_flags_in_one_flight)
{
	CHECK_STORE({ .changes = { { FLAG_SEEN | FLAG_KEYWORD(0), FLAG_FLAGGED, "3,5:6", NULL },
				   { 0, FLAG_DRAFT, "4", NULL } },
		      .lines = { READY(""), SELECTED("7"),
				 "C: UID STORE 3,5:6 +FLAGS.SILENT (\\Seen Junk)",
				 "C: UID STORE 3,5:6 -FLAGS.SILENT (\\Flagged)",
				 "C: UID STORE 4 -FLAGS.SILENT (\\Draft)", "S: = OK", "S: = OK",
				 "S: = OK", NULL } });
}

/* The others go on, and the first reason counts. */
Test(far_store, a_refusal_is_about_its_change)
{
	CHECK_STORE({ .changes = { { FLAG_SEEN, FLAG_FLAGGED, "3", "not Seen" },
				   { FLAG_SEEN, 0, "4", NULL } },
		      .lines = { READY(""), SELECTED("7"), "C: UID STORE 3 +FLAGS.SILENT (\\Seen)",
				 "C: UID STORE 3 -FLAGS.SILENT (\\Flagged)",
				 "C: UID STORE 4 +FLAGS.SILENT (\\Seen)", "S: = NO not Seen",
				 "S: = NO not Flagged", "S: = OK", NULL } });
}

Test(far_store, a_pause_is_about_everything)
{
	CHECK_STORE({ .changes = { { FLAG_SEEN, 0, "3", NULL }, { FLAG_DRAFT, 0, "4", "no" } },
		      .result = -1,
		      .scope = SCOPE_CONNECTION,
		      .words = "Suggested Backoff",
		      .lines = { READY(""), SELECTED("7"), "C: UID STORE 3 +FLAGS.SILENT (\\Seen)",
				 "C: UID STORE 4 +FLAGS.SILENT (\\Draft)",
				 "S: = NO Request is throttled. Suggested Backoff Time: 300000 "
				 "milliseconds",
				 "S: = NO no", NULL } });
}

/* What has UID 3 may be another message. */
Test(far_store, changes_nothing_of_another_mailbox)
{
	CHECK_STORE({ .changes = { { FLAG_SEEN, 0, "3", NULL } },
		      .result = -1,
		      .scope = SCOPE_FOLDER,
		      .words = "replaced on the server",
		      .lines = { READY(""), SELECTED("8"), NULL } });
	CHECK_STORE({ .changes = { { FLAG_SEEN, 0, "3", NULL } },
		      .result = -1,
		      .scope = SCOPE_FOLDER,
		      .words = "no such",
		      .lines = { READY(""), "S: = NO no such mailbox", NULL } });
}

/* --- Removing, moving, copying --- */

enum action { REMOVE, MOVE, COPY };

struct leave_case {
	enum action action;
	const char *uids;
	const char *gone; /* what UIDS becomes; not of COPY */
	uint64_t others;
	uint32_t uidvalidity; /* of what was told of the copies; 0: nothing */
	const char *from, *to;
	int result;
	const char *words; /* in the error, or NULL */
	const char *lines[40];
};

static int act(const struct leave_case *expected, struct far_session *session, struct uid_set *uids,
	       struct far_copied *copied, struct error *error)
{
	uint64_t others = 0;
	int result = 0;
	switch (expected->action) {
	case REMOVE:
		result = far_remove(session, &work, uids, &others, error);
		break;
	case MOVE:
		result = far_move(session, &work, uids, "Trash", copied, error);
		break;
	case COPY:
		result = far_copy(session, &work, uids, "Trash", copied, error);
		break;
	}
	cr_assert_eq(others, expected->others);
	return result;
}

static void check_leave(const struct leave_case *expected)
{
	struct far_script *far = far_script_open(expected->lines);
	struct uid_set uids = UID_SET_INITIAL;
	struct far_copied copied = { .uidvalidity = 0 };
	struct error error = ERROR_INITIAL;
	cr_assert(uid_set_parse(&uids, expected->uids, strlen(expected->uids)));
	int result = act(expected, far->session, &uids, &copied, &error);
	cr_assert_eq(result, expected->result, "%s", error.text);
	assert_words(&error, expected->words);
	cr_assert_eq(error.scope, result == 0 ? SCOPE_MESSAGE : SCOPE_FOLDER);
	assert_set(&uids, expected->action == COPY ? expected->uids : expected->gone);
	cr_assert_eq(copied.uidvalidity, expected->uidvalidity);
	assert_set(&copied.from, expected->from ? expected->from : "");
	assert_set(&copied.to, expected->to ? expected->to : "");
	far_copied_release(&copied);
	uid_set_release(&uids);
	far_script_close(&far);
}

#define CHECK(...)                                               \
	do {                                                     \
		static const struct leave_case it = __VA_ARGS__; \
		check_leave(&it);                                \
	} while (0)

/* An OK is no proof. */
Test(far_remove, looks_for_what_should_be_gone)
{
	CHECK({ .action = REMOVE,
		.uids = "3,5:6",
		.gone = "3,5:6",
		.lines = { READY("UIDPLUS "), SELECTED("7"), MARK("3,5:6"), "C: UID EXPUNGE 3,5:6",
			   "S: = OK", "S: = OK", LOOK("3,5:6"), "S: * SEARCH", "S: = OK", NULL } });
	CHECK({ .action = REMOVE,
		.uids = "3,5:6",
		.gone = "3,5",
		.lines = { READY("UIDPLUS "), SELECTED("7"), MARK("3,5:6"), "C: UID EXPUNGE 3,5:6",
			   "S: * VANISHED 3", "S: = OK", "S: = OK", LOOK("5:6"), "S: * SEARCH 6",
			   "S: = OK", MARK("6"), "C: UID EXPUNGE 6", "S: = OK", "S: = OK",
			   LOOK("6"), "S: * SEARCH 6", "S: = OK", NULL } });
	/* One that does not answer has not said that they are gone. */
	CHECK({ .action = REMOVE,
		.uids = "3",
		.gone = "",
		.lines = { READY("UIDPLUS "), SELECTED("7"), MARK("3"), "C: UID EXPUNGE 3",
			   "S: = OK", "S: = OK", LOOK("3"), "S: = NO not now", MARK("3"),
			   "C: UID EXPUNGE 3", "S: = OK", "S: = OK", LOOK("3"), "S: = NO not now",
			   NULL } });
}

Test(far_remove, what_the_server_named_is_not_looked_for)
{
	CHECK({ .action = REMOVE,
		.uids = "3,5:6",
		.gone = "3,5:6",
		.lines = { READY("UIDPLUS "), SELECTED("7"), MARK("3,5:6"), "C: UID EXPUNGE 3,5:6",
			   "S: * VANISHED 3,5:6", "S: = OK", "S: = OK", NULL } });
}

Test(far_remove, nothing_is_known_to_be_gone_after_a_failure)
{
	CHECK({ .action = REMOVE,
		.uids = "3,5",
		.gone = "",
		.result = -1,
		.words = "read-only today",
		.lines = { READY("UIDPLUS "), SELECTED("7"), MARK("3,5"), "C: UID EXPUNGE 3,5",
			   "S: = NO read-only today", "S: = NO nothing is marked", NULL } });
	CHECK({ .action = REMOVE,
		.uids = "3,5",
		.gone = "",
		.result = -1,
		.words = "not allowed",
		.lines = { READY("UIDPLUS "), SELECTED("7"), MARK("3,5"), "C: UID EXPUNGE 3,5",
			   "S: = OK", "S: = NO not allowed", NULL } });
	CHECK({ .action = REMOVE,
		.uids = "3,5",
		.gone = "",
		.result = -1,
		.words = "replaced on the server",
		.lines = { READY("UIDPLUS "), SELECTED("8"), NULL } });
}

#define FLAGS_OF(uid, flags) "S: * 1 FETCH (UID " uid " FLAGS (" flags "))"

Test(far_remove, without_uidplus_all_that_is_marked_goes)
{
	CHECK({ .action = REMOVE,
		.uids = "3,5",
		.gone = "3,5",
		.lines = { READY(""), "S: * 3 EXISTS", "S: * OK [UIDVALIDITY 7] ",
			   "S: * OK [UIDNEXT 1000] ", "S: = OK [READ-WRITE] done", MARK("3,5"),
			   "S: = OK", "C: UID FETCH 1:* (UID FLAGS)", FLAGS_OF("3", "\\Deleted"),
			   FLAGS_OF("4", "\\Deleted"), FLAGS_OF("5", "\\Deleted"),
			   FLAGS_OF("4", "\\Seen"), "S: = OK", "C: EXPUNGE", "S: = OK", LOOK("3,5"),
			   "S: * SEARCH", "S: = OK", NULL } });
}

/* They were marked by somebody, perhaps to be unmarked again. */
Test(far_remove, without_uidplus_others_that_are_marked_keep_ours)
{
	CHECK({ .action = REMOVE,
		.uids = "3",
		.gone = "",
		.others = 2,
		.lines = { READY(""), "S: * 3 EXISTS", "S: * OK [UIDVALIDITY 7] ",
			   "S: * OK [UIDNEXT 1000] ", "S: = OK [READ-WRITE] done", MARK("3"),
			   "S: = OK", "C: UID FETCH 1:* (UID FLAGS)", FLAGS_OF("3", "\\Deleted"),
			   FLAGS_OF("4", "\\Deleted"), FLAGS_OF("5", "\\Deleted"), "S: = OK",
			   NULL } });
	CHECK({ .action = REMOVE,
		.uids = "3",
		.gone = "",
		.result = -1,
		.words = "not today",
		.lines = { READY(""), SELECTED("7"), MARK("3"), "S: = OK",
			   "C: UID FETCH 1:* (UID FLAGS)", FLAGS_OF("3", "\\Deleted"),
			   "S: = NO not today", NULL } });
}

Test(far_move, tells_where_messages_went)
{
	CHECK({ .action = MOVE,
		.uids = "3,5:6",
		.gone = "3,5:6",
		.uidvalidity = 9,
		.from = "3,5:6",
		.to = "70:72",
		.lines = { READY("UIDPLUS MOVE "), SELECTED("7"), "C: UID MOVE 3,5:6 Trash",
			   "S: * OK [COPYUID 9 3,5:6 70:72] moved", "S: * 3 EXPUNGE",
			   "S: = OK done", LOOK("3,5:6"), "S: * SEARCH", "S: = OK", NULL } });
	CHECK({ .action = MOVE,
		.uids = "3,5:6",
		.gone = "3,5:6",
		.uidvalidity = 9,
		.from = "3,5:6",
		.to = "70,72:73",
		.lines = { READY("UIDPLUS MOVE "), SELECTED("7"), "C: UID MOVE 3,5:6 Trash",
			   "S: * VANISHED 3,5:6", "S: = OK [COPYUID 9 3,5:6 70,72:73] done",
			   NULL } });
	/* In several breaths. */
	CHECK({ .action = MOVE,
		.uids = "3,5:6",
		.gone = "3,5:6",
		.uidvalidity = 9,
		.from = "3,5:6",
		.to = "70:71,80",
		.lines = { READY("UIDPLUS MOVE "), SELECTED("7"), "C: UID MOVE 3,5:6 Trash",
			   "S: * OK [COPYUID 9 3,5 70:71] moved", "S: * OK [COPYUID 9 6 80] moved",
			   "S: * VANISHED 3,5:6", "S: = OK [COPYUID 9 6 80] done", NULL } });
}

/* A pair that is wrong would give one message the state of another. */
Test(far_move, believes_only_what_can_be_true)
{
	static const char *const codes[] = {
		"S: * OK [COPYUID 0 3,5:6 70:72] no mailbox has this UIDVALIDITY",
		"S: * OK [COPYUID 4294967297 3,5:6 70:72] too large",
		"S: * OK [COPYUID 9 3,5:6 72,71,70] not in the order of UIDs",
		"S: * OK [COPYUID 9 6,5,3 70:72] the same",
		"S: * OK [COPYUID 9 3,5:6 70:71] too few",
		"S: * OK [COPYUID 9 3,5:7 70:73] of others",
		"S: * NO [COPYUID 9 3,5:6 70:72] not done",
		"S: * OK [APPENDUID 9 70:72] of an APPEND",
	};
	for (size_t i = 0; i < COUNT(codes); i++) {
		const struct leave_case it = {
			.action = MOVE,
			.uids = "3,5:6",
			.gone = "3,5:6",
			.lines = { READY("UIDPLUS MOVE "), SELECTED("7"), "C: UID MOVE 3,5:6 Trash",
				   codes[i], "S: * VANISHED 3,5:6", "S: = OK", NULL }
		};
		check_leave(&it);
	}
	/* Without UIDPLUS it may mean anything. */
	CHECK({ .action = MOVE,
		.uids = "3",
		.gone = "3",
		.lines = { READY("MOVE "), SELECTED("7"), "C: UID MOVE 3 Trash",
			   "S: * OK [COPYUID 9 3 70]", "S: * VANISHED 3", "S: = OK", NULL } });
	/* The second contradicts the first. */
	CHECK({ .action = MOVE,
		.uids = "3,5:6",
		.gone = "3,5:6",
		.uidvalidity = 9,
		.from = "3",
		.to = "70",
		.lines = { READY("UIDPLUS MOVE "), SELECTED("7"), "C: UID MOVE 3,5:6 Trash",
			   "S: * OK [COPYUID 9 3 70]", "S: * OK [COPYUID 8 5 71]",
			   "S: * OK [COPYUID 9 6 69]", "S: * VANISHED 3,5:6", "S: = OK", NULL } });
}

/* What has gone of it is told, and shows in the next look at the mailbox. */
Test(far_move, a_refusal_may_come_halfway)
{
	CHECK({ .action = MOVE,
		.uids = "3,5:6",
		.gone = "",
		.uidvalidity = 9,
		.from = "3",
		.to = "70",
		.result = -1,
		.words = "the rest is too large",
		.lines = { READY("UIDPLUS MOVE "), SELECTED("7"), "C: UID MOVE 3,5:6 Trash",
			   "S: * OK [COPYUID 9 3 70]", "S: * VANISHED 3",
			   "S: = NO the rest is too large", NULL } });
}

Test(far_move, what_stays_is_not_gone)
{
	CHECK({ .action = MOVE,
		.uids = "3,5:6",
		.gone = "3,6",
		.lines = { READY("UIDPLUS MOVE "), SELECTED("7"), "C: UID MOVE 3,5:6 Trash",
			   "S: = OK", LOOK("3,5:6"), "S: * SEARCH 5 12", "S: = OK", NULL } });
}

Test(far_copy, tells_where_the_copies_are)
{
	CHECK({ .action = COPY,
		.uids = "3,5:6",
		.uidvalidity = 9,
		.from = "3,5:6",
		.to = "70:72",
		.lines = { READY("UIDPLUS "), SELECTED("7"), "C: UID COPY 3,5:6 Trash",
			   "S: = OK [COPYUID 9 3,5:6 70:72] done", NULL } });
	CHECK({ .action = COPY,
		.uids = "3,5:6",
		.lines = { READY(""), SELECTED("7"), "C: UID COPY 3,5:6 Trash", "S: = OK done",
			   NULL } });
}

/* It is undone then (RFC 9051 section 6.4.7). */
Test(far_copy, a_refused_one_made_no_copies)
{
	CHECK({ .action = COPY,
		.uids = "3",
		.result = -1,
		.words = "full",
		.lines = { READY("UIDPLUS "), SELECTED("7"), "C: UID COPY 3 Trash",
			   "S: * OK [COPYUID 9 3 70]", "S: = NO the disk is full", NULL } });
}

/* --- Many messages --- */

/* Every second UID: more than a line can name. */
static void add_many(struct uid_set *uids)
{
	for (uint32_t uid = 10001; uid < 13001; uid += 2)
		uid_set_add(uids, uid);
}

/* The script's line for those from FIRST on, as many as fit, and the first one that did not. */
static uint32_t write_line(struct buffer *line, const char *before, uint32_t first,
			   const char *after)
{
	buffer_add_text(line, before);
	size_t start = line->length;
	for (; first < 13001; first += 2) {
		if (line->length - start + 6 > 7000)
			break;
		buffer_add_format(line, "%s%u", line->length > start ? "," : "", first);
	}
	buffer_add_text(line, after);
	return first;
}

Test(far_copy, many_messages_go_in_one_flight)
{
	struct buffer lines[2] = { BUFFER_INITIAL, BUFFER_INITIAL };
	uint32_t second = write_line(&lines[0], "C: UID COPY ", 10001, " Trash");
	cr_assert_eq(write_line(&lines[1], "C: UID COPY ", second, " Trash"), 13001);
	const char *const script[] = { READY("UIDPLUS "),
				       SELECTED("7"),
				       buffer_text(&lines[0]),
				       buffer_text(&lines[1]),
				       "S: = OK [COPYUID 9 10001,10003 5:6] not of all",
				       "S: = OK [COPYUID 9 12999 4] not behind it",
				       NULL };
	struct far_script *far = far_script_open(script);
	struct uid_set uids = UID_SET_INITIAL;
	struct far_copied copied;
	struct error error = ERROR_INITIAL;
	add_many(&uids);
	cr_assert_eq(far_copy(far->session, &work, &uids, "Trash", &copied, &error), 0, "%s",
		     error.text);
	assert_set(&copied.from, "10001,10003");
	assert_set(&copied.to, "5:6");
	far_copied_release(&copied);
	uid_set_release(&uids);
	far_script_close(&far);
	buffer_release(&lines[0]);
	buffer_release(&lines[1]);
}

Test(far_remove, nothing_to_do_costs_nothing)
{
	static const char *const lines[] = { IMAP_SCRIPT_READY("UIDPLUS MOVE "), NULL };
	struct far_script *far = far_script_open(lines);
	struct uid_set none = UID_SET_INITIAL;
	struct far_copied copied;
	struct error error = ERROR_INITIAL;
	uint64_t others;
	cr_assert_eq(far_store(far->session, &work, NULL, 0, NULL, &error), 0);
	cr_assert_eq(far_remove(far->session, &work, &none, &others, &error), 0);
	cr_assert_eq(others, 0);
	cr_assert_eq(far_move(far->session, &work, &none, "Trash", &copied, &error), 0);
	cr_assert_eq(copied.uidvalidity, 0);
	cr_assert_eq(far_copy(far->session, &work, &none, "Trash", &copied, &error), 0);
	cr_assert_eq(copied.uidvalidity, 0);
	far_script_close(&far);
}
