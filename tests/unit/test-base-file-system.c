/* What kind of file system something is on. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <linux/magic.h>

#include "base/file_system.h"

Test(base_file_system, kinds)
{
	static const struct {
		uint32_t magic;
		enum file_system kind;
	} cases[] = {
		{ EXT4_SUPER_MAGIC, FILE_SYSTEM_DISK },
		{ TMPFS_MAGIC, FILE_SYSTEM_DISK },
		{ BTRFS_SUPER_MAGIC, FILE_SYSTEM_DISK },
		{ OVERLAYFS_SUPER_MAGIC, FILE_SYSTEM_DISK },
		{ XFS_SUPER_MAGIC, FILE_SYSTEM_DISK },
		{ F2FS_SUPER_MAGIC, FILE_SYSTEM_DISK },
		{ NFS_SUPER_MAGIC, FILE_SYSTEM_NETWORK },
		{ SMB_SUPER_MAGIC, FILE_SYSTEM_NETWORK },
		{ CIFS_SUPER_MAGIC, FILE_SYSTEM_NETWORK },
		{ SMB2_SUPER_MAGIC, FILE_SYSTEM_NETWORK },
		{ CEPH_SUPER_MAGIC, FILE_SYSTEM_NETWORK },
		{ AFS_SUPER_MAGIC, FILE_SYSTEM_NETWORK },
		{ CODA_SUPER_MAGIC, FILE_SYSTEM_NETWORK },
		{ FUSE_SUPER_MAGIC, FILE_SYSTEM_PASSED },
		{ V9FS_MAGIC, FILE_SYSTEM_PASSED },
		{ MSDOS_SUPER_MAGIC, FILE_SYSTEM_OTHER },
		{ PROC_SUPER_MAGIC, FILE_SYSTEM_OTHER },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		cr_expect_eq(file_system_kind(cases[i].magic), cases[i].kind, "%zu", i);
}

Test(base_file_system, places)
{
	cr_expect_eq(file_system_of("/proc"), FILE_SYSTEM_OTHER);
	cr_expect_eq(file_system_of("/nowhere/at/all"), FILE_SYSTEM_OTHER);
	cr_expect_eq(file_system_of_nearest("/proc/not/there"), FILE_SYSTEM_OTHER);
	cr_expect_eq(file_system_of_nearest("/not/there/either"), file_system_of("/"));
	cr_expect_eq(file_system_of_descriptor(-1), FILE_SYSTEM_OTHER);
}
