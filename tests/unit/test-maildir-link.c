/* A message that is here already comes into another Maildir. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "maildir-place.h"
#include "maildir/delivery.h"
#include "maildir/private.h"

TestSuite(maildir_link, .init = place_make, .fini = place_remove);

static struct stat status_of(const char *name)
{
	struct stat status;
	char *path = place_join(name);
	cr_assert_eq(lstat(path, &status), 0, "%s", name);
	free(path);
	return status;
}

struct linked {
	struct maildir *from, *to;
	struct file_stamp file;
	char *name; /* in tmp/ */
};

static enum maildir_message_result link_one(struct linked *linked, bool as_copy)
{
	struct error error = ERROR_INITIAL;
	const struct maildir_location location = { .place = MAILDIR_CUR, .name = (char *)"m:2,S" };
	return maildir_delivery_link(linked->to, linked->from, &location, as_copy, &linked->name,
				     &linked->file, &error);
}

static struct linked make(void)
{
	struct linked linked = { .from = place_maildir("a"), .to = place_maildir("b") };
	place_write_text("a/cur/m:2,S", "Subject: x\n\ntext\n");
	place_set_time("a/cur/m:2,S", 1000000000, 5000);
	return linked;
}

static void end(struct linked *linked)
{
	maildir_close(&linked->from);
	maildir_close(&linked->to);
	free(linked->name);
}

Test(maildir_link, is_the_same_file_under_another_name)
{
	struct linked linked = make();
	struct stat status = status_of("a/cur/m:2,S");
	cr_assert_eq(link_one(&linked, false), MAILDIR_MESSAGE_OK);
	cr_expect(text_starts_with(linked.name, "navette."));
	cr_expect_eq(linked.file.inode, status.st_ino);
	cr_expect_eq(linked.file.size, 17);
	cr_expect_eq(linked.file.mtime_ns, INT64_C(1000000000000005000));
	cr_expect_eq(status_of("a/cur/m:2,S").st_nlink, 2);
	maildir_delivery_discard(linked.to, linked.name);
	cr_expect_eq(status_of("a/cur/m:2,S").st_nlink, 1);
	end(&linked);
}

Test(maildir_link, a_copy_is_a_file_of_its_own_with_the_same_time)
{
	size_t length;
	struct linked linked = make();
	struct error error = ERROR_INITIAL;
	cr_assert_eq(link_one(&linked, true), MAILDIR_MESSAGE_OK);
	const struct maildir_location place = { .place = MAILDIR_NEW, .name = (char *)"n" };
	cr_assert_eq(maildir_delivery_publish(linked.to, linked.name, &place, &error),
		     MAILDIR_MESSAGE_OK);
	struct stat status = status_of("b/new/n");
	cr_expect_neq(status.st_ino, status_of("a/cur/m:2,S").st_ino);
	cr_expect_eq(status.st_ino, linked.file.inode);
	cr_expect_eq(linked.file.mtime_ns, INT64_C(1000000000000005000));
	cr_expect_eq(status.st_mtim.tv_sec, 1000000000);
	cr_expect_eq(status.st_mode & 07777, 0600);
	char *text = place_read("b/new/n", &length);
	cr_expect_str_eq(text, "Subject: x\n\ntext\n");
	free(text);
	end(&linked);
}

Test(maildir_link, what_is_not_there_leaves_nothing)
{
	struct linked linked = make();
	for (int as_copy = 0; as_copy <= 1; as_copy++) {
		char *path = place_join("a/cur/m:2,S");
		(void)unlink(path);
		free(path);
		cr_expect_eq(link_one(&linked, as_copy), MAILDIR_MESSAGE_GONE);
		char *list = place_list("b/tmp");
		cr_expect_str_eq(list, "");
		free(list);
	}
	linked.name = NULL;
	end(&linked);
}

/* A symbolic link is no message of its own. */
Test(maildir_link, a_symbolic_link_is_left_alone)
{
	struct linked linked = make();
	char *path = place_join("a/cur/m:2,S");
	(void)unlink(path);
	cr_assert_eq(symlink("/etc/hostname", path), 0);
	free(path);
	cr_expect_eq(link_one(&linked, false), MAILDIR_MESSAGE_GONE);
	cr_expect_eq(link_one(&linked, true), MAILDIR_MESSAGE_ERROR);
	char *list = place_list("b/tmp");
	cr_expect_str_eq(list, "");
	free(list);
	linked.name = NULL;
	end(&linked);
}
