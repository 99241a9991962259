/* Finding, renaming and removing the files of messages. SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "maildir/message.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "mail/flags.h"
#include "maildir/name.h"
#include "maildir/private.h"
#include "maildir/scan.h"

/* --- Finding --- */

#define FIND_TRIES 3

struct search {
	struct maildir_name wanted;
	struct maildir_location *location;
	bool found;
};

static int see_entry(void *context, const struct maildir_entry *entry, struct error *error)
{
	struct search *search = context;
	struct maildir_name name;
	(void)error;
	maildir_name_parse(entry->name, &name);
	if (name.base_length != search->wanted.base_length ||
	    memcmp(name.base, search->wanted.base, name.base_length) != 0)
		return 0;
	search->found = true;
	search->location->place = entry->place;
	search->location->name = memory_text(entry->name);
	return -1; /* no need to go on */
}

enum maildir_message_result maildir_message_find(const struct maildir *maildir, const char *name,
						 struct maildir_location *location_r,
						 struct error *error)
{
	struct search search = { .location = location_r };
	bool stable = false;
	maildir_name_parse(name, &search.wanted);
	/* One scan may miss a file that is renamed again meanwhile. */
	for (unsigned int tried = 0; tried < FIND_TRIES && !stable; tried++) {
		int result = maildir_scan(maildir, see_entry, &search, &stable, NULL, error);
		if (search.found)
			return MAILDIR_MESSAGE_OK;
		if (result != 0)
			return MAILDIR_MESSAGE_ERROR;
	}
	return MAILDIR_MESSAGE_GONE;
}

bool maildir_message_exists(const struct maildir *maildir, const struct maildir_location *location)
{
	return faccessat(maildir->places[location->place], location->name, F_OK,
			 AT_SYMLINK_NOFOLLOW) == 0;
}

uint64_t maildir_message_size(const struct maildir *maildir,
			      const struct maildir_location *location)
{
	struct stat status;
	if (fstatat(maildir->places[location->place], location->name, &status,
		    AT_SYMLINK_NOFOLLOW) != 0)
		return UINT64_MAX;
	return (uint64_t)status.st_size;
}

bool maildir_message_stamp(const struct maildir *maildir, const struct maildir_location *location,
			   struct file_stamp *stamp)
{
	struct stat status;
	if (fstatat(maildir->places[location->place], location->name, &status, 0) != 0 ||
	    !S_ISREG(status.st_mode))
		return false;
	maildir_stamp_of_status(&status, stamp);
	return true;
}

/* --- Renaming --- */

/* Takes ownership of NAME. */
static enum maildir_message_result move_to(const struct maildir *maildir,
					   const struct maildir_location *location,
					   enum maildir_place place, char *name,
					   struct maildir_location *location_r, struct error *error)
{
	bool same = place == location->place && strcmp(name, location->name) == 0;
	if (!same && maildir_rename_exclusively(maildir->places[location->place], location->name,
						maildir->places[place], name) != 0) {
		int reason = errno;
		bool gone = reason == ENOENT && !maildir_message_exists(maildir, location);
		if (!gone && !maildir_separator_is_refused(maildir, name, reason, error))
			(void)error_set_errno(error, ERROR_FAILED, SCOPE_MESSAGE, reason,
					      "cannot rename %s/%s/%s to %s/%s", maildir->path,
					      maildir_place_name(location->place), location->name,
					      maildir_place_name(place), name);
		free(name);
		return gone ? MAILDIR_MESSAGE_GONE : MAILDIR_MESSAGE_ERROR;
	}
	*location_r = (struct maildir_location){ .place = place, .name = name };
	return MAILDIR_MESSAGE_OK;
}

enum maildir_message_result maildir_message_set_flags(const struct maildir *maildir,
						      const struct maildir_location *location,
						      uint32_t flags, uint32_t managed,
						      struct maildir_location *location_r,
						      struct error *error)
{
	struct maildir_name old;
	maildir_name_parse(location->name, &old);
	bool changed = ((old.flags ^ flags) & managed) != 0;
	bool stays_new = location->place == MAILDIR_NEW && !changed && !(flags & FLAG_SEEN);
	char *name = changed ? maildir_name_with_flags(location->name, flags, managed,
						       maildir->separator)
			     : memory_text(location->name);
	return move_to(maildir, location, stays_new ? MAILDIR_NEW : MAILDIR_CUR, name, location_r,
		       error);
}

enum maildir_message_result maildir_message_rename_unique(const struct maildir *maildir,
							  const struct maildir_location *location,
							  struct maildir_location *location_r,
							  struct error *error)
{
	return move_to(maildir, location, location->place, maildir_name_anew(location->name),
		       location_r, error);
}

enum maildir_message_result maildir_message_rename(const struct maildir *maildir,
						   const struct maildir_location *location,
						   const char *name, struct error *error)
{
	struct maildir_location now;
	enum maildir_message_result result =
		move_to(maildir, location, location->place, memory_text(name), &now, error);
	if (result == MAILDIR_MESSAGE_OK)
		free(now.name);
	return result;
}

enum maildir_message_result maildir_message_bring(const struct maildir *maildir,
						  const struct maildir_location *to,
						  const struct maildir *from,
						  const struct maildir_location *location,
						  struct error *error)
{
	if (maildir_rename_exclusively(from->places[location->place], location->name,
				       maildir->places[to->place], to->name) == 0)
		return MAILDIR_MESSAGE_OK;
	int reason = errno;
	if (reason == ENOENT && !maildir_message_exists(from, location))
		return MAILDIR_MESSAGE_GONE;
	if (!maildir_separator_is_refused(maildir, to->name, reason, error))
		(void)error_set_errno(error, ERROR_FAILED, SCOPE_MESSAGE, reason,
				      "cannot rename %s/%s/%s to %s/%s/%s", from->path,
				      maildir_place_name(location->place), location->name,
				      maildir->path, maildir_place_name(to->place), to->name);
	return MAILDIR_MESSAGE_ERROR;
}

int64_t maildir_message_change_ns(const struct maildir *maildir,
				  const struct maildir_location *location)
{
	struct stat status;
	if (fstatat(maildir->places[location->place], location->name, &status,
		    AT_SYMLINK_NOFOLLOW) != 0)
		return 0;
	return (int64_t)status.st_ctim.tv_sec * 1000000000 + status.st_ctim.tv_nsec;
}

/* --- Removing --- */

enum maildir_message_result maildir_message_remove(const struct maildir *maildir,
						   const struct maildir_location *location,
						   struct error *error)
{
	if (unlinkat(maildir->places[location->place], location->name, 0) == 0)
		return MAILDIR_MESSAGE_OK;
	if (errno == ENOENT)
		return MAILDIR_MESSAGE_GONE;
	(void)error_set_errno(error, ERROR_FAILED, SCOPE_MESSAGE, errno, "cannot remove %s/%s/%s",
			      maildir->path, maildir_place_name(location->place), location->name);
	return MAILDIR_MESSAGE_ERROR;
}
