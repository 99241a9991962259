/* New files that the server has already: from where each is carried, and how.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>

#include "mail/flags.h"
#include "sync-account.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct account account;

static void begin(void)
{
	account_begin(&account);
}

static void end(void)
{
	account_end(&account);
}

TestSuite(sync_carry, .init = begin, .fini = end);

/* The upload of the first new file of folder B. */
static const struct operation *upload(void)
{
	return &account.plans[1].operations[OPERATION_UPLOAD].items[0];
}

/* How it comes to the server, in a word. */
static const char *way(const struct operation *operation)
{
	if (!operation->upload.source)
		return "sent";
	if (operation->upload.moves)
		return "moved";
	return operation->upload.moved_from ? "copied, and goes" : "copied";
}

static struct source_folder *place_of(const struct source *source)
{
	for (size_t i = 0; i < account.sources.folder_count; i++) {
		if (account.sources.folders[i] == source->folder)
			return account.sources.folders[i];
	}
	return NULL;
}

static struct operation *does(size_t folder, enum operation_kind kind, uint32_t uid)
{
	return operation_list_add(&account.plans[folder].operations[kind], kind, uid);
}

/* --- What is known of the source: message 1 of folder A; and B has a new file like it --- */

static void is_gone_here(struct source *source)
{
	(void)source;
	(void)account_gone(&account, 0, 1);
}

static void is_gone_there(struct source *source)
{
	uid_set_add(&place_of(source)->gone, 1);
}

static void was_edited(struct source *source)
{
	(void)source;
	account.added[0][account.changes[0].added_count++].edits = 1;
}

static void has_a_begun_version(struct source *source)
{
	(void)source;
	account.added[0][account.changes[0].added_count++].begun_version_of = 1;
}

static void another_was_edited(struct source *source)
{
	(void)source;
	account.added[0][account.changes[0].added_count++].edits = 2;
}

static void one_elsewhere_was_edited(struct source *source)
{
	(void)source;
	account.added[2][account.changes[2].added_count++].edits = 1;
}

static void is_stored_to(struct source *source)
{
	(void)source;
	does(0, OPERATION_MERGE, 1)->far_wanted = FLAG_SEEN;
}

static void is_marked(struct source *source)
{
	(void)source;
	does(0, OPERATION_WITHHOLD, 1)->far_wanted = FLAG_DELETED;
}

static void has_flags_that_come_here(struct source *source)
{
	(void)source;
	does(0, OPERATION_MERGE, 1)->near_wanted = FLAG_SEEN;
}

static void another_is_stored_to(struct source *source)
{
	(void)source;
	does(0, OPERATION_MERGE, 2)->far_wanted = FLAG_SEEN;
}

static void one_elsewhere_is_stored_to(struct source *source)
{
	(void)source;
	does(2, OPERATION_MERGE, 1)->far_wanted = FLAG_SEEN;
}

static void is_contested(struct source *source)
{
	(void)source;
	(void)account_gone(&account, 0, 1);
	account.plans[0].operations[OPERATION_REMOVE_FAR].count = 0;
	(void)operation_list_add(&account.plans[0].contested, OPERATION_REMOVE_FAR, 1);
	uid_set_add(&account.plans[0].downloads, 1);
}

static void is_contested_no_more(struct source *source)
{
	is_contested(source);
	uid_set_clear(&account.plans[0].downloads);
}

static void takes_no_part(struct source *source)
{
	place_of(source)->number = SIZE_MAX;
}

static void has_no_plan(struct source *source)
{
	(void)source;
	account.folders[0].plan = NULL;
}

static void is_of_drafts(struct source *source)
{
	place_of(source)->has_drafts = true;
}

static void goes_where_drafts_are(struct source *source)
{
	(void)source;
	account.folders[1].has_drafts = true;
}

static void has_another_body(struct source *source)
{
	source->body.bytes[0]++;
}

static void is_nothing_special(struct source *source)
{
	(void)source;
}

