/* Rounds: folders whose connection broke, or for which the server had no time, are tried again in
 * the same run, after a pause. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "sync/folder.h"
#include "sync/run.h"

/* Rounds in which nothing was done, one after the other, before the rest is left for the next run.
 */
#define IN_VAIN_MAX 3
/* The same when no error was of the kind that passes: a server that talks nonsense mostly goes on
 * so. */
#define NONSENSE_MAX 1
/* More than that nobody waits for, even when each gets a little further. */
#define ROUNDS_MAX 200
/* So many messages that end connections may be found in one run: a round that finds one is not in
 * vain. */
#define BLAMED_MAX 20u
/* The first pause is this part of `timeout`, each further one twice as long as the one before. */
#define FIRST_PAUSE_PART 60
/* Up to that part of a pause comes on top by chance: programs that a server threw out at the same
 * moment must not all come back at the same moment. */
#define JITTER_PART 4

/* --- What takes part --- */

static int compare_names(const void *key, const void *item)
{
	return strcmp(key, ((const struct run_again *)item)->name);
}

static const struct run_again *find_again(const struct run *run, const char *name)
{
	if (run->again_count == 0)
		return NULL;
	/* In the order of the table, which is that of names. */
	return bsearch(name, run->again, run->again_count, sizeof *run->again, compare_names);
}

bool run_takes(const struct run *run, const char *name)
{
	return !run->again || find_again(run, name);
}

static int compare_folder_names(const void *key, const void *item)
{
	return strcmp(key, sync_folder_name(item));
}

struct sync_folder *run_find_folder(const struct run *run, const struct folder_view *view)
{
	if (run->folder_count == 0)
		return NULL;
	struct sync_folder *folder = bsearch(view->name, run->folders, run->folder_count,
					     sizeof *run->folders, compare_folder_names);
	return folder && !folder->ending.left_alone ? folder : NULL;
}

struct sync_counts run_earlier_counts(const struct run *run, const char *name)
{
	const struct run_again *again = find_again(run, name);
	struct sync_counts counts = { .downloaded = 0 };
	if (again)
		counts = again->counts;
	counts.skipped = 0; /* they are tried again as well */
	return counts;
}

void run_release_again(struct run *run)
{
	for (size_t i = 0; i < run->again_count; i++)
		free(run->again[i].name);
	free(run->again);
	run->again = NULL;
	run->again_count = 0;
}

void run_release_round(struct run *run)
{
	for (size_t i = 0; i < run->folder_count; i++)
		sync_folder_release(&run->folders[i]);
	free(run->folders);
	run->folders = NULL;
	run->folder_count = 0;
	arrival_list_release(&run->arrivals);
	source_list_release(&run->sources);
	run_tags_release(run);
	places_release(&run->context.places);
	folder_table_release(&run->table);
}

/* Put off, or not come to because the round was interrupted. */
static bool is_left(const struct run *run, const struct sync_folder *folder)
{
	return folder->ending.deferral || (run->interrupted && !folder->ending.ended);
}

static size_t count_left(const struct run *run)
{
	size_t left = 0;
	for (size_t i = 0; i < run->folder_count; i++)
		left += is_left(run, &run->folders[i]);
	return left;
}

/* When the list itself failed there are no folders, and all that were to take part still are. */
static void take_again(struct run *run)
{
	if (!run->folders) {
		run_release_round(run);
		return;
	}
	run_release_again(run);
	run->again = memory_array(run->folder_count + 1, sizeof *run->again);
	for (size_t i = 0; i < run->folder_count; i++) {
		const struct sync_folder *folder = &run->folders[i];
		if (!is_left(run, folder))
			continue;
		run->again[run->again_count++] =
			(struct run_again){ .name = memory_text(sync_folder_name(folder)),
					    .counts = folder->transfer.counts };
		state_last_run_doubt(&run->context.last_run, sync_folder_name(folder));
	}
	run_release_round(run);
}

/* --- Whether there is another round --- */

static uint64_t sum(const struct sync_counts *counts)
{
	return counts->downloaded + counts->fetched + counts->uploaded + counts->adopted +
	       counts->near_flags + counts->far_flags + counts->near_removed + counts->far_removed +
	       counts->moved + counts->linked + counts->copied + counts->expired;
}

/* Folders that are done, and messages of those that are not: grows with whatever gets done. */
static uint64_t measure(const struct run *run)
{
	unsigned int blamed = run->context.blamed;
	uint64_t done = run->result->folders + sum(&run->result->counts) +
			(blamed < BLAMED_MAX ? blamed : BLAMED_MAX);
	for (size_t i = 0; i < run->folder_count; i++) {
		if (run->folders[i].ending.deferral || !run->folders[i].ending.ended)
			done += sum(&run->folders[i].transfer.counts);
	}
	return run->folders ? done : run->done;
}

static bool is_nonsense(const struct run *run)
{
	for (size_t i = 0; i < run->folder_count; i++) {
		const struct error *deferral = run->folders[i].ending.deferral;
		if (deferral && deferral->kind == ERROR_TEMPORARY)
			return false;
	}
	return !run->interrupted;
}

