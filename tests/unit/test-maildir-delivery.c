/* Bringing new messages into a Maildir. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "maildir-place.h"
#include "maildir/delivery.h"
#include "maildir/name.h"
#include "maildir/private.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

TestSuite(maildir_delivery, .init = place_make, .fini = place_remove);

static struct maildir_delivery *begin(const struct maildir *maildir)
{
	struct error error = ERROR_INITIAL;
	struct maildir_delivery *delivery = NULL;
	cr_assert_eq(maildir_delivery_begin(maildir, &delivery, &error), 0, "%s", error.text);
	return delivery;
}

/* One message in tmp/; the caller owns the temporary name. */
static char *deliver(const struct maildir *maildir, const char *wire)
{
	struct error error = ERROR_INITIAL;
	struct maildir_delivered delivered;
	struct maildir_delivery *delivery = begin(maildir);
	cr_assert_eq(maildir_delivery_write(delivery, wire, strlen(wire), &error), 0);
	cr_assert_eq(maildir_delivery_finish(&delivery, 1000000000, &delivered, &error), 0, "%s",
		     error.text);
	return delivered.temporary_name;
}

/* What came is the same as what is read, whatever its line ends; without a key nothing is known. */
Test(maildir_delivery, is_digested_as_it_will_be_read)
{
	static const char wire[] = "Subject: x\r\n\r\ntext\nline\r\r\n\r\n";
	struct maildir *maildir = place_maildir("m");
	for (int keyed = 1; keyed >= 0; keyed--) {
		struct error error = ERROR_INITIAL;
		struct maildir_delivered delivered;
		struct maildir_message_facts facts;
		struct maildir_location target = { .place = MAILDIR_NEW,
						   .name = keyed ? (char *)"a" : (char *)"b" };
		if (!keyed)
			maildir_set_digest_key(maildir, NULL);
		struct maildir_delivery *delivery = begin(maildir);
		cr_assert_eq(maildir_delivery_write(delivery, wire, strlen(wire), &error), 0);
		cr_assert_eq(maildir_delivery_finish(&delivery, 1000000000, &delivered, &error), 0);
		cr_assert_eq(maildir_delivery_publish(maildir, delivered.temporary_name, &target,
						      &error),
			     MAILDIR_MESSAGE_OK);
		free(delivered.temporary_name);
		cr_assert_eq(maildir_message_read_facts(maildir, &target, true, &facts, &error),
			     MAILDIR_MESSAGE_OK);
		cr_expect_eq(file_stamp_is_known(&delivered.file), keyed);
		cr_expect_eq(file_stamp_is_known(&facts.file), keyed);
		cr_expect_eq(delivered.body.known, keyed);
		cr_expect_eq(facts.body.known, keyed);
		if (!keyed)
			continue;
		cr_expect_eq(delivered.file.kind, FILE_DIGEST_KEYED);
		cr_expect_eq(facts.file.kind, FILE_DIGEST_BOTH);
		cr_expect(file_stamp_same_content(&delivered.file, &facts.file));
		cr_expect(file_stamp_same_file(&delivered.file, &facts.file));
		cr_expect(body_digest_equal(&delivered.body, &facts.body));
	}
	maildir_close(&maildir);
}

Test(maildir_delivery, a_message_stays_in_tmp_until_it_is_published)
{
	static const char wire[] = "Subject: x\r\n\r\ntext\r\n";
	struct error error = ERROR_INITIAL;
	struct maildir *maildir = place_maildir("m");
	struct maildir_delivery *delivery = begin(maildir);
	struct maildir_delivered delivered;
	struct stat status;
	size_t length;

	for (size_t i = 0; i < strlen(wire); i++)
		cr_assert_eq(maildir_delivery_write(delivery, wire + i, 1, &error), 0);
	cr_assert_eq(maildir_delivery_finish(&delivery, -86400, &delivered, &error), 0);
	cr_assert_null(delivery);
	cr_assert(text_starts_with(delivered.temporary_name, "navette."));
	cr_assert_eq(delivered.wire_size, strlen(wire));
	struct identity identity = identity_of_header(wire, strlen(wire));
	cr_assert(identity_equal(&delivered.identity, &identity));

	char *name = memory_format("m/tmp/%s", delivered.temporary_name);
	char *path = place_join(name);
	cr_assert_eq(stat(path, &status), 0);
	cr_assert_eq(status.st_mode, S_IFREG | 0600);
	cr_assert_eq(status.st_mtim.tv_sec, -86400);
	char *content = place_read(name, &length);
	cr_assert_str_eq(content, "Subject: x\n\ntext\n");

	const struct maildir_location target = { .place = MAILDIR_NEW, .name = (char *)"a" };
	cr_assert_eq(maildir_delivery_publish(maildir, delivered.temporary_name, &target, &error),
		     MAILDIR_MESSAGE_OK, "%s", error.text);
	char *list = place_list("m/tmp");
	cr_assert_str_empty(list);
	free(list);
	list = place_list("m/new");
	cr_assert_str_eq(list, "a ");
	free(list);
	free(content);
	free(path);
	free(name);
	free(delivered.temporary_name);
	maildir_close(&maildir);
}

