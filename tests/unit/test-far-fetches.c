/* Fetching from several mailboxes in one flight, over IMAP. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "base/buffer.h"
#include "far-script.h"

#define READY IMAP_SCRIPT_READY("")
#define ASKED                                                                                 \
	"C: SELECT Work", "C: UID FETCH 3:4 (UID RFC822.SIZE BODY.PEEK[])", "C: SELECT Home", \
		"C: UID FETCH 4 (UID RFC822.SIZE BODY.PEEK[])"
#define SELECTED(uidvalidity) \
	"S: * 9 EXISTS", "S: * OK [UIDVALIDITY " uidvalidity "] ", "S: = OK [READ-WRITE] done"
#define BODY(uid, text) "S: * 1 FETCH (UID " uid " RFC822.SIZE 3 BODY[] {3}", "b: " text, "S: )"

/* One of two fetches; all that is called goes into one text. */
struct fetched {
	struct buffer *calls;
	const char *name;
	struct uid_set uids;
	struct far_fetching *fetching;
};

static void note(const struct fetched *fetched, const char *what, uint32_t uid)
{
	buffer_add_format(fetched->calls, "%s%s %s", fetched->calls->length > 0 ? "; " : "",
			  fetched->name, what);
	if (uid != 0)
		buffer_add_format(fetched->calls, " %u", uid);
}

static int see(void *context, const struct far_message *message, struct error *error)
{
	(void)error;
	note(context, message->body == FAR_BODY_RECEIVED ? "has" : "lacks", message->uid);
	return 0;
}

static int begin(void *context, uint32_t uid, struct error *error)
{
	(void)error;
	note(context, "begins", uid);
	return 0;
}

static int write_body(void *context, const void *bytes, size_t length, struct error *error)
{
	const struct fetched *fetched = context;
	(void)error;
	buffer_add_text(fetched->calls, " ");
	buffer_add(fetched->calls, bytes, length);
	return 0;
}

static int refused(void *context, uint32_t uid, const struct error *reason, struct error *error)
{
	(void)reason;
	(void)error;
	note(context, "is refused", uid);
	return 0;
}

static void ended(void *context, const struct uid_set *asked, const struct error *reason)
{
	(void)asked;
	(void)reason;
	note(context, "ended", 0);
}

static void ask(struct far_script *far, struct fetched *fetched, uint32_t uidvalidity,
		uint32_t first)
{
	static const struct far_sink sink = { .begin = begin, .write = write_body };
	uid_set_add_range(&fetched->uids, first, 4);
	const struct far_fetch fetch = {
		.mailbox = { .name = fetched->name, .uidvalidity = uidvalidity },
		.uids = &fetched->uids,
		.items = FAR_SIZE | FAR_BODY,
		.context = fetched,
		.see = see,
		.sink = &sink,
		.refused = refused,
		.ended = ended,
	};
	fetched->fetching = far_fetch_begin(far->session, &fetch);
	cr_assert(far_fetch_is_sent(far->session, fetched->fetching));
}

static void take(struct far_script *far, struct fetched *fetched, enum far_result expected,
		 const char *words)
{
	struct error error = ERROR_INITIAL;
	enum far_result result = far_fetch_finish(far->session, &fetched->fetching, &error);
	cr_assert_eq(result, expected, "%s: %d: %s", fetched->name, result, error.text);
	cr_assert(strstr(error.text, words), "%s", error.text);
	cr_assert_null(fetched->fetching);
	uid_set_release(&fetched->uids);
}

/* Both are asked for and then taken. *_WORDS: in the error; NULL: it goes well. */
static void check(const char *const *lines, const char *work_words, const char *home_words,
		  const char *calls)
{
	struct far_script *far = far_script_open(lines);
	struct buffer text = BUFFER_INITIAL;
	struct fetched work = { .calls = &text, .name = "Work" };
	struct fetched home = { .calls = &text, .name = "Home" };
	ask(far, &work, 7, 3);
	ask(far, &home, 5, 4);
	cr_assert_eq(text.length, 0);
	take(far, &work, work_words ? FAR_ERROR : FAR_OK, work_words ? work_words : "");
	take(far, &home, home_words ? FAR_ERROR : FAR_OK, home_words ? home_words : "");
	cr_assert_str_eq(buffer_text(&text), calls);
	buffer_release(&text);
	far_script_close(&far);
}

