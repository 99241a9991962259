/* Files of drafts that a state of before knows nothing of. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "mail/mailbox_attribute.h"
#include "maildir-place.h"
#include "state-fixture.h"
#include "sync/folder.h"
#include "sync/observe/content.h"
#include "sync/observe/watch.h"

static void begin(void)
{
	place_make();
}

static void end(void)
{
	place_remove();
	fixture_end();
}

TestSuite(sync_watch, .init = begin, .fini = end);

#define NAME "1.x:2,S"

static int put(struct state_transaction *transaction, void *context, struct error *error)
{
	return state_message_put(transaction, 1, context, error);
}

/* A drafts folder with one message, as it was recorded. */
static struct sync_folder look_at(struct sync_context *context, struct folder_view *view,
				  struct state_message *message)
{
	struct sync_folder folder = { .context = context,
				      .target = { .view = view },
				      .base = { .record = { .id = 1 } } };
	struct error error = ERROR_INITIAL;
	place_write_text("m/cur/" NAME, "Subject: x\n\ntext\n");
	fixture_write(context->state, put, message);
	folder.transfer.maildir = place_maildir("m");
	cr_assert_eq(sync_watch_look(&folder, &error), 0, "%s", error.text);
	return folder;
}

/* It is read once, as what it is then; another content is a new version from then on. */
Test(sync_watch, drafts_of_an_older_state_are_filled_when_they_are_seen)
{
	struct config_channel channel = { .rules = { .push = CONFIG_KINDS_ALL } };
	struct folder_view view = { .channel = &channel, .attributes = MAILBOX_DRAFTS };
	struct sync_context context = { .state = fixture_open(STATE_READ_WRITE) };
	struct state_message message = {
		.uid = 1, .flags = FLAG_SEEN, .place = MAILDIR_CUR, .name = NAME, .base_length = 3
	};
	const struct maildir_entry entry = { .place = MAILDIR_CUR, .name = NAME };
	struct near_content_facts facts = { .file = { .inode = 0 } };
	cr_assert_eq(fixture_folder(context.state, "Drafts"), 1);
	maildir_close(&(struct maildir *){ place_maildir("m") });
	struct sync_folder folder = look_at(&context, &view, &message);
	struct content_scan scan = { .folder = &folder };
	cr_assert(uid_set_contains(&folder.base.watched, 1));
	cr_assert_eq(content_look(&scan, &entry, &message, &facts), NEAR_CONTENT_TOUCHED);
	cr_assert(file_stamp_is_known(&facts.file));
	cr_assert_not(facts.body.known, "that may be another than the server's");
	message.file = facts.file;
	place_write_text("m/cur/" NAME, "Subject: x\n\nother text\n");
	cr_assert_eq(content_look(&scan, &entry, &message, &facts), NEAR_CONTENT_EDITED);
	uid_set_release(&folder.base.watched);
	maildir_close(&folder.transfer.maildir);
	state_close(&context.state);
}

/* As a run of before recorded it. */
static void digest_by_sha256(struct state_message *message, const char *text)
{
	struct file_digest *digest = file_digest_create();
	file_digest_feed(digest, text, strlen(text));
	file_digest_finish(&digest, &message->file);
	message->file.inode = 1;
	message->file.size = strlen(text);
}

Test(sync_watch, files_of_records_of_before_are_compared_by_their_digest)
{
	struct config_channel channel = { .rules = { .push = CONFIG_KINDS_ALL } };
	struct folder_view view = { .channel = &channel, .attributes = MAILBOX_DRAFTS };
	struct sync_context context = { .state = fixture_open(STATE_READ_WRITE) };
	struct state_message message = {
		.uid = 1, .flags = FLAG_SEEN, .place = MAILDIR_CUR, .name = NAME, .base_length = 3
	};
	const struct maildir_entry entry = { .place = MAILDIR_CUR, .name = NAME };
	const struct maildir_location location = { .place = MAILDIR_CUR, .name = (char *)NAME };
	struct near_content_facts facts = { .file = { .inode = 0 } };
	cr_assert_eq(fixture_folder(context.state, "Drafts"), 1);
	maildir_close(&(struct maildir *){ place_maildir("m") });
	digest_by_sha256(&message, "Subject: x\n\ntext\n");
	struct sync_folder folder = look_at(&context, &view, &message);
	struct content_scan scan = { .folder = &folder, .all = true };
	cr_expect_eq(content_look(&scan, &entry, &message, &facts), NEAR_CONTENT_TOUCHED);
	cr_expect_neq(facts.file.kind, FILE_DIGEST_SHA256, "the next comparison needs none");
	cr_expect(facts.body.known);
	cr_expect_not(content_is_only_here(&folder, &location, &message));
	place_write_text("m/cur/" NAME, "Subject: x\n\nTEXT\n");
	cr_expect_eq(content_look(&scan, &entry, &message, &facts), NEAR_CONTENT_EDITED);
	cr_expect(content_is_only_here(&folder, &location, &message));
	uid_set_release(&folder.base.watched);
	maildir_close(&folder.transfer.maildir);
	state_close(&context.state);
}
