/* How much of the data file stays mapped. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state-fixture.h"
#include "state/private.h"

TestSuite(state_resident, .fini = fixture_end);

/* Kilobytes of the data file that are mapped now. */
static unsigned long mapped(void)
{
	FILE *maps = fopen("/proc/self/smaps", "r");
	char line[512];
	unsigned long total = 0;
	bool ours = false;

	cr_assert_not_null(maps);
	while (fgets(line, sizeof line, maps)) {
		unsigned long size;

		if (strstr(line, "/" STATE_DATA_FILE))
			ours = true;
		else if (ours && sscanf(line, "Rss: %lu kB", &size) == 1) {
			total += size;
			ours = false;
		}
	}
	(void)fclose(maps);
	return total;
}

Test(state_resident, what_was_read_is_let_go)
{
	enum { MESSAGES = 60000 };
	struct state *state = fixture_open(STATE_READ_WRITE);
	uint32_t folder = fixture_folder(state, "INBOX");
	struct state_transaction *view;
	struct error error = ERROR_INITIAL;
	struct state_message message;
	unsigned long least = 0;
	uint32_t from = 1;
	uint64_t file = 0;
	bool missing;

	fixture_fill(state, folder, 1, MESSAGES);
	file = state_data_size(state, &missing);
	cr_assert_gt(file, 4u << 20);
	cr_assert_not_null(state->map_start);
	cr_expect_lt(mapped(), 512); /* the commit let it go */
	view = fixture_read(state);
	least = ULONG_MAX;
	for (unsigned int round = 0; round < 3; round++) { /* more reads than are kept */
		from = 1;
		while (state_message_next(view, folder, from, &message, &error) > 0) {
			from = message.uid + 1;
			if (message.uid % 1000 == 0 && mapped() < least)
				least = mapped();
		}
		cr_expect_eq(from, MESSAGES + 1);
	}
	cr_expect_lt(least, 1024);
	cr_expect_gt(mapped(), 1024); /* what the end of the transaction is for */
	state_read_end(&view);
	cr_expect_lt(mapped(), 512);
	state_close(&state);
}
