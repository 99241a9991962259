/* Where the bodies of new far messages come from, case by case. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "sync/plan/origins.h"

static struct origins origins;

static void end(void)
{
	origins_release(&origins);
}

TestSuite(sync_origins, .fini = end);

/* A content: the server's name for it (0: none), size, date, header (0: not known). */
static struct origin_content content(unsigned int object, uint64_t size, int64_t date,
				     unsigned int header)
{
	struct origin_content made = { .size = size, .has_date = date != 0, .date = date };
	if (object != 0)
		made.object = object_id_of(OBJECT_ID_EMAILID, (const char *)&object, sizeof object);
	made.has_identity = header != 0;
	made.identity.bytes[0] = (uint8_t)header;
	return made;
}

static void add_known(size_t folder, uint32_t uid, bool is_lost, struct origin_content is)
{
	origins_add_known(&origins, &(struct origin_known){ .content = is,
							    .body = { true, { (uint8_t)uid } },
							    .uid = uid,
							    .folder = folder,
							    .is_lost = is_lost });
}

static void add_new(size_t folder, uint32_t uid, struct origin_content is)
{
	origins_add_new(&origins,
			&(struct origin_new){ .content = is, .uid = uid, .folder = folder });
}

/* What becomes of the I-th: "server", "moves N", "copies N", "new N", with the index it is from. */
static void expect(size_t i, enum origin_kind kind, size_t from, bool moves)
{
	const struct origin_new *one = &origins.new[i];
	cr_expect_eq(one->kind, kind, "%zu is of kind %d", i, one->kind);
	cr_expect(kind == ORIGIN_SERVER || one->from == from, "%zu is from %zu", i, one->from);
	cr_expect_eq(one->moves, moves, "%zu", i);
}

Test(sync_origins, by_name_what_moved_comes_before_what_stayed)
{
	add_known(0, 1, false, content(7, 50, 0, 0));
	add_known(1, 2, true, content(7, 50, 0, 0));
	add_new(2, 1, content(7, 50, 0, 0));
	add_new(3, 1, content(7, 50, 0, 0));
	origins_pair(&origins);
	expect(0, ORIGIN_KNOWN, 1, true);
	expect(1, ORIGIN_KNOWN, 0, false);
}

Test(sync_origins, by_name_one_that_moved_to_two_places_moves_to_the_first)
{
	add_known(1, 2, true, content(7, 50, 0, 0));
	add_new(2, 1, content(7, 50, 0, 0));
	add_new(3, 1, content(7, 50, 0, 0));
	origins_pair(&origins);
	expect(0, ORIGIN_KNOWN, 0, true);
	expect(1, ORIGIN_KNOWN, 0, false);
}

Test(sync_origins, another_size_is_another_message)
{
	add_known(1, 2, true, content(7, 50, 5, 1));
	add_new(2, 1, content(7, 51, 5, 1));
	origins_pair(&origins);
	expect(0, ORIGIN_SERVER, 0, false);
}

/* A link would have the time of the other one. */
Test(sync_origins, what_came_at_two_times_is_two_files)
{
	add_known(1, 2, true, content(7, 50, 5, 1));
	add_new(2, 1, content(7, 50, 6, 1));
	add_new(3, 1, content(7, 50, 7, 1));
	add_new(4, 1, content(7, 50, 6, 1));
	origins_pair(&origins);
	expect(0, ORIGIN_SERVER, 0, false);
	expect(1, ORIGIN_SERVER, 0, false);
	expect(2, ORIGIN_NEW, 0, false);
}

Test(sync_origins, a_server_that_names_several_sizes_alike_is_not_believed)
{
	add_known(1, 2, true, content(7, 50, 0, 0));
	add_new(2, 1, content(7, 50, 0, 0));
	add_new(2, 2, content(7, 60, 0, 0));
	add_new(3, 1, content(8, 60, 0, 0));
	add_new(4, 1, content(8, 60, 0, 0));
	origins_pair(&origins);
	for (size_t i = 0; i < origins.new_count; i++)
		expect(i, ORIGIN_SERVER, 0, false);
}

