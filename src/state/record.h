/* Records as bytes. Every decoder is total: any bytes give a record or false.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_STATE_RECORD_H
#define NAVETTE_STATE_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "state/keywords.h"
#include "state/state.h"

struct state_keywords;

void record_encode_folder(struct buffer *out, const struct state_folder *folder);
/* The texts of *folder_r are new: release with state_folder_release(). */
bool record_decode_folder(const void *bytes, size_t length, struct state_folder *folder_r);

/* Without the UID, which is in the key. */
void record_encode_message(struct buffer *out, const struct state_message *message);
/* message_r->name points into BYTES. */
bool record_decode_message(const void *bytes, size_t length, struct state_message *message_r);

void record_encode_keywords(struct buffer *out, const struct state_keywords *keywords);
/* Into *keywords, whose texts are new. */
bool record_decode_keywords(const void *bytes, size_t length, struct state_keywords *keywords);

void record_encode_letters(struct buffer *out, const struct state_letters *letters);
/* Release with state_letters_release(). */
bool record_decode_letters(const void *bytes, size_t length, struct state_letters *letters_r);

void record_encode_upload(struct buffer *out, const struct state_upload *upload);
bool record_decode_upload(const void *bytes, size_t length, struct state_upload *upload_r);

/* Without the UID, which is in the key. */
void record_encode_deferred(struct buffer *out, const struct state_deferred *deferred);
/* deferred_r->reason points into BYTES. */
bool record_decode_deferred(const void *bytes, size_t length, struct state_deferred *deferred_r);

#endif
