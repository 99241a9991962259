/* What kind of file system something is on. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_BASE_FILE_SYSTEM_H
#define NAVETTE_BASE_FILE_SYSTEM_H

#include <stdint.h>

enum file_system {
	/* One that Linux has for its own disks: it stamps with the kernel's tick, takes every byte
	 * in names, and shows nothing that other machines do. */
	FILE_SYSTEM_DISK,
	FILE_SYSTEM_NETWORK, /* other machines change it as well, and no event tells */
	FILE_SYSTEM_PASSED,  /* by a program (FUSE) or a host (9P): of a network or of a disk */
	FILE_SYSTEM_OTHER    /* vfat and others; or it cannot be told */
};

/* By the magic number of statfs(2). Pure. */
enum file_system file_system_kind(uint32_t magic);
enum file_system file_system_of(const char *path);
/* Of PATH, or of what is nearest above it where that is not there yet. */
enum file_system file_system_of_nearest(const char *path);
enum file_system file_system_of_descriptor(int descriptor);

#endif
