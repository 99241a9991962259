/* Bringing new messages into a Maildir. SPDX-License-Identifier: GPL-3.0-or-later */
#include "maildir/delivery.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "maildir/name.h"
#include "maildir/private.h"

#define WRITE_SIZE (64u * 1024u)

struct maildir_delivery {
	const struct maildir *maildir;
	char *name; /* in tmp/ */
	int file;
	uint64_t wire_size;
	struct identity_reader *identity;
	struct message_digest *digest; /* NULL: without a key */
	struct file_stamp stamp;
	struct body_digest body;
	bool return_held;  /* a CR whose follower is not known yet */
	bool after_return; /* the byte before the held CR was a CR that was kept */
	size_t length;
	char *buffer; /* of WRITE_SIZE */
};

static int fail(const struct maildir_delivery *delivery, const char *what, int reason,
		struct error *error)
{
	enum error_scope scope = SCOPE_FOLDER;
	if (reason == ENOSPC || reason == EDQUOT) /* nor has it for other folders */
		scope = SCOPE_ACCOUNT;
	else if (reason == EFBIG) /* shorter messages fit */
		scope = SCOPE_MESSAGE;
	return error_set_errno(error, ERROR_FAILED, scope, reason, "cannot %s %s/tmp/%s", what,
			       delivery->maildir->path, delivery->name);
}

int maildir_delivery_begin(const struct maildir *maildir, struct maildir_delivery **delivery_r,
			   struct error *error)
{
	struct maildir_delivery *delivery = memory_allocate(sizeof *delivery);
	char *unique = maildir_name_unique();
	delivery->maildir = maildir;
	delivery->name = memory_format(MAILDIR_TEMPORARY_PREFIX "%s", unique);
	free(unique);
	delivery->file = openat(maildir->tmp, delivery->name,
				O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (delivery->file < 0) {
		(void)fail(delivery, "create", errno, error);
		free(delivery->name);
		free(delivery);
		return -1;
	}
	delivery->identity = identity_reader_create();
	delivery->buffer = memory_resize_array(NULL, WRITE_SIZE, 1);
	if (maildir->digest_key)
		delivery->digest = message_digest_create(maildir->digest_key, false);
	*delivery_r = delivery;
	return 0;
}

static int flush(struct maildir_delivery *delivery, struct error *error)
{
	size_t done = 0;
	if (delivery->digest)
		message_digest_feed(delivery->digest, delivery->buffer, delivery->length);
	while (done < delivery->length) {
		ssize_t wrote =
			write(delivery->file, delivery->buffer + done, delivery->length - done);
		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0) /* nothing written and no reason: do not try for ever */
			return fail(delivery, "write", wrote < 0 ? errno : EIO, error);
		done += (size_t)wrote;
	}
	delivery->length = 0;
	return 0;
}

static int put(struct maildir_delivery *delivery, const char *bytes, size_t length,
	       struct error *error)
{
	while (length > 0) {
		if (delivery->length == WRITE_SIZE && flush(delivery, error) != 0)
			return -1;
		size_t room = WRITE_SIZE - delivery->length;
		size_t part = length < room ? length : room;
		memcpy(delivery->buffer + delivery->length, bytes, part);
		delivery->length += part;
		bytes += part;
		length -= part;
	}
	return 0;
}

/* What becomes of a held CR, now that NEXT (-1: the end) follows it: it goes only as the CR of a
 * line end that no other CR stands before. */
static int settle_return(struct maildir_delivery *delivery, int next, struct error *error)
{
	bool dropped = next == '\n' && !delivery->after_return;
	delivery->return_held = false;
	delivery->after_return = !dropped;
	return dropped ? 0 : put(delivery, "\r", 1, error);
}

int maildir_delivery_write(struct maildir_delivery *delivery, const void *bytes, size_t length,
			   struct error *error)
{
	const char *from = bytes;
	const char *end = from + length;
	delivery->wire_size += length;
	if (!identity_reader_is_done(delivery->identity))
		identity_reader_feed(delivery->identity, bytes, length);
	while (from < end) {
		if (delivery->return_held && settle_return(delivery, *from, error) != 0)
			return -1;
		if (*from == '\r') {
			delivery->return_held = true;
			from++;
			continue;
		}
		const char *next = memchr(from, '\r', (size_t)(end - from));
		size_t run = (size_t)((next ? next : end) - from);
		if (put(delivery, from, run, error) != 0)
			return -1;
		delivery->after_return = false;
		from += run;
	}
	return 0;
}

static void destroy(struct maildir_delivery **delivery, bool remove_file)
{
	if ((*delivery)->file >= 0)
		(void)close((*delivery)->file);
	if (remove_file)
		(void)unlinkat((*delivery)->maildir->tmp, (*delivery)->name, 0);
	identity_reader_destroy(&(*delivery)->identity);
	message_digest_destroy(&(*delivery)->digest);
	free((*delivery)->buffer);
	free((*delivery)->name);
	free(*delivery);
	*delivery = NULL;
}

/* Without its stamp the file counts as never looked at, which does no harm. */
static void note_stamp(struct maildir_delivery *delivery)
{
	struct stat status;
	if (!delivery->digest)
		return;
	if (fstat(delivery->file, &status) == 0)
		maildir_stamp_of_status(&status, &delivery->stamp);
	message_digest_finish(&delivery->digest, &delivery->stamp, &delivery->body);
}

