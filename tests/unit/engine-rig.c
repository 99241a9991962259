/* The real engine in a room of its own. SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine-rig.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <ftw.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../faults/faults.h"
#include "base/memory.h"
#include "engine-feed.h"
#include "engine-live.h"

#define DAY_SECONDS 86400
#define STAMPS_FROM 1700000000

/* --- The room --- */

#ifdef __GLIBC__
/* What nobody wrote to is not zero by chance: who reads it is noticed. */
__attribute__((constructor)) static void fill_memory(void)
{
	(void)mallopt(M_PERTURB, 0x5a);
}
#endif

static void write_file(const char *path, const char *text, size_t length)
{
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	cr_assert(file >= 0 && write(file, text, length) == (ssize_t)length && close(file) == 0,
		  "%s cannot be written", path);
}

void rig_configure(struct rig *rig, const char *rules)
{
	struct error error = ERROR_INITIAL;
	char *path = memory_format("%s/config", rig->directory);
	char *text = memory_format("[account work]\nhost = memory.invalid\nuser = me\n"
				   "password = secret\nmaildir = %s\n%s",
				   rig->maildir, rules);
	config_destroy(&rig->config);
	write_file(path, text, strlen(text));
	cr_assert_eq(config_load(path, &rig->config, &error), 0, "%s", error.text);
	rig->account = config_find_account(rig->config, "work");
	free(text);
	free(path);
}

void rig_begin(struct rig *rig, const char *rules)
{
	const char *root = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : getenv("TMPDIR");
	*rig = (struct rig){ .world = world_create() };
	rig->directory = memory_format("%s/navette-rig.XXXXXX", root ? root : "/tmp");
	cr_assert_not_null(mkdtemp(rig->directory));
	rig->maildir = memory_format("%s/mail", rig->directory);
	(void)setenv("XDG_STATE_HOME", rig->directory, 1);
	rig->today = time(NULL) / DAY_SECONDS;
	rig_configure(rig, rules);
	faults_skip_pauses();
}

void rig_begin_alone(struct rig *rig, const char *rules)
{
	char *text = memory_format("connections = 1\n%s", rules);
	rig_begin(rig, text);
	free(text);
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	(void)status;
	(void)kind;
	(void)walk;
	return remove(path);
}

