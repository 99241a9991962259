/* The lines of a configuration file, made safe for inih. Internal to config.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CONFIG_LINES_H
#define NAVETTE_CONFIG_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* The longest line that inih takes whole in every build of it: its buffer has 200 bytes in those of
 * distributions, for the text, CR, LF and NUL; longer lines it would cut into pieces silently. */
#define CONFIG_LINE_MAX 196

enum config_line_kind {
	CONFIG_LINE_END,     /* none is left */
	CONFIG_LINE_EMPTY,   /* blank or a comment */
	CONFIG_LINE_SECTION, /* "[...]" */
	CONFIG_LINE_KEY,     /* "key = value" */
	CONFIG_LINE_MORE,    /* indented: goes on with the value of the key before */
	CONFIG_LINE_BAD      /* must not reach inih: problem says why */
};

/* Where the reading is. Start with FILE set and the rest zeroed. */
struct config_lines {
	FILE *file;          /* borrowed */
	unsigned int number; /* of the last line; the first is 1 */
	bool has_key;        /* a key was seen in the section, so that lines can go on with it */
	char *text;          /* the last line, without its end */
	size_t length;
	size_t capacity;
	char *section; /* of a CONFIG_LINE_SECTION: what stands in the brackets */
	char *problem; /* of a CONFIG_LINE_BAD */
};

/* Reads the next line and looks for what inih would take otherwise than its writer meant: lines
 * that are too long, comments that would cut a secret or a command, brackets and keys that are
 * misplaced, NUL bytes; a UTF-8 BOM is dropped, and the comment of a CONFIG_LINE_MORE. */
enum config_line_kind config_lines_next(struct config_lines *lines);
/* Frees and wipes: lines hold passwords. The file stays open. */
void config_lines_release(struct config_lines *lines);

#endif
