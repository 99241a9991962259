/* The few forms of Python that OfflineIMAP's configurations have again and again. Everything else
 * is not guessed. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_TAKEOVER_PYTHON_H
#define NAVETTE_TAKEOVER_PYTHON_H

#include "base/text.h"

/* A folderfilter as patterns of ours: what it takes, or with a "!" in front what it leaves. False:
 * it is another programme. Understood: f [not] in [...], f == '...', f != '...', [not]
 * f.startswith('...'), [not] re.search('...', f) or re.match() with plain words and alternatives.
 */
bool python_read_filter(const char *text, struct text_list *patterns);

/* A nametrans. */
struct python_names {
	struct text_list from, to; /* single folders: their names there and here */
	char *cut;                 /* what is taken away at the start of names; NULL: nothing */
	bool dotted;               /* the names of Maildir++ are made: INBOX is the root itself */
};
/* False: it is another programme. Understood: {...}.get(f, f), re.sub('^...', '', f),
 * f.replace('...', ''), and re.sub('^INBOX\.*', '.', f). Release in any case; start zeroed. */
bool python_read_names(const char *text, struct python_names *names);
void python_names_release(struct python_names *names);

/* What a string literal holds, as "'a'"; the caller's. NULL: the text is more, or another thing. */
char *python_read_string(const char *text);

#endif
