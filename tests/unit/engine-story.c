/* What a run tells of itself, and what it leaves in the state, in words.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine-story.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "state/state.h"

/* --- What it tells --- */

#define COUNT_OF(name)                                    \
	{                                                 \
#name, offsetof(struct sync_counts, name) \
	}

static const struct {
	const char *name;
	size_t offset;
} counted[] = {
	COUNT_OF(downloaded), COUNT_OF(uploaded),   COUNT_OF(adopted),      COUNT_OF(fetched),
	COUNT_OF(near_flags), COUNT_OF(far_flags),  COUNT_OF(near_removed), COUNT_OF(far_removed),
	COUNT_OF(moved),      COUNT_OF(linked),     COUNT_OF(copied),       COUNT_OF(expired),
	COUNT_OF(skipped),    COUNT_OF(bytes_down), COUNT_OF(bytes_up),
};

static char *text_of(struct buffer *buffer)
{
	char *text = memory_text(buffer_text(buffer));
	buffer_release(buffer);
	return text;
}

static char *counts_of(const struct sync_counts *counts)
{
	struct buffer text = BUFFER_INITIAL;
	for (size_t i = 0; i < sizeof counted / sizeof *counted; i++) {
		uint64_t count;
		memcpy(&count, (const char *)counts + counted[i].offset, sizeof count);
		if (count != 0)
			buffer_add_format(&text, "%s%llu %s", text.length > 0 ? ", " : "",
					  (unsigned long long)count, counted[i].name);
	}
	return text_of(&text);
}

/* TEXT with "~" for the directory of the rig. */
static void add_said(const struct rig *rig, struct buffer *said, const char *text)
{
	const char *found;
	while ((found = strstr(text, rig->directory)) != NULL) {
		buffer_add(said, text, (size_t)(found - text));
		buffer_add_text(said, "~");
		text = found + strlen(rig->directory);
	}
	buffer_add_text(said, text);
}

static void add_file(const struct rig *rig, struct buffer *said, int file)
{
	char bytes[4096];
	ssize_t length;
	cr_assert_eq(lseek(file, 0, SEEK_SET), 0);
	while ((length = read(file, bytes, sizeof bytes - 1)) > 0) {
		bytes[length] = '\0';
		add_said(rig, said, bytes);
	}
}

struct story story_run(struct rig *rig, const struct sync_options *options)
{
	struct story story;
	struct buffer said = BUFFER_INITIAL;
	struct buffer progress = BUFFER_INITIAL;
	int own = dup(STDERR_FILENO);
	int file = memfd_create("stderr", MFD_CLOEXEC);
	cr_assert(own >= 0 && file >= 0 && dup2(file, STDERR_FILENO) == STDERR_FILENO);
	rig->progress = &progress;
	rig_run(rig, options);
	rig->progress = NULL;
	cr_assert_eq(dup2(own, STDERR_FILENO), STDERR_FILENO);
	add_file(rig, &said, file);
	add_said(rig, &said, rig->failures);
	(void)close(own);
	(void)close(file);
	cr_expect_eq(rig->progress_bytes,
		     rig->result.counts.bytes_down + rig->result.counts.bytes_up,
		     "%llu bytes in all", (unsigned long long)rig->progress_bytes);
	story.progress = text_of(&progress);
	story.counts = counts_of(&rig->result.counts);
	story.said = text_of(&said);
	return story;
}

void story_release(struct story *story)
{
	free(story->progress);
	free(story->counts);
	free(story->said);
}

void story_expect(struct rig *rig, const struct sync_options *options, const char *progress,
		  const char *counts, const char *said)
{
	struct story story = story_run(rig, options);
	if (progress)
		cr_expect_str_eq(story.progress, progress, "\n%s", story.progress);
	if (counts)
		cr_expect_str_eq(story.counts, counts, "\n%s", story.counts);
	if (said)
		cr_expect_str_eq(story.said, said, "\n%s", story.said);
	story_release(&story);
}

void story_expect_nothing(struct rig *rig)
{
	char *before = rig_names(rig);
	story_expect(rig, NULL, NULL, "", "");
	char *after = rig_names(rig);
	cr_expect_str_eq(before, after);
	cr_expect_eq(rig->effects, 0);
	cr_expect_eq(rig->result.worst, ERROR_NONE);
	free(before);
	free(after);
}

/* --- The state --- */

/* Without the day that it begins with. */
static void add_window(struct buffer *text, const char *window)
{
	const char *since = strstr(window, "since ");
	const char *rest = since ? since + strlen("since ") : window;
	buffer_add_text(text, since ? " window since then" : " window ");
	buffer_add_text(text, since ? rest + strspn(rest, "0123456789") : rest);
}

