/* Modified UTF-7 (RFC 3501 section 5.1.3). SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_MAIL_UTF7_H
#define NAVETTE_MAIL_UTF7_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

/* Appends the UTF-8 form. Strict: false (OUT is unspecified) for anything that utf7_encode()
 * would not have produced: 8-bit octets, bad base64, needless encoding of printable ASCII, adjacent
 * shifts, surrogates out of order, non-zero padding bits, NUL. */
bool utf7_decode(struct buffer *out, const char *bytes, size_t length);
/* Appends the modified UTF-7 form of well-formed UTF-8; false when it is not well-formed. */
bool utf7_encode(struct buffer *out, const char *bytes, size_t length);

#endif
