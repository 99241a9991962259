/* What a run tells while it works. Internal to sync. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_SYNC_REPORT_H
#define NAVETTE_SYNC_REPORT_H

#include <stdint.h>

#include "base/error.h"
#include "maildir/message.h"
#include "sync/sync.h"

struct sync_context;
struct sync_folder;

/* All may be called by several threads. */
void sync_report_plan(const struct sync_folder *folder);
void sync_report_progress(const struct sync_folder *folder, const char *phase, uint64_t done,
			  uint64_t total);
/* The calling worker is done with a folder, or with its part of one. */
void sync_report_idle(struct sync_context *context);
/* Whoever makes, removes or renames a file of the folder's Maildir tells it here. NOW: where it is,
 * or was until now. BEFORE: where one of KIND moved or changed was, in this same Maildir; else
 * NULL. */
void sync_report_change(const struct sync_folder *folder, enum sync_change_kind kind,
			const struct maildir_location *now, const struct maildir_location *before);
/* One message failed: tells, counts it as skipped. */
void sync_report_message(struct sync_folder *folder, const struct error *error);
/* COUNT messages failed for one reason. */
void sync_report_messages(struct sync_folder *folder, uint64_t count, const struct error *error);

#endif