/* All bytes, the time and the result of close: on network file systems errors come that late. */
static int close_file(struct maildir_delivery *delivery, int64_t mtime, struct error *error)
{
	const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = (time_t)mtime } };
	if (delivery->return_held && settle_return(delivery, -1, error) != 0)
		return -1;
	if (flush(delivery, error) != 0)
		return -1;
	if (futimens(delivery->file, times) != 0)
		return fail(delivery, "set the date of", errno, error);
	note_stamp(delivery);
	int closed = close(delivery->file);
	delivery->file = -1;
	return closed == 0 || errno == EINTR ? 0 : fail(delivery, "write", errno, error);
}

int maildir_delivery_finish(struct maildir_delivery **delivery, int64_t mtime,
			    struct maildir_delivered *delivered_r, struct error *error)
{
	if (close_file(*delivery, mtime, error) != 0) {
		destroy(delivery, true);
		return -1;
	}
	delivered_r->temporary_name = memory_text((*delivery)->name);
	delivered_r->wire_size = (*delivery)->wire_size;
	delivered_r->file = (*delivery)->stamp;
	delivered_r->body = (*delivery)->body;
	delivered_r->identity = identity_reader_finish(&(*delivery)->identity);
	destroy(delivery, false);
	return 0;
}

void maildir_delivery_abort(struct maildir_delivery **delivery)
{
	if (delivery && *delivery)
		destroy(delivery, true);
}

/* ENOENT of a rename out of tmp/ also comes when a directory was removed under us. The message must
 * then not count as delivered. */
static bool file_is_gone(const struct maildir *maildir, const char *temporary_name)
{
	struct stat status;
	if (fstatat(maildir->tmp, temporary_name, &status, AT_SYMLINK_NOFOLLOW) == 0)
		return false;
	return errno == ENOENT && maildir_part_is_removed(maildir, maildir->tmp, "tmp") == 0;
}

/* Whether it fails so for any name. */
static enum error_scope scope_of(int reason)
{
	switch (reason) {
	case ENOSPC:
	case EDQUOT:
	case EROFS:
	case EACCES:
	case ENOENT: /* of a directory */
	case ENOTDIR:
	case ESTALE:
		return SCOPE_FOLDER;
	default:
		return SCOPE_MESSAGE;
	}
}

enum maildir_message_result maildir_delivery_publish(const struct maildir *maildir,
						     const char *temporary_name,
						     const struct maildir_location *location,
						     struct error *error)
{
	if (maildir_rename_exclusively(maildir->tmp, temporary_name,
				       maildir->places[location->place], location->name) == 0)
		return MAILDIR_MESSAGE_OK;
	int reason = errno;
	if (reason == ENOENT && file_is_gone(maildir, temporary_name))
		return MAILDIR_MESSAGE_GONE;
	if (!maildir_separator_is_refused(maildir, location->name, reason, error))
		(void)error_set_errno(error, ERROR_FAILED, scope_of(reason), reason,
				      "cannot put %s/tmp/%s into place as %s/%s", maildir->path,
				      temporary_name, maildir_place_name(location->place),
				      location->name);
	return MAILDIR_MESSAGE_ERROR;
}

bool maildir_delivery_waits(const struct maildir *maildir, const char *temporary_name)
{
	return faccessat(maildir->tmp, temporary_name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

enum maildir_message_result maildir_delivery_replace(const struct maildir *maildir,
						     const char *temporary_name,
						     const struct maildir_location *location,
						     struct error *error)
{
	if (maildir_rename_exchanging(maildir->tmp, temporary_name,
				      maildir->places[location->place], location->name) == 0) {
		/* What was replaced; where the file system cannot exchange it is gone already. */
		(void)unlinkat(maildir->tmp, temporary_name, 0);
		return MAILDIR_MESSAGE_OK;
	}
	int reason = errno;
	struct stat status;
	if (reason == ENOENT &&
	    fstatat(maildir->tmp, temporary_name, &status, AT_SYMLINK_NOFOLLOW) == 0)
		return MAILDIR_MESSAGE_GONE;
	(void)error_set_errno(error, ERROR_FAILED, SCOPE_MESSAGE, reason,
			      "cannot put %s/tmp/%s in the place of %s/%s", maildir->path,
			      temporary_name, maildir_place_name(location->place), location->name);
	return MAILDIR_MESSAGE_ERROR;
}

void maildir_delivery_discard(const struct maildir *maildir, const char *temporary_name)
{
	(void)unlinkat(maildir->tmp, temporary_name, 0);
}

int maildir_delivery_clean(const struct maildir *maildir,
			   bool (*keep)(void *context, const char *temporary_name), void *context,
			   struct error *error)
{
	DIR *stream = maildir_stream_open(maildir->tmp, maildir->path, "tmp", error);
	if (!stream)
		return -1;
	const struct dirent *entry;
	int result;
	while ((result = maildir_stream_next(stream, maildir->path, "tmp", &entry, error)) == 0 &&
	       entry) {
		if (text_starts_with(entry->d_name, MAILDIR_TEMPORARY_PREFIX) &&
		    !keep(context, entry->d_name))
			(void)unlinkat(maildir->tmp, entry->d_name, 0); /* else next time */
	}
	(void)closedir(stream); /* only read from */
	return result;
}