Test(far_fetches, two_mailboxes_share_a_flight)
{
	static const char *const lines[] = {
		READY,     ASKED,         SELECTED("7"),    BODY("3", "abc"), BODY("4", "def"),
		"S: = OK", SELECTED("5"), BODY("4", "ghi"), "S: = OK",        NULL
	};
	check(lines, NULL, NULL,
	      "Work begins 3 abc; Work has 3; Work begins 4 def; Work has 4; Home begins 4 ghi; "
	      "Home has 4");
}

/* Nothing should come then; what comes all the same is of whatever else is open. */
Test(far_fetches, one_that_cannot_be_opened_takes_nothing)
{
	static const char *const first[] = {
		READY,     ASKED,         "S: = NO no such mailbox", BODY("3", "abc"),
		"S: = OK", SELECTED("5"), BODY("4", "ghi"),          "S: = OK",
		NULL
	};
	static const char *const second[] = { READY,
					      ASKED,
					      SELECTED("7"),
					      BODY("3", "abc"),
					      BODY("4", "def"),
					      "S: = OK",
					      "S: = NO no such mailbox",
					      BODY("4", "def"),
					      "S: = OK",
					      NULL };
	check(first, "no such", NULL, "Home begins 4 ghi; Home has 4");
	check(second, NULL, "no such",
	      "Work begins 3 abc; Work has 3; Work begins 4 def; Work has 4");
}

Test(far_fetches, one_that_was_made_anew_takes_nothing)
{
	static const char *const lines[] = {
		READY,     ASKED,         SELECTED("8"),    BODY("3", "abc"),
		"S: = OK", SELECTED("5"), BODY("4", "ghi"), "S: = OK",
		NULL
	};
	check(lines, "replaced on the server", NULL, "Home begins 4 ghi; Home has 4");
}

#define AGAIN "C: SELECT Work", "C: UID FETCH 4 (UID RFC822.SIZE BODY.PEEK[])"

/* The answers of the second are read while the first asks once more. */
Test(far_fetches, one_may_be_answered_before_its_turn)
{
	static const char *const lines[] = { READY,
					     ASKED,
					     SELECTED("7"),
					     BODY("3", "abc"),
					     "S: = NO damaged",
					     AGAIN,
					     SELECTED("5"),
					     BODY("4", "ghi"),
					     "S: = OK",
					     SELECTED("7"),
					     "S: = NO damaged",
					     NULL };
	check(lines, NULL, NULL,
	      "Work begins 3 abc; Work has 3; Home begins 4 ghi; Home has 4; Work is refused 4");
}

Test(far_fetches, before_its_turn_too_nothing_is_taken_of_another_mailbox)
{
	static const char *const anew[] = { READY,
					    ASKED,
					    SELECTED("7"),
					    BODY("3", "abc"),
					    "S: = NO damaged",
					    AGAIN,
					    SELECTED("6"),
					    BODY("4", "ghi"),
					    "S: = OK",
					    SELECTED("7"),
					    BODY("4", "def"),
					    "S: = OK",
					    NULL };
	static const char *const refused_lines[] = { READY,
						     ASKED,
						     SELECTED("7"),
						     BODY("3", "abc"),
						     "S: = NO damaged",
						     AGAIN,
						     "S: = NO no such mailbox",
						     BODY("4", "def"),
						     "S: = OK",
						     SELECTED("7"),
						     BODY("4", "def"),
						     "S: = OK",
						     NULL };
	static const char calls[] = "Work begins 3 abc; Work has 3; Work begins 4 def; Work has 4";
	check(anew, NULL, "replaced on the server", calls);
	check(refused_lines, NULL, "no such", calls);
}

/* It ended for what was asked first, as far as anybody can tell. */
Test(far_fetches, the_end_is_told_to_the_first)
{
	static const char *const lines[] = { READY, ASKED, SELECTED("7"), BODY("3", "abc"),
					     "X",   NULL };
	check(lines, "", "", "Work begins 3 abc; Work has 3; Work ended");
}

Test(far_fetches, those_behind_one_that_is_done_are_told_in_their_turn)
{
	static const char *const lines[] = {
		READY,         ASKED, SELECTED("7"), BODY("3", "abc"), BODY("4", "def"), "S: = OK",
		SELECTED("5"), "X",   NULL
	};
	check(lines, NULL, "",
	      "Work begins 3 abc; Work has 3; Work begins 4 def; Work has 4; Home ended");
}
