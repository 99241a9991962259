/* Observations over IMAP to a server that follows a script: what was told, in words.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "far-observe.h"

#include <criterion/criterion.h>
#include <string.h>

static void note(struct calls *calls, const char *what)
{
	buffer_add_format(&calls->text, "%s%s", calls->text.length > 0 ? "; " : "", what);
}

static int answer(const struct calls *calls, unsigned int fails, struct error *error)
{
	return calls->answers & fails
		       ? error_set(error, ERROR_FAILED, SCOPE_FOLDER, "nobody listens")
		       : 0;
}

static int see(void *context, uint32_t uid, const struct flag_names *flags, struct error *error)
{
	struct calls *calls = context;
	(void)error;
	note(calls, "see");
	buffer_add_format(&calls->text, " %u%s", uid, flags->system & FLAG_SEEN ? "" : " unseen");
	return 0;
}

static int gone(void *context, const struct uid_set *uids, struct error *error)
{
	struct calls *calls = context;
	(void)error;
	note(calls, "gone ");
	uid_set_format(uids, &calls->text);
	return 0;
}

static int hold(void *context, const struct uid_set *uids, struct error *error)
{
	struct calls *calls = context;
	note(calls, "hold ");
	if (!uid_set_is_empty(uids))
		uid_set_format(uids, &calls->text);
	return answer(calls, HOLD_FAILS, error);
}

static int opened(void *context, struct far_state *state, struct error *error)
{
	struct calls *calls = context;
	note(calls, "opened");
	buffer_add_format(&calls->text, " %u", state->marks.uidvalidity);
	far_state_release(state);
	return calls->answers & ANEW ? 1 : answer(calls, OPENED_FAILS, error);
}

static void restart(void *context)
{
	note(context, "restart");
}

static int adds_up(void *context, struct error *error)
{
	struct calls *calls = context;
	note(calls, "sum");
	if (calls->answers & SUM_FAILS)
		return answer(calls, SUM_FAILS, error);
	return !(calls->answers & NO_SUM) && !(calls->answers & LATE_SUM && calls->sums++ == 0);
}

static int news(void *context, const struct far_message *message, struct error *error)
{
	static const char *const names[] = { "M1", "12345" };
	struct calls *calls = context;
	(void)error;
	note(calls, "news");
	buffer_add_format(&calls->text, " %u", message->uid);
	if (message->has_size)
		buffer_add_format(&calls->text, " %llu", (unsigned long long)message->size);
	for (size_t i = 0; i < COUNT(names); i++) {
		struct object_id id =
			object_id_of(i == 0 ? OBJECT_ID_EMAILID : OBJECT_ID_X_GM_MSGID, names[i],
				     strlen(names[i]));
		if (object_id_equal(&id, &message->object))
			buffer_add_format(&calls->text, " %s", names[i]);
	}
	return 0;
}

struct far_listing *far_observe_calls_begin(struct far_session *session, const char *mailbox,
					    unsigned int flags, struct calls *calls)
{
	const struct far_question question = {
		.mailbox = { .name = mailbox },
		.known = { .uidvalidity = flags & (KNOWN | KNOWN_NAME) ? 7 : 0,
			   .uidnext = flags & KNOWN ? 11 : 0,
			   .highestmodseq = flags & KNOWN ? 80 : 0 },
		.is_empty = (flags & IS_EMPTY) != 0,
		.only_uids = (flags & ONLY_UIDS) != 0,
		.only_changes = (flags & ONLY_CHANGES) != 0,
		.news_from = flags & NEWS ? 11 : 0,
		.news = FAR_FLAGS | FAR_SIZE | FAR_OBJECT,
	};
	const struct far_observer observer = { .context = calls,
					       .see = see,
					       .gone = gone,
					       .hold = hold,
					       .opened = opened,
					       .restart = restart,
					       .adds_up = adds_up,
					       .news = news };
	calls->answers = flags;
	return far_observe_begin(session, &question, &observer);
}

void far_observe_check(const struct observe_case *observe)
{
	struct far_script *far = far_script_open(observe->lines);
	struct calls calls = { .text = BUFFER_INITIAL };
	struct error error = ERROR_INITIAL;
	enum far_told told;
	struct far_listing *listing =
		far_observe_calls_begin(far->session, "Work", observe->question, &calls);
	enum far_result result = far_observe_finish(far->session, &listing, &told, &error);
	cr_expect_eq(result, observe->result, "%s: %d %s", observe->name, result, error.text);
	cr_expect(result != FAR_OK || told == observe->told, "%s: told %d", observe->name, told);
	cr_expect_str_eq(buffer_text(&calls.text), observe->calls, "%s: %s", observe->name,
			 buffer_text(&calls.text));
	cr_expect(!observe->words || strstr(error.text, observe->words), "%s: %s", observe->name,
		  error.text);
	cr_expect(result == FAR_OK || error.scope >= SCOPE_FOLDER, "%s", observe->name);
	cr_expect_null(listing);
	buffer_release(&calls.text);
	far_script_close(&far);
}
