/* Messages that are asked for again later. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "state-fixture.h"

TestSuite(state_deferred, .fini = fixture_end);

struct change {
	uint32_t folder, uid;
	const char *reason; /* NULL: it is removed */
};

static int make(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct change *change = context;
	const struct state_deferred deferred = { .uid = change->uid,
						 .failures = 2,
						 .since = 10,
						 .tried = 20,
						 .again = 30,
						 .reason = change->reason };
	return change->reason
		       ? state_deferred_put(transaction, change->folder, &deferred, error)
		       : state_deferred_remove(transaction, change->folder, change->uid, error);
}

static void change(struct state *state, uint32_t folder, uint32_t uid, const char *reason)
{
	struct change change = { folder, uid, reason };
	fixture_write(state, make, &change);
}

/* The next one of the folder from FROM on must be UID, 0: there must be none. */
static void expect(struct state *state, uint32_t folder, uint32_t from, uint32_t uid,
		   const char *reason)
{
	struct state_transaction *transaction = fixture_read(state);
	struct state_deferred found;
	int result = state_deferred_next(transaction, folder, from, &found, NULL);
	cr_expect_eq(result, uid != 0, "folder %u from %u", folder, from);
	if (result > 0) {
		cr_expect_eq(found.uid, uid);
		cr_expect_eq(found.failures, 2);
		cr_expect_eq(found.again, 30);
		cr_expect_str_eq(found.reason, reason);
	}
	state_read_end(&transaction);
}

Test(state_deferred, go_by_uid_and_stay_in_their_folder)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	expect(state, 4, 1, 0, NULL);
	change(state, 4, 300, "it is too large");
	change(state, 4, 2, "it cannot be read");
	change(state, 5, 7, "another folder's");
	fixture_reopen(&state);
	expect(state, 4, 1, 2, "it cannot be read");
	expect(state, 4, 2, 2, "it cannot be read");
	expect(state, 4, 3, 300, "it is too large");
	expect(state, 4, 301, 0, NULL);
	expect(state, 3, 1, 0, NULL);
	expect(state, 5, 1, 7, "another folder's");
	expect(state, 6, 1, 0, NULL);
	change(state, 4, 2, "it is in use");
	expect(state, 4, 1, 2, "it is in use");
	change(state, 4, 2, NULL);
	change(state, 4, 2, NULL); /* what is not there is fine */
	expect(state, 4, 1, 300, "it is too large");
	state_close(&state);
}

Test(state_deferred, damage_is_refused)
{
	static const struct {
		const char *key;
		size_t key_size;
		const char *value;
		size_t value_size;
	} cases[] = {
		{ "\0\0\0\4\0\0\0\1", 8, "short", 5 },
		{ "\0\0\0\4\0\0\0\1", 8, "", 0 },
		{ "\0\0\0\4\0\0\0\1\1", 9, "short", 5 },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct state *state = fixture_open(STATE_READ_WRITE);
		struct state_deferred found;
		struct error error = ERROR_INITIAL;
		state_close(&state);
		fixture_tamper("deferred", cases[i].key, cases[i].key_size, cases[i].value,
			       cases[i].value_size);
		state = fixture_open(STATE_READ_ONLY);
		struct state_transaction *transaction = fixture_read(state);
		cr_expect_eq(state_deferred_next(transaction, 4, 1, &found, &error), -1, "case %zu",
			     i);
		cr_expect_eq(error.kind, ERROR_SAFETY);
		cr_expect_not_null(strstr(error.text, "deferred message"), "%s", error.text);
		state_read_end(&transaction);
		state_close(&state);
		fixture_tamper("deferred", cases[i].key, cases[i].key_size, NULL, 0);
	}
}
