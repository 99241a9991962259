/* The real engine: calls that fail in the run after one that was killed. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../faults/faults.h"
#include "base/memory.h"
#include "engine-story.h"
#include "engine-words.h"

static struct rig rig;

static void end(void)
{
	rig_end(&rig);
}

TestSuite(engine_twice, .fini = end, .timeout = 120);

/* What a run is killed in. */
struct killed {
	const char *rules;          /* of that run */
	unsigned int before, after; /* messages on the server: that both sides agree on, and new */
	const char *leaves;         /* what the state says then */
	void (*act)(void);          /* what its user does then; NULL: nothing */
	const char *near, *far;     /* what there is at last */
};

/* Kills it at its N-th change. False: it came to its end. */
static bool kill_at(const struct killed *killed, unsigned int n)
{
	char kill[24];
	rig_configure(&rig, "connections = 1\n");
	rig_clear(&rig);
	for (unsigned int i = 1; i <= killed->before; i++)
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, i, 0);
	rig_run(&rig, NULL);
	for (unsigned int i = 1; i <= killed->after; i++)
		(void)rig_append(&rig, "INBOX", FLAG_SEEN, killed->before + i, 0);
	rig_configure(&rig, killed->rules);
	(void)snprintf(kill, sizeof kill, "%u:after", n);
	return rig_run_to_death(&rig, NULL, kill);
}

/* The first and the last change after which the state says so. */
static void find_changes(const struct killed *killed, unsigned int changes_r[2])
{
	changes_r[0] = changes_r[1] = 0;
	for (unsigned int n = 1; kill_at(killed, n); n++) {
		if (!story_state_has(&rig, "INBOX", killed->leaves))
			continue;
		changes_r[0] = changes_r[0] ? changes_r[0] : n;
		changes_r[1] = n;
	}
	cr_assert_lt(changes_r[0], changes_r[1], "hardly a run leaves %s", killed->leaves);
}

/* A run of which the N-th call of that kind fails. Whether it came to that. */
static bool run_failing(const char *kind, unsigned int n)
{
	char *fail = memory_format("%s:%u:5", kind, n);
	faults_begin(NULL, fail);
	rig_run(&rig, NULL);
	faults_end();
	free(fail);
	return faults_counts()->fired > 0;
}

/* It finishes nothing by half. */
static unsigned int fail_each_of(const struct killed *killed, unsigned int change, const char *kind)
{
	unsigned int told = 0;
	bool failed = true;
	for (unsigned int n = 1; failed && n < 60; n++) {
		(void)kill_at(killed, change);
		if (killed->act)
			killed->act();
		failed = run_failing(kind, n);
		told += failed && rig.result.worst != ERROR_NONE;
		rig_run(&rig, NULL);
		rig_expect(&rig, killed->near, killed->far, ERROR_NONE);
		cr_expect_not(story_state_has(&rig, "INBOX", killed->leaves), "%s:%u", kind, n);
	}
	return told;
}

static void fail_each(const struct killed *killed)
{
	static const char *const kinds[] = { "opendir", "mdb-begin", "sync" };
	unsigned int changes[2];
	unsigned int told = 0;
	find_changes(killed, changes);
	for (size_t i = 0; i < 2 * sizeof kinds / sizeof *kinds; i++)
		told += fail_each_of(killed, changes[i % 2], kinds[i / 2]);
	cr_expect_gt(told, 5);
}

Test(engine_twice, downloads)
{
	static const struct killed downloads = {
		.rules = "connections = 1\n",
		.before = 1,
		.after = 2,
		.leaves = "downloads 2",
		.near = "INBOX 1.0 1\nINBOX 2.0 1\nINBOX 3.0 1\n",
		.far = "INBOX 1.0 1\nINBOX 2.0 1\nINBOX 3.0 1\n",
	};
	rig_begin(&rig, "");
	fail_each(&downloads);
}

static void flag_first(void)
{
	words_rename(&rig, 1, NULL, ":2,FS");
}

Test(engine_twice, what_leaves_the_window)
{
	static const struct killed leaving = {
		.rules = "connections = 1\nmax-messages = 2\n",
		.before = 4,
		.leaves = "expiring 1:2",
		.near = "INBOX 3.0 1\nINBOX 4.0 1\n",
		.far = "INBOX 1.0 1\nINBOX 2.0 1\nINBOX 3.0 1\nINBOX 4.0 1\n",
	};
	rig_begin(&rig, "");
	fail_each(&leaving);
}

/* Under another name it is not gone, wherever that is looked for. */
Test(engine_twice, what_was_renamed_when_it_left_the_window)
{
	static const struct killed leaving = {
		.rules = "connections = 1\nmax-messages = 2\n",
		.before = 4,
		.leaves = "expiring 1:2",
		.act = flag_first,
		.near = "INBOX 3.0 1\nINBOX 4.0 1\n",
		.far = "INBOX 1.0 5\nINBOX 2.0 1\nINBOX 3.0 1\nINBOX 4.0 1\n",
	};
	unsigned int changes[2];
	rig_begin(&rig, "");
	find_changes(&leaving, changes);
	(void)fail_each_of(&leaving, changes[0], "opendir");
	(void)fail_each_of(&leaving, changes[0], "mdb-begin");
}
