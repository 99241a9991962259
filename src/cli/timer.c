/* What systemd's timers are about to do, as systemctl tells. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "cli/timer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define COMMAND                                                                                \
	"systemctl --user list-timers --no-legend --no-pager navette.timer 'navette@*.timer' " \
	"2>/dev/null </dev/null"

/* "Thu 2026-11-26 18:20:00 UTC 4min 12s left ... navette.timer navette.service". */
static void take_line(const char *line, struct text_list *lines)
{
	const char *left = strstr(line, " left ");
	const char *unit = strstr(line, " navette");
	if (!left || !unit)
		return;
	unit++;
	text_list_adopt(lines, memory_format("%.*s: next run %.*s left", (int)strcspn(unit, " "),
					     unit, (int)(left - line), line));
}

void cli_timer_list(struct text_list *lines)
{
	char *line = NULL;
	size_t capacity = 0;
	FILE *output = popen(COMMAND, "re"); /* a fixed text: nothing of a user's is in it */
	if (!output)
		return;
	while (getline(&line, &capacity, output) >= 0)
		take_line(line, lines);
	free(line);
	(void)pclose(output); /* what it failed with was no line */
}
