/* How much of the data file stays mapped. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
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

Test(state_resident, a_walk_over_a_large_folder_keeps_little)
{
	enum { MESSAGES = 60000 };
	struct state *state = fixture_open(STATE_READ_WRITE);
	uint32_t folder = fixture_folder(state, "INBOX");
	struct state_transaction *view;
	struct error error = ERROR_INITIAL;
	struct state_message message;
	unsigned long most = 0;
	uint32_t from = 1;
	uint64_t file = 0;
	bool missing;

	fixture_fill(state, folder, 1, MESSAGES);
	file = state_data_size(state, &missing);
	cr_assert_gt(file, 4u << 20);
	cr_assert_not_null(state->map_start);
	cr_expect_lt(mapped(), 512); /* the commit let it go */
	view = fixture_read(state);
	while (state_message_next(view, folder, from, &message, &error) > 0) {
		from = message.uid + 1;
		if (message.uid % 500 == 0 && mapped() > most)
			most = mapped();
	}
	state_read_end(&view);
	cr_expect_eq(from, MESSAGES + 1);
	cr_expect_lt(most * 1024, file / 4, "%lu kB of %llu", most, (unsigned long long)file);
	state_close(&state);
}
