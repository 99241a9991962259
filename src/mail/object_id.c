/* What a server calls the content of a message, or a mailbox. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "mail/object_id.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"

static const char *word_of(enum object_id_kind kind)
{
	switch (kind) {
	case OBJECT_ID_EMAILID:
		return "EMAILID ";
	case OBJECT_ID_X_GM_MSGID:
		return "X-GM-MSGID ";
	case OBJECT_ID_MAILBOXID:
		break;
	}
	return "MAILBOXID ";
}

struct object_id object_id_of(enum object_id_kind kind, const char *name, size_t length)
{
	struct buffer bytes = BUFFER_INITIAL;
	unsigned char digest[EVP_MAX_MD_SIZE] = { 0 };
	unsigned int size = 0;
	struct object_id id;
	buffer_add_text(&bytes, word_of(kind));
	buffer_add(&bytes, name, length);
	/* As with identities: a wrong one could take two messages for one. */
	if (EVP_Digest(bytes.bytes, bytes.length, digest, &size, EVP_sha256(), NULL) != 1)
		memory_fail();
	buffer_release(&bytes);
	memcpy(id.bytes, digest, OBJECT_ID_SIZE);
	return id;
}

bool object_id_is_known(const struct object_id *id)
{
	static const struct object_id unknown = { { 0 } };
	return memcmp(id->bytes, unknown.bytes, OBJECT_ID_SIZE) != 0;
}

bool object_id_equal(const struct object_id *a, const struct object_id *b)
{
	return object_id_is_known(a) && object_id_compare(a, b) == 0;
}

int object_id_compare(const struct object_id *a, const struct object_id *b)
{
	return memcmp(a->bytes, b->bytes, OBJECT_ID_SIZE);
}
