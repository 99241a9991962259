/* What kind of file system something is on. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/file_system.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>

#include "base/memory.h"

/* In numbers: no header has all of them on all systems. */
enum file_system file_system_kind(uint32_t magic)
{
	switch (magic) {
	case 0xef53u:     /* ext4 */
	case 0x58465342u: /* xfs */
	case 0x9123683eu: /* btrfs */
	case 0x01021994u: /* tmpfs */
	case 0xf2f52010u: /* f2fs */
	case 0x2fc12fc1u: /* zfs */
	case 0x794c7630u: /* overlayfs */
		return FILE_SYSTEM_DISK;
	case 0x6969u:     /* NFS */
	case 0x517bu:     /* SMB */
	case 0xff534d42u: /* CIFS */
	case 0xfe534d42u: /* SMB2 */
	case 0x00c36400u: /* Ceph */
	case 0x5346414fu: /* AFS */
	case 0x73757245u: /* Coda */
		return FILE_SYSTEM_NETWORK;
	case 0x65735546u: /* FUSE */
	case 0x01021997u: /* 9P */
		return FILE_SYSTEM_PASSED;
	default:
		return FILE_SYSTEM_OTHER;
	}
}

enum file_system file_system_of(const char *path)
{
	struct statfs status;
	return statfs(path, &status) == 0 ? file_system_kind((uint32_t)status.f_type)
					  : FILE_SYSTEM_OTHER;
}

enum file_system file_system_of_nearest(const char *path)
{
	struct statfs status;
	char *nearest = memory_text(path);
	char *slash;
	int result = statfs(nearest, &status);
	while (result != 0 && errno == ENOENT && (slash = strrchr(nearest, '/')) != NULL) {
		*slash = '\0';
		result = statfs(slash > nearest ? nearest : "/", &status);
	}
	free(nearest);
	return result == 0 ? file_system_kind((uint32_t)status.f_type) : FILE_SYSTEM_OTHER;
}

enum file_system file_system_of_descriptor(int descriptor)
{
	struct statfs status;
	return fstatfs(descriptor, &status) == 0 ? file_system_kind((uint32_t)status.f_type)
						 : FILE_SYSTEM_OTHER;
}
