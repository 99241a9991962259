/* Which tag is which keyword. Pure. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TAGS_NAMES_H
#define NAVETTE_TAGS_NAMES_H

#include "base/text.h"

/* All borrowed. */
struct tag_names {
	const struct text_list *map;    /* KEYWORD:TAG, each tag and each keyword once */
	const struct text_list *ignore; /* tags, in any case, that stay here */
	const char *prefix;             /* that the tags of all other keywords have; NULL: none */
};

enum tag_name {
	TAG_NAME_IS_KEYWORD,
	TAG_NAME_STAYS,  /* it is ignored, is a flag, or says what the message is like */
	TAG_NAME_INVALID /* no keyword can be called so (RFC 9051 section 9, flag-keyword) */
};

/* Only with IS_KEYWORD *keyword_r is set; it is the caller's. */
enum tag_name tag_names_keyword(const struct tag_names *names, const char *tag, char **keyword_r);
/* The tag, which is the caller's; NULL: the keyword stays on the server. tag_names_keyword() of it
 * is the keyword. */
char *tag_names_tag(const struct tag_names *names, const char *keyword);

/* The keywords of TAGS into SET; what cannot be one is added to INVALID (may be NULL). */
void tag_names_keywords(const struct tag_names *names, const struct text_list *tags,
			struct text_list *set, struct text_list *invalid);
/* Those of KEYWORDS that have a tag, into SET. */
void tag_names_carried(const struct tag_names *names, const struct text_list *keywords,
		       struct text_list *set);

#endif
