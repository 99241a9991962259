/* The lock on trees of Maildirs that keeps two runs off the same mail.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "maildir/root_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

#define POLL_MS 200

/* A directory that is locked, or will be. */
struct place {
	dev_t device;
	ino_t inode;
	bool alone; /* a root; else it is above one, and others may hold it too */
	int descriptor;
	char *path; /* for sentences */
};

struct maildir_root_lock {
	struct place *places;
	size_t count, capacity;
};

/* --- Which --- */

static struct place *find_place(struct maildir_root_lock *lock, const struct stat *status)
{
	for (size_t i = 0; i < lock->count; i++) {
		if (lock->places[i].device == status->st_dev &&
		    lock->places[i].inode == status->st_ino)
			return &lock->places[i];
	}
	return NULL;
}

/* What cannot be opened is not ours, or not there. */
static void add_place(struct maildir_root_lock *lock, const char *path, bool alone)
{
	struct stat status;
	int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
	if (descriptor < 0)
		return;
	struct place *known = fstat(descriptor, &status) == 0 ? find_place(lock, &status) : NULL;
	if (known) {
		known->alone |= alone;
		(void)close(descriptor); /* only opened */
		return;
	}
	memory_grow((void **)&lock->places, &lock->capacity, lock->count + 1, sizeof *lock->places);
	lock->places[lock->count++] = (struct place){ .device = status.st_dev,
						      .inode = status.st_ino,
						      .alone = alone,
						      .descriptor = descriptor,
						      .path = memory_text(path) };
}

/* A root, where it exists, and all that is above it. */
static void add_root(struct maildir_root_lock *lock, const char *root)
{
	char *path = realpath(root, NULL);
	if (!path)
		return;
	add_place(lock, path, true);
	for (char *slash; (slash = strrchr(path, '/')) != NULL && slash[1] != '\0';) {
		slash[slash == path ? 1 : 0] = '\0';
		add_place(lock, path, false);
	}
	free(path);
}

static int compare_places(const void *a, const void *b)
{
	const struct place *one = a;
	const struct place *other = b;
	if (one->device != other->device)
		return one->device < other->device ? -1 : 1;
	return (one->inode > other->inode) - (one->inode < other->inode);
}

/* --- Who has it --- */

/* The process that one line of /proc/locks is about, when it holds PLACE; else 0. */
static long holder_of_line(const char *line, const struct place *place)
{
	long process;
	unsigned int major_number;
	unsigned int minor_number;
	uintmax_t inode;
	/* NOLINTNEXTLINE(cert-err34-c): numbers of the kernel's; what does not fit does not match
	 */
	if (sscanf(line, "%*s FLOCK %*s %*s %ld %x:%x:%ju", &process, &major_number, &minor_number,
		   &inode) != 4)
		return 0;
	return major_number == major(place->device) && minor_number == minor(place->device) &&
			       inode == place->inode && process != (long)getpid()
		       ? process
		       : 0;
}

/* 0 where it cannot be known: it is in another container, or the kernel does not tell. */
static long find_holder(const struct place *place)
{
	char line[256];
	long process = 0;
	FILE *locks = fopen("/proc/locks", "re");
	if (!locks)
		return 0;
	while (process <= 0 && fgets(line, sizeof line, locks))
		process = holder_of_line(line, place);
	(void)fclose(locks); /* only read */
	return process > 0 ? process : 0;
}

static int report_held(const struct place *place, struct error *error)
{
	char who[48] = "another process";
	long process = find_holder(place);
	if (process > 0)
		(void)snprintf(who, sizeof who, "another process (%ld)", process);
	return error_set(error, ERROR_TEMPORARY, SCOPE_ACCOUNT,
			 "%s is working on the Maildirs in %s, with another state than this run "
			 "or for another account; run again when it is done, or wait for it with "
			 "--wait SECONDS. If it is navette, let both use one XDG_STATE_HOME and "
			 "one name of the account, or give each account a maildir of its own",
			 who, place->path);
}

/* --- Taking it --- */

static void sleep_ms(long ms)
{
	struct timespec pause = { .tv_nsec = ms * 1000000L };
	(void)nanosleep(&pause, NULL); /* waking early only means asking again */
}

static bool may_wait(int64_t give_up, const atomic_bool *cancel)
{
	return clock_monotonic_ms() < give_up && !(cancel && atomic_load(cancel));
}

static int lock_place(const struct place *place, int64_t give_up, const atomic_bool *cancel,
		      struct error *error)
{
	int how = (place->alone ? LOCK_EX : LOCK_SH) | LOCK_NB;
	while (flock(place->descriptor, how) != 0) {
		if (errno == EINTR)
			continue;
		if (errno != EWOULDBLOCK) {
			log_line(LOG_VERBOSE,
				 "%s cannot be locked (%s): no other run is kept off it",
				 place->path, strerror(errno));
			return 0;
		}
		if (!may_wait(give_up, cancel))
			return report_held(place, error);
		sleep_ms(POLL_MS);
	}
	return 0;
}

/* All processes lock in one order, that of devices and inodes: so no two wait for each other. */
int maildir_roots_lock(const char *const *roots, size_t count, unsigned int wait_seconds,
		       const atomic_bool *cancel, struct maildir_root_lock **lock_r,
		       struct error *error)
{
	struct maildir_root_lock *lock = memory_allocate(sizeof *lock);
	int64_t give_up = clock_monotonic_ms() + (int64_t)wait_seconds * 1000;
	int result = 0;
	for (size_t i = 0; i < count; i++)
		add_root(lock, roots[i]);
	memory_sort(lock->places, lock->count, sizeof *lock->places, compare_places);
	for (size_t i = 0; result == 0 && i < lock->count; i++)
		result = lock_place(&lock->places[i], give_up, cancel, error);
	if (result != 0)
		maildir_roots_unlock(&lock);
	*lock_r = lock;
	return result;
}

void maildir_roots_unlock(struct maildir_root_lock **lock)
{
	if (!lock || !*lock)
		return;
	for (size_t i = 0; i < (*lock)->count; i++) {
		(void)close((*lock)->places[i].descriptor); /* which unlocks */
		free((*lock)->places[i].path);
	}
	free((*lock)->places);
	free(*lock);
	*lock = NULL;
}