static const struct {
	void (*happens)(struct source *source);
	const char *way;
	uint32_t from_id; /* the place that is noted: that of folder A is 1 */
} sources[] = {
	{ is_nothing_special, "copied", 0 },
	{ is_gone_here, "moved", 1 },
	{ is_gone_there, "sent", 0 },
	{ was_edited, "sent", 0 },
	{ has_a_begun_version, "sent", 0 },
	{ another_was_edited, "copied", 0 },
	{ one_elsewhere_was_edited, "copied", 0 },
	{ is_stored_to, "sent", 0 },
	{ is_marked, "sent", 0 },
	{ has_flags_that_come_here, "copied", 0 },
	{ another_is_stored_to, "copied", 0 },
	{ one_elsewhere_is_stored_to, "copied", 0 },
	{ is_contested, "moved", 1 },
	{ is_contested_no_more, "copied", 0 },
	/* Nobody knows whether its file is still there: a removal there may be seen later. */
	{ takes_no_part, "copied", 1 },
	{ has_no_plan, "copied", 1 },
	{ is_of_drafts, "sent", 0 },
	{ goes_where_drafts_are, "sent", 0 },
	{ has_another_body, "sent", 0 },
};

Test(sync_carry, what_is_known_of_the_source_decides)
{
	for (size_t i = 0; i < COUNT(sources); i++) {
		sources[i].happens(account_has(&account, 0, 1, 7));
		(void)account_arrives_as(&account, 1, 1, 7);
		account_plan(&account);
		const struct operation_upload *as = &upload()->upload;
		cr_expect_str_eq(way(upload()), sources[i].way, "case %zu: %s", i, way(upload()));
		cr_expect_eq(as->from_id, sources[i].from_id, "case %zu", i);
		cr_expect_eq(as->from_uid, sources[i].from_id, "case %zu", i);
		end();
		begin();
	}
}

/* --- What is known of the file --- */

Test(sync_carry, new_versions_and_what_comes_back_are_sent)
{
	for (int which = 0; which < 4; which++) {
		(void)account_has(&account, 0, 1, 7);
		struct operation *sent = account_arrives_as(&account, 1, 1, 7);
		if (which == 0)
			sent->upload.replaces = 9;
		if (which == 1)
			sent->upload.supersedes = 9;
		if (which == 2)
			account.added[1][0].begun_version_of = 9;
		account_plan(&account);
		cr_expect_str_eq(way(upload()), which < 3 ? "sent" : "copied", "%d", which);
		end();
		begin();
	}
	(void)account_has(&account, 0, 1, 7);
	struct operation *back = does(1, OPERATION_UPLOAD, 0);
	back->upload.replaces = 1; /* of the base: no new file at all */
	account_plan(&account);
	cr_expect_str_eq(way(upload()), "sent");
}

/* --- Several that would do --- */

Test(sync_carry, the_first_that_stays_is_copied)
{
	account_has(&account, 0, 1, 7)->uid = 9;
	account_has(&account, 0, 1, 7)->uid = 5;
	account_has(&account, 2, 1, 7)->uid = 3;
	(void)account_arrives_as(&account, 1, 1, 7);
	account_plan(&account);
	cr_expect_str_eq(way(upload()), "copied");
	cr_expect_str_eq(upload()->upload.source->folder->name, "A");
	cr_expect_eq(upload()->upload.source->uid, 5);
}

Test(sync_carry, what_moved_comes_before_what_stays)
{
	(void)account_has(&account, 0, 1, 7);
	(void)account_has(&account, 2, 1, 7);
	(void)account_has(&account, 3, 1, 7);
	(void)account_gone(&account, 2, 1);
	(void)account_arrives_as(&account, 1, 1, 7);
	account_plan(&account);
	cr_expect_str_eq(way(upload()), "moved");
	cr_expect_str_eq(upload()->upload.moved_from, "C");
	cr_expect_eq(upload()->upload.from_folder, 2);
	cr_expect_eq(upload()->upload.from_id, 3);
	cr_expect_eq(upload()->upload.from_uid, 1);
}

/* One that moves to B need not wait until it was copied to C as well. */
Test(sync_carry, a_second_copy_is_rather_of_what_stays)
{
	(void)account_has(&account, 0, 1, 7);
	(void)account_has(&account, 3, 1, 7);
	(void)account_gone(&account, 0, 1);
	(void)account_arrives_as(&account, 1, 1, 7);
	(void)account_arrives_as(&account, 2, 1, 7);
	account_plan(&account);
	const struct operation *second = &account.plans[2].operations[OPERATION_UPLOAD].items[0];
	cr_expect_str_eq(way(upload()), "moved");
	cr_expect_str_eq(way(second), "copied");
	cr_expect_str_eq(second->upload.source->folder->name, "D");
}

