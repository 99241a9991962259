/* What a run did to files, written down for a hook. SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/change_list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"

/* On the disk: a first sync may have a million changes. */
#define USUAL_DIRECTORY "/var/tmp"
#define NOTHING "/dev/null"

const char *cli_change_word(enum sync_change_kind kind)
{
	switch (kind) {
	case SYNC_CHANGE_NEW:
		return "new";
	case SYNC_CHANGE_MOVED:
		return "moved";
	case SYNC_CHANGE_CHANGED:
		return "changed";
	case SYNC_CHANGE_GONE:
		break;
	}
	return "gone";
}

void cli_change_list_begin(struct cli_change_list *list, bool wanted)
{
	*list = (struct cli_change_list){ .wanted = wanted };
}

static void fail(struct cli_change_list *list, int reason)
{
	log_line(LOG_WARNING,
		 "cannot write down in %s which files changed: %s; hooks run without "
		 "NAVETTE_CHANGES",
		 list->path, strerror(reason));
	list->failed = true;
}

static bool open_file(struct cli_change_list *list)
{
	const char *directory = getenv("TMPDIR");
	if (list->file)
		return true;
	list->path = memory_format("%s/navette-changes.XXXXXX",
				   directory && *directory ? directory : USUAL_DIRECTORY);
	int file = mkostemp(list->path, O_CLOEXEC); /* mode 0600 */
	if (file >= 0)
		list->file = fdopen(file, "w");
	if (list->file)
		return true;
	fail(list, errno);
	if (file >= 0) {
		(void)unlink(list->path);
		(void)close(file);
	}
	return false;
}

void cli_change_list_add(struct cli_change_list *list, const struct sync_change *change)
{
	const char *const texts[] = { cli_change_word(change->kind), change->path,
				      change->from ? change->from : "" };
	if (!list->wanted || list->failed || !open_file(list))
		return;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		size_t length = strlen(texts[i]) + 1;
		if (fwrite(texts[i], 1, length, list->file) != length) {
			fail(list, errno);
			return;
		}
	}
}

const char *cli_change_list_path(struct cli_change_list *list)
{
	if (list->file && !list->failed && fflush(list->file) != 0)
		fail(list, errno);
	if (list->failed)
		return NULL;
	return list->file ? list->path : NOTHING;
}

void cli_change_list_end(struct cli_change_list *list)
{
	if (list->file) {
		(void)fclose(list->file); /* whether all was written is known */
		(void)unlink(list->path);
	}
	free(list->path);
	*list = (struct cli_change_list){ .wanted = false };
}