Test(sync_origins, of_new_ones_the_first_is_fetched)
{
	add_new(0, 5, content(7, 50, 0, 0));
	add_new(1, 5, content(8, 50, 0, 0));
	add_new(1, 6, content(7, 50, 0, 0));
	add_new(2, 1, content(7, 50, 0, 0));
	origins_pair(&origins);
	expect(0, ORIGIN_SERVER, 0, false);
	expect(1, ORIGIN_SERVER, 0, false);
	expect(2, ORIGIN_NEW, 0, false);
	expect(3, ORIGIN_NEW, 0, false);
}

Test(sync_origins, without_names_size_date_and_header_decide_of_what_is_lost)
{
	add_known(0, 1, true, content(0, 50, 5, 1));
	add_known(0, 2, false, content(0, 60, 6, 2));
	add_new(1, 1, content(0, 50, 5, 1));
	add_new(1, 2, content(0, 60, 6, 2)); /* it is where it was as well */
	add_new(1, 3, content(0, 50, 6, 1));
	add_new(1, 4, content(0, 50, 5, 2));
	origins_pair(&origins);
	expect(0, ORIGIN_KNOWN, 0, true);
	for (size_t i = 1; i < origins.new_count; i++)
		expect(i, ORIGIN_SERVER, 0, false);
}

Test(sync_origins, without_names_each_moves_once)
{
	add_known(0, 1, true, content(0, 50, 5, 1));
	add_new(1, 1, content(0, 50, 5, 1));
	add_new(1, 2, content(0, 50, 5, 1));
	origins_pair(&origins);
	expect(0, ORIGIN_KNOWN, 0, true);
	expect(1, ORIGIN_SERVER, 0, false);
}

Test(sync_origins, without_names_two_that_look_alike_are_in_doubt)
{
	add_known(0, 1, true, content(0, 50, 5, 1));
	add_known(0, 2, true, content(0, 50, 5, 1)); /* of another body */
	add_new(1, 1, content(0, 50, 5, 1));
	origins_pair(&origins);
	expect(0, ORIGIN_SERVER, 0, false);
	origins.known[1].body = origins.known[0].body;
	origins_pair(&origins);
	expect(0, ORIGIN_KNOWN, 0, true);
}

Test(sync_origins, in_one_folder_it_is_an_edit)
{
	add_known(1, 1, true, content(0, 50, 5, 1));
	add_new(1, 2, content(0, 50, 5, 1));
	origins_pair(&origins);
	expect(0, ORIGIN_SERVER, 0, false);
}

/* An old record has no name yet; one that has another is another. */
Test(sync_origins, names_that_differ_outweigh_what_is_alike)
{
	add_known(0, 1, true, content(0, 50, 5, 1));
	add_known(0, 2, true, content(9, 70, 5, 1));
	add_new(1, 1, content(7, 50, 5, 1));
	add_new(1, 2, content(8, 70, 5, 1));
	origins_pair(&origins);
	expect(0, ORIGIN_KNOWN, 0, true);
	expect(1, ORIGIN_SERVER, 0, false);
}

Test(sync_origins, a_header_is_asked_for_where_it_would_decide)
{
	add_known(0, 1, true, content(0, 50, 5, 1));
	add_new(1, 1, content(0, 50, 5, 0));
	add_new(1, 2, content(0, 50, 6, 0));
	add_new(0, 3, content(0, 50, 5, 0));
	origins_pair(&origins);
	cr_expect(origins.new[0].wants_identity);
	cr_expect_not(origins.new[1].wants_identity);
	cr_expect_not(origins.new[2].wants_identity);
	origins.new[0].content = content(0, 50, 5, 1);
	origins_pair(&origins);
	cr_expect_not(origins.new[0].wants_identity);
	expect(0, ORIGIN_KNOWN, 0, true);
}

/* A header without any of the fields says nothing. */
Test(sync_origins, an_empty_header_is_no_reason)
{
	struct origin_content nameless = content(0, 50, 5, 1);
	nameless.identity = identity_of_header("", 0);
	add_known(0, 1, true, nameless);
	add_new(1, 1, nameless);
	origins_pair(&origins);
	expect(0, ORIGIN_SERVER, 0, false);
}

/* --- Several of each --- */

