/* The base: what both sides agreed on, kept in LMDB, one environment an account.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_STATE_STATE_H
#define NAVETTE_STATE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "mail/file_stamp.h"
#include "mail/flags.h"
#include "mail/identity.h"
#include "mail/message_digest.h"
#include "mail/name_digest.h"
#include "mail/object_id.h"
#include "mail/uid_set.h"

/* The format that this programme writes. A newer one is refused, an older one upgraded when opened
 * for writing. */
#define STATE_FORMAT_VERSION 7

struct state;

enum state_mode {
	STATE_READ_ONLY, /* creates nothing; where no state is, it is as an empty one */
	STATE_READ_WRITE /* creates what is missing, directories 0700, files 0600; holds the
			    account's lock */
};

/* Opens DIRECTORY (".../navette/ACCOUNT"). ACCOUNT_KEY says whose state it is ("user@host:port");
 * it is recorded when the state is created and must be the same as long as there is mail in it,
 * else the state is refused (ERROR_SAFETY, the text says whose it is and how to go on). With
 * STATE_READ_WRITE an fcntl lock is taken on DIRECTORY/lock: it dies with the process; while
 * another run holds it, waits up to WAIT_SECONDS, then fails with ERROR_TEMPORARY and says which
 * process holds it. A damaged or newer state is refused with a text that says which file and what
 * to do (ERROR_SAFETY, SCOPE_ACCOUNT). Within one process a directory must not be opened twice at a
 * time: neither the lock nor LMDB tells two openings of one process apart. On a network file system
 * nothing is opened for writing (ERROR_CONFIG). Returns 0 or -1. */
int state_open(const char *directory, const char *account_key, enum state_mode mode,
	       unsigned int wait_seconds, struct state **state_r, struct error *error);
/* Whether DIRECTORY is, or would be, on a network file system, whose pages two machines may see
 * differently: then -1 (ERROR_CONFIG, SCOPE_ACCOUNT), with what to do. Else 0. */
int state_refuse_network(const char *directory, struct error *error);
/* Opens also the state of another account: state_owner() says whose it is, and nothing may be
 * written before state_sign(). */
int state_open_any(const char *directory, const char *account_key, enum state_mode mode,
		   unsigned int wait_seconds, struct state **state_r, struct error *error);
/* The key of the account whose state it is, when that is another than it was opened for; NULL: it
 * is the same. */
const char *state_owner(const struct state *state);
/* From now on it is the state of the account of that key; opened for reading, in this process
 * only. Returns 0 or -1. */
int state_sign(struct state *state, const char *account_key, struct error *error);
/* The error of state_open() about a state of another account. Returns -1. */
int state_refuse_owner(const struct state *state, const char *account_key, struct error *error);
void state_close(struct state **state);
/* Gives up the account's lock and keeps the rest open: another process may work on it meanwhile,
 * and this one only reads. */
void state_let_go(struct state *state);
/* Takes the lock again, as state_open() does, and takes over what others did to the state; one that
 * was made anew is opened anew. No transaction may be open. Nothing to do for one that is held, or
 * was opened for reading. Returns 0, or -1: then it is not held. */
int state_hold(struct state *state, unsigned int wait_seconds, struct error *error);
/* False for the empty view: nothing was opened, because no run has got as far as to create it. */
bool state_exists(const struct state *state);
/* Seconds between the last change of the state and its opening; 0 when it was made by it, or when
 * the clock says that it has not been yet. */
int64_t state_rested_seconds(const struct state *state);

/* The key of the account's digests, which is made with its state. One that was only opened for
 * reading and has none gives another each time: then digests tell messages of one process apart,
 * and no record has any. It lives as long as STATE. */
struct digest_key *state_digest_key(const struct state *state);

/* Whether a run holds the lock of DIRECTORY, and which process: 0 when that cannot be known. Not
 * for a process that has the state open: looking would give up its lock. */
bool state_is_held(const char *directory, int64_t *process_r);

/* --- Transactions
 * ---------------------------------------------------------------------------------- */

