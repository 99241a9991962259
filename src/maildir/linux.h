/* Calls of Linux that a C library may lack: musl before 1.2.5. Internal to maildir.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_MAILDIR_LINUX_H
#define NAVETTE_MAILDIR_LINUX_H

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#ifndef RENAME_EXCHANGE

#include <sys/syscall.h>
#include <unistd.h>

#define RENAME_NOREPLACE (1u << 0)
#define RENAME_EXCHANGE (1u << 1)

static inline int renameat2(int from_directory, const char *from, int to_directory, const char *to,
			    unsigned int flags)
{
	return (int)syscall(SYS_renameat2, from_directory, from, to_directory, to, flags);
}

#endif

#ifndef STATX_INO

#include <linux/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline int statx(int directory, const char *path, int flags, unsigned int mask,
			struct statx *status)
{
	return (int)syscall(SYS_statx, directory, path, flags, mask, status);
}

#endif

#endif
