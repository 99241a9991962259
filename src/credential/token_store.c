/* Where the tokens of an account are kept. SPDX-License-Identifier: GPL-3.0-or-later */
#include "credential/token_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/path.h"
#include "credential/keyring.h"
#include "credential/token_file.h"

/* In the directory of all states, where no account can have this name. Not in the account's own: a
 * state that is rebuilt is no reason for a new login. */
#define DIRECTORY_NAME ".tokens"
#define LOCK_SUFFIX ":lock" /* which no account's name ends with */
#define POLL_MS 50

static char *directory_path(void)
{
	char *root = path_state_directory();
	char *directory = path_join(root, DIRECTORY_NAME);
	free(root);
	return directory;
}

static char *path_of(const struct config_account *account, const char *suffix)
{
	char *directory = directory_path();
	char *path = memory_format("%s/%s%s", directory, account->name, suffix);
	free(directory);
	return path;
}

/* --- The lock --- */

static int make_directory(struct error *error)
{
	char *directory = directory_path();
	int result = path_make_directories(directory, error);
	free(directory);
	return result == 0 ? 0 : error_widen(error, SCOPE_ACCOUNT);
}

/* 0, or -1 with errno. Of the open file and not of the process: it keeps off other threads too. */
static int try_lock(int descriptor)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	return fcntl(descriptor, F_OFD_SETLK, &whole);
}

static int wait_for_lock(int descriptor, const struct config_account *account,
			 unsigned int timeout_seconds, const atomic_bool *cancel,
			 struct error *error)
{
	int64_t give_up = clock_monotonic_ms() + (int64_t)timeout_seconds * 1000;
	while (try_lock(descriptor) != 0) {
		if (errno != EACCES && errno != EAGAIN && errno != EINTR)
			return error_set_errno(error, ERROR_FAILED, SCOPE_ACCOUNT, errno,
					       "cannot lock the tokens of account %s",
					       account->name);
		if (clock_monotonic_ms() >= give_up)
			return error_set(
				error, ERROR_TEMPORARY, SCOPE_ACCOUNT,
				"another navette has been renewing the tokens of account %s "
				"for too long; try again later",
				account->name);
		if (!clock_sleep(POLL_MS, cancel))
			return error_set(error, ERROR_TEMPORARY, SCOPE_ACCOUNT,
					 "stopped by a signal; run again");
	}
	return 0;
}

int token_store_lock(const struct config_account *account, unsigned int timeout_seconds,
		     const atomic_bool *cancel, int *lock_r, struct error *error)
{
	if (make_directory(error) != 0)
		return -1;
	char *path = path_of(account, LOCK_SUFFIX);
	int result = -1;
	*lock_r = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (*lock_r < 0)
		(void)error_set_errno(error, ERROR_FAILED, SCOPE_ACCOUNT, errno, /* always -1 */
				      "cannot open the lock %s", path);
	else
		result = wait_for_lock(*lock_r, account, timeout_seconds, cancel, error);
	if (result != 0 && *lock_r >= 0)
		(void)close(*lock_r);
	free(path);
	return result;
}

void token_store_unlock(int lock)
{
	(void)close(lock); /* which gives it up; nothing was written through it */
}

/* --- What is kept --- */

static bool is_in_keyring(const struct config_account *account)
{
	return account->oauth.store == CONFIG_TOKEN_STORE_KEYRING;
}

static struct keyring_item item_of(const struct config_account *account)
{
	return (struct keyring_item){ .attributes = { { "application", "navette" },
						      { "kind", "oauth-token" },
						      { "account", account->name } } };
}

static int read_keyring(const struct config_account *account, struct buffer *text, bool *found_r,
			struct error *error)
{
	const struct keyring_item item = item_of(account);
	char *secret;
	if (keyring_read(&item, false, &secret, error) != 0)
		return -1;
	*found_r = secret != NULL;
	buffer_add_text(text, secret ? secret : "");
	memory_free_secret(secret);
	return 0;
}

static int refuse_content(const struct config_account *account, struct error *error)
{
	return error_set(error, ERROR_LOGIN, SCOPE_ACCOUNT,
			 "what is kept as tokens of account %s makes no sense: run \"navette login "
			 "%s\"",
			 account->name, account->name);
}

int token_store_read(const struct config_account *account, struct token *token_r, bool *found_r,
		     struct error *error)
{
	struct buffer text = BUFFER_INITIAL;
	char *path = path_of(account, "");
	buffer_make_secret(&text);
	int result = is_in_keyring(account) ? read_keyring(account, &text, found_r, error)
					    : token_file_read(path, &text, found_r, error);
	if (result == 0 && *found_r && !token_read(buffer_text(&text), text.length, token_r)) {
		token_release(token_r);
		result = refuse_content(account, error);
	}
	buffer_release(&text);
	free(path);
	return result;
}

int token_store_make_room(const struct config_account *account, int *room_r, struct error *error)
{
	*room_r = -1;
	if (is_in_keyring(account))
		return 0;
	char *path = path_of(account, "");
	int result = token_file_make_room(path, room_r, error);
	free(path);
	return result;
}

void token_store_give_up_room(const struct config_account *account, int room)
{
	char *path = path_of(account, "");
	if (room >= 0)
		token_file_give_up_room(path, room);
	free(path);
}

int token_store_write(const struct config_account *account, const struct token *token, int room,
		      bool asking, struct error *error)
{
	const struct keyring_item item = item_of(account);
	char *path = path_of(account, "");
	char *label = memory_format("navette: tokens of account %s", account->name);
	char *text = token_print(token);
	int result = is_in_keyring(account) ? keyring_write(&item, label, text, asking, error)
					    : token_file_write(path, room, text, error);
	memory_free_secret(text);
	free(label);
	free(path);
	return result;
}

int token_store_remove(const struct config_account *account, bool *had_r, struct error *error)
{
	const struct keyring_item item = item_of(account);
	char *path = path_of(account, "");
	int result = is_in_keyring(account) ? keyring_remove(&item, had_r, error)
					    : token_file_remove(path, had_r, error);
	free(path);
	return result;
}
