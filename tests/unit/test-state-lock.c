/* The account's lock. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "state-fixture.h"
#include "state/private.h"

TestSuite(state_lock, .fini = fixture_end);

/* Another process that holds the state open, until it is killed or its standing order ends. */
struct holder {
	pid_t pid;
	int order; /* closing it ends the process in peace */
};

static _Noreturn void hold(int ready, int order)
{
	char byte = 'r';
	struct state *state = NULL;
	if (state_open(fixture_directory(), FIXTURE_KEY, STATE_READ_WRITE, 0, &state, NULL) != 0 ||
	    write(ready, &byte, 1) != 1)
		_exit(1);
	(void)!read(order, &byte, 1); /* the end of file is the order */
	state_close(&state);
	_exit(0);
}

static struct holder start_holder(void)
{
	int ready[2];
	int order[2];
	char byte = 0;
	(void)fixture_directory(); /* the same for both */
	cr_assert_eq(pipe(ready), 0);
	cr_assert_eq(pipe(order), 0);
	struct holder holder = { .pid = fork(), .order = order[1] };
	cr_assert_geq(holder.pid, 0);
	if (holder.pid == 0) {
		(void)close(order[1]);
		hold(ready[1], order[0]);
	}
	(void)close(ready[1]);
	(void)close(order[0]);
	cr_assert_eq(read(ready[0], &byte, 1), 1);
	(void)close(ready[0]);
	return holder;
}

static void reap(const struct holder *holder)
{
	int status;
	cr_assert_eq(waitpid(holder->pid, &status, 0), holder->pid);
}

Test(state_lock, another_run_is_named)
{
	char part[64];
	struct holder holder = start_holder();
	(void)snprintf(part, sizeof part, "(process %ld)", (long)holder.pid);
	fixture_refused(STATE_READ_WRITE, FIXTURE_KEY, ERROR_TEMPORARY, part);
	(void)close(holder.order);
	reap(&holder);
	struct state *state = fixture_open(STATE_READ_WRITE);
	state_close(&state);
}

Test(state_lock, reading_needs_no_lock)
{
	struct holder holder = start_holder();
	struct state *state = fixture_open(STATE_READ_ONLY);
	struct state_transaction *transaction = fixture_read(state);
	state_read_end(&transaction);
	state_close(&state);
	/* And has not taken the holder's away. */
	fixture_refused(STATE_READ_WRITE, FIXTURE_KEY, ERROR_TEMPORARY, "process");
	(void)close(holder.order);
	reap(&holder);
}

Test(state_lock, dies_with_its_process)
{
	struct holder holder = start_holder();
	cr_assert_eq(kill(holder.pid, SIGKILL), 0);
	reap(&holder);
	struct state *state = fixture_open(STATE_READ_WRITE);
	cr_assert_eq(fixture_folder(state, "INBOX"), 1);
	state_close(&state);
	(void)close(holder.order);
}

/* The holder ends while we wait: a process that ends it at once, or a little later. */
Test(state_lock, waits_for_its_turn, .timeout = 60)
{
	struct error error = ERROR_INITIAL;
	struct state *state = NULL;
	struct holder holder = start_holder();
	pid_t ender = fork();
	cr_assert_geq(ender, 0);
	if (ender == 0) {
		(void)usleep(300000);
		(void)kill(holder.pid, SIGKILL);
		_exit(0);
	}
	int result =
		state_open(fixture_directory(), FIXTURE_KEY, STATE_READ_WRITE, 50, &state, &error);
	cr_assert_eq(result, 0, "%s", error.text);
	state_close(&state);
	cr_assert_eq(waitpid(ender, NULL, 0), ender);
	reap(&holder);
	(void)close(holder.order);
}

Test(state_lock, looking_tells_who_holds_it)
{
	int64_t process = -1;
	cr_assert_not(state_is_held(fixture_directory(), &process));
	cr_assert_eq(process, 0);
	struct holder holder = start_holder();
	cr_assert(state_is_held(fixture_directory(), &process));
	cr_assert_eq(process, holder.pid);
	(void)close(holder.order);
	reap(&holder);
	cr_assert_not(state_is_held(fixture_directory(), &process));
	cr_assert_eq(process, 0);
}