/* All reading and writing happens in one. Every text and struct that a transaction gives out by
 * pointer lives until it ends or its next write. */
struct state_transaction;

typedef int state_work_function(struct state_transaction *transaction, void *context,
				struct error *error);

/* Runs WORK in one durable write transaction: committed (synced to disk) when it returns 0, rolled
 * back when it returns -1. WORK may be run again from the start when the map had to grow, so it
 * must not change anything but the state and what it sets anew each time. Writers of several
 * threads take turns. The calling thread must hold no open read transaction. A transaction in which
 * nothing was written touches no file. Returns 0 or -1. */
int state_write(struct state *state, state_work_function *work, void *context, struct error *error);

/* A consistent view of one moment, for one thread. */
int state_read_begin(struct state *state, struct state_transaction **transaction_r,
		     struct error *error);
void state_read_end(struct state_transaction **transaction);

/* --- Folders
 * --------------------------------------------------------------------------------------- */

/* What is known of one folder. Texts are owned by the struct: release with state_folder_release().
 */
struct state_folder {
	uint32_t id;     /* given by state_folder_put() when 0; never used again after removal */
	char *name;      /* mail/folder_name.h; unique */
	char *far_name;  /* the mailbox's name in the server's own octets */
	char *near_path; /* where its Maildir stood; NULL: unknown */
	uint32_t uidvalidity;   /* 0: the far side was never synchronised */
	uint32_t uidnext;       /* all far UIDs below were seen; 0: unknown */
	uint64_t highestmodseq; /* all far changes up to it were seen; 0: unknown */
	uint32_t far_messages;  /* number of messages on the far side when UIDNEXT was noted */
	bool near_known;        /* whether the next two are set */
	uint64_t near_inode[2]; /* the Maildir's fingerprint: new, cur */
	int64_t near_change_ns[2];
	char *rules; /* under which all of the above was noted; NULL or "": the plain ones */
	/* What the rules left where it is, when that was noted: how many far messages that are not
	 * in the base, and the names of such files. */
	uint32_t far_withheld;
	struct name_digest near_withheld;
	struct keyword_table keywords; /* of its own, in formats before 7; else empty */
	char *window; /* the rule under which messages were left out, as text; NULL: none */
	/* By what it is known under another name. The Maildir's cur when it was worked on last;
	 * inode 0: not known. What the server calls the mailbox. */
	uint64_t cur_device, cur_inode;
	int64_t cur_born_ns; /* when it was made; 0: not known */
	struct object_id mailbox_id;
	char *renaming;      /* the name that it is getting on the server; NULL: none */
	bool was_subscribed; /* ... and its subscription goes along */
	bool near_begun;     /* its Maildir is being made: it may lack a part for that reason */
};
void state_folder_release(struct state_folder *folder);

/* 1 found, 0 not found, -1 error. */
int state_folder_get(struct state_transaction *transaction, const char *name,
		     struct state_folder *folder_r, struct error *error);
/* Creates or replaces the record of that name. A folder that has none gets a new id into
 * folder->id, whatever was there, so that one from a rolled back transaction does no harm; one that
 * has must come with its own id or 0, else the call fails. Writes nothing when the record is the
 * same already. */
int state_folder_put(struct state_transaction *transaction, struct state_folder *folder,
		     struct error *error);
/* The folder called FROM gets the name, and all else, of FOLDER, which must come with its id;
 * nobody else may have that name. Its messages and pending operations stay its own. -1 otherwise,
 * and then nothing was written. */
int state_folder_rename(struct state_transaction *transaction, const char *from,
			struct state_folder *folder, struct error *error);
/* Removes the folder with all that belongs to it. */
int state_folder_remove(struct state_transaction *transaction, uint32_t id, const char *name,
			struct error *error);
/* Removes the folder's messages, names and pending operations; the folder's record stays. */
int state_folder_clear(struct state_transaction *transaction, uint32_t id, struct error *error);
/* Calls SEE for every folder, by name; FOLDER lives during the call. -1 from it stops. */
int state_folder_each(struct state_transaction *transaction,
		      int (*see)(void *context, const struct state_folder *folder,
				 struct error *error),
		      void *context, struct error *error);

