/* The flags of a message, the same word for every layer. SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef NAVETTE_MAIL_FLAGS_H
#define NAVETTE_MAIL_FLAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* A set of flags is a uint32_t: six flags that both IMAP and Maildir know, and 26 keywords, whose
 * names stand in the account's keyword table; keyword i is the Maildir letter 'a' + i. */
#define FLAG_SEEN (UINT32_C(1) << 0)      /* \Seen      S */
#define FLAG_ANSWERED (UINT32_C(1) << 1)  /* \Answered  R */
#define FLAG_FLAGGED (UINT32_C(1) << 2)   /* \Flagged   F */
#define FLAG_DELETED (UINT32_C(1) << 3)   /* \Deleted   T */
#define FLAG_DRAFT (UINT32_C(1) << 4)     /* \Draft     D */
#define FLAG_FORWARDED (UINT32_C(1) << 5) /* $Forwarded P */
#define FLAG_KEYWORD_SHIFT 6
#define FLAG_KEYWORD_COUNT 26
#define FLAG_KEYWORD(index) (UINT32_C(1) << (FLAG_KEYWORD_SHIFT + (index)))
#define FLAGS_SYSTEM UINT32_C(0x3f) /* the six */
#define FLAGS_KEYWORDS (~FLAGS_SYSTEM)

/* The keyword that is no keyword here: it is FLAG_FORWARDED. */
#define FLAG_FORWARDED_NAME "$Forwarded"

/* Flags as the server lists them. \Recent is dropped. Keywords keep the server's spelling,
 * $Forwarded is one of the system bits. */
struct flag_names {
	uint32_t system;           /* FLAG_SEEN ... FLAG_FORWARDED */
	bool any_keyword;          /* \* in PERMANENTFLAGS */
	struct text_list keywords; /* all others; malformed ones (control or 8-bit octets, NIL) are
				      dropped */
};

/* The names behind keyword bits. Names are owned; NULL where the letter is free. Start zeroed. */
struct keyword_table {
	char *names[FLAG_KEYWORD_COUNT];
};

/* The bit of a keyword by name (ASCII case-insensitive), or 0 when the table does not have it. */
uint32_t keyword_table_find(const struct keyword_table *table, const char *name);
/* Whether NAME can be a keyword at all: not when it is empty, longer than 255 bytes, or has control
 * bytes, space, or one of ( ) { % * " \ . */
bool keyword_name_is_valid(const char *name);
/* Like find, but gives the keyword a free letter when it is new: none of TAKEN (as bits), and the
 * one of the number WANTED rather than another; FLAG_KEYWORD_COUNT: the first that is free. 0 when
 * there is none, or the name cannot be a keyword. */
uint32_t keyword_table_add(struct keyword_table *table, const char *name, size_t wanted,
			   uint32_t taken);
/* The bits that have a name, with FLAGS_SYSTEM: what can be synchronised. */
uint32_t keyword_table_known(const struct keyword_table *table);
void keyword_table_copy(struct keyword_table *to, const struct keyword_table *from);
void keyword_table_release(struct keyword_table *table);

#endif
