/* Keywords of both sides, in words. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TESTS_ENGINE_WORDS_H
#define NAVETTE_TESTS_ENGINE_WORDS_H

#include "engine-rig.h"

/* What a side holds: "FOLDER NUMBER FLAGS WORDS" a line, sorted; letters mean what the folder's
 * dovecot-keywords says, or "?". The caller's. */
char *words_near(const struct rig *rig);
char *words_far(const struct rig *rig);
/* That they hold just that. WHY: for the message. */
void words_expect(const struct rig *rig, const char *near, const char *far, const char *why);
/* That both do, and that a further run has nothing to do. */
void words_expect_both(struct rig *rig, const char *words, const char *why);

/* A message on the server; WORD may be NULL. Returns its UID. */
uint32_t words_add(struct rig *rig, const char *folder, unsigned int number, uint32_t flags,
		   const char *word);
/* A reader gives the file of message NUMBER another info part (NULL: the same), perhaps in another
 * folder (NULL: the same). */
void words_rename(struct rig *rig, unsigned int number, const char *folder, const char *info);
/* That these are the letters of the message's file. */
void words_expect_letters(const struct rig *rig, unsigned int number, const char *expected);
/* What the folder's dovecot-keywords says. The caller's. */
struct keyword_table words_table(const struct rig *rig, const char *folder);
/* The folder's dovecot-keywords, as somebody else writes it. */
void words_write_table(const struct rig *rig, const char *folder, const char *text);

/* 1 work and 2 home in INBOX, 3 home and 4 work in Other, in step. */
#define WORDS_FOUR "INBOX 1 S work\nINBOX 2 S home\nOther 3 S home\nOther 4 S work\n"
void words_begin(struct rig *rig, const char *rules);

#endif
