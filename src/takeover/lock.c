/* The locks of other synchronisers. SPDX-License-Identifier: GPL-3.0-or-later */
#include "takeover/lock.h"

#include <fcntl.h>
#include <unistd.h>

int takeover_check_lock(const char *path, const char *program, struct error *error)
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC);
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	bool held =
		descriptor >= 0 && fcntl(descriptor, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
	if (descriptor >= 0)
		(void)close(descriptor);
	if (!held)
		return 0;
	return error_set(error, ERROR_TEMPORARY, SCOPE_FOLDER,
			 "%s is running on it (process %ld): let it end, and see that nothing "
			 "starts it again",
			 program, (long)lock.l_pid);
}
