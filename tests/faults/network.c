/* Covers of calls on sockets and processes. SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
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
FAULT_COVER(FAULT_SPAWN, false, int, -1, socketpair,
	    (int domain, int type, int protocol, int files[2]), (domain, type, protocol, files))
FAULT_COVER(FAULT_WAIT, false, pid_t, -1, waitpid, (pid_t process, int *status, int options),
	    (process, status, options))
FAULT_COVER(FAULT_RANDOM, false, ssize_t, -1, getrandom,
	    (void *bytes, size_t length, unsigned int flags), (bytes, length, flags))
FAULT_COVER(FAULT_SPAWN, false, pid_t, -1, fork, (void), ())
FAULT_COVER(FAULT_MMAP, false, void *, MAP_FAILED, mmap,
	    (void *address, size_t length, int protection, int flags, int file, off_t offset),
	    (address, length, protection, flags, file, offset))

int getaddrinfo(const char *host, const char *service, const struct addrinfo *wanted,
		struct addrinfo **found)
{
	struct fault fault = faults_enter(FAULT_RESOLVE, false);
	return fault.code != 0 ? fault.code : REAL(getaddrinfo)(host, service, wanted, found);
}

#define ANSWER_MS 400 /* some bytes have no answer */
#define REST_MS 25

/* Until the answer has come and no more of it comes. */
static void await_answer(int file)
{
	struct pollfd readable = { .fd = file, .events = POLLIN };
	int before = -1;
	int now = 0;
	(void)REAL(poll)(&readable, 1, ANSWER_MS);
	while (ioctl(file, FIONREAD, &now) == 0 && now != before) {
		before = now;
		(void)REAL(poll)(NULL, 0, REST_MS);
	}
}

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
	if (fault.dies_answered)
		await_answer(file);
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
