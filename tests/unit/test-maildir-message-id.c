/* The Message-ID of a file. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "maildir-place.h"
#include "maildir/message_id.h"

TestSuite(maildir_message_id, .init = place_make, .fini = place_remove);

static char *id_of(const char *text)
{
	struct maildir *maildir = place_maildir("m");
	char name[] = "a:2,";
	struct maildir_location location = { .place = MAILDIR_CUR, .name = name };
	place_write_text("m/cur/a:2,", text);
	char *id = maildir_message_id(maildir, &location);
	maildir_close(&maildir);
	place_remove();
	place_make();
	return id;
}

static void assert_id(const char *text, const char *expected)
{
	char *id = id_of(text);
	cr_assert_str_eq(id ? id : "(none)", expected, "%s", text);
	free(id);
}

Test(maildir_message_id, is_found_in_the_header)
{
	assert_id("Message-ID: <1@example.org>\n\n", "1@example.org");
	assert_id("A: b\r\nmessage-id:<1@example.org>\r\nMessage-ID: <2@x>\r\n", "1@example.org");
	assert_id("Message-ID:\n <1@example.org>\nSubject: x\n\n", "1@example.org");
	assert_id("Message-ID:\n\t<1@exam\n ple.org>", "1@example.org");
	assert_id("Message-ID: bare\n", "bare");
	assert_id("Message-ID:\n\n<1@x>\n", "");
}

Test(maildir_message_id, is_not_taken_from_elsewhere)
{
	assert_id("", "(none)");
	assert_id("\nMessage-ID: <1@x>\n", "(none)");
	assert_id("Subject: x\n Message-ID: <1@x>\n\nMessage-ID: <1@x>\n", "(none)");
	assert_id("X-Message-ID: <1@x>\n\n", "(none)");
	assert_id("Message-I", "(none)");
}

Test(maildir_message_id, is_bounded)
{
	char text[5000] = "Message-ID: ";
	memset(text + strlen(text), 'x', sizeof text - strlen(text) - 1);
	text[sizeof text - 1] = '\0';
	char *id = id_of(text);
	cr_assert_eq(strlen(id), 998);
	free(id);
}
