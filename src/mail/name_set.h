/* Sets of names of keywords: text lists in which each stands once, in order. Keywords that differ
 * only in case are one (RFC 9051 section 2.3.2), and so are names here. Pure.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_MAIL_NAME_SET_H
#define NAVETTE_MAIL_NAME_SET_H

#include <stdbool.h>

#include "base/text.h"

/* Copies NAME; one that the set has already keeps its spelling. */
void name_set_add(struct text_list *set, const char *name);
void name_set_add_all(struct text_list *set, const struct text_list *other);
void name_set_remove(struct text_list *set, const char *name);
bool name_set_has(const struct text_list *set, const char *name);
/* The name as the set spells it; NULL: it has none such. */
const char *name_set_find(const struct text_list *set, const char *name);
bool name_set_equal(const struct text_list *a, const struct text_list *b);

/* With a space between two; the caller's. */
char *name_set_text(const struct text_list *set);
/* The set of which name_set_text() made TEXT; of any other text some set. SET is empty. */
void name_set_read(struct text_list *set, const char *text);

#endif