/* --- Messages of a folder
 * -------------------------------------------------------------------------- */

/* Sides on which a message is not, though it stays on the other: as bits. NEAR and FAR alone: it is
 * gone there, and the rules do not let that go to the other side. HIDDEN: nobody removed it, but
 * the server shows only the newest of its mailbox (sync/plan/horizon.h). HIDDEN_REMOVED: and the
 * user removed it here meanwhile, which is to go to the server when it shows the message again. */
enum state_absence {
	STATE_ABSENT_NOWHERE = 0,
	STATE_ABSENT_NEAR = 1,
	STATE_ABSENT_FAR = 2,
	STATE_ABSENT_HIDDEN = 6,
	STATE_ABSENT_HIDDEN_REMOVED = 7
};

static inline bool state_is_absent_near(enum state_absence absent)
{
	return (absent & STATE_ABSENT_NEAR) != 0;
}

static inline bool state_is_absent_far(enum state_absence absent)
{
	return (absent & STATE_ABSENT_FAR) != 0;
}

static inline bool state_is_hidden(enum state_absence absent)
{
	return (absent & STATE_ABSENT_HIDDEN) == STATE_ABSENT_HIDDEN;
}

static inline bool state_absence_is_valid(enum state_absence absent)
{
	return absent <= STATE_ABSENT_FAR || absent == STATE_ABSENT_HIDDEN ||
	       absent == STATE_ABSENT_HIDDEN_REMOVED;
}

/* One message that both sides had. Texts are NOT owned: from a get they live as long as
 * state_transaction says. */
struct state_message {
	uint32_t uid;
	uint32_t flags; /* base flags */
	uint8_t place;  /* 0 new, 1 cur: where the file was last seen (enum maildir_place) */
	enum state_absence absent;
	const char *name;   /* the whole file name when last seen */
	size_t base_length; /* its first bytes that never change: the key of the name index */
	uint64_t size;      /* as the server told it (RFC822.SIZE), or bytes on the wire */
	struct identity identity;
	/* The file when its content was that of the message; not known in records of before stamps
	 * were noted. Of both kinds of digest the newer is kept. */
	struct file_stamp file;
	struct body_digest body; /* of state_digest_key(); not known in records of before */
	struct object_id object; /* as the server calls its content; not known in records of
				    before, or where the server has no such names */
};

/* 1 found, 0 not found, -1 error. */
int state_message_by_uid(struct state_transaction *transaction, uint32_t folder, uint32_t uid,
			 struct state_message *message_r, struct error *error);
int state_message_by_name(struct state_transaction *transaction, uint32_t folder, const char *base,
			  size_t base_length, struct state_message *message_r, struct error *error);
/* Inserts or replaces by UID and keeps the name index true (an old name of that UID is taken out).
 * Fails when another UID has that base name, or when the UID or the name is not one that a message
 * can have; then nothing was written. Writes nothing when the record is the same already. */
int state_message_put(struct state_transaction *transaction, uint32_t folder,
		      const struct state_message *message, struct error *error);
/* Removing what is not there is fine. */
int state_message_remove(struct state_transaction *transaction, uint32_t folder, uint32_t uid,
			 struct error *error);
/* The message with the smallest UID >= FROM_UID: 1 found, 0 none, -1 error. */
int state_message_next(struct state_transaction *transaction, uint32_t folder, uint32_t from_uid,
		       struct state_message *message_r, struct error *error);
/* How many messages the folder has in the base; O(1). */
int state_message_count(struct state_transaction *transaction, uint32_t folder, uint32_t *count_r,
			struct error *error);
/* How many of them are absent near, and far; O(1). */
int state_message_absent(struct state_transaction *transaction, uint32_t folder, uint32_t *near_r,
			 uint32_t *far_r, struct error *error);
