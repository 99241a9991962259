/* Fuzz: records of the state, whatever the bytes. The first byte picks the decoder. What is
 * accepted must encode to the same bytes, or those of an older format to ones that do.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mail/folder_name.h"
#include "state/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void same(const struct buffer *again, const uint8_t *bytes, size_t length)
{
	if (again->length != length || memcmp(again->bytes, bytes, length) != 0)
		abort();
}

static void try_folder(const uint8_t *bytes, size_t length, struct buffer *again)
{
	struct state_folder folder;
	if (!record_decode_folder(bytes, length, &folder))
		return;
	if (folder.id == 0 || !folder_name_is_valid(folder.name) || !folder.far_name)
		abort();
	record_encode_folder(again, &folder);
	state_folder_release(&folder);
	if (again->length == length) {
		same(again, bytes, length);
		return;
	}
	/* One of an older format, which lacks what was added since: as one of ours it stays. */
	struct buffer ours = BUFFER_INITIAL;
	if (again->length < length ||
	    !record_decode_folder((const uint8_t *)again->bytes, again->length, &folder))
		abort();
	record_encode_folder(&ours, &folder);
	state_folder_release(&folder);
	same(&ours, (const uint8_t *)again->bytes, again->length);
	buffer_release(&ours);
}

static void try_message(const uint8_t *bytes, size_t length, struct buffer *again)
{
	struct state_message message;
	if (!record_decode_message(bytes, length, &message))
		return;
	if (message.place > 1 || message.base_length > strlen(message.name))
		abort();
	record_encode_message(again, &message);
	same(again, bytes, length);
}

static void try_upload(const uint8_t *bytes, size_t length, struct buffer *again)
{
	struct state_upload upload;
	if (!record_decode_upload(bytes, length, &upload))
		return;
	record_encode_upload(again, &upload);
	same(again, bytes, length);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct buffer again = BUFFER_INITIAL;
	if (length == 0)
		return 0;
	switch (bytes[0] % 3) {
	case 0:
		try_folder(bytes + 1, length - 1, &again);
		break;
	case 1:
		try_message(bytes + 1, length - 1, &again);
		break;
	default:
		try_upload(bytes + 1, length - 1, &again);
		break;
	}
	buffer_release(&again);
	return 0;
}
