/* How slow a server may be. SPDX-License-Identifier: GPL-3.0-or-later */
#include "imap/pace.h"

int64_t imap_pace_left_ms(const struct imap_pace *pace, unsigned int timeout)
{
	return (int64_t)timeout * 1000 * IMAP_PACE_PARTS - pace->waited_ms;
}

void imap_pace_wait(struct imap_pace *pace, int64_t milliseconds)
{
	if (milliseconds > 0) /* clocks of virtual machines have gone back before */
		pace->waited_ms += milliseconds;
}

void imap_pace_answer(struct imap_pace *pace)
{
	*pace = (struct imap_pace){ .bytes = 0 };
}

void imap_pace_move(struct imap_pace *pace, size_t bytes)
{
	if (bytes >= IMAP_PACE_BYTES - pace->bytes)
		imap_pace_answer(pace);
	else
		pace->bytes += bytes;
}