static unsigned int longest_pause(const struct run *run)
{
	unsigned int pause = run->interrupted ? run->interruption.pause_ms : 0;
	for (size_t i = 0; i < run->folder_count; i++) {
		const struct error *deferral = run->folders[i].ending.deferral;
		if (deferral && deferral->pause_ms > pause)
			pause = deferral->pause_ms;
	}
	return pause;
}

static int64_t patience_ms(const struct run *run)
{
	return (int64_t)run->context.account->timeout * 1000;
}

/* Counts the round that has ended. */
static void count_round(struct run *run)
{
	uint64_t done = measure(run);
	int64_t now = clock_monotonic_ms();
	bool in_vain = done <= run->done;
	run->rounds++;
	run->done = done;
	if (!in_vain || run->in_vain == 0)
		run->in_vain_since_ms = now;
	run->in_vain = in_vain ? run->in_vain + 1 : 0;
}

/* Another round is worth it while something gets done; else up to a few times, within the time that
 * a server may say nothing. */
static bool is_worth_it(const struct run *run)
{
	unsigned int most = is_nonsense(run) ? NONSENSE_MAX : IN_VAIN_MAX;
	return run->in_vain <= most && run->rounds < ROUNDS_MAX &&
	       clock_monotonic_ms() - run->in_vain_since_ms < patience_ms(run) &&
	       longest_pause(run) <= patience_ms(run);
}

/* --- The pause --- */

static int64_t next_pause_ms(const struct run *run)
{
	unsigned int doublings = run->in_vain > 0 ? run->in_vain - 1 : 0;
	int64_t pause = (patience_ms(run) / FIRST_PAUSE_PART) << doublings;
	int64_t wanted = longest_pause(run);
	if (wanted > pause)
		pause = wanted;
	return pause + clock_real_ns() / 1000 % (pause / JITTER_PART + 1);
}

static const struct error *first_error(const struct run *run)
{
	if (run->interrupted)
		return &run->interruption;
	for (size_t i = 0; i < run->folder_count; i++) {
		if (run->folders[i].ending.deferral)
			return run->folders[i].ending.deferral;
	}
	return NULL;
}

static void show_waiting(const struct run *run)
{
	const struct sync_events *events = run->context.events;
	const struct sync_progress progress = { .account = run->context.account->name,
						.phase = "waiting for the server",
						.bytes = atomic_load(&run->context.bytes) };
	if (events->progress)
		events->progress(events->context, &progress);
}

/* Without a connection: the server has its place for others meanwhile. A signal ends it. */
static bool wait_for_server(struct run *run)
{
	int64_t pause = next_pause_ms(run);
	log_line(LOG_VERBOSE, "%s: %s; trying again in %lld.%03lld s", run->context.account->name,
		 first_error(run)->text, (long long)(pause / 1000), (long long)(pause % 1000));
	show_waiting(run);
	pool_begin_anew(run->pool);
	return clock_sleep(pause, run->context.options->cancel);
}

/* --- The end --- */

/* What the server asked for, when that is longer than anybody waits. */
static void add_when(const struct run *run, struct error *error)
{
	struct error whole = *error;
	if (error->pause_ms <= patience_ms(run) || error->pause_ms == ERROR_PAUSE_NOT_IN_THIS_RUN)
		return;
	unsigned int seconds = whole.pause_ms / 1000 + (whole.pause_ms % 1000 > 0);
	(void)error_set(error, whole.kind, whole.scope, /* always -1 */
			"the server wants to be left alone for %u %s, run again after that: %s",
			seconds, text_plural(seconds, "second", "seconds"), whole.text);
}

/* Folders that failed for one and the same reason are not named one by one. */
static void report_deferred(struct run *run, const struct sync_folder *folder, struct error *told)
{
	struct error error = *folder->ending.deferral;
	if (run->interrupted || strcmp(error.text, told->text) == 0)
		return;
	*told = error;
	add_when(run, &error);
	run_tell_failure(run, sync_folder_name(folder), &error);
}

static void tell_interruption(struct run *run, bool stopped)
{
	struct error error = run->interruption;
	if (stopped)
		(void)error_set(&error, ERROR_TEMPORARY, SCOPE_ACCOUNT, /* always -1 */
				"stopped by a signal; the next run goes on from here");
	add_when(run, &error);
	run_tell_failure(run, NULL, &error);
}

/* What was put off is left for the next run. */
static void end_left(struct run *run, bool stopped)
{
	struct error told = ERROR_INITIAL;
	run->interrupted = run->interrupted || stopped;
	if (run->interrupted && !run->gave_up)
		tell_interruption(run, stopped);
	for (size_t i = 0; i < run->folder_count; i++) {
		struct sync_folder *folder = &run->folders[i];
		if (!folder->ending.deferral)
			continue;
		if (!run->gave_up)
			report_deferred(run, folder, &told);
		run_end_folder(run, folder, SYNC_FOLDER_FAILED);
	}
}

bool run_goes_on(struct run *run)
{
	bool stopped = false;
	count_round(run);
	if (!run->interrupted && count_left(run) == 0)
		return false;
	if (!run->gave_up && is_worth_it(run)) {
		if (wait_for_server(run)) {
			take_again(run);
			run->interrupted = false;
			return true;
		}
		stopped = true;
	}
	end_left(run, stopped);
	return false;
}
