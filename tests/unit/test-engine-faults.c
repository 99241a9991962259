/* Every call that can fail here does fail, at each of its times: the run that meets it gets over it
 * or tells what failed; the next leaves nothing lost, doubled or half done.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../faults/faults.h"
#include "engine-scenes.h"

/* Calls of one kind at so many places at most, spread evenly; NAVETTE_FAULTS=all: at each. */
#define PLACES 5u

/* With what a kind of call can fail; then from there on, too. */
struct failing {
	enum fault_kind kind;
	const char *word;
	int codes[3];
	bool told; /* nobody gets over it when it fails for good */
};
static const struct failing failings[] = {
	{ FAULT_CREATE, "create", { ENOSPC, EMFILE }, true },
	{ FAULT_OPEN, "open", { EMFILE, EIO } },
	{ FAULT_READ, "read", { EIO, EINTR, FAULT_SHORT } },
	{ FAULT_PREAD, "pread", { EIO } },
	{ FAULT_WRITE, "write", { ENOSPC, EINTR, FAULT_SHORT }, true },
	{ FAULT_PWRITE, "pwrite", { ENOSPC, EIO } },
	{ FAULT_RENAME, "rename", { EIO, ENOSPC }, true },
	{ FAULT_UNLINK, "unlink", { EACCES, EIO }, true },
	{ FAULT_MKDIR, "mkdir", { ENOSPC, EACCES }, true },
	{ FAULT_TRUNCATE, "truncate", { ENOSPC } },
	{ FAULT_SYNC, "sync", { EIO, EINTR }, true },
	{ FAULT_UTIME, "utime", { EPERM }, true },
	{ FAULT_CLOSE, "close", { EIO } },
	{ FAULT_CLOSE_WRITTEN, "close-written", { EIO, ENOSPC }, true },
	{ FAULT_OPENDIR, "opendir", { EMFILE } },
	{ FAULT_READDIR, "readdir", { EIO } },
	{ FAULT_STAT, "stat", { EIO, EACCES } },
	{ FAULT_LOCK, "lock", { ENOLCK }, true },
	{ FAULT_SEEK, "seek", { EIO } },
	{ FAULT_THREAD, "thread", { EAGAIN } },
	{ FAULT_MDB_OPEN, "mdb-open", { ENOMEM, MDB_CORRUPTED }, true },
	{ FAULT_MDB_RESIZE, "mdb-resize", { ENOMEM }, true },
	{ FAULT_MDB_BEGIN, "mdb-begin", { ENOMEM, MDB_READERS_FULL } },
	{ FAULT_MDB_COMMIT, "mdb-commit", { ENOSPC, MDB_MAP_FULL } },
	{ FAULT_MDB_GET, "mdb-get", { EIO, MDB_CORRUPTED } },
	{ FAULT_MDB_PUT, "mdb-put", { ENOMEM, MDB_MAP_FULL } },
	{ FAULT_MDB_DEL, "mdb-del", { ENOMEM, MDB_MAP_FULL } },
	{ FAULT_MDB_SYNC, "mdb-sync", { EIO }, true },
	{ FAULT_MDB_META, "mdb-meta", { EIO }, true },
};

static bool passes(int code)
{
	return code == EINTR || code == FAULT_SHORT;
}

static void expect_told(const struct stage *stage, const struct failing *failing, int code,
			const char *fail)
{
	bool failed = stage->rig.result.worst != ERROR_NONE;
	bool fired = faults_counts()->fired > 0;
	cr_assert(failed == (stage->rig.failures[0] != '\0'), "%s, %s: it fails without a word",
		  stage->scene->name, fail);
	cr_assert(failed || !fired || !failing->told || passes(code) || !strchr(fail, '+'),
		  "%s, %s: nobody takes notice", stage->scene->name, fail);
	cr_assert(!failed || fired, "%s, %s: nothing failed, and yet\n%s", stage->scene->name, fail,
		  stage->rig.failures);
}

/* Whether it came to that. */
static unsigned int fail_and_finish(struct stage *stage, const struct failing *failing, int code,
				    const char *fail)
{
	stage_set(stage);
	faults_begin(NULL, fail);
	rig_run(&stage->rig, &stage->options);
	faults_end();
	expect_told(stage, failing, code, fail);
	unsigned int fired = faults_counts()->fired > 0;
	stage_expect_repaired(stage, fail);
	return fired;
}

static unsigned int fail_at(struct stage *stage, const struct failing *failing, uint64_t number)
{
	unsigned int fired = 0;
	for (size_t i = 0; i < sizeof failing->codes / sizeof *failing->codes; i++) {
		for (int on = 0; failing->codes[i] != 0 && on < 2; on++) {
			char code[20];
			char fail[60];
			(void)snprintf(code, sizeof code, "%d", failing->codes[i]);
			(void)snprintf(fail, sizeof fail, "%s:%u%s:%s", failing->word,
				       (unsigned int)number, on ? "+" : "",
				       failing->codes[i] == FAULT_SHORT ? "short" : code);
			if ((on && passes(failing->codes[i])) /* it would never end */ ||
			    !stage_takes(stage))
				continue;
			fired += fail_and_finish(stage, failing, failing->codes[i], fail);
		}
	}
	return fired;
}

static uint64_t stride_of(uint64_t calls)
{
	return getenv("NAVETTE_FAULTS") ? 1 : calls / PLACES + 1;
}

static void fail_everywhere(const struct scene *scene, unsigned int ways)
{
	static struct stage stage;
	unsigned int fired = 0;
	stage_begin(&stage, scene, ways);
	for (size_t i = 0; i < sizeof failings / sizeof *failings; i++) {
		uint64_t calls = stage.calls[failings[i].kind];
		uint64_t stride = stride_of(calls);
		/* Others in each scene. */
		for (uint64_t number = 1 + (i + (unsigned char)scene->name[0]) % stride;
		     number <= calls; number += stride)
			fired += fail_at(&stage, &failings[i], number);
	}
	cr_expect_gt(fired, 0);
	stage_note("faults", fired);
	stage_end(&stage);
}

#define FAULTS(name)                               \
	Test(engine_faults, name, .timeout = 600)  \
	{                                          \
		fail_everywhere(&scene_##name, 0); \
	}
SCENES(FAULTS)
