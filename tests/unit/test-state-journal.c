/* What was begun and is perhaps not finished. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "state-fixture.h"

TestSuite(state_journal, .fini = fixture_end);

#define FOLDER 1

/* --- Downloads --- */

struct download {
	uint32_t folder;
	uint32_t uid;
	const char *name; /* NULL: to be removed */
};

static int change_download(struct state_transaction *transaction, void *context,
			   struct error *error)
{
	const struct download *download = context;
	if (!download->name)
		return state_download_remove(transaction, download->folder, download->uid, error);
	return state_download_put(transaction, download->folder, download->uid, download->name,
				  error);
}

static void put_download(struct state *state, uint32_t folder, uint32_t uid, const char *name)
{
	struct download download = { .folder = folder, .uid = uid, .name = name };
	fixture_write(state, change_download, &download);
}

/* All of a folder's downloads as "UID=NAME;"; the caller owns it. */
static char *downloads(struct state *state, uint32_t folder)
{
	struct error error = ERROR_INITIAL;
	struct buffer out = BUFFER_INITIAL;
	struct state_transaction *view = fixture_read(state);
	uint32_t uid = 0;
	const char *name;
	int found;
	while ((found = state_download_next(view, folder, uid, &uid, &name, &error)) > 0) {
		buffer_add_format(&out, "%u=%s;", uid, name);
		if (uid++ == UINT32_MAX)
			break;
	}
	cr_assert_geq(found, 0, "%s", error.text);
	state_read_end(&view);
	return buffer_take(&out);
}

static void assert_downloads(struct state *state, uint32_t folder, const char *expected)
{
	char *all = downloads(state, folder);
	cr_assert_str_eq(all, expected);
	free(all);
}

Test(state_journal, downloads)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	assert_downloads(state, FOLDER, "");
	put_download(state, FOLDER, 300, "t.300");
	put_download(state, FOLDER, 2, "t.2");
	put_download(state, FOLDER, UINT32_MAX, "t.max");
	put_download(state, FOLDER + 1, 1, "o");
	fixture_reopen(&state);
	assert_downloads(state, FOLDER, "2=t.2;300=t.300;4294967295=t.max;");
	assert_downloads(state, FOLDER + 1, "1=o;");
	assert_downloads(state, FOLDER + 2, "");
	put_download(state, FOLDER, 2, "t.2.again");
	put_download(state, FOLDER, 300, NULL);
	put_download(state, FOLDER, 300, NULL); /* what is not there is fine */
	assert_downloads(state, FOLDER, "2=t.2.again;4294967295=t.max;");
	assert_downloads(state, FOLDER + 1, "1=o;");
	state_close(&state);
}

/* A name that was read may be put again, though it stands in the page that is being changed. */
static int copy_download(struct state_transaction *transaction, void *context, struct error *error)
{
	const char *name;
	uint32_t uid;
	(void)context;
	for (uint32_t to = 10; to < 200; to++) {
		if (state_download_next(transaction, FOLDER, 0, &uid, &name, error) != 1 ||
		    state_download_put(transaction, FOLDER, to, name, error) != 0)
			return -1;
	}
	return 0;
}

Test(state_journal, a_name_that_was_read_can_be_put)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	put_download(state, FOLDER, 9, "1700000000.M1P2_3.host");
	fixture_write(state, copy_download, NULL);
	struct state_transaction *view = fixture_read(state);
	for (uint32_t uid = 9; uid < 200; uid++) {
		uint32_t found;
		const char *name;
		cr_assert_eq(state_download_next(view, FOLDER, uid, &found, &name, NULL), 1);
		cr_assert_eq(found, uid);
		cr_assert_str_eq(name, "1700000000.M1P2_3.host");
	}
	state_read_end(&view);
	state_close(&state);
}

/* --- Uploads --- */

struct upload {
	uint32_t folder;
	const char *base;
	const struct state_upload *upload; /* NULL: to be removed */
};

static int change_upload(struct state_transaction *transaction, void *context, struct error *error)
{
	const struct upload *upload = context;
	size_t length = strlen(upload->base);
	if (!upload->upload)
		return state_upload_remove(transaction, upload->folder, upload->base, length,
					   error);
	return state_upload_put(transaction, upload->folder, upload->base, length, upload->upload,
				error);
}

static void put_upload(struct state *state, uint32_t folder, const char *base, uint32_t uidnext)
{
	const struct state_upload record = { .uidvalidity = 3,
					     .uidnext = uidnext,
					     .size = UINT64_C(1) << 33,
					     .identity = { .bytes = { 7, [15] = 8 } } };
	struct upload upload = { .folder = folder,
				 .base = base,
				 .upload = uidnext ? &record : NULL };
	fixture_write(state, change_upload, &upload);
}

static void assert_upload(struct state *state, uint32_t folder, const char *base, uint32_t uidnext)
{
	struct error error = ERROR_INITIAL;
	struct state_upload upload;
	struct state_transaction *view = fixture_read(state);
	int found = state_upload_get(view, folder, base, strlen(base), &upload, &error);
	state_read_end(&view);
	cr_assert_eq(found, uidnext ? 1 : 0, "%s %s", base, error.text);
	if (!found)
		return;
	cr_assert_eq(upload.uidnext, uidnext);
	cr_assert_eq(upload.uidvalidity, 3);
	cr_assert_eq(upload.size, UINT64_C(1) << 33);
	cr_assert_eq(upload.identity.bytes[0], 7);
	cr_assert_eq(upload.identity.bytes[15], 8);
}

