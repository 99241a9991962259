/* The upload of one folder's new messages, batch by batch. Internal to the files upload*.c.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_APPLY_UPLOAD_H
#define NAVETTE_SYNC_APPLY_UPLOAD_H

#include "maildir/message.h"
#include "state/state.h"
#include "sync/apply/batch.h"

struct far_session;
struct sync_folder;

/* Messages whose intents are recorded together, and their UIDs. */
#define UPLOAD_BATCH SYNC_BATCH_MESSAGES

enum outgoing_state {
	OUTGOING_WAITS,     /* nothing of it was sent in this run */
	OUTGOING_UNDER_WAY, /* a part of it was sent: it may arrive */
	OUTGOING_STORED,    /* the server said OK */
	OUTGOING_REFUSED    /* it did not reach the server: no trace of it is kept */
};

struct outgoing {
	const struct operation *operation;
	struct maildir_location location; /* where the file stood when its flags were read */
	struct maildir_message_facts facts;
	enum outgoing_state state;
	size_t sending;     /* that it is part of, while it is under way */
	uint32_t replaces;  /* the UID of the message that it is the new version of, also when an
			       earlier run began to send it; 0: of none */
	bool replaced;      /* the server said that this went in the same step */
	uint32_t uid;       /* on the server; 0: not known */
	bool alone;         /* a command with others was refused: it goes by itself now */
	uint64_t told_size; /* RFC822.SIZE, where it was asked for; else 0 */
	uint32_t double_of; /* the server kept the message with this UID instead; else 0 */
};

/* One APPEND of one message or several. */
struct sending {
	struct imap_command *command; /* NULL: finished */
	size_t first, last;           /* those that are part of it are among these of the batch */
	size_t count;                 /* how many they are */
	uint64_t bytes;
	bool single;   /* no other message joins it */
	bool replaces; /* a REPLACE */
};

struct upload {
	struct sync_folder *folder;
	struct far_session *session;
	uint64_t limit;    /* bytes of the largest message that the server takes */
	uint32_t from_uid; /* what arrives has this UID or a higher one */
	uint64_t taken, done, total;

	/* The batch. */
	struct outgoing batch[UPLOAD_BATCH];
	size_t count;
	uint32_t batch_from_uid; /* as from_uid, for this batch */
	struct uid_set assigned; /* UIDs that belong to uploads of this run */

	/* Its commands, in the order sent. */
	struct sending sendings[UPLOAD_BATCH];
	size_t sending_count;
	size_t finished;           /* the first so many of them */
	struct sending *open;      /* the last of them, when messages can join it; or NULL */
	uint64_t bytes_unanswered; /* of messages */
	bool failed;               /* and then failure is why */
	struct error failure;

	/* What the server taught us. */
	bool tells_wrong_uids;     /* in APPENDUID, which is not looked at any more */
	bool one_by_one;           /* it refuses several at once for no message's sake */
	bool stopped;              /* it takes nothing more in this folder */
	bool replaces_none;        /* it refused a REPLACE */
	bool told_refusal;         /* a refusal that is about more than one message was told */
	uint64_t refused_silently; /* messages refused in the same way afterwards, or not tried for
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

/* --- upload_replace.c: new versions that take the place of the old ones (replace.h) --- */
/* The message that goes in the same step with what is sent; 0: none. */
uint32_t upload_in_place_of(const struct upload *upload, const struct outgoing *outgoing);
/* Selects the mailbox where the plan has any. 0 or -1. */
int upload_prepare_replacing(struct upload *upload, struct error *error);
/* After the UIDs were looked for: takes the removals out of the plan that are done, to be forgotten
 * only. What is left of an old version goes as without REPLACE. 0 or -1. */
int upload_settle_replaced(struct upload *upload, struct error *error);

/* Sends the batch and waits for the answers. 0, or -1: the connection failed; what is known of each
 * message is known all the same. */
int upload_send_batch(struct upload *upload, struct error *error);
/* The lowest UID that the next message can get. */
uint32_t upload_uid_after_assigned(const struct upload *upload);
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
/* Learns the UIDs of messages that were stored without telling them. 0 or -1. */
int upload_find_uids(struct upload *upload, struct error *error);

#endif
