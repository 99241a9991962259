/* Observations over IMAP to a server that follows a script: what was told, in words.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TESTS_FAR_OBSERVE_H
#define NAVETTE_TESTS_FAR_OBSERVE_H

#include "base/buffer.h"
#include "far-script.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

#define READY IMAP_SCRIPT_READY("")
#define READY_CONDSTORE IMAP_SCRIPT_READY("CONDSTORE ")
#define READY_QRESYNC                                                                              \
	"S: * PREAUTH [CAPABILITY ENABLE CONDSTORE QRESYNC IMAP4rev1] hello", "C: ENABLE QRESYNC", \
		"C: LIST \"\" \"\"", "S: * ENABLED QRESYNC", "S: = OK done",                       \
		"S: * LIST (\\Noselect) \"/\" \"\"", "S: = OK done"
/* The answer to SELECT, but for its end. */
#define STATE(uidvalidity, messages, modseq)                                  \
	"S: * " messages " EXISTS", "S: * OK [UIDVALIDITY " uidvalidity "] ", \
		"S: * OK [UIDNEXT 11] ", "S: * OK [HIGHESTMODSEQ " modseq "] "
#define SELECTED "S: = OK [READ-WRITE] done"
#define SELECT "C: SELECT Work"
#define SELECT_MODSEQ "C: SELECT Work (CONDSTORE)"
#define SELECT_QRESYNC "C: SELECT Work (QRESYNC (7 80))"
#define CHANGED "C: UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE 80)"
#define FLAGS "C: UID FETCH 1:* (UID FLAGS)"
#define UIDS "C: UID SEARCH ALL"
#define MESSAGE(number, uid) "S: * " number " FETCH (UID " uid " FLAGS (\\Seen))"

enum question {
	KNOWN = 1 << 0,      /* UIDVALIDITY 7, modseq 80 */
	KNOWN_NAME = 1 << 1, /* the same without a modseq */
	IS_EMPTY = 1 << 2,
	ONLY_UIDS = 1 << 3,
	ONLY_CHANGES = 1 << 4,
	/* What the observer answers. */
	ANEW = 1 << 5,     /* opened() wants all to be told anew */
	NO_SUM = 1 << 6,   /* it never adds up */
	LATE_SUM = 1 << 7, /* it does not the first time */
	OPENED_FAILS = 1 << 8,
	SUM_FAILS = 1 << 9,
	HOLD_FAILS = 1 << 10,
	NEWS = 1 << 11 /* the question asks for news */
};

struct observe_case {
	const char *name;
	unsigned int question;
	enum far_result result;
	enum far_told told;
	const char *calls;
	const char *words; /* in the error, or NULL */
	const char *lines[40];
};

/* What was called, in words. */
struct calls {
	struct buffer text;
	unsigned int answers;
	unsigned int sums;
};

/* Observes MAILBOX as FLAGS say. */
struct far_listing *far_observe_calls_begin(struct far_session *session, const char *mailbox,
					    unsigned int flags, struct calls *calls);
void far_observe_check(const struct observe_case *observe);

#endif
