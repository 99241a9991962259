/* What systemd is told of a service that stays (sd_notify(3)). SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_CLI_WATCH_NOTIFY_H
#define NAVETTE_CLI_WATCH_NOTIFY_H

#include <stdint.h>

/* Sends what the format makes, lines such as "READY=1", to whoever started us and wants it; nothing
 * where nobody does. */
void notify_send(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* After how many milliseconds a sign of life is due, half of what is allowed; 0: none is wanted. */
int64_t notify_watchdog_ms(void);

#endif
