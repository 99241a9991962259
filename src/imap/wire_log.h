/* The lines of the server for -vv, literals struck out. SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef NAVETTE_IMAP_WIRE_LOG_H
#define NAVETTE_IMAP_WIRE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "imap/secrets.h"

/* Bytes of one line that are shown; the rest is told as a number. */
#define IMAP_WIRE_LINE_MAX 2000u

/* Start zeroed. */
struct imap_wire_log {
	struct buffer line;
	uint64_t hidden;    /* bytes of the line beyond the limit */
	uint64_t literal;   /* bytes of the literal still to come */
	uint64_t number;    /* of {number} while it is read */
	int brace;          /* how far into "{number}" the line is */
	struct buffer kept; /* read, and perhaps no text: see imap_wire_log_keep() */
	const struct imap_secrets *secrets; /* struck out of each line; borrowed, may be NULL */
	bool hide_challenges;               /* "+ ..." is a secret now */
};

/* Logs the lines that end in these bytes. Does nothing unless LOG_WIRE is shown. */
void imap_wire_log_feed(struct imap_wire_log *log, const char *label, const void *bytes,
			size_t length);
/* While the answer to COMPRESS is awaited, nobody knows where the text ends and compressed bytes
 * begin before that answer was parsed: keeps these bytes ... */
void imap_wire_log_keep(struct imap_wire_log *log, const void *bytes, size_t length);
/* ... and this feeds all that was kept but the last AHEAD bytes, which were not parsed yet. */
void imap_wire_log_feed_kept(struct imap_wire_log *log, const char *label, size_t ahead);
/* Logs each line of SHOWN ("\n" between them) as sent. */
void imap_wire_log_sent(const char *label, const char *shown);
/* As new, but for SECRETS. */
void imap_wire_log_release(struct imap_wire_log *log);

#endif
