/* Files of the user's that hold secrets. SPDX-License-Identifier: GPL-3.0-or-later */
#include "credential/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/path.h"

#define SIZE_MAX_READ ((size_t)1024 * 1024)

static int check(const char *path, const char *key, const struct stat *status, struct error *error)
{
	if (!S_ISREG(status->st_mode))
		return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT, "%s, named by %s, is no file",
				 path, key);
	if (status->st_uid != geteuid() && status->st_uid != 0)
		return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
				 "%s, named by %s, belongs to another user (number %u)", path, key,
				 (unsigned int)status->st_uid);
	if (status->st_mode & (S_IRWXG | S_IRWXO))
		return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
				 "others can read the secrets in %s, named by %s: chmod 600 it",
				 path, key);
	return 0;
}

static int read_all(int descriptor, const char *path, struct buffer *text, struct error *error)
{
	char bytes[4096];
	ssize_t got = 1;
	int reason = 0;
	while (got != 0 && text->length <= SIZE_MAX_READ && reason == 0) {
		got = read(descriptor, bytes, sizeof bytes);
		if (got > 0)
			buffer_add(text, bytes, (size_t)got);
		else if (got < 0 && errno != EINTR)
			reason = errno;
	}
	memory_wipe(bytes, sizeof bytes);
	if (reason != 0)
		return error_set_errno(error, ERROR_CONFIG, SCOPE_ACCOUNT, reason, "cannot read %s",
				       path);
	if (text->length > SIZE_MAX_READ)
		return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
				 "%s is too long for a file of passwords", path);
	return 0;
}

int secret_file_read(const char *path, const char *key, struct buffer *text, struct error *error)
{
	struct stat status;
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (descriptor < 0 || fstat(descriptor, &status) != 0) {
		(void)error_set_errno(error, ERROR_CONFIG, SCOPE_ACCOUNT, errno, /* always -1 */
				      "cannot read %s, named by %s", path, key);
		if (descriptor >= 0)
			(void)close(descriptor);
		return -1;
	}
	int result = check(path, key, &status, error);
	if (result == 0)
		result = read_all(descriptor, path, text, error);
	(void)close(descriptor); /* only read from */
	return result;
}

int secret_file_credential(const char *name, const char *account, char **secret_r,
			   struct error *error)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");
	struct buffer text = BUFFER_INITIAL;
	if (!directory || *directory != '/')
		return error_set(
			error, ERROR_CONFIG, SCOPE_ACCOUNT,
			"account %s has its password from systemd (password-credential), which "
			"gave this program none: run it as a unit that has \"LoadCredential=%s:"
			"FILE\" or LoadCredentialEncrypted=",
			account, name);
	char *path = path_join(directory, name);
	buffer_make_secret(&text);
	int result = secret_file_read(path, "password-credential", &text, error);
	size_t length = strcspn(buffer_text(&text), "\r\n");
	if (result == 0 && length == 0)
		result = error_set(
			error, ERROR_CONFIG, SCOPE_ACCOUNT,
			"the credential %s of account %s has no password in its first line", path,
			account);
	if (result == 0)
		*secret_r = memory_text_length(buffer_text(&text), length);
	buffer_release(&text);
	free(path);
	return result;
}