/* Who stays open between two runs leaves the state to others meanwhile, and sees what they did. */
Test(state_lock, is_given_up_and_taken_again)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	struct error error = ERROR_INITIAL;
	uint32_t id = fixture_folder(state, "INBOX");
	const MDB_env *environment = state->env;
	state_let_go(state);
	cr_assert_eq(state_hold(state, 0, &error), 0, "%s", error.text);
	cr_expect_eq(state->env, environment, "nobody touched it, and it was opened anew");
	state_let_go(state);
	pid_t other = fork();
	if (other == 0) {
		struct state *mine = NULL;
		if (state_open(fixture_directory(), FIXTURE_KEY, STATE_READ_WRITE, 0, &mine,
			       NULL) != 0)
			_exit(1);
		fixture_fill(mine, id, 1, 5000);
		state_close(&mine);
		_exit(0);
	}
	const struct holder holder = { .pid = other };
	reap(&holder);
	cr_assert_eq(state_hold(state, 0, &error), 0, "%s", error.text);
	cr_expect_eq(fixture_count(state, id), 5000);
	fixture_fill(state, id, 5001, 5010);
	cr_expect_eq(fixture_count(state, id), 5010);
	state_let_go(state);
	struct holder now = start_holder();
	cr_expect_eq(state_hold(state, 0, &error), -1);
	cr_expect_eq(error.kind, ERROR_TEMPORARY);
	(void)close(now.order);
	reap(&now);
	cr_expect_eq(state_hold(state, 5, &error), 0, "%s", error.text);
	state_close(&state);
}

/* Somebody removed it, or made it anew. */
Test(state_lock, a_state_that_was_removed_meanwhile_is_begun_anew)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	struct error error = ERROR_INITIAL;
	uint32_t id = fixture_folder(state, "INBOX");
	char *path = fixture_path("data.mdb");
	fixture_fill(state, id, 1, 10);
	state_let_go(state);
	cr_assert_eq(unlink(path), 0);
	cr_assert_eq(state_hold(state, 0, &error), 0, "%s", error.text);
	id = fixture_folder(state, "INBOX");
	cr_expect_eq(fixture_count(state, id), 0);
	free(path);
	state_close(&state);
}

/* Somebody put another one in its place, with more in it. */
Test(state_lock, a_state_that_was_replaced_meanwhile_is_read)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	struct state *other = NULL;
	struct error error = ERROR_INITIAL;
	uint32_t id = fixture_folder(state, "INBOX");
	char *path = fixture_path("data.mdb");
	char *directory = fixture_path("other");
	char *other_path = fixture_path("other/data.mdb");
	fixture_fill(state, id, 1, 10);
	state_let_go(state);
	cr_assert_eq(state_open(directory, FIXTURE_KEY, STATE_READ_WRITE, 0, &other, &error), 0,
		     "%s", error.text);
	cr_assert_eq(fixture_folder(other, "INBOX"), id);
	fixture_fill(other, id, 1, 5000);
	state_close(&other);
	cr_assert_eq(rename(other_path, path), 0);
	cr_assert_eq(state_hold(state, 0, &error), 0, "%s", error.text);
	cr_expect_eq(fixture_count(state, id), 5000);
	free(other_path);
	free(directory);
	free(path);
	state_close(&state);
}

Test(state_lock, a_lock_that_cannot_be_opened_is_named)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	char *path = fixture_path("lock");
	state_close(&state);
	cr_assert_eq(unlink(path), 0);
	cr_assert_eq(mkdir(path, 0700), 0);
	fixture_refused(STATE_READ_WRITE, FIXTURE_KEY, ERROR_FAILED, "cannot open the lock");
	cr_assert_eq(rmdir(path), 0);
	free(path);
}

/* Who holds it has it, and who only reads takes it from nobody. */
Test(state_lock, nothing_is_taken_twice_or_to_read)
{
	struct error error = ERROR_INITIAL;
	struct state *state = fixture_open(STATE_READ_WRITE);
	int lock = state->lock;
	cr_expect_eq(state_hold(state, 0, &error), 0, "%s", error.text);
	cr_expect_eq(state->lock, lock);
	state_close(&state);
	state = fixture_open(STATE_READ_ONLY);
	cr_expect_eq(state_hold(state, 0, &error), 0, "%s", error.text);
	cr_expect_eq(state->lock, -1);
	state_close(&state);
}
