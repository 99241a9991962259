/* Values of header fields, written so that what servers rewrite on the way makes no difference.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_MAIL_HEADER_VALUE_H
#define NAVETTE_MAIL_HEADER_VALUE_H

#include <stddef.h>

#include "base/buffer.h"

enum header_value_kind {
	HEADER_VALUE_TEXT,     /* Subject: unstructured (RFC 5322 section 3.6.5) */
	HEADER_VALUE_DATE,     /* RFC 5322 section 3.3 */
	HEADER_VALUE_ADDRESSES /* RFC 5322 section 3.4 */
};

/* Adds the plain form of the LENGTH bytes of VALUE, which may be folded, to OUT. What it leaves out
 * is what some servers change in a message that they are given:
 * - white space, and how long a header is folded;
 * - encoded words (RFC 2047), which it decodes, whatever their charset;
 * - octets beyond ASCII: runs of them are one X, as are runs of the letter X itself;
 * - of addresses, the display names, comments and the case: the addresses alone are kept;
 * - of dates, the name of the day, comments, and how the zone of UTC is called.
 * A value that is none of that kind is taken as text. Nothing is added for an empty value. */
void header_value_add_plain(struct buffer *out, enum header_value_kind kind, const char *value,
			    size_t length);

#endif
