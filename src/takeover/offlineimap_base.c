/* What OfflineIMAP knows of one folder. SPDX-License-Identifier: GPL-3.0-or-later */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/path.h"
#include "mail/utf7.h"
#include "takeover/base.h"
#include "takeover/files.h"
#include "takeover/lock.h"
#include "takeover/offlineimap_state.h"
#include "takeover/read_file.h"

/* --- Names of its files --- */

/* NAME with dots for slashes, in modified UTF-7 where UTF7; the caller's. */
static char *dotted(const char *name, bool utf7)
{
	struct buffer encoded = BUFFER_INITIAL;
	if (!utf7 || !utf7_encode(&encoded, name, strlen(name)))
		buffer_clear(&encoded), buffer_add_text(&encoded, name);
	char *text = buffer_take(&encoded);
	for (char *byte = text; *byte != '\0'; byte++) {
		if (*byte == '/')
			*byte = '.';
	}
	return text;
}

/* The path of a file for a folder NAME, in the spelling in which it is there; the caller's. */
static char *find_path(const char *directory, const char *name)
{
	char *path = NULL;
	for (int utf7 = 0; utf7 < 2 && (!path || access(path, F_OK) != 0); utf7++) {
		char *file = dotted(name, utf7 == 1);
		free(path);
		path = path_join(directory, file);
		free(file);
	}
	return path;
}

static char *below(const struct takeover_source *source, const char *kind, const char *name,
		   const char *last)
{
	return memory_format("%s/%s-%s/%s", source->metadata, kind, name, last);
}

static int check_lock(const struct takeover_source *source, struct error *error)
{
	char *name = memory_format("%s/%s.lock", source->metadata, source->account);
	int result = takeover_check_lock(name, "OfflineIMAP", error);
	free(name);
	return result;
}

/* 1 read, 0 it knows nothing of the folder, -1 error. */
static int read_rows(const struct takeover_source *source, const char *local,
		     struct offlineimap_rows *rows, struct error *error)
{
	char *directory = below(source, "Account", source->account, "LocalStatus-sqlite");
	char *path = find_path(directory, local);
	char *text = NULL;
	int found = offlineimap_rows_read_sqlite(path, rows, error);
	free(path);
	free(directory);
	if (found != 0)
		return found;
	directory = below(source, "Account", source->account, "LocalStatus");
	path = find_path(directory, local);
	found = read_file(path, &text, error);
	if (found > 0 && offlineimap_rows_parse(text, rows, error) != 0)
		found = error_prefix(error, "the state %s", path);
	free(text);
	free(path);
	free(directory);
	return found;
}

static uint32_t read_validity(const struct takeover_source *source, const char *mailbox)
{
	struct error ignored = ERROR_INITIAL;
	char *directory = below(source, "Repository", source->remote, "FolderValidity");
	char *path = find_path(directory, mailbox);
	char *text = NULL;
	unsigned long long number = 0;
	if (read_file(path, &text, &ignored) > 0)
		number = strtoull(text, NULL, 10);
	free(text);
	free(path);
	free(directory);
	return number <= UINT32_MAX ? (uint32_t)number : 0;
}

/* --- Whose file it is --- */

#define MD5_TEXT 33

/* The folders' names whose MD5 may stand in the names of its files. */
struct marks {
	char texts[12][MD5_TEXT];
	size_t count;
};

static void add_mark(struct marks *marks, const char *name)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int length = 0;
	if (marks->count == sizeof marks->texts / sizeof *marks->texts ||
	    EVP_Digest(name, strlen(name), digest, &length, EVP_md5(), NULL) != 1)
		return;
	for (unsigned int i = 0; i < 16; i++)
		(void)snprintf(marks->texts[marks->count] + 2 * (size_t)i, 3, "%02x", digest[i]);
	marks->count++;
}

/* NAME with each of the separators that a repository may have, in both spellings. */
static void add_marks(struct marks *marks, const char *name)
{
	struct buffer encoded = BUFFER_INITIAL;
	char *dots = dotted(name, false);
	char *dots7 = dotted(name, true);
	add_mark(marks, name);
	add_mark(marks, dots);
	add_mark(marks, dots7);
	if (utf7_encode(&encoded, name, strlen(name)))
		add_mark(marks, buffer_text(&encoded));
	buffer_release(&encoded);
	free(dots);
	free(dots7);
}

/* A file that a reader moved here has the mark of the folder where it was, and its UID there. */
static uint32_t uid_of(void *context, const char *name)
{
	const struct marks *marks = context;
	const char *mark = strstr(name, ",FMD5=");
	if (!mark)
		return 0;
	for (size_t i = 0; i < marks->count; i++) {
		if (strncmp(mark + strlen(",FMD5="), marks->texts[i], MD5_TEXT - 1) == 0)
			return takeover_name_uid(name);
	}
	return 0;
}

/* --- The whole --- */

static uint32_t meant(const struct takeover_source *source)
{
	uint32_t flags = FLAGS_SYSTEM & ~FLAG_FORWARDED;
	for (unsigned int i = 0; i < FLAG_KEYWORD_COUNT; i++)
		flags |= source->keywords[i] ? FLAG_KEYWORD(i) : 0;
	return flags;
}

static void take_rows(const struct takeover_source *source, const struct offlineimap_rows *rows,
		      const struct takeover_files *files, struct takeover_base *base)
{
	for (size_t i = 0; i < rows->count; i++) {
		const struct offlineimap_row *row = &rows->items[i];
		const struct takeover_file *file = takeover_files_find(files, row->uid);
		if (row->uid >= base->uidnext)
			base->uidnext = row->uid + 1;
		if (file && file->doubled)
			base->doubtful++;
		else
			takeover_base_add(base, TAKEOVER_PAIR, row->uid, row->flags & meant(source),
					  file ? memory_text(file->name) : NULL,
					  file ? file->place : 1);
	}
	for (unsigned int i = 0; i < FLAG_KEYWORD_COUNT; i++)
		base->keywords[i] = source->keywords[i] ? memory_text(source->keywords[i]) : NULL;
}

int takeover_offlineimap_base(const struct takeover_source *source,
			      const struct takeover_place *place, struct takeover_base *base,
			      struct error *error)
{
	struct offlineimap_rows rows = { .items = NULL };
	struct takeover_files files = { .items = NULL };
	struct marks marks = { .count = 0 };
	int found = check_lock(source, error);
	if (found == 0)
		found = read_rows(source, place->local, &rows, error);
	add_mark(&marks, place->mailbox);
	add_marks(&marks, place->far);
	add_marks(&marks, place->local);
	if (found > 0 && takeover_files_read(place->path, uid_of, &marks, &files, error) != 0)
		found = -1;
	if (found > 0) {
		base->uidvalidity = read_validity(source, place->mailbox);
		take_rows(source, &rows, &files, base);
	}
	takeover_files_release(&files);
	offlineimap_rows_release(&rows);
	return found;
}
