/* What systemd is told of a service that stays: a datagram of lines to the socket that it names,
 * which is all of its protocol (sd_notify(3)). SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/watch/notify.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"

static void send_to(const char *name, const char *text, size_t text_length)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strlen(name);
	if (length < 2 || length >= sizeof address.sun_path || (*name != '/' && *name != '@'))
		return;
	memcpy(address.sun_path, name, length);
	if (*name == '@')
		address.sun_path[0] = '\0'; /* an abstract one */
	int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (descriptor < 0)
		return;
	/* Who does not listen any more does not want to know. */
	(void)sendto(descriptor, text, text_length, MSG_NOSIGNAL, (struct sockaddr *)&address,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
	(void)close(descriptor);
}

void notify_send(const char *format, ...)
{
	const char *name = getenv("NOTIFY_SOCKET");
	char *text = NULL;
	va_list arguments;
	if (!name)
		return;
	va_start(arguments, format);
	int length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		return;
	send_to(name, text, (size_t)length);
	free(text);
}

int64_t notify_watchdog_ms(void)
{
	const char *said = getenv("WATCHDOG_USEC");
	const char *process = getenv("WATCHDOG_PID");
	uint64_t number;
	if (!said || !text_parse_number(said, UINT64_C(1) << 50, &number))
		return 0;
	if (process && strtol(process, NULL, 10) != (long)getpid())
		return 0;
	int64_t half = (int64_t)(number / 2000);
	return half > 0 ? half : 1;
}
