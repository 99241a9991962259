/* Folders that are open before it is their turn. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/early.h"

#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

/* A Maildir is open as four directories, and half of the table is for all else. */
#define FILES_PER_FOLDER 8

static atomic_size_t entered;

bool early_enter(void)
{
	long files = sysconf(_SC_OPEN_MAX);
	size_t limit = files > 0 ? (size_t)files / FILES_PER_FOLDER : 0;
	if (atomic_fetch_add(&entered, 1) < limit)
		return true;
	early_leave();
	return false;
}

void early_leave(void)
{
	(void)atomic_fetch_sub(&entered, 1);
}