/* Whatever their order: each is found by its size and date, or by its name. */
Test(sync_origins, many_find_their_own)
{
	static const struct {
		unsigned int object;
		uint64_t size;
		int64_t date;
	} messages[] = { { 0, 60, 5 }, { 0, 50, 7 }, { 9, 50, 5 }, { 0, 50, 6 }, { 4, 70, 1 },
			 { 0, 40, 7 }, { 6, 30, 2 }, { 0, 50, 5 }, { 2, 80, 3 } };
	enum { COUNT = sizeof messages / sizeof *messages };
	for (size_t i = 0; i < COUNT; i++)
		add_known(i, 1, true,
			  content(messages[i].object, messages[i].size, messages[i].date, 1));
	for (size_t i = COUNT; i > 0; i--)
		add_new(COUNT, (uint32_t)i,
			content(messages[i - 1].object, messages[i - 1].size, messages[i - 1].date,
				1));
	origins.known[2].content.date = 99;    /* the names are the same, but not the file */
	for (int turn = 0; turn < 2; turn++) { /* and again, as if for the first time */
		origins_pair(&origins);
		for (size_t i = 0; i < COUNT; i++) {
			size_t from = COUNT - 1 - i;
			if (from == 7) /* the third has another name, so this is the only one */
				expect(i, ORIGIN_KNOWN, 7, true);
			else if (from == 2)
				expect(i, ORIGIN_SERVER, 0, false);
			else
				expect(i, ORIGIN_KNOWN, from, true);
		}
	}
}

/* Names are in no order, neither of what is known nor of what is new. */
Test(sync_origins, many_names_find_their_own)
{
	enum { COUNT = 20 };
	for (unsigned int i = 0; i < COUNT; i++) {
		add_known(i, 1, false, content(1 + i, 50, 0, 0));
		add_new(COUNT, i + 1, content(1 + (i * 7) % COUNT, 50, 0, 0));
		add_new(COUNT + 1, i + 1, content(101 + i, 50, 0, 0));
		add_new(COUNT + 2, i + 1, content(101 + (i * 3) % COUNT, 50, 0, 0));
	}
	origins_pair(&origins);
	for (size_t i = 0; i < COUNT; i++) {
		expect(3 * i, ORIGIN_KNOWN, i * 7 % COUNT, false);
		/* Of two new ones whichever comes first is fetched. */
		size_t first = 3 * i + 1;
		size_t second = 0;
		while (second * 3 % COUNT != i)
			second++;
		second = 3 * second + 2;
		expect(first, first < second ? ORIGIN_SERVER : ORIGIN_NEW, second, false);
		expect(second, first < second ? ORIGIN_NEW : ORIGIN_SERVER, first, false);
	}
}

Test(sync_origins, two_that_went_and_two_that_came)
{
	for (unsigned int object = 0; object < 8; object += 7) { /* without names, and with */
		add_known(0, 1, true, content(object, 50, 5, 1));
		add_known(1, 1, true, content(object, 50, 5, 1));
		add_new(2, 1, content(object, 50, 5, 1));
		add_new(2, 2, content(object, 50, 5, 1));
		origins.known[1].body = origins.known[0].body;
		origins_pair(&origins);
		expect(0, ORIGIN_KNOWN, 0, true);
		expect(1, ORIGIN_KNOWN, 1, true);
		cr_expect(origins.known[0].is_taken && origins.known[1].is_taken);
		end();
	}
}

/* By name the one that fits is taken, also behind one that does not. */
Test(sync_origins, by_name_the_file_must_fit)
{
	add_known(0, 1, true, content(7, 51, 5, 1));
	add_known(0, 2, false, content(7, 50, 6, 1));
	add_known(0, 3, false, content(7, 50, 0, 1)); /* nobody knows when it came */
	add_known(0, 4, false, content(7, 50, 5, 1));
	add_known(0, 5, true, content(0, 50, 5, 2)); /* without a name */
	add_new(1, 1, content(7, 50, 5, 1));
	origins_pair(&origins);
	expect(0, ORIGIN_KNOWN, 2, false);
}

