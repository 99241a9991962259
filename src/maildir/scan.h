/* Listing a Maildir while readers rename in it. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_MAILDIR_SCAN_H
#define NAVETTE_MAILDIR_SCAN_H

#include <stdbool.h>

#include "base/error.h"
#include "maildir/folder.h"

/* One message file seen. NAME lives only during the call. */
struct maildir_entry {
	enum maildir_place place;
	const char *name;
	uint64_t inode; /* as the directory tells it; 0: not known */
};

/* Called for every file of new/ and then of cur/, in directory order. Not called for names that
 * start with ".", for those of editors' copies (name.h), or what is no regular file (by d_type;
 * DT_UNKNOWN and links are looked at; one that cannot be looked at makes the scan not stable). A
 * file renamed meanwhile may be seen twice or not at all. Returns 0 to go on, -1 (error set) to
 * stop. */
typedef int maildir_entry_function(void *context, const struct maildir_entry *entry,
				   struct error *error);

/* Reads both directories once, in bounded memory. *stable_r tells whether no rename can have raced:
 * neither directory's mtime changed between before and after, and both were older than the clock's
 * grain. A message that is missing from a scan that was not stable proves nothing. *fingerprint_r
 * (may be NULL) is that of before: of a stable scan it stands for what was seen. Returns 0 or -1.
 */
int maildir_scan(const struct maildir *maildir, maildir_entry_function *entry_function,
		 void *context, bool *stable_r, struct maildir_fingerprint *fingerprint_r,
		 struct error *error);

/* Who is told by a scan that is repeated. But for `see` they may be NULL. */
struct maildir_scanner {
	void *context;
	/* Before each scan: what was seen is void. */
	int (*begin)(void *context, struct error *error);
	maildir_entry_function *see;
	maildir_entry_function *see_editors; /* of editors' copies */
	/* In place of reading the directories: passes on what there is of the names that matter.
	 * BEFORE is from before the call. *doubtful_r: what is there cannot be told; the scan is
	 * then not stable. Returns 0 or -1. */
	int (*list)(void *context, const struct maildir_fingerprint *before, bool *doubtful_r,
		    struct error *error);
	/* After each that was begun, also when it failed; then it is not stable, and the result
	 * does not count. Whether what was seen will do; without it that is so when it was stable.
	 */
	int (*end)(void *context, bool stable, const struct maildir_fingerprint *fingerprint,
		   bool *enough_r, struct error *error);
};
/* Passes on the file of that name, if it is there. *doubtful_r is set where that cannot be seen.
 * Returns 0, or -1 as SEE did. */
int maildir_see_name(const struct maildir *maildir, enum maildir_place place, const char *name,
		     maildir_entry_function *see, void *context, bool *doubtful_r,
		     struct error *error);

/* Scans until what was seen will do, as maildir_scan() does it; but not for ever, and it lets
 * readers finish in between: less than two seconds altogether. *enough_r is false when they never
 * rest. Returns 0 or -1. */
int maildir_scan_stable(const struct maildir *maildir, const struct maildir_scanner *scanner,
			bool *enough_r, struct error *error);

#endif