/* All are copied before it goes, and only the first counts as what it became. */
Test(sync_carry, what_moved_to_three_places)
{
	(void)account_has(&account, 0, 1, 7);
	(void)account_gone(&account, 0, 1);
	for (size_t folder = 1; folder < ACCOUNT_FOLDERS; folder++)
		(void)account_arrives_as(&account, folder, 1, 7);
	account_plan(&account);
	const struct operation *removal = account_find(&account, 0, OPERATION_REMOVE_FAR, 1);
	cr_expect_str_eq(way(upload()), "copied, and goes");
	for (size_t folder = 2; folder < ACCOUNT_FOLDERS; folder++) {
		const struct operation *other =
			&account.plans[folder].operations[OPERATION_UPLOAD].items[0];
		cr_expect_str_eq(way(other), "copied");
		cr_expect_eq(other->upload.source, upload()->upload.source);
	}
	cr_assert(removal);
	cr_expect_str_eq(removal->removal.moved_to, "B");
	cr_expect(removal->removal.has_moved);
	const struct identity awaited = account_identity(1);
	cr_expect(identity_equal(&removal->removal.awaits, &awaited));
}

Test(sync_carry, what_is_in_the_folder_itself_is_no_source)
{
	(void)account_has(&account, 1, 1, 7);
	(void)account_arrives_as(&account, 1, 1, 7);
	account_plan(&account);
	cr_expect_str_eq(way(upload()), "sent");
}

/* --- Flags: what the server did to them since goes along, what was changed here comes first --- */

#define KEYWORD (1u << 20)

static const struct {
	uint32_t base, far, near; /* as the base, the server and the file have them */
	uint32_t wanted;
} flags[] = {
	{ 0, 0, 0, 0 },
	{ 0, FLAG_SEEN, 0, FLAG_SEEN },
	{ 0, 0, FLAG_SEEN, FLAG_SEEN },
	{ FLAG_SEEN, 0, FLAG_SEEN, 0 },
	{ FLAG_SEEN, FLAG_SEEN, 0, 0 },
	{ FLAG_SEEN, 0, 0, 0 },
	{ 0, FLAG_SEEN, FLAG_SEEN, FLAG_SEEN },
	{ FLAG_SEEN, FLAG_SEEN | FLAG_FLAGGED, FLAG_SEEN | FLAG_ANSWERED,
	  FLAG_SEEN | FLAG_FLAGGED | FLAG_ANSWERED },
	{ FLAG_SEEN | FLAG_FLAGGED, FLAG_SEEN, FLAG_FLAGGED, 0 },
	{ 0, KEYWORD, 0, 0 }, /* its bit may mean another keyword in the other folder */
};

Test(sync_carry, flags_of_both_go_along)
{
	cr_assert_eq(FLAGS_SYSTEM & KEYWORD, 0);
	for (size_t i = 0; i < COUNT(flags); i++) {
		struct source *source = account_has(&account, 0, 1, 7);
		source->flags = flags[i].base;
		source->far_flags = flags[i].far;
		(void)account_gone(&account, 0, 1);
		struct operation *moved = account_arrives_as(&account, 1, 1, 7);
		account.added[1][0].flags = flags[i].near;
		moved->near_flags = moved->near_wanted = moved->far_wanted = flags[i].near;
		account_plan(&account);
		cr_expect_str_eq(way(upload()), "moved", "case %zu", i);
		cr_expect_eq(upload()->far_wanted, flags[i].wanted, "case %zu", i);
		cr_expect_eq(upload()->near_wanted, flags[i].near, "case %zu", i);
		end();
		begin();
	}
}

/* What is copied is a new message: flags of the other are its own. */
Test(sync_carry, a_copy_has_the_flags_of_its_file)
{
	account_has(&account, 0, 1, 7)->far_flags = FLAG_FLAGGED;
	account_arrives_as(&account, 1, 1, 7)->far_wanted = FLAG_SEEN;
	account_plan(&account);
	cr_expect_str_eq(way(upload()), "copied");
	cr_expect_eq(upload()->far_wanted, FLAG_SEEN);
}

/* --- What stands behind the end of a list was taken out of it --- */

Test(sync_carry, nothing_behind_a_list_counts)
{
	(void)account_has(&account, 0, 1, 7);
	(void)account_has(&account, 2, 1, 7);
	(void)account_gone(&account, 2, 1);
	(void)account_arrives_as(&account, 1, 1, 7);
	(void)account_arrives_as(&account, 1, 1, 7);
	account.added[0][0].edits = 1;
	account.plans[1].operations[OPERATION_UPLOAD].count--;
	account.sources.count--; /* the one that moved */
	account_plan(&account);
	cr_expect_str_eq(way(upload()), "copied");
	cr_expect_str_eq(way(upload() + 1), "sent");
	account.sources.count++; /* for its release */
}