static void add_record(struct buffer *text, const struct state_folder *record)
{
	buffer_add_format(text, "next %u, %u there, %u withheld,%s%s", record->uidnext,
			  record->far_messages, record->far_withheld,
			  record->highestmodseq ? " far known" : "",
			  record->near_known ? " near known" : "");
	if (record->window)
		add_window(text, record->window);
	buffer_add_text(text, "\n");
}

static void add_flags(struct buffer *text, uint32_t flags)
{
	static const char letters[] = "SRFTDP"; /* in the order of the bits */
	for (size_t i = 0; letters[i]; i++) {
		if (flags & (1u << i))
			buffer_add(text, &letters[i], 1);
	}
	if (!(flags & FLAGS_SYSTEM))
		buffer_add_text(text, "-");
}

static void add_message(struct buffer *text, const struct state_message *message)
{
	buffer_add_format(text, "%u ", message->uid);
	add_flags(text, message->flags);
	buffer_add_format(text, " %s %llu%s%s%s%s", message->place == 0 ? "new" : "cur",
			  (unsigned long long)message->size,
			  file_stamp_is_known(&message->file) ? " file" : "",
			  message->body.known ? " body" : "",
			  identity_is_none(&message->identity) ? "" : " identity",
			  object_id_is_known(&message->object) ? " object" : "");
	if (message->absent)
		buffer_add_format(text, " absent %d", (int)message->absent);
	buffer_add_text(text, "\n");
}

static void add_messages(struct buffer *text, struct state_transaction *transaction, uint32_t id)
{
	struct state_message message;
	struct error error = ERROR_INITIAL;
	for (uint32_t from = 1; state_message_next(transaction, id, from, &message, &error) > 0;
	     from = message.uid + 1)
		add_message(text, &message);
	cr_assert_eq(error.kind, ERROR_NONE, "%s", error.text);
}

static void add_sets(struct buffer *text, struct state_transaction *transaction, uint32_t id)
{
	static const struct {
		enum state_set set;
		const char *name;
	} sets[] = { { STATE_OUTSIDE, "outside" }, { STATE_EXPIRING, "expiring" },
		     { STATE_STUBS, "stubs" },     { STATE_WANTED, "wanted" },
		     { STATE_MOVED, "moved" },     { STATE_WATCHED, "watched" } };
	struct error error = ERROR_INITIAL;
	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
		struct uid_set uids = UID_SET_INITIAL;
		cr_assert_eq(state_set_get(transaction, id, sets[i].set, &uids, &error), 0, "%s",
			     error.text);
		if (!uid_set_is_empty(&uids)) {
			buffer_add_format(text, "%s ", sets[i].name);
			uid_set_format(&uids, text);
			buffer_add_text(text, "\n");
		}
		uid_set_release(&uids);
	}
}

static void add_pending(struct buffer *text, struct state_transaction *transaction, uint32_t id)
{
	uint32_t downloads;
	uint32_t uploads;
	struct state_deferred deferred;
	struct error error = ERROR_INITIAL;
	cr_assert_eq(state_download_count(transaction, id, &downloads, &error), 0);
	cr_assert_eq(state_upload_count(transaction, id, &uploads, &error), 0);
	if (downloads > 0)
		buffer_add_format(text, "downloads %u\n", downloads);
	if (uploads > 0)
		buffer_add_format(text, "uploads %u\n", uploads);
	for (uint32_t from = 1; state_deferred_next(transaction, id, from, &deferred, &error) > 0;
	     from = deferred.uid + 1)
		buffer_add_format(text, "deferred %u: %u, %s%s\n", deferred.uid, deferred.failures,
				  deferred.ends_connection ? "ends the connection, " : "",
				  deferred.reason);
}

char *story_state(const struct rig *rig, const char *folder)
{
	char *path = memory_format("%s/navette/work", rig->directory);
	struct buffer text = BUFFER_INITIAL;
	struct error error = ERROR_INITIAL;
	struct state *state;
	struct state_transaction *transaction;
	struct state_folder record;
	cr_assert_eq(state_open_any(path, "me", STATE_READ_ONLY, 0, &state, &error), 0, "%s",
		     error.text);
	cr_assert_eq(state_read_begin(state, &transaction, &error), 0, "%s", error.text);
	if (state_folder_get(transaction, folder, &record, &error) > 0) {
		add_record(&text, &record);
		add_messages(&text, transaction, record.id);
		add_sets(&text, transaction, record.id);
		add_pending(&text, transaction, record.id);
		state_folder_release(&record);
	}
	state_read_end(&transaction);
	state_close(&state);
	free(path);
	return text_of(&text);
}

bool story_state_has(const struct rig *rig, const char *folder, const char *words)
{
	char *state = story_state(rig, folder);
	bool has = strstr(state, words) != NULL;
	free(state);
	return has;
}

void story_expect_state(const struct rig *rig, const char *folder, const char *expected)
{
	char *state = story_state(rig, folder);
	cr_expect_str_eq(state, expected, "\n%s", state);
	free(state);
}
