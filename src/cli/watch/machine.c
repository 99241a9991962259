/* What happens to the machine. SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/watch/machine.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define SLEPT_MIN_MS 1000
/* A time of day at which nothing will happen. */
#define FAR_AWAY_SECONDS (INT64_C(1) << 33)

static int64_t read_ms(clockid_t clock)
{
	struct timespec now = { .tv_sec = 0 };
	(void)clock_gettime(clock, &now); /* else both are 0 */
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* CLOCK_BOOTTIME goes on while the machine sleeps, and CLOCK_MONOTONIC does not. */
static int64_t slept_ms(void)
{
	return read_ms(CLOCK_BOOTTIME) - read_ms(CLOCK_MONOTONIC);
}

/* Such a timer is cancelled when the time of day is set, and the kernel does that on each resume
 * (timerfd_create(2)): so nobody has to look again and again. */
static void arm(int clock)
{
	const struct itimerspec when = { .it_value = { .tv_sec = (time_t)FAR_AWAY_SECONDS } };
	(void)timerfd_settime(clock, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &when, NULL);
}

static int open_routes(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK,
				       .nl_groups = RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE };
	int routes = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (routes >= 0 && bind(routes, (struct sockaddr *)&address, sizeof address) != 0) {
		(void)close(routes); /* nothing was told by it */
		routes = -1;
	}
	return routes;
}

void machine_begin(struct machine *machine)
{
	machine->slept_ms = slept_ms();
	machine->routes = open_routes();
	machine->clock = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (machine->clock >= 0)
		arm(machine->clock);
}

bool machine_slept(struct machine *machine)
{
	uint64_t ignored;
	int64_t now = slept_ms();
	bool slept = now - machine->slept_ms >= SLEPT_MIN_MS;
	if (machine->clock >= 0 && read(machine->clock, &ignored, sizeof ignored) < 0 &&
	    errno == ECANCELED)
		arm(machine->clock);
	machine->slept_ms = now;
	return slept;
}

bool machine_network_changed(struct machine *machine)
{
	char bytes[8192];
	bool changed = false;
	ssize_t length;
	while (machine->routes >= 0 &&
	       ((length = recv(machine->routes, bytes, sizeof bytes, 0)) > 0 ||
		(length < 0 && (errno == ENOBUFS || errno == EINTR))))
		changed = true; /* also when there was more than the system keeps */
	return changed;
}

void machine_end(struct machine *machine)
{
	if (machine->routes >= 0)
		(void)close(machine->routes); /* nothing is lost with either */
	if (machine->clock >= 0)
		(void)close(machine->clock);
}