Test(maildir_delivery, empty_message)
{
	struct error error = ERROR_INITIAL;
	struct maildir *maildir = place_maildir("m");
	struct maildir_delivery *delivery = begin(maildir);
	struct maildir_delivered delivered;
	size_t length;

	cr_assert_eq(maildir_delivery_finish(&delivery, 0, &delivered, &error), 0);
	cr_assert_eq(delivered.wire_size, 0);
	char *name = memory_format("m/tmp/%s", delivered.temporary_name);
	char *content = place_read(name, &length);
	cr_assert_eq(length, 0);
	free(content);
	free(name);
	free(delivered.temporary_name);
	maildir_close(&maildir);
}

Test(maildir_delivery, abort_leaves_nothing)
{
	struct error error = ERROR_INITIAL;
	struct maildir *maildir = place_maildir("m");
	struct maildir_delivery *delivery = begin(maildir);

	cr_assert_eq(maildir_delivery_write(delivery, "x", 1, &error), 0);
	char *list = place_list("m/tmp");
	cr_assert(text_starts_with(list, "navette."));
	free(list);
	maildir_delivery_abort(&delivery);
	cr_assert_null(delivery);
	maildir_delivery_abort(&delivery);
	maildir_delivery_abort(NULL);
	list = place_list("m/tmp");
	cr_assert_str_empty(list);
	free(list);
	maildir_close(&maildir);
}

Test(maildir_delivery, begin_tells_what_is_wrong_with_tmp)
{
	struct error error = ERROR_INITIAL;
	struct maildir_delivery *delivery = NULL;
	struct maildir *maildir = place_maildir("m");
	char *tmp = place_join("m/tmp");

	cr_assert_eq(rmdir(tmp), 0);
	cr_assert_eq(maildir_delivery_begin(maildir, &delivery, &error), -1);
	cr_assert_null(delivery);
	cr_assert_eq(error.scope, SCOPE_FOLDER);
	cr_assert_not_null(strstr(error.text, tmp), "%s", error.text);
	free(tmp);
	maildir_close(&maildir);
}

/* --- A disk that takes no more --- */

#define FILE_LIMIT 100000u

