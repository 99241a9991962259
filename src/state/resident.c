/* How much of the map counts as this process's memory. LMDB maps the whole data file, and every
 * page that was looked at stays mapped: after a walk over a large folder that is all of it, though
 * nothing of it is in use any more. SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "state/private.h"

/* LMDB does not tell where its map is (me_mapaddr is for MDB_FIXEDMAP alone), the kernel does. */
void state_map_find(struct state *state)
{
	int descriptor;
	struct stat status;
	state->map_start = NULL;
	if (mdb_env_get_fd(state->env, &descriptor) != 0 || fstat(descriptor, &status) != 0)
		return;
	FILE *maps = fopen("/proc/self/maps", "re");
	if (!maps)
		return; /* then nothing is let go */
	char line[512];
	while (!state->map_start && fgets(line, sizeof line, maps)) {
		uintptr_t start;
		uintptr_t end;
		uint64_t inode;
		/* Not by device: of some file systems the kernel shows another one here. */
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " r--s %*x %*s %" SCNu64, &start, &end,
			   &inode) == 3 &&
		    inode == status.st_ino && strstr(line, "/" STATE_DATA_FILE)) {
			state->map_start = (void *)start;
			state->map_length = end - start;
		}
	}
	(void)fclose(maps); /* only read from */
}

/* The pages stay in the file's cache and come back when they are touched: pointers into the map
 * stay valid (madvise(2): a shared mapping of a file). */
void state_map_let_go(const struct state *state)
{
	if (state->map_start)
		(void)madvise(state->map_start, state->map_length, MADV_DONTNEED);
}
