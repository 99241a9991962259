/* Where an account that is watched can be asked. SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/watch/address.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* FNV-1a: a path of any length becomes a name that fits into an address. Two that meet are told
 * apart by the greeting, which names the directory. */
static uint64_t digest(const char *text)
{
	uint64_t sum = UINT64_C(14695981039346656037);
	for (; *text; text++)
		sum = (sum ^ (unsigned char)*text) * UINT64_C(1099511628211);
	return sum;
}

bool watch_address(const char *state, bool make, struct sockaddr_un *address_r)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	struct stat status;
	*address_r = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (!runtime || *runtime != '/')
		return false;
	int length =
		snprintf(address_r->sun_path, sizeof address_r->sun_path, "%s/navette", runtime);
	if (length < 0 || (size_t)length >= sizeof address_r->sun_path)
		return false;
	if (make)
		(void)mkdir(address_r->sun_path, S_IRWXU); /* it may be there */
	/* Nobody else may put a socket of his into our way. */
	if (lstat(address_r->sun_path, &status) != 0 || !S_ISDIR(status.st_mode) ||
	    status.st_uid != geteuid() || (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return false;
	length = snprintf(address_r->sun_path, sizeof address_r->sun_path, "%s/navette/%016" PRIx64,
			  runtime, digest(state));
	return length > 0 && (size_t)length < sizeof address_r->sun_path;
}

bool watch_peer_is_us(int socket)
{
	struct ucred peer;
	socklen_t length = sizeof peer;
	return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 &&
	       peer.uid == geteuid();
}
