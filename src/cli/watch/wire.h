/* Lines between a run and the watch that does it: fields between tabs. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#ifndef NAVETTE_CLI_WATCH_WIRE_H
#define NAVETTE_CLI_WATCH_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "sync/live/live.h"

/* Both sides must be of one version; else a run does its work itself. */
#define WIRE_GREETING "navette " PACKAGE_VERSION " 1"

/* --- Fields --- */

/* Adds a field behind those that are there; TEXT may be NULL, and hold any bytes. */
void wire_add_text(struct buffer *line, const char *text);
void wire_add_number(struct buffer *line, uint64_t number);
/* Takes the next field off *LINE, which is changed. False: there is none, or it makes no sense. The
 * text, or NULL, points into the line. */
bool wire_take_text(char **line, const char **text_r);
bool wire_take_number(char **line, uint64_t *number_r);

/* --- What a run tells --- */

/* Each makes a line, without its end. */
void wire_add_folder(struct buffer *line, const struct sync_folder_report *report);
void wire_add_failure(struct buffer *line, const char *account, const char *folder,
		      const struct error *error);
void wire_add_change(struct buffer *line, const struct sync_change *change);
void wire_add_progress(struct buffer *line, const struct sync_progress *progress);
void wire_add_operation(struct buffer *line, const char *described);
void wire_add_result(struct buffer *line, const struct sync_result *result);

/* What a line was. */
enum wire_line { WIRE_EVENT, WIRE_RESULT, WIRE_BAD };
/* Passes what the line tells on to EVENTS, or sets *result_r. LINE is changed. */
enum wire_line wire_take_line(char *line, const struct sync_events *events,
			      struct sync_result *result_r);

/* --- How an account is --- */

void wire_add_view(struct buffer *line, const struct live_view *view);
bool wire_take_view(char *line, struct live_view *view_r);

#endif
