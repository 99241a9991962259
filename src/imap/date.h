/* INTERNALDATE (RFC 9051 section 9, date-time). SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_IMAP_DATE_H
#define NAVETTE_IMAP_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "dd-Mon-yyyy hh:mm:ss +zzzz" -> seconds since the epoch. Days of one digit, with or
 * without the space, are read, as some servers write them. False when it is no date. */
bool imap_date_parse(const char *text, size_t length, int64_t *seconds_r);

#define IMAP_DATE_SIZE 27 /* bytes with NUL */
/* The same form, always two digits for the day, in UTC (+0000), English whatever the locale. Years
 * outside 1900..9999 are clamped. */
void imap_date_format(int64_t seconds, char text[IMAP_DATE_SIZE]);

#define IMAP_DAY_SIZE 12 /* bytes with NUL */
/* "d-Mon-yyyy" of a day counted from the epoch, for SEARCH (RFC 9051 section 9, date). Years are
 * clamped as above. */
void imap_date_format_day(int64_t day, char text[IMAP_DAY_SIZE]);

#endif
