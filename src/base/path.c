/* Paths of any length. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/memory.h"

#define PASSWD_ENTRY_MAX (1024 * 1024) /* directories of users can hold long entries */

char *path_join(const char *directory, const char *name)
{
	size_t length = strlen(directory);
	bool slash = length > 0 && directory[length - 1] == '/';
	return memory_format("%s%s%s", directory, slash ? "" : "/", name);
}

void path_tidy(char *path)
{
	char *out = path;
	for (const char *in = path; *in; in++)
		if (*in != '/' || out == path || out[-1] != '/')
			*out++ = *in;
	if (out > path + 1 && out[-1] == '/')
		out--;
	*out = '\0';
}

/* The home of USER ("" is the one who runs this); NULL when unknown. The caller owns it. */
static char *home_of(const char *user)
{
	const char *home = *user == '\0' ? getenv("HOME") : NULL;
	if (home && *home)
		return memory_text(home);
	char *buffer = NULL;
	struct passwd entry;
	struct passwd *found = NULL;
	int result = ERANGE;
	for (size_t size = 1024; result == ERANGE && size <= PASSWD_ENTRY_MAX; size *= 2) {
		buffer = memory_resize_array(buffer, size, 1);
		result = *user == '\0' ? getpwuid_r(getuid(), &entry, buffer, size, &found)
				       : getpwnam_r(user, &entry, buffer, size, &found);
	}
	char *directory = result == 0 && found ? memory_text(found->pw_dir) : NULL;
	free(buffer);
	return directory;
}

static int expand_home(const char **rest, struct buffer *out, struct error *error)
{
	size_t length = strcspn(*rest + 1, "/");
	char *user = memory_text_length(*rest + 1, length);
	char *home = home_of(user);
	int result = 0;
	if (home)
		buffer_add_text(out, home);
	else
		result = error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
				   "the home directory of ~%s is not known; write the path in full",
				   user);
	*rest += 1 + length;
	free(home);
	free(user);
	return result;
}

static bool is_name_byte(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
	       (byte >= '0' && byte <= '9') || byte == '_';
}

/* $NAME or ${NAME} at *rest; a $ before anything else stands for itself. */
static int expand_variable(const char **rest, struct buffer *out, struct error *error)
{
	const char *start = *rest + 1;
	bool braces = *start == '{';
	if (braces)
		start++;
	const char *end = start;
	while (is_name_byte(*end))
		end++;
	if (end == start || (braces && *end != '}')) {
		buffer_add_byte(out, '$');
		(*rest)++;
		return 0;
	}
	char *name = memory_text_length(start, (size_t)(end - start));
	const char *value = getenv(name);
	int result = 0;
	if (value)
		buffer_add_text(out, value);
	else
		result = error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
				   "the environment variable %s is not set", name);
	free(name);
	*rest = end + (braces ? 1 : 0);
	return result;
}

int path_expand(const char *path, char **expanded_r, struct error *error)
{
	struct buffer out = BUFFER_INITIAL;
	const char *rest = path;
	int result = 0;
	if (*rest == '~')
		result = expand_home(&rest, &out, error);
	while (result == 0 && *rest) {
		if (*rest == '$')
			result = expand_variable(&rest, &out, error);
		else
			buffer_add_byte(&out, *rest++);
	}
	if (result != 0) {
		buffer_release(&out);
		return -1;
	}
	*expanded_r = buffer_take(&out);
	path_tidy(*expanded_r);
	return 0;
}

bool path_free_bytes(const char *path, uint64_t *bytes_r)
{
	struct statvfs status;
	if (statvfs(path, &status) != 0 || status.f_blocks == 0)
		return false;
	*bytes_r = (uint64_t)status.f_bavail * status.f_frsize;
	return true;
}

int path_sync_directory(const char *path, struct error *error)
{
	int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result;
	if (descriptor < 0)
		return error_set_errno(error, ERROR_FAILED, SCOPE_FOLDER, errno,
				       "cannot open the directory %s", path);
	do {
		result = fsync(descriptor);
	} while (result != 0 && errno == EINTR);
	/* Some file systems cannot sync a directory and say EINVAL: then there is nothing to do. */
	if (result != 0 && errno != EINVAL)
		result = error_set_errno(error, ERROR_FAILED, SCOPE_FOLDER, errno,
					 "cannot make the directory %s durable", path);
	else
		result = 0;
	(void)close(descriptor); /* nothing was written through it */
	return result;
}

static int make_directory(const char *path, const char *parent, struct error *error)
{
	if (mkdir(path, 0700) != 0) {
		int reason = errno;
		struct stat status;
		if (reason == EEXIST && stat(path, &status) == 0 && S_ISDIR(status.st_mode))
			return 0;
		return error_set_errno(error, ERROR_FAILED, SCOPE_FOLDER, reason,
				       "cannot make the directory %s", path);
	}
	/* The entry of a new directory: the directory itself and the one it stands in. */
	if (path_sync_directory(path, error) != 0)
		return -1;
	return path_sync_directory(parent, error);
}

int path_make_directories(const char *path, struct error *error)
{
	struct stat status;
	if (*path == '\0')
		return error_set_errno(error, ERROR_FAILED, SCOPE_FOLDER, ENOENT,
				       "cannot make a directory without a name");
	if (stat(path, &status) == 0) {
		if (S_ISDIR(status.st_mode))
			return 0;
	} else if (errno != ENOENT && errno != ENOTDIR) { /* it may be there */
		return error_set_errno(error, ERROR_FAILED, SCOPE_FOLDER, errno,
				       "cannot look at the directory %s", path);
	}
	char *parent = memory_text(path);
	char *slash = strrchr(parent, '/');
	while (slash && slash > parent && slash[1] == '\0') { /* "a/b/" */
		*slash = '\0';
		slash = strrchr(parent, '/');
	}
	if (!slash)
		memcpy(parent, ".", 2);
	else
		slash[slash == parent ? 1 : 0] = '\0';
	int result = 0;
	if (strcmp(parent, path) != 0 && strcmp(parent, ".") != 0)
		result = path_make_directories(parent, error);
	if (result == 0)
		result = make_directory(path, parent, error);
	free(parent);
	return result;
}

/* "$VARIABLE/navette", or "HOME/fallback/navette" when it is not set to an absolute path. */
static char *xdg_directory(const char *variable, const char *fallback)
{
	const char *value = getenv(variable);
	char *home = value && *value == '/' ? NULL : home_of("");
	char *base = value && *value == '/' ? memory_text(value)
					    : path_join(home ? home : "/", fallback);
	char *directory = path_join(base, "navette");
	path_tidy(directory);
	free(base);
	free(home);
	return directory;
}

char *path_config_directory(void)
{
	return xdg_directory("XDG_CONFIG_HOME", ".config");
}

char *path_state_directory(void)
{
	return xdg_directory("XDG_STATE_HOME", ".local/state");
}
