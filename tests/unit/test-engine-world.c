/* The far side in memory is what far.h says. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <sys/wait.h>
#include <unistd.h>

#include "far-world.h"

struct seen {
	unsigned int messages, gone, restarts;
	uint32_t count;
};

static int see(void *context, uint32_t uid, const struct flag_names *flags, struct error *error)
{
	(void)uid, (void)flags, (void)error;
	((struct seen *)context)->messages++;
	return 0;
}

static int gone(void *context, const struct uid_set *uids, struct error *error)
{
	(void)error;
	((struct seen *)context)->gone += (unsigned int)uid_set_size(uids);
	return 0;
}

static int opened(void *context, struct far_state *state, struct error *error)
{
	(void)error;
	((struct seen *)context)->count = state->marks.messages;
	far_state_release(state);
	return 0;
}

static void restart(void *context)
{
	*(struct seen *)context = (struct seen){ .restarts = 1 };
}

static enum far_told observe(struct far_session *session, struct far_marks known, struct seen *seen)
{
	const struct far_question question = { .mailbox = { .name = "INBOX" }, .known = known };
	const struct far_observer observer = {
		.context = seen, .see = see, .gone = gone, .opened = opened, .restart = restart
	};
	struct far_listing *listing = far_observe_begin(session, &question, &observer);
	struct error error = ERROR_INITIAL;
	enum far_told told;
	*seen = (struct seen){ .messages = 0 };
	cr_assert_eq(far_observe_finish(session, &listing, &told, &error), FAR_OK, "%s",
		     error.text);
	return told;
}

Test(engine_world, tells_what_changed)
{
	struct world *world = world_create();
	struct far_side *side = world_side(world);
	struct far_session *session;
	struct error error = ERROR_INITIAL;
	struct far_state state;
	struct seen seen;
	const struct far_mailbox inbox = { .name = "INBOX" };

	for (uint32_t i = 0; i < 5; i++)
		(void)world_add(world, world_find(world, "INBOX"), 0, 0, "x", 1);
	cr_assert_eq(far_open(side, 0, &session, &error), 0);
	cr_assert_eq(far_look(session, &inbox, &state, &error), 0);
	cr_expect_eq(observe(session, (struct far_marks){ .uidvalidity = 0 }, &seen), FAR_TOLD_ALL);
	cr_expect_eq(seen.messages, 5);
	world_set_flags(world_find(world, "INBOX"), 2, FLAG_SEEN);
	world_remove(world_find(world, "INBOX"), 4);
	cr_expect_eq(observe(session, state.marks, &seen), FAR_TOLD_CHANGES);
	cr_expect_eq(seen.messages, 1);
	cr_expect_eq(seen.gone, 1);
	cr_expect_eq(seen.count, 4);
	far_state_release(&state);
	far_close(&session);
	far_side_destroy(&side);
	world_destroy(&world);
}

/* A child that is killed at a step leaves the world as it was then. */
Test(engine_world, outlives_who_uses_it)
{
	struct world *world = world_create();
	pid_t child;
	int status;

	(void)world_add(world, world_find(world, "INBOX"), 0, 0, "x", 1);
	world->fault = WORLD_DIES_AFTER;
	world->fault_at = 2;
	child = fork();
	if (child == 0) {
		struct far_side *side = world_side(world);
		struct far_session *session;
		const struct far_mailbox inbox = { .name = "INBOX" };
		struct uid_set uids = UID_SET_INITIAL;
		uint64_t others;
		uid_set_add(&uids, 1);
		if (far_open(side, 0, &session, NULL) == 0)
			(void)far_remove(session, &inbox, &uids, &others, NULL);
		_exit(0);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_expect(WIFSIGNALED(status));
	cr_expect_eq(world_count(world_find(world, "INBOX")), 0);
	cr_expect_eq(world->steps, 2);
	world_destroy(&world);
}
