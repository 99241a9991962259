/* What is asked about an account around its runs: status, list, check, survey, takeover.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "engine-rig.h"
#include "sync/check.h"
#include "sync/status.h"
#include "sync/survey.h"
#include "sync/takeover.h"

static struct rig rig;

static void begin(void)
{
	rig_begin(&rig, "");
	(void)rig_append(&rig, "INBOX", FLAG_SEEN, 1, 0);
	(void)rig_append(&rig, "INBOX", 0, 2, 0);
	(void)rig_append(&rig, "Lists", 0, 3, 0);
}

static void end(void)
{
	rig_end(&rig);
}

TestSuite(engine_around, .init = begin, .fini = end);

Test(engine_around, status_tells_what_a_run_left)
{
	struct sync_status status;
	struct error error = ERROR_INITIAL;
	cr_assert_eq(sync_status_read(rig.account, &status, &error), 0, "%s", error.text);
	cr_expect_not(status.state_exists);
	sync_status_release(&status);
	rig_run(&rig, NULL);
	rig_deliver(&rig, "Lists", "9.x", 9, 0);
	cr_assert_eq(sync_status_read(rig.account, &status, &error), 0, "%s", error.text);
	cr_expect(status.state_exists && status.last_known);
	cr_assert_eq(status.folder_count, 2);
	cr_expect_str_eq(status.folders[0].name, "INBOX");
	cr_expect_eq(status.folders[0].messages, 2);
	cr_expect_eq(status.folders[0].unread, 1);
	cr_expect_not(status.folders[0].changed_here);
	cr_expect(status.folders[1].changed_here);
	sync_status_release(&status);
}

static int see_folder(void *context, const struct folder_view *folder)
{
	buffer_add_format(context, "%s %d%d%d\n", folder->name, folder->far, folder->near,
			  folder->base);
	return 0;
}

static void expect_list(const char *expected)
{
	const struct sync_options options = { .far = world_side(rig.world) };
	struct far_side *side = options.far;
	struct buffer text = BUFFER_INITIAL;
	struct error error = ERROR_INITIAL;
	cr_assert_eq(sync_list(rig.account, &options, see_folder, &text, &error), 0, "%s",
		     error.text);
	cr_expect_str_eq(buffer_text(&text), expected);
	buffer_release(&text);
	far_side_destroy(&side);
}

Test(engine_around, list_tells_who_has_a_folder)
{
	expect_list("INBOX 100\nLists 100\n");
	rig_run(&rig, NULL);
	rig_deliver(&rig, "Mine", "9.x", 9, 0);
	expect_list("INBOX 111\nLists 111\nMine 010\n");
}

static void see_finding(void *context, const struct sync_finding *finding)
{
	if (finding->verdict != SYNC_VERDICT_GOOD || strcmp(finding->part, "server") == 0)
		buffer_add_format(context, "%s: %s\n", finding->part, finding->text);
}

Test(engine_around, check_finds_a_folder_that_is_gone)
{
	struct far_side *side = world_side(rig.world);
	struct buffer text = BUFFER_INITIAL;
	rig_run(&rig, NULL);
	cr_expect_eq(sync_check(rig.account, side, NULL, see_finding, &text), ERROR_NONE, "%s",
		     buffer_text(&text));
	cr_expect(strstr(buffer_text(&text), "server: a server in memory"), "%s",
		  buffer_text(&text));
	buffer_clear(&text);
	world_find(rig.world, "Lists")->exists = false;
	cr_expect_eq(sync_check(rig.account, side, NULL, see_finding, &text), ERROR_SAFETY);
	cr_expect(strstr(buffer_text(&text), "rules: folder Lists is gone on the server"), "%s",
		  buffer_text(&text));
	buffer_release(&text);
	far_side_destroy(&side);
}

static void see_surveyed(void *context, const struct sync_surveyed *folder)
{
	buffer_add_format(context, "%s %u\n", folder->name,
			  folder->messages_known ? folder->messages : 99);
}

Test(engine_around, survey_counts_what_the_server_has)
{
	struct far_side *side = world_side(rig.world);
	struct buffer text = BUFFER_INITIAL;
	struct error error = ERROR_INITIAL;
	bool refused = true;
	cr_assert_eq(sync_survey(rig.account, side, NULL, see_surveyed, &text, &refused, &error), 0,
		     "%s", error.text);
	cr_expect_not(refused);
	cr_expect_str_eq(buffer_text(&text), "INBOX 2\nLists 1\n");
	buffer_release(&text);
	far_side_destroy(&side);
}

static void see_taken(void *context, const struct sync_taken *taken)
{
	buffer_add_format(context, "%s %d\n", taken->folder, taken->taken);
}

/* Of a programme that knows nothing, nothing is taken; of an account that has a state, neither. */
Test(engine_around, takeover_leaves_alone_what_navette_has_synchronised)
{
	struct far_side *side = world_side(rig.world);
	const struct takeover takeover = { .source_count = 0 };
	struct buffer text = BUFFER_INITIAL;
	struct error error = ERROR_INITIAL;
	rig_deliver(&rig, "INBOX", "9.x", 9, 0);
	cr_assert_eq(sync_takeover(rig.account, &takeover, side, NULL, see_taken, &text, &error), 0,
		     "%s", error.text);
	cr_expect_str_eq(buffer_text(&text), "");
	rig_run(&rig, NULL);
	cr_expect_eq(sync_takeover(rig.account, &takeover, side, NULL, see_taken, &text, &error),
		     -1);
	cr_expect_eq(error.kind, ERROR_SAFETY);
	buffer_release(&text);
	far_side_destroy(&side);
}