/* Files cannot grow beyond FILE_LIMIT: the write that crosses it is short, the next one fails. */
static void limit_files(void)
{
	const struct rlimit limit = { .rlim_cur = FILE_LIMIT, .rlim_max = RLIM_INFINITY };
	(void)signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void unlimit_files(void)
{
	const struct rlimit limit = { .rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY };
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Feeds LENGTH bytes; the result of the last write or of finish. */
static int deliver_zeroes(struct maildir_delivery **delivery, size_t length,
			  struct maildir_delivered *delivered, struct error *error)
{
	static const char zeroes[1000];
	int result = 0;
	for (size_t done = 0; done < length && result == 0; done += sizeof zeroes)
		result = maildir_delivery_write(*delivery, zeroes, sizeof zeroes, error);
	if (result != 0) {
		maildir_delivery_abort(delivery);
		return -1;
	}
	return maildir_delivery_finish(delivery, 0, delivered, error);
}

Test(maildir_delivery, a_file_that_may_not_be_so_long_stops_its_message_and_leaves_nothing)
{
	/* The first fails when the rest is flushed by finish, the others while writing. */
	static const size_t sizes[] = { 101000, 200000, 1000000 };
	struct maildir *maildir = place_maildir("m");
	limit_files();
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct error error = ERROR_INITIAL;
		struct maildir_delivered delivered = { .temporary_name = NULL };
		struct maildir_delivery *delivery = begin(maildir);
		int result = deliver_zeroes(&delivery, sizes[i], &delivered, &error);
		cr_assert_eq(result, -1);
		cr_assert_null(delivery);
		cr_assert_null(delivered.temporary_name);
		cr_assert_eq(error.scope, SCOPE_MESSAGE);
		cr_assert_not_null(strstr(error.text, "/m/tmp/navette."), "%s", error.text);
		char *list = place_list("m/tmp");
		cr_assert_str_empty(list);
		free(list);
	}
	struct error error = ERROR_INITIAL;
	struct maildir_delivered delivered;
	struct maildir_delivery *delivery = begin(maildir);
	cr_assert_eq(deliver_zeroes(&delivery, FILE_LIMIT, &delivered, &error), 0, "%s",
		     error.text);
	cr_assert_eq(delivered.wire_size, FILE_LIMIT);
	unlimit_files();
	free(delivered.temporary_name);
	maildir_close(&maildir);
}

/* --- Publishing --- */

Test(maildir_delivery, publish_never_overwrites)
{
	struct error error = ERROR_INITIAL;
	struct maildir *maildir = place_maildir("m");
	char *name = deliver(maildir, "two");
	const struct maildir_location target = { .place = MAILDIR_CUR, .name = (char *)"a:2,S" };
	size_t length;

	place_write_text("m/cur/a:2,S", "one");
	cr_assert_eq(maildir_delivery_publish(maildir, name, &target, &error),
		     MAILDIR_MESSAGE_ERROR);
	cr_assert_eq(error.scope, SCOPE_MESSAGE);
	cr_assert_not_null(strstr(error.text, "cur/a:2,S"), "%s", error.text);
	char *content = place_read("m/cur/a:2,S", &length);
	cr_assert_str_eq(content, "one");
	char *temporary = memory_format("m/tmp/%s", name);
	cr_assert(place_has(temporary));
	free(temporary);
	free(content);
	free(name);
	maildir_close(&maildir);
}

Test(maildir_delivery, publish_twice_is_done_once)
{
	struct error error = ERROR_INITIAL;
	struct maildir *maildir = place_maildir("m");
	char *name = deliver(maildir, "one");
	const struct maildir_location target = { .place = MAILDIR_CUR, .name = (char *)"a:2,S" };
	cr_assert_eq(maildir_delivery_publish(maildir, name, &target, &error), MAILDIR_MESSAGE_OK);
	cr_assert_eq(maildir_delivery_publish(maildir, name, &target, &error),
		     MAILDIR_MESSAGE_GONE);
	cr_assert_eq(error.kind, ERROR_NONE);
	cr_assert(place_has("m/cur/a:2,S"));
	free(name);
	maildir_close(&maildir);
}

/* "Gone" would mean that it was delivered, and so its absence from cur/ that the user removed it.
 */
Test(maildir_delivery, publish_does_not_call_gone_what_lost_its_directory)
{
	static const char *const lost[] = { "m/tmp", "m/cur" };
	for (size_t i = 0; i < COUNT(lost); i++) {
		struct error error = ERROR_INITIAL;
		struct maildir *maildir = place_maildir("m");
		const struct maildir_location target = { .place = MAILDIR_CUR,
							 .name = (char *)"a:2,S" };
		char *directory = place_join(lost[i]);
		char *name = i == 0 ? memory_text("navette.1") : deliver(maildir, "one");
		cr_assert_eq(rmdir(directory), 0);
		cr_assert_eq(maildir_delivery_publish(maildir, name, &target, &error),
			     MAILDIR_MESSAGE_ERROR);
		free(name);
		free(directory);
		maildir_close(&maildir);
	}
}

/* --- Cleaning --- */

static bool keep_one(void *context, const char *name)
{
	return strcmp(context, name) == 0;
}

Test(maildir_delivery, clean_removes_what_is_ours_and_not_kept)
{
	char wanted[] = "navette.2";
	struct error error = ERROR_INITIAL;
	struct maildir *maildir = place_maildir("m");
	place_write_text("m/tmp/navette.1", "x");
	place_write_text("m/tmp/navette.2", "x");
	place_write_text("m/tmp/navette.3", "x");
	place_write_text("m/tmp/1234.P1.host", "x");
	place_write_text("m/tmp/navette", "x");
	place_write_text("m/cur/navette.4", "x");
	cr_assert_eq(maildir_delivery_clean(maildir, keep_one, wanted, &error), 0, "%s",
		     error.text);
	char *list = place_list("m/tmp");
	cr_assert_str_eq(list, "1234.P1.host navette navette.2 ");
	cr_assert(place_has("m/cur/navette.4"));
	free(list);
	maildir_close(&maildir);
}

/* --- Crashes --- */

/* What delivery.h says that the engine records: temporary and final name of each message. */
#define BATCH 5

struct journal {
	char *temporary[BATCH];
	char *final[BATCH];
	size_t count;
};

/* One run of the order in delivery.h that ends without warning after COUNTDOWN steps. */
static void run_until(const struct maildir *maildir, struct journal *journal,
		      unsigned int *countdown)
{
	struct error error = ERROR_INITIAL;
	char *temporary[BATCH];
	char *final[BATCH];
	size_t made = 0;
#define STEP                          \
	do {                          \
		if (*countdown == 0)  \
			goto crashed; \
		(*countdown)--;       \
	} while (0)
	for (size_t i = 0; i < BATCH; i++) {
		char text[] = "message 0\r\n";
		text[8] = (char)('0' + i);
		STEP;
		temporary[made] = deliver(maildir, text);
		final[made++] = maildir_name_unique();
	}
	STEP;
	cr_assert_eq(maildir_sync(maildir, &error), 0);
	STEP; /* the one transaction */
	for (size_t i = 0; i < BATCH; i++) {
		journal->temporary[i] = memory_text(temporary[i]);
		journal->final[i] = memory_text(final[i]);
	}
	journal->count = BATCH;
	for (size_t i = 0; i < BATCH; i++) {
		const struct maildir_location target = { .place = MAILDIR_NEW, .name = final[i] };
		STEP;
		cr_assert_eq(maildir_delivery_publish(maildir, temporary[i], &target, &error),
			     MAILDIR_MESSAGE_OK, "%s", error.text);
	}
	STEP;
	cr_assert_eq(maildir_sync(maildir, &error), 0);
#undef STEP
crashed:
	for (size_t i = 0; i < made; i++) {
		free(temporary[i]);
		free(final[i]);
	}
}

static bool is_recorded(void *context, const char *name)
{
	const struct journal *journal = context;
	for (size_t i = 0; i < journal->count; i++) {
		if (strcmp(journal->temporary[i], name) == 0)
			return true;
	}
	return false;
}

/* What the next run does; it may crash in the middle and do it again. */
static void recover(const struct maildir *maildir, struct journal *journal, size_t stop_after)
{
	struct error error = ERROR_INITIAL;
	cr_assert_eq(maildir_delivery_clean(maildir, is_recorded, journal, &error), 0);
	for (size_t i = 0; i < journal->count && i < stop_after; i++) {
		const struct maildir_location target = { .place = MAILDIR_NEW,
							 .name = journal->final[i] };
		cr_assert_neq(
			maildir_delivery_publish(maildir, journal->temporary[i], &target, &error),
			MAILDIR_MESSAGE_ERROR, "%s", error.text);
	}
}

/* Nothing is left in tmp/; each recorded message stands in new/ once, whole. */
static void assert_complete(const struct journal *journal)
{
	char *list = place_list("m/tmp");
	cr_assert_str_empty(list);
	free(list);
	list = place_list("m/new");
	size_t names = 0;
	for (const char *space = list; (space = strchr(space, ' ')) != NULL; space++)
		names++;
	cr_assert_eq(names, journal->count);
	free(list);
	for (size_t i = 0; i < journal->count; i++) {
		size_t length;
		char *name = memory_format("m/new/%s", journal->final[i]);
		char *expected = memory_format("message %zu\n", i);
		char *content = place_read(name, &length);
		cr_assert_str_eq(content, expected);
		free(content);
		free(expected);
		free(name);
	}
}

/* BATCH deliveries, sync, transaction, BATCH renames, sync. */
#define STEPS (2 * BATCH + 3)

Test(maildir_delivery, a_crash_after_any_step_loses_and_doubles_nothing)
{
	for (unsigned int steps = 0; steps <= STEPS; steps++) {
		for (size_t again = 0; again <= BATCH; again++) {
			struct journal journal = { .count = 0 };
			unsigned int countdown = steps;
			struct maildir *maildir = place_maildir("m");
			run_until(maildir, &journal, &countdown);
			cr_assert_eq(countdown, 0);
			recover(maildir, &journal, again);
			recover(maildir, &journal, BATCH);
			assert_complete(&journal);
			cr_assert_eq(journal.count, steps >= BATCH + 2 ? BATCH : 0);
			for (size_t i = 0; i < journal.count; i++) {
				free(journal.temporary[i]);
				free(journal.final[i]);
			}
			maildir_close(&maildir);
			place_remove();
			place_make();
		}
	}
}

/* Killed while a message comes in: the next run clears the rest away. */
Test(maildir_delivery, a_killed_process_leaves_only_what_clean_removes)
{
	char nothing[] = "";
	struct error error = ERROR_INITIAL;
	struct maildir *maildir = place_maildir("m");
	int status;
	pid_t child = fork();
	if (child == 0) {
		struct maildir_delivery *delivery;
		char part[100000] = "x";
		if (maildir_delivery_begin(maildir, &delivery, &error) == 0)
			(void)maildir_delivery_write(delivery, part, sizeof part, &error);
		(void)kill(getpid(), SIGKILL);
	}
	cr_assert_gt(child, 0);
	cr_assert_eq(waitpid(child, &status, 0), child);
	char *list = place_list("m/tmp");
	cr_assert(text_starts_with(list, "navette."));
	free(list);
	cr_assert_eq(maildir_delivery_clean(maildir, keep_one, nothing, &error), 0);
	list = place_list("m/tmp");
	cr_assert_str_empty(list);
	free(list);
	list = place_list("m/new");
	cr_assert_str_empty(list);
	free(list);
	maildir_close(&maildir);
}