void rig_remove(const char *directory)
{
	(void)nftw(directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

void rig_end(struct rig *rig)
{
	if (rig->live)
		rig_live_end(rig);
	rig_remove(rig->directory);
	config_destroy(&rig->config);
	world_destroy(&rig->world);
	free(rig->directory);
	free(rig->maildir);
}

void rig_clear(struct rig *rig)
{
	char *state = memory_format("%s/navette", rig->directory);
	if (rig->live)
		rig_live_close(rig);
	rig_remove(rig->maildir);
	rig_remove(state);
	free(state);
	world_clear(rig->world);
}

void rig_begin_day(struct rig *rig)
{
	const struct timespec hour = { .tv_sec = 3600 };
	struct timespec now;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	if ((now.tv_sec + hour.tv_sec) / DAY_SECONDS > now.tv_sec / DAY_SECONDS) {
		(void)nanosleep(&hour, NULL);
		(void)clock_gettime(CLOCK_REALTIME, &now);
	}
	rig->today = now.tv_sec / DAY_SECONDS;
}

/* --- Runs --- */

static void note_failure(void *context, const char *account, const char *folder,
			 const struct error *error)
{
	struct rig *rig = context;
	size_t used = strlen(rig->failures);
	(void)account;
	cr_expect(error->kind != ERROR_NONE && error->text[0] != '\0', "a failure without a word");
	(void)snprintf(rig->failures + used, sizeof rig->failures - used, "%s: %s\n",
		       folder ? folder : "-", error->text);
}

static void note_progress(void *context, const struct sync_progress *progress)
{
	struct rig *rig = context;
	if (rig->progress && progress->folder)
		buffer_add_format(rig->progress, "%s %s %llu/%llu\n", progress->folder,
				  progress->phase, (unsigned long long)progress->done,
				  (unsigned long long)progress->total);
	rig->progress_bytes = progress->bytes;
	if (rig->meanwhile)
		rig->meanwhile(rig, progress);
}

static void note_change(void *context, const struct sync_change *change)
{
	struct rig *rig = context;
	if (rig->feed)
		feed_take(&rig->paths, change);
}

static void run_alone(struct rig *rig, const struct sync_options *options,
		      const struct sync_events *events)
{
	struct sync_options own = *options;
	own.far = world_side(rig->world);
	sync_account(rig->account, &own, events, &rig->result);
	far_side_destroy(&own.far);
}

void rig_run(struct rig *rig, const struct sync_options *options)
{
	struct sync_options own = { .dry_run = false };
	const struct sync_events events = { .context = rig,
					    .failed = note_failure,
					    .changed = note_change,
					    .progress = note_progress };
	if (options)
		own = *options;
	rig->failures[0] = '\0';
	rig->progress_bytes = 0;
	rig->effects_before = rig->world->effects;
	rig->feed = !rig->meanwhile && !faults_are_active();
	if (rig->feed)
		feed_begin(&rig->paths, rig);
	if (rig->live)
		rig_live_round(rig, &own, &events);
	else
		run_alone(rig, &own, &events);
	if (rig->feed)
		feed_end(&rig->paths, rig);
	rig->effects = rig->world->effects - rig->effects_before;
}

bool rig_run_to_death(struct rig *rig, const struct sync_options *options, const char *kill)
{
	int status;
	if (rig->live) /* what a process has open is not for its child */
		rig_live_close(rig);
	pid_t child = fork();
	cr_assert(child >= 0);
	if (child == 0) {
		rig->live = NULL;
		if (kill)
			faults_begin(kill, NULL);
		rig_run(rig, options);
		_exit(0);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	rig->world->fault = WORLD_WELL;
	cr_assert(WIFEXITED(status) || WTERMSIG(status) == SIGKILL, "the run crashed: signal %d",
		  WTERMSIG(status));
	return WIFSIGNALED(status);
}

/* --- Messages --- */

char *rig_path(const struct rig *rig, const char *folder, const char *place)
{
	return memory_format("%s/%s/%s", rig->maildir, folder, place);
}

int64_t rig_date(const struct rig *rig, unsigned int number)
{
	return (rig->today - number * 7 % 12) * DAY_SECONDS + DAY_SECONDS / 2;
}

/* Messages are of various sizes, and versions of one as well. */
char *rig_message(unsigned int number, unsigned int version, bool crlf)
{
	const char *end = crlf ? "\r\n" : "\n";
	return memory_format("From: a@example.org%sSubject: number %u%sMessage-ID: <%u@example.org>"
			     "%sDate: Thu, 1 Jan 2026 10:00:00 +0000%s%sbody %u of %u%s%*s%s",
			     end, number, end, number, end, end, end, version, number, end,
			     (int)(number * 5 % 9 * 64 + version * 10 + 1), "x", end);
}

void rig_stamp(struct rig *rig, const char *folder, const char *place)
{
	char *path = rig_path(rig, folder, place);
	const struct timespec times[2] = {
		{ .tv_sec = rig->stamps, .tv_nsec = 1 },
		{ .tv_sec = STAMPS_FROM + rig->stamps, .tv_nsec = 1 },
	};
	rig->stamps++;
	(void)utimensat(AT_FDCWD, path, times, 0); /* it may be gone */
	free(path);
}

void rig_stamp_folder(struct rig *rig, const char *folder)
{
	rig_stamp(rig, folder, "cur");
	rig_stamp(rig, folder, "new");
}

void rig_make_folder(struct rig *rig, const char *folder)
{
	static const char *const parts[] = { "", "tmp", "new", "cur" };
	(void)mkdir(rig->maildir, 0700);
	for (const char *slash = folder; (slash = strchr(slash, '/')) != NULL; slash++) {
		char *above = memory_text_length(folder, (size_t)(slash - folder));
		char *path = rig_path(rig, above, "");
		(void)mkdir(path, 0700);
		free(path);
		free(above);
	}
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		char *path = rig_path(rig, folder, parts[i]);
		(void)mkdir(path, 0700);
		free(path);
	}
}

void rig_rename(struct rig *rig, const char *folder, const char *name)
{
	char *from = rig_path(rig, folder, "");
	char *to = rig_path(rig, name, "");
	from[strlen(from) - 1] = to[strlen(to) - 1] = '\0'; /* the last slash */
	cr_assert_eq(rename(from, to), 0, "%s to %s", from, to);
	free(from);
	free(to);
}

void rig_write(struct rig *rig, const char *folder, const char *place, const char *name,
	       unsigned int number, unsigned int version)
{
	char *text = rig_message(number, version, false);
	char *directory = rig_path(rig, folder, place);
	char *path = memory_format("%s/%s", directory, name);
	const struct timespec date = { .tv_sec = rig_date(rig, number) + version };
	const struct timespec times[2] = { date, date };
	write_file(path, text, strlen(text));
	(void)utimensat(AT_FDCWD, path, times, 0);
	rig_stamp(rig, folder, place);
	free(path);
	free(directory);
	free(text);
}

void rig_deliver(struct rig *rig, const char *folder, const char *name, unsigned int number,
		 unsigned int version)
{
	rig_make_folder(rig, folder);
	rig_write(rig, folder, strchr(name, ':') ? "cur" : "new", name, number, version);
}

uint32_t rig_append(const struct rig *rig, const char *folder, uint32_t flags, unsigned int number,
		    unsigned int version)
{
	char *text = rig_message(number, version, true);
	struct world_mailbox *mailbox = world_find(rig->world, folder);
	if (!mailbox)
		mailbox = world_make(rig->world, folder);
	uint32_t uid = world_add(rig->world, mailbox, flags, rig_date(rig, number) + version, text,
				 strlen(text));
	free(text);
	return uid;
}

void rig_agree(struct rig *rig, unsigned int count)
{
	for (unsigned int i = 1; i <= count; i++)
		(void)rig_append(rig, "INBOX", FLAG_SEEN, i, 0);
	rig_run(rig, NULL);
	cr_assert_eq(rig->result.worst, ERROR_NONE, "%s", rig->failures);
}
