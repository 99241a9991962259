/* The upload of one folder's new messages, batch by batch. Internal to the files upload*.c.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_APPLY_UPLOAD_H
#define NAVETTE_SYNC_APPLY_UPLOAD_H

#include "far/far.h"
#include "maildir/message.h"
#include "state/state.h"
#include "sync/apply/batch.h"
#include "sync/plan/source.h"

struct sync_folder;

/* Messages whose intents are recorded together, and their UIDs. */
#define UPLOAD_BATCH SYNC_BATCH_MESSAGES

struct outgoing {
	const struct operation *operation;
	struct maildir_location location; /* where the file stood when its flags were read */
	struct maildir_message_facts facts;
	struct far_outgoing *sent;   /* how far it came in this run */
	uint32_t replaces;           /* the UID of the message that it is the new version of, also
					when an earlier run began to send it; 0: of none */
	uint64_t told_size;          /* RFC822.SIZE, where it was asked for; else 0 */
	uint32_t double_of;          /* the server kept the message with this UID instead; else 0 */
	const struct source *source; /* from which it is carried, and not sent; else NULL */
	bool has_left;               /* the source's message left its mailbox with that */
};

struct upload {
	struct sync_folder *folder;
	struct far_session *session;
	struct far_append *append;
	uint64_t taken, done, total;
	struct maildir_reader *reader; /* of the message that is being sent */

	/* The batch: as many as it can have, each the same one in both. */
	struct outgoing *batch;
	struct far_outgoing *sent;
	size_t count;
	uint32_t batch_from_uid; /* what arrives of it has this UID or a higher one */

	bool stopped;              /* the server takes nothing more in this folder */
	uint64_t refused_silently; /* messages refused for a reason that was told, or not tried for
				      it */
};

/* --- upload_ready.c --- */
/* Takes what the operation sends into the batch, unless its file is being written to. */
void upload_take_operation(struct upload *upload, const struct operation *operation);
/* That the next run is to look at the files of UIDS. */
void upload_note_fresh(const struct upload *upload, const struct uid_set *uids);
/* Records that it is about to be sent; what it replaces leaves the base, or counts as absent near
 * from then on. Returns 0 or -1. */
int upload_record_intent(struct state_transaction *transaction, const struct upload *upload,
			 const struct outgoing *outgoing, struct error *error);

/* --- upload_replace.c: new versions that take the place of the old ones (REPLACE, RFC 8508) --- */
/* After the UIDs were looked for: takes the removals out of the plan that are done, to be forgotten
 * only. What is left of an old version goes as without REPLACE. 0 or -1. */
int upload_settle_replaced(struct upload *upload, struct error *error);

/* --- upload_carry.c: messages that the server has already, in another mailbox --- */
/* Takes the file's facts from the gather, where it is still the file that was found to be its
 * source; else it is to be sent. */
bool upload_recall_source(const struct upload *upload, struct outgoing *outgoing);
/* Has the server move or copy those of the batch that have a source: they become STORED, also
 * where it does not tell their UIDs. What it did not certainly bring loses its source, and is to
 * be sent. 0, or -1: the connection failed, and nobody knows of the rest. */
int upload_carry_batch(struct upload *upload, struct error *error);
/* Adds to the folder's merges what is left to do for one that is recorded with the flags of its
 * source. */
void upload_merge_carried(const struct upload *upload, const struct outgoing *outgoing);
/* What the base is to have of its flags at first: of what is carried those of its source, as bits
 * of this folder. What else they shall be is merged next. */
uint32_t upload_base_flags(const struct upload *upload, const struct outgoing *outgoing);

/* --- upload_send.c --- */
/* Sends the batch and waits for the answers. 0, or -1: the connection failed; what is known of each
 * message is known all the same. */
int upload_send_batch(struct upload *upload, struct error *error);

/* --- upload_double.c: servers that keep one message where a folder has two files of the same bytes
 * (Gmail). Such a file is recorded as a begun upload with a size, and not sent again as long as the
 * base has the other one. --- */
/* After the UIDs were looked for: finds those of the batch. 0 or -1. */
int upload_find_doubles(struct upload *upload, struct error *error);
/* The record of one. */
int upload_record_double(struct state_transaction *transaction, const struct upload *upload,
			 const struct outgoing *outgoing, struct error *error);
/* Whether the file of that name is known to be one. */
bool upload_is_double(const struct sync_folder *folder, const char *name);

/* --- upload_find.c --- */
/* Learns the UIDs of messages that were stored without telling them. 0 or -1. */
int upload_find_uids(struct upload *upload, struct error *error);

#endif