/* How many of those that are absent far are hidden; O(1). */
int state_message_hidden(struct state_transaction *transaction, uint32_t folder, uint32_t *hidden_r,
			 struct error *error);

/* The digest of all places and whole names that the folder's files have in the base: of all its
 * messages but those that are absent near; O(1). */
int state_message_digest(struct state_transaction *transaction, uint32_t folder,
			 struct name_digest *digest_r, struct error *error);

/* --- The messages of the account by identity (identity_index.c, identity_lookup.c)
 * --------------------------------------------------------- */

/* Works into the index of identities what came since it was done last: each message once in its
 * life, so that an account in which nothing is looked up pays nothing for it. To be called before
 * lookups, in no transaction: it has its own, of bounded memory. What was opened for reading stays
 * as it is. Returns 0 or -1. */
int state_identity_index(struct state *state, struct error *error);

typedef int state_identity_seen(void *context, uint32_t folder, const struct state_message *message,
				struct error *error);

/* Calls SEE for each message whose identity is one of WANTED: COUNT of them, made with
 * identity_with_size(), ascending by their bytes and each once. Every message is seen once, in no
 * order; MESSAGE lives during the call; -1 from it stops; nothing may be written meanwhile. True at
 * any time, but what state_identity_index() did not work in yet is read record by record: in a
 * state that was only opened for reading, or is of an older format, perhaps all. So many identities
 * are better looked up at once than one by one. Returns 0 or -1. */
int state_identities_each(struct state_transaction *transaction, const struct identity *wanted,
			  size_t count, state_identity_seen *see, void *context,
			  struct error *error);
/* The same for messages whose object is one of WANTED, which are known, ascending by their bytes
 * and each once. */
int state_objects_each(struct state_transaction *transaction, const struct object_id *wanted,
		       size_t count, state_identity_seen *see, void *context, struct error *error);
/* The same for one identity: of SIZE bytes, which counts where the identity is empty. */
int state_identity_each(struct state_transaction *transaction, const struct identity *identity,
			uint64_t size, state_identity_seen *see, void *context,
			struct error *error);

/* --- Windows
 * --------------------------------------------------------------------------------------- */

/* A window's rule keeps some far messages from the near side. No UID is in the base and left out at
 * a time. */
enum state_set {
	STATE_OUTSIDE,  /* messages that only the far side has, because the rule leaves them out */
	STATE_EXPIRING, /* messages of the base whose files are being removed because of the rule:
			  one of them that is missing was not removed by the user */
	STATE_STUBS,    /* messages of the base whose files were stubs when they were written; UIDs
			   that are in the base no more say nothing */
	STATE_WANTED,   /* stubs to be made whole */
	STATE_MOVED,    /* messages of the base whose files moved to another folder, where the
			   server has them by now: what is left to do is their removal */
	STATE_WATCHED /* messages of the base whose files are looked at in each run, because drafts
			 are edited in place; UIDs that are in the base no more say nothing */
};
/* Adds to UIDS what the folder's set holds. Returns 0 or -1. */
int state_set_get(struct state_transaction *transaction, uint32_t folder, enum state_set which,
		  struct uid_set *uids, struct error *error);
/* Makes the folder's set the same as UIDS; writes only what differs. Returns 0 or -1. */
int state_set_put(struct state_transaction *transaction, uint32_t folder, enum state_set which,
		  const struct uid_set *uids, struct error *error);
/* Adds UIDS to the folder's set, or takes them out. Returns 0 or -1. */
int state_set_add(struct state_transaction *transaction, uint32_t folder, enum state_set which,
		  const struct uid_set *uids, struct error *error);
int state_set_remove(struct state_transaction *transaction, uint32_t folder, enum state_set which,
		     const struct uid_set *uids, struct error *error);
/* How many messages the folder's set holds; O(1). */
int state_set_count(struct state_transaction *transaction, uint32_t folder, enum state_set which,
		    uint32_t *count_r, struct error *error);

/* --- Deferred messages (deferred.c)
 * --------------------------------------------------------------------------------------- */

