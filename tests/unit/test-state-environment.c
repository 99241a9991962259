/* Opening and closing the state. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "state-fixture.h"
#include "state/private.h"

TestSuite(state_environment, .fini = fixture_end);

static mode_t mode_of(const char *name)
{
	struct stat status;
	char *path = name ? fixture_path(name) : memory_text(fixture_directory());
	cr_assert_eq(stat(path, &status), 0, "%s", path);
	free(path);
	return status.st_mode & 07777;
}

static bool exists(const char *path)
{
	struct stat status;
	return stat(path, &status) == 0;
}

static unsigned int synced_directories;

/* In place of the C library's, for this binary: counts, and does it. */
int fsync(int file)
{
	struct stat status;
	if (fstat(file, &status) == 0 && S_ISDIR(status.st_mode))
		synced_directories++;
	return (int)syscall(SYS_fsync, file);
}

/* The run that made the data file may have died before its name was on the disk. */
Test(state_environment, its_directory_is_made_durable_by_each_run_that_writes)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	state_close(&state);
	synced_directories = 0;
	state = fixture_open(STATE_READ_WRITE);
	cr_assert_eq(synced_directories, 1);
	state_close(&state);
	state = fixture_open(STATE_READ_ONLY);
	cr_assert_eq(synced_directories, 1);
	state_close(&state);
}

Test(state_environment, nobody_else_may_look)
{
	mode_t old = umask(0);
	struct state *state = fixture_open(STATE_READ_WRITE);
	(void)umask(old);
	cr_assert_eq(mode_of(NULL), 0700);
	cr_assert_eq(mode_of(".."), 0700);
	cr_assert_eq(mode_of(STATE_LOCK_FILE), 0600);
	cr_assert_eq(mode_of(STATE_DATA_FILE), 0600);
	cr_assert_eq(mode_of("lock.mdb"), 0600);
	state_close(&state);
}

Test(state_environment, what_was_written_is_there_again)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	uint32_t id = fixture_folder(state, "INBOX");
	fixture_fill(state, id, 1, 100);
	fixture_reopen(&state);
	cr_assert_eq(fixture_folder(state, "INBOX"), id);
	cr_assert_eq(fixture_count(state, id), 100);
	state_close(&state);
}

/* Passwords and tunnels come from programmes that we start. */
Test(state_environment, no_descriptor_is_inherited)
{
	static const enum state_mode modes[] = { STATE_READ_WRITE, STATE_READ_ONLY };
	for (size_t i = 0; i < COUNT(modes); i++) {
		bool before[64];
		for (int descriptor = 3; descriptor < 64; descriptor++)
			before[descriptor] = fcntl(descriptor, F_GETFD) >= 0;
		struct state *state = fixture_open(modes[i]);
		int opened = 0;
		for (int descriptor = 3; descriptor < 64; descriptor++) {
			int flags = fcntl(descriptor, F_GETFD);
			if (before[descriptor] || flags < 0)
				continue;
			opened++;
			cr_assert(flags & FD_CLOEXEC, "descriptor %d", descriptor);
		}
		cr_assert_gt(opened, 0);
		state_close(&state);
	}
}

static int open_descriptors(void)
{
	int count = 0;
	for (int descriptor = 0; descriptor < 64; descriptor++)
		count += fcntl(descriptor, F_GETFD) >= 0;
	return count;
}

Test(state_environment, nothing_of_it_stays_open)
{
	int before = open_descriptors();
	for (int i = 0; i < 2; i++) {
		struct state *state = fixture_open(i == 0 ? STATE_READ_WRITE : STATE_READ_ONLY);
		cr_assert_gt(open_descriptors(), before);
		state_close(&state);
		cr_expect_eq(open_descriptors(), before);
	}
}

Test(state_environment, close_takes_nothing)
{
	struct state *state = NULL;
	state_close(&state);
	state_close(NULL);
}

/* --- Reading only --- */

static int see_none(void *context, const struct state_folder *folder, struct error *error)
{
	(void)context;
	(void)folder;
	(void)error;
	cr_assert_fail("a folder in an empty state");
	return -1;
}

/* Every reading function must know the empty view. */
static void assert_empty(struct state *state)
{
	struct error error = ERROR_INITIAL;
	struct state_folder folder;
	struct state_message message;
	struct state_upload upload;
	const char *name;
	uint32_t number = 9;
	struct state_transaction *transaction = fixture_read(state);
	cr_assert_eq(state_folder_get(transaction, "INBOX", &folder, &error), 0);
	cr_assert_eq(state_folder_each(transaction, see_none, NULL, &error), 0);
	cr_assert_eq(state_message_by_uid(transaction, 1, 1, &message, &error), 0);
	cr_assert_eq(state_message_by_name(transaction, 1, "a", 1, &message, &error), 0);
	cr_assert_eq(state_message_next(transaction, 1, 0, &message, &error), 0);
	cr_assert_eq(state_message_count(transaction, 1, &number, &error), 0);
	cr_assert_eq(number, 0);
	cr_assert_eq(state_download_next(transaction, 1, 0, &number, &name, &error), 0);
	cr_assert_eq(state_upload_get(transaction, 1, "a", 1, &upload, &error), 0);
	number = 9;
	cr_assert_eq(state_upload_count(transaction, 1, &number, &error), 0);
	cr_assert_eq(number, 0);
	cr_assert_eq(error.kind, ERROR_NONE);
	state_read_end(&transaction);
	cr_assert_null(transaction);
	state_read_end(&transaction);
}