static uint32_t upload_count(struct state *state, uint32_t folder)
{
	uint32_t count = 99;
	struct state_transaction *view = fixture_read(state);
	cr_assert_eq(state_upload_count(view, folder, &count, NULL), 0);
	state_read_end(&view);
	return count;
}

Test(state_journal, uploads)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	cr_assert_eq(upload_count(state, FOLDER), 0);
	put_upload(state, FOLDER, "a", 5);
	put_upload(state, FOLDER, "ab", 6);
	put_upload(state, FOLDER + 1, "a", 7);
	fixture_reopen(&state);
	cr_assert_eq(upload_count(state, FOLDER), 2);
	cr_assert_eq(upload_count(state, FOLDER + 1), 1);
	cr_assert_eq(upload_count(state, FOLDER + 2), 0);
	assert_upload(state, FOLDER, "a", 5);
	assert_upload(state, FOLDER, "ab", 6);
	assert_upload(state, FOLDER + 1, "a", 7);
	assert_upload(state, FOLDER, "b", 0);
	put_upload(state, FOLDER, "a", 8);
	put_upload(state, FOLDER, "ab", 0);
	put_upload(state, FOLDER, "ab", 0); /* what is not there is fine */
	cr_assert_eq(upload_count(state, FOLDER), 1);
	assert_upload(state, FOLDER, "a", 8);
	assert_upload(state, FOLDER, "ab", 0);
	state_close(&state);
}

Test(state_journal, a_name_that_no_file_can_have)
{
	static const char name[257] = { [0 ... 255] = 'n' };
	static const struct state_upload record = { .uidvalidity = 1 };
	struct error error = ERROR_INITIAL;
	struct upload upload = { .folder = FOLDER, .base = name, .upload = &record };
	struct state *state = fixture_open(STATE_READ_WRITE);
	cr_assert_eq(state_write(state, change_upload, &upload, &error), -1);
	cr_assert_eq(error.scope, SCOPE_MESSAGE);
	upload.upload = NULL;
	fixture_write(state, change_upload, &upload);
	assert_upload(state, FOLDER, name, 0);
	state_close(&state);
}

/* What state_upload_each() shows: "BASE=UIDNEXT;" each. It stops after `most`. */
struct shown {
	char text[64];
	size_t count, most;
};

static int show(void *context, const char *base, size_t base_length,
		const struct state_upload *upload, struct error *error)
{
	struct shown *shown = context;
	size_t used = strlen(shown->text);
	(void)snprintf(shown->text + used, sizeof shown->text - used, "%.*s=%u;", (int)base_length,
		       base, upload->uidnext);
	shown->count++;
	return shown->count < shown->most
		       ? 0
		       : error_set(error, ERROR_FAILED, SCOPE_FOLDER, "enough of it");
}

static void assert_shown(struct state *state, uint32_t folder, size_t most, const char *expected)
{
	struct shown shown = { .most = most };
	struct error error = ERROR_INITIAL;
	struct state_transaction *view = fixture_read(state);
	int result = state_upload_each(view, folder, show, &shown, &error);
	state_read_end(&view);
	cr_expect_str_eq(shown.text, expected);
	cr_expect_eq(result, shown.count < most ? 0 : -1);
	cr_expect_str_eq(error.text, result == 0 ? "" : "enough of it");
}

Test(state_journal, uploads_of_a_folder)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	assert_shown(state, FOLDER, 9, "");
	put_upload(state, FOLDER, "b", 5);
	put_upload(state, FOLDER, "a", 6);
	put_upload(state, FOLDER, "c", 7);
	put_upload(state, FOLDER + 1, "x", 8);
	assert_shown(state, FOLDER, 9, "a=6;b=5;c=7;");
	assert_shown(state, FOLDER + 1, 9, "x=8;");
	assert_shown(state, FOLDER + 2, 9, "");
	assert_shown(state, FOLDER - 1, 9, "");
	assert_shown(state, FOLDER, 2, "a=6;b=5;");
	state_close(&state);
}

/* --- Damage --- */

Test(state_journal, damage_is_refused)
{
	static const char uid_key[8] = { 0, 0, 0, FOLDER, 0, 0, 0, 1 };
	static const char name_key[5] = { 0, 0, 0, FOLDER, 'a' };
	static const struct {
		const char *table;
		const char *key;
		size_t key_size;
		const char *value;
		size_t value_size;
	} cases[] = {
		{ "downloads", uid_key, 8, "name", 4 }, /* no NUL */
		{ "downloads", uid_key, 8, "", 0 },     { "downloads", uid_key, 8, "", 1 },
		{ "downloads", uid_key, 5, "name", 5 }, { "uploads", name_key, 5, "\1\2\3", 3 },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct error error = ERROR_INITIAL;
		struct state_upload upload;
		const char *name;
		uint32_t uid;
		struct state *state = fixture_open(STATE_READ_WRITE);
		state_close(&state);
		fixture_tamper(cases[i].table, cases[i].key, cases[i].key_size, cases[i].value,
			       cases[i].value_size);
		state = fixture_open(STATE_READ_ONLY);
		struct state_transaction *view = fixture_read(state);
		int result = cases[i].table[0] == 'd'
				     ? state_download_next(view, FOLDER, 0, &uid, &name, &error)
				     : state_upload_get(view, FOLDER, "a", 1, &upload, &error);
		cr_assert_eq(result, -1, "case %zu", i);
		cr_assert_eq(error.kind, ERROR_SAFETY);
		cr_assert_not_null(strstr(error.text, "can be moved away"), "%s", error.text);
		state_read_end(&view);
		state_close(&state);
	}
}