/* A far message that could not be had, and is asked for again later. */
struct state_deferred {
	uint32_t uid;
	uint32_t failures;    /* in a row; 1 or more */
	int64_t since;        /* the first of them; seconds since the epoch */
	int64_t tried;        /* the last */
	int64_t again;        /* not to be asked for before */
	bool ends_connection; /* the connection went with it each time */
	const char *reason;   /* not owned: from state_deferred_next() it lives as long as
				 state_transaction says */
};
/* Inserts or replaces by UID. Returns 0 or -1. */
int state_deferred_put(struct state_transaction *transaction, uint32_t folder,
		       const struct state_deferred *deferred, struct error *error);
/* Removing what is not there is fine. */
int state_deferred_remove(struct state_transaction *transaction, uint32_t folder, uint32_t uid,
			  struct error *error);
/* The one with the smallest UID >= FROM_UID: 1 found, 0 none, -1 error. */
int state_deferred_next(struct state_transaction *transaction, uint32_t folder, uint32_t from_uid,
			struct state_deferred *deferred_r, struct error *error);

/* --- Journal
 * --------------------------------------------------------------------------------------- */

/* Downloads recorded but perhaps not yet renamed from tmp/: UID -> temporary name. The message's
 * own record stands already. */
int state_download_put(struct state_transaction *transaction, uint32_t folder, uint32_t uid,
		       const char *temporary_name, struct error *error);
int state_download_remove(struct state_transaction *transaction, uint32_t folder, uint32_t uid,
			  struct error *error);
/* The first with UID >= FROM_UID: 1 found (*temporary_name_r lives as long as state_transaction
 * says), 0 none, -1 error. */
int state_download_next(struct state_transaction *transaction, uint32_t folder, uint32_t from_uid,
			uint32_t *uid_r, const char **temporary_name_r, struct error *error);

/* How many downloads are pending in the folder. */
int state_download_count(struct state_transaction *transaction, uint32_t folder, uint32_t *count_r,
			 struct error *error);

enum state_upload_kind {
	STATE_UPLOAD_BEGUN, /* it may have arrived; size 0 and no identity in old states */
	STATE_UPLOAD_NONE   /* nothing is to be sent: a message of the far side stands for it, or is
			       being copied there */
};
/* Uploads begun but perhaps not recorded: base name of the file -> what to look for on the far
 * side. */
struct state_upload {
	enum state_upload_kind kind;
	uint32_t uidvalidity; /* of the mailbox when the upload began */
	uint32_t uidnext; /* the message, if it arrived, has this UID or a higher one; 0 unknown */
	uint64_t size;    /* bytes on the wire */
	struct identity identity;
	uint32_t replaces; /* the UID of the message that it is the new version of; 0: of none */
	bool has_flags;    /* whether the next are known */
	uint32_t flags;    /* what the base is to have, when it arrived */
	/* Where it was before: folder and UID; 0: nowhere. */
	uint32_t from_folder;
	uint32_t from_uid;
};
int state_upload_put(struct state_transaction *transaction, uint32_t folder, const char *base,
		     size_t base_length, const struct state_upload *upload, struct error *error);
int state_upload_get(struct state_transaction *transaction, uint32_t folder, const char *base,
		     size_t base_length, struct state_upload *upload_r, struct error *error);
int state_upload_remove(struct state_transaction *transaction, uint32_t folder, const char *base,
			size_t base_length, struct error *error);
/* Calls SEE for every upload of the folder; its arguments live during the call. -1 from it stops.
 * Nothing may be written meanwhile. Returns 0 or -1. */
int state_upload_each(struct state_transaction *transaction, uint32_t folder,
		      int (*see)(void *context, const char *base, size_t base_length,
				 const struct state_upload *upload, struct error *error),
		      void *context, struct error *error);
/* Forgets all of the folder's. */
int state_upload_clear(struct state_transaction *transaction, uint32_t folder, struct error *error);
/* How many uploads are pending in the folder. */
int state_upload_count(struct state_transaction *transaction, uint32_t folder, uint32_t *count_r,
		       struct error *error);

#endif