static int write_nothing(struct state_transaction *transaction, void *context, struct error *error)
{
	(void)transaction;
	(void)context;
	(void)error;
	return 0;
}

Test(state_environment, reading_creates_nothing)
{
	struct error error = ERROR_INITIAL;
	struct state *state = fixture_open(STATE_READ_ONLY);
	assert_empty(state);
	cr_assert_eq(state_write(state, write_nothing, NULL, &error), -1);
	cr_assert_not_null(strstr(error.text, "reading only"), "%s", error.text);
	state_close(&state);
	cr_assert_not(exists(fixture_directory()));
}

Test(state_environment, reading_where_the_directory_is_empty)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	state_close(&state);
	static const char *const files[] = { STATE_DATA_FILE, "lock.mdb", STATE_LOCK_FILE };
	for (size_t i = 0; i < COUNT(files); i++) {
		char *path = fixture_path(files[i]);
		cr_assert_eq(unlink(path), 0);
		free(path);
	}
	state = fixture_open(STATE_READ_ONLY);
	assert_empty(state);
	state_close(&state);
	for (size_t i = 0; i < COUNT(files); i++) {
		char *path = fixture_path(files[i]);
		cr_assert_not(exists(path), "%s", path);
		free(path);
	}
}

/* The run that creates it was killed: before the first page, and before the signature. */
Test(state_environment, half_created_is_empty)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	state_close(&state);
	char *data = fixture_path(STATE_DATA_FILE);
	for (int round = 0; round < 2; round++) {
		cr_assert_eq(unlink(data), 0);
		int descriptor = open(data, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		cr_assert_geq(descriptor, 0);
		cr_assert_eq(close(descriptor), 0);
		if (round == 1) {
			MDB_env *env;
			cr_assert_eq(mdb_env_create(&env), 0);
			cr_assert_eq(mdb_env_open(env, fixture_directory(), 0, 0600), 0);
			mdb_env_close(env);
		}
		state = fixture_open(STATE_READ_ONLY);
		assert_empty(state);
		state_close(&state);
		state = fixture_open(STATE_READ_WRITE);
		cr_assert_eq(fixture_folder(state, "INBOX"), 1);
		state_close(&state);
	}
	free(data);
}

Test(state_environment, reading_sees_what_is_there_and_may_not_write)
{
	struct error error = ERROR_INITIAL;
	struct state *state = fixture_open(STATE_READ_WRITE);
	uint32_t id = fixture_folder(state, "INBOX");
	fixture_fill(state, id, 1, 3);
	state_close(&state);
	state = fixture_open(STATE_READ_ONLY);
	cr_assert_eq(fixture_count(state, id), 3);
	cr_assert_eq(state_write(state, write_nothing, NULL, &error), -1);
	cr_assert_eq(error.kind, ERROR_FAILED);
	state_close(&state);
}

/* A reader that was killed would keep LMDB from using pages again, for ever. */
Test(state_environment, a_reader_that_died_is_forgotten)
{
	int ready[2];
	int dead = -1;
	char byte;
	struct state *state = fixture_open(STATE_READ_WRITE);
	uint32_t id = fixture_folder(state, "INBOX");
	state_close(&state);
	cr_assert_eq(pipe(ready), 0);
	pid_t child = fork();
	cr_assert_geq(child, 0);
	if (child == 0) {
		struct state_transaction *view;
		if (state_open(fixture_directory(), FIXTURE_KEY, STATE_READ_ONLY, 0, &state,
			       NULL) != 0 ||
		    state_read_begin(state, &view, NULL) != 0 || write(ready[1], "r", 1) != 1)
			_exit(1);
		(void)pause();
		_exit(0);
	}
	cr_assert_eq(read(ready[0], &byte, 1), 1);
	cr_assert_eq(kill(child, SIGKILL), 0);
	cr_assert_eq(waitpid(child, NULL, 0), child);
	state = fixture_open(STATE_READ_WRITE);
	cr_assert_eq(mdb_reader_check(state->env, &dead), 0);
	cr_assert_eq(dead, 0, "it is still there");
	cr_assert_eq(fixture_count(state, id), 0);
	state_close(&state);
}

/* --- What is not a state --- */