Test(sync_origins, names_of_several_sizes_are_no_lie)
{
	add_known(0, 1, true, content(7, 50, 5, 1));
	add_known(0, 2, true, content(8, 60, 5, 1));
	add_new(1, 1, content(8, 60, 5, 1));
	add_new(1, 2, content(7, 50, 5, 1));
	add_new(1, 3, content(0, 70, 5, 1));
	origins_pair(&origins);
	expect(0, ORIGIN_KNOWN, 1, true);
	expect(1, ORIGIN_KNOWN, 0, true);
	expect(2, ORIGIN_SERVER, 0, false);
}

/* What is a link to one time's file serves no other time's message. */
Test(sync_origins, a_link_serves_only_its_own_time)
{
	add_known(0, 1, false, content(7, 50, 5, 1));
	add_new(1, 1, content(7, 50, 0, 1));
	add_new(1, 2, content(7, 50, 6, 1));
	origins_pair(&origins);
	expect(0, ORIGIN_KNOWN, 0, false);
	expect(1, ORIGIN_SERVER, 0, false);
}

/* --- Without names --- */

/* An old record has none, or a server that tells none any more. */
Test(sync_origins, one_name_alone_tells_nothing_apart)
{
	add_known(0, 1, true, content(9, 50, 5, 1));
	add_new(1, 1, content(0, 50, 5, 1));
	origins_pair(&origins);
	expect(0, ORIGIN_KNOWN, 0, true);
}

Test(sync_origins, what_is_found_by_name_is_not_looked_for_again)
{
	add_known(0, 1, false, content(7, 50, 5, 1));
	add_known(1, 1, true, content(0, 50, 5, 1));
	add_new(2, 1, content(7, 50, 5, 1));
	origins_pair(&origins);
	expect(0, ORIGIN_KNOWN, 0, false);
}

/* The first of that place may be an edit, or have another header: the next one may be it. */
Test(sync_origins, behind_others_of_its_place)
{
	add_known(1, 1, true, content(0, 50, 5, 1)); /* in its own folder */
	add_known(0, 2, true, content(9, 50, 5, 1)); /* of another name */
	add_known(0, 3, true, content(0, 50, 5, 2)); /* of another header */
	add_known(0, 4, true, content(0, 50, 5, 1));
	add_new(1, 9, content(7, 50, 5, 1));
	origins_pair(&origins);
	expect(0, ORIGIN_KNOWN, 3, true);
}

/* What is not known is not the same as nothing: neither a date nor a header. */
Test(sync_origins, nothing_known_is_no_likeness)
{
	const struct origin_content dated = {
		.size = 50, .has_date = true, .has_identity = true, .identity = { .bytes = { 1 } }
	};
	const struct origin_content undated = { .size = 50,
						.has_identity = true,
						.identity = { .bytes = { 1 } } };
	const struct origin_content headed = { .size = 60, .has_date = true, .has_identity = true };
	const struct origin_content headless = { .size = 60, .has_date = true };
	add_known(0, 1, true, undated);
	add_new(1, 1, dated);
	add_known(0, 2, true, headless);
	add_new(1, 2, headed);
	origins_pair(&origins);
	expect(0, ORIGIN_SERVER, 0, false);
	expect(1, ORIGIN_SERVER, 0, false);
	end();
	add_known(0, 1, true, dated);
	add_new(1, 1, undated);
	origins_pair(&origins);
	expect(0, ORIGIN_SERVER, 0, false);
}

/* What stands behind the end of a list is not in it. */
Test(sync_origins, nothing_behind_a_list_counts)
{
	for (unsigned int object = 0; object < 8; object += 7) {
		add_known(0, 1, false, content(object, 50, 5, 1));
		add_known(0, 2, true, content(object, 50, 5, 1));
		add_new(1, 1, content(object, 50, 5, 1));
		add_new(1, 2, content(object, 50, 5, 1));
		origins.known[1].is_taken = true;
		origins.new[1].wants_identity = true;
		origins.known_count--;
		origins.new_count--;
		origins_pair(&origins);
		expect(0, object == 0 ? ORIGIN_SERVER : ORIGIN_KNOWN, 0, false);
		cr_expect(origins.known[1].is_taken);
		cr_expect(origins.new[1].wants_identity);
		cr_expect_eq(origins.new[1].kind, ORIGIN_SERVER);
		end();
	}
}
