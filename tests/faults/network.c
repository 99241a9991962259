/* Covers of calls on sockets and processes. SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "faults.h"

FAULT_COVER(FAULT_SOCKET, false, int, -1, socket, (int domain, int type, int protocol),
	    (domain, type, protocol))
FAULT_COVER(FAULT_SOCKET, false, int, -1, setsockopt,
	    (int file, int level, int name, const void *value, socklen_t length),
	    (file, level, name, value, length))
FAULT_COVER(FAULT_SOCKET, false, int, -1, getsockopt,
	    (int file, int level, int name, void *value, socklen_t *length),
	    (file, level, name, value, length))
FAULT_COVER(FAULT_CONNECT, true, int, -1, connect,
	    (int file, const struct sockaddr *address, socklen_t length), (file, address, length))
FAULT_COVER(FAULT_POLL, false, int, -1, poll, (struct pollfd * files, nfds_t count, int timeout),
	    (files, count, timeout))
FAULT_COVER(FAULT_SPAWN, false, int, -1, pipe2, (int files[2], int flags), (files, flags))
FAULT_COVER(FAULT_SPAWN, false, pid_t, -1, fork, (void), ())
FAULT_COVER(FAULT_MMAP, false, void *, MAP_FAILED, mmap,
	    (void *address, size_t length, int protection, int flags, int file, off_t offset),
	    (address, length, protection, flags, file, offset))

ssize_t send(int file, const void *bytes, size_t length, int flags)
{
	struct fault fault = faults_enter(FAULT_SEND, true);
	if (fault.code != 0 && fault.code != FAULT_SHORT) {
		errno = fault.code;
		return -1;
	}
	if ((fault.code == FAULT_SHORT || fault.dies_half) && length > 1)
		length /= 2;
	ssize_t result = REAL(send)(file, bytes, length, flags);
	faults_leave(&fault);
	return result;
}

ssize_t recv(int file, void *bytes, size_t length, int flags)
{
	struct fault fault = faults_enter(FAULT_RECV, false);
	if (fault.code != 0 && fault.code != FAULT_SHORT) {
		errno = fault.code;
		return -1;
	}
	return REAL(recv)(file, bytes, fault.code == FAULT_SHORT ? 1 : length, flags);
}