/* The first write of LMDB is of two pages; a run can be killed in its middle. */
Test(state_environment, one_that_was_only_begun_is_begun_again)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	state_close(&state);
	char *data = fixture_path(STATE_DATA_FILE);
	char *lock = fixture_path(STATE_LOCK_FILE);
	cr_assert_eq(truncate(data, sysconf(_SC_PAGESIZE)), 0);
	cr_assert_eq(truncate(lock, 0), 0);
	state = fixture_open(STATE_READ_ONLY);
	cr_assert(!state_exists(state));
	state_close(&state);
	state = fixture_open(STATE_READ_WRITE);
	cr_assert_eq(fixture_folder(state, "INBOX"), 1);
	state_close(&state);
	/* One of which a size was noted had more, and is refused. */
	cr_assert_eq(truncate(data, sysconf(_SC_PAGESIZE)), 0);
	fixture_refused(STATE_READ_WRITE, FIXTURE_KEY, ERROR_SAFETY, "is damaged");
	free(data);
	free(lock);
}

Test(state_environment, garbage_is_refused_in_both_modes)
{
	struct state *state = fixture_open(STATE_READ_WRITE);
	state_close(&state);
	char *data = fixture_path(STATE_DATA_FILE);
	int descriptor = open(data, O_WRONLY | O_CLOEXEC);
	char noise[8192];
	memset(noise, 'x', sizeof noise);
	cr_assert_geq(descriptor, 0);
	cr_assert_eq(pwrite(descriptor, noise, sizeof noise, 0), (ssize_t)sizeof noise);
	cr_assert_eq(close(descriptor), 0);
	free(data);
	fixture_refused(STATE_READ_WRITE, FIXTURE_KEY, ERROR_SAFETY, "can be moved away");
	fixture_refused(STATE_READ_ONLY, FIXTURE_KEY, ERROR_SAFETY, "can be moved away");
}

Test(state_environment, a_file_in_the_way_is_named)
{
	struct error error = ERROR_INITIAL;
	struct state *state = NULL;
	char *path = memory_format("%s/lock/below", fixture_directory());
	state = fixture_open(STATE_READ_WRITE);
	state_close(&state);
	cr_assert_eq(state_open(path, FIXTURE_KEY, STATE_READ_WRITE, 0, &state, &error), -1);
	cr_assert_eq(error.scope, SCOPE_ACCOUNT);
	cr_assert_not_null(strstr(error.text, fixture_directory()), "%s", error.text);
	cr_assert_eq(state_open(path, FIXTURE_KEY, STATE_READ_ONLY, 0, &state, &error), 0);
	assert_empty(state);
	state_close(&state);
	free(path);
}

/* --- The key of digests --- */

/* The digest of one body under the state's key. */
static struct body_digest digest_with(const struct state *state)
{
	struct body_digest body;
	struct message_digest *digest = message_digest_create(state_digest_key(state), false);
	message_digest_feed(digest, "A: 1\n\nx\n", 8);
	message_digest_finish(&digest, NULL, &body);
	return body;
}

static struct body_digest digest_opened(enum state_mode mode)
{
	struct state *state = fixture_open(mode);
	struct body_digest body = digest_with(state);
	state_close(&state);
	return body;
}

Test(state_environment, its_digest_key_stays)
{
	struct body_digest none = digest_opened(STATE_READ_ONLY);
	struct body_digest first = digest_opened(STATE_READ_WRITE);
	cr_expect_not(body_digest_equal(&none, &first), "where no state is, there is no key");
	for (int i = 0; i < 2; i++) {
		struct body_digest written = digest_opened(STATE_READ_WRITE);
		struct body_digest read = digest_opened(STATE_READ_ONLY);
		cr_expect(body_digest_equal(&first, &written));
		cr_expect(body_digest_equal(&first, &read));
	}
}

Test(state_environment, each_state_has_a_digest_key_of_its_own)
{
	struct body_digest first = digest_opened(STATE_READ_WRITE);
	fixture_end();
	struct body_digest second = digest_opened(STATE_READ_WRITE);
	cr_expect_not(body_digest_equal(&first, &second));
}

Test(state_environment, an_older_state_gets_a_digest_key_when_it_is_written)
{
	(void)digest_opened(STATE_READ_WRITE);
	fixture_make_format_5();
	struct body_digest first = digest_opened(STATE_READ_ONLY);
	struct body_digest second = digest_opened(STATE_READ_ONLY);
	cr_expect_not(body_digest_equal(&first, &second), "nothing was written");
	first = digest_opened(STATE_READ_WRITE);
	second = digest_opened(STATE_READ_ONLY);
	cr_expect(body_digest_equal(&first, &second));
}

Test(state_environment, a_damaged_digest_key_is_refused)
{
	(void)digest_opened(STATE_READ_WRITE);
	fixture_tamper("meta", "digest-key", 10, "short", 5);
	fixture_refused(STATE_READ_ONLY, FIXTURE_KEY, ERROR_SAFETY, "digests makes no sense");
	fixture_refused(STATE_READ_WRITE, FIXTURE_KEY, ERROR_SAFETY, "digests makes no sense");
}
