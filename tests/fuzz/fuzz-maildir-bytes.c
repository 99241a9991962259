/* Fuzz target: a message from the wire into a Maildir and back. The first byte of the input says in
 * what pieces. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/path.h"
#include "maildir/delivery.h"
#include "maildir/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct maildir *maildir;
static char place[64];

static void remove_place(void)
{
	struct error error = ERROR_INITIAL;

	maildir_close(&maildir);
	(void)maildir_remove(place, &error); /* nothing is left of it but a directory */
	(void)rmdir(place);
}

/* One for all inputs, in memory where that is to be had. */
static void need_maildir(void)
{
	struct error error = ERROR_INITIAL;

	if (maildir)
		return;
	(void)snprintf(place, sizeof place, "%s/navette-fuzz.XXXXXX",
		       access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (!mkdtemp(place) || maildir_create(place, &error) != 0 ||
	    maildir_open(place, &maildir, &error) != MAILDIR_OPEN_OK || atexit(remove_place) != 0)
		abort();
}

/* What comes back: the same, each LF with its CR. */
static struct buffer expect(const uint8_t *bytes, size_t size)
{
	struct buffer expected = BUFFER_INITIAL;

	for (size_t i = 0; i < size; i++) {
		if (bytes[i] == '\n' && (i == 0 || bytes[i - 1] != '\r'))
			buffer_add_byte(&expected, '\r');
		buffer_add_byte(&expected, (char)bytes[i]);
	}
	return expected;
}

static void deliver(const uint8_t *bytes, size_t size, size_t step,
		    struct maildir_delivered *delivered)
{
	const struct maildir_location location = { .place = MAILDIR_CUR, .name = (char[]){ "m" } };
	struct maildir_delivery *delivery = NULL;
	struct error error = ERROR_INITIAL;

	if (maildir_delivery_begin(maildir, &delivery, &error) != 0)
		abort();
	for (size_t at = 0; at < size; at += step)
		if (maildir_delivery_write(delivery, bytes + at,
					   size - at < step ? size - at : step, &error) != 0)
			abort();
	if (maildir_delivery_finish(&delivery, 1, delivered, &error) != 0 ||
	    maildir_delivery_publish(maildir, delivered->temporary_name, &location, &error) !=
		    MAILDIR_MESSAGE_OK)
		abort();
}

static struct buffer take_back(size_t step, struct maildir_message_facts *facts)
{
	const struct maildir_location location = { .place = MAILDIR_CUR, .name = (char[]){ "m" } };
	struct maildir_reader *reader = NULL;
	struct buffer back = BUFFER_INITIAL;
	struct error error = ERROR_INITIAL;
	char *part = memory_allocate(step);
	size_t length = 0;

	if (maildir_reader_open(maildir, &location, &reader, facts, &error) != MAILDIR_MESSAGE_OK)
		abort();
	do {
		if (maildir_reader_read(reader, part, step, &length, &error) != 0 || length > step)
			abort();
		buffer_add(&back, part, length);
	} while (length > 0);
	maildir_reader_close(&reader);
	if (maildir_message_remove(maildir, &location, &error) != MAILDIR_MESSAGE_OK)
		abort();
	free(part);
	return back;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct maildir_delivered delivered = { .temporary_name = NULL };
	struct maildir_message_facts facts = { .wire_size = 0 };
	struct buffer expected;
	struct buffer back;
	size_t step;

	if (size == 0)
		return 0;
	need_maildir();
	step = (size_t)bytes[0] * bytes[0] + 1;
	bytes++;
	size--;
	expected = expect(bytes, size);
	deliver(bytes, size, step, &delivered);
	back = take_back(step, &facts);
	if (back.length != expected.length ||
	    (back.length > 0 && memcmp(back.bytes, expected.bytes, back.length) != 0))
		abort();
	if (facts.wire_size != back.length || delivered.wire_size != size || facts.mtime != 1 ||
	    facts.has_nul != (size > 0 && memchr(bytes, '\0', size) != NULL) ||
	    !identity_equal(&facts.identity, &delivered.identity))
		abort();
	buffer_release(&expected);
	buffer_release(&back);
	free(delivered.temporary_name);
	return 0;
}
