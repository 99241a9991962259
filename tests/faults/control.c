/* Which call fails, and when the process dies. SPDX-License-Identifier: GPL-3.0-or-later */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "faults.h"

static struct faults_report own_report; /* without FAULTS_REPORT */

static struct {
	atomic_bool active; /* in the process itself, not in its children */
	struct faults_report *report;
	uint64_t kill_at; /* 0: never */
	bool kill_half, kill_after, kill_answered;
	enum fault_kind kill_kind; /* FAULT_KIND_COUNT: of any */
	enum fault_kind kind;
	uint64_t fail_at; /* 0: never */
	bool fail_on;     /* all from that one on */
	int code;
	size_t map_size;
	const char *refused; /* bytes; NULL: none */
	uint64_t free_bytes; /* at most */
	const char *network; /* a path; NULL: none */
	time_t second;
	struct timespec now;
} control = { .report = &own_report, .kill_kind = FAULT_KIND_COUNT, .free_bytes = UINT64_MAX };

static atomic_bool dying; /* the time has come */

void *faults_real(_Atomic(void *) *found, const char *name)
{
	void *function = atomic_load_explicit(found, memory_order_relaxed);
	if (!function) {
		function = dlsym(RTLD_NEXT, name);
		atomic_store_explicit(found, function, memory_order_relaxed);
	}
	return function;
}

void faults_die(void)
{
	(void)syscall(SYS_kill, getpid(), SIGKILL);
	for (;;)
		(void)syscall(SYS_pause);
}

/* Another thread may be past the point already: it stops at its next change. CALL: its number among
 * those of its kind. */
static void check_kill(struct fault *fault, enum fault_kind kind, uint64_t call, bool changes)
{
	bool any = control.kill_kind == FAULT_KIND_COUNT;
	uint64_t change = changes ? atomic_fetch_add(&control.report->changes, 1) + 1 : 0;
	uint64_t number = any ? change : kind == control.kill_kind ? call : 0;
	if (control.kill_at == 0)
		return;
	if (changes && atomic_load(&dying))
		faults_die();
	if (number < control.kill_at)
		return;
	atomic_fetch_add(&control.report->fired, 1);
	atomic_store(&dying, true);
	fault->dies_answered = control.kill_answered;
	if (number == control.kill_at && control.kill_after)
		fault->dies_after = true;
	else if (number == control.kill_at && control.kill_half)
		fault->dies_half = true;
	else
		faults_die();
}

struct fault faults_enter(enum fault_kind kind, bool changes)
{
	struct fault fault = { .code = 0 };
	if (!atomic_load_explicit(&control.active, memory_order_relaxed))
		return fault;
	uint64_t number = atomic_fetch_add(&control.report->calls[kind], 1) + 1;
	bool chosen = control.fail_at != 0 && kind == control.kind &&
		      (number == control.fail_at || (control.fail_on && number > control.fail_at));
	if (chosen) {
		atomic_fetch_add(&control.report->fired, 1);
		fault.code = control.code;
	}
	check_kill(&fault, kind, number, changes);
	return fault;
}

void faults_leave(const struct fault *fault)
{
	if (fault->dies_after || fault->dies_half)
		faults_die();
}

/* --- The environment --- */

static void complain(const char *variable)
{
	static const char text[] = "libfaults: no sense in ";
	(void)!write(STDERR_FILENO, text, sizeof text - 1);
	(void)!write(STDERR_FILENO, variable, strlen(variable));
	(void)!write(STDERR_FILENO, "\n", 1);
	_exit(99);
}

static void map_report(const char *path)
{
	int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	void *map = MAP_FAILED;
	if (file >= 0 && ftruncate(file, sizeof *control.report) == 0)
		map = mmap(NULL, sizeof *control.report, PROT_READ | PROT_WRITE, MAP_SHARED, file,
			   0);
	if (map == MAP_FAILED)
		complain("FAULTS_REPORT");
	control.report = map;
	(void)close(file);
}

static bool find_kind(const char *text, size_t length, enum fault_kind *kind_r)
{
#define FAULT_WORD(name, word) word,
	static const char *const words[] = { FAULT_KINDS(FAULT_WORD) };
#undef FAULT_WORD
	for (size_t i = 0; i < FAULT_KIND_COUNT; i++) {
		if (strlen(words[i]) == length && memcmp(words[i], text, length) == 0) {
			*kind_r = (enum fault_kind)i;
			return true;
		}
	}
	return false;
}

static void parse_kill(const char *text)
{
	char *rest;
	size_t length = strcspn(text, ":");
	if (text[length] == ':' && find_kind(text, length, &control.kill_kind))
		text += length + 1;
	control.kill_at = strtoull(text, &rest, 10);
	control.kill_half = strcmp(rest, ":half") == 0;
	control.kill_answered = strcmp(rest, ":answered") == 0;
	control.kill_after = control.kill_answered || strcmp(rest, ":after") == 0;
	if (control.kill_at == 0 ||
	    (strcmp(rest, ":before") != 0 && !control.kill_half && !control.kill_after))
		complain("FAULTS_KILL");
}

static void parse_fail(const char *text)
{
	char *rest;
	size_t length = strcspn(text, ":");
	if (!find_kind(text, length, &control.kind) || text[length] != ':')
		complain("FAULTS_FAIL");
	control.fail_at = strtoull(text + length + 1, &rest, 10);
	control.fail_on = *rest == '+';
	rest += control.fail_on;
	if (control.fail_at == 0 || *rest++ != ':')
		complain("FAULTS_FAIL");
	control.code = strcmp(rest, "short") == 0 ? FAULT_SHORT : (int)strtol(rest, NULL, 10);
	if (control.code == 0)
		complain("FAULTS_FAIL");
}

static void parse_second(const char *text)
{
	char *rest;
	control.second = (time_t)strtoll(text, &rest, 10);
	unsigned long ms = *rest == '+' ? strtoul(rest + 1, &rest, 10) : 0;
	if (control.second == 0 || *rest)
		complain("FAULTS_SECOND");
	control.now.tv_sec = control.second + (time_t)(ms / 1000);
	control.now.tv_nsec = (long)(ms % 1000) * 1000000L;
}

time_t faults_second(struct timespec *now_r)
{
	*now_r = control.now;
	return faults_are_active() ? control.second : 0;
}

bool faults_are_active(void)
{
	return atomic_load_explicit(&control.active, memory_order_relaxed);
}

bool faults_is_of_network(const char *path)
{
	return faults_are_active() && control.network &&
	       strncmp(path, control.network, strlen(control.network)) == 0;
}

bool faults_refuse_any(void)
{
	return faults_are_active() && control.refused;
}

bool faults_refuse(const char *path)
{
	if (!faults_refuse_any())
		return false;
	const char *slash = strrchr(path, '/');
	if (!strpbrk(slash ? slash + 1 : path, control.refused))
		return false;
	errno = EINVAL;
	return true;
}

size_t faults_map_size(void)
{
	return control.map_size;
}

static void leave_child_alone(void)
{
	atomic_store(&control.active, false);
}

void faults_begin(const char *kill, const char *fail)
{
	memset(control.report, 0, sizeof *control.report);
	control.kill_at = control.fail_at = 0;
	control.kill_kind = FAULT_KIND_COUNT;
	if (kill)
		parse_kill(kill);
	if (fail)
		parse_fail(fail);
	atomic_store(&control.active, true);
}

void faults_set_disk(const char *refused, uint64_t free_bytes)
{
	control.refused = refused;
	control.free_bytes = free_bytes;
}

uint64_t faults_free(uint64_t free_bytes)
{
	bool less = faults_are_active() && control.free_bytes < free_bytes;
	return less ? control.free_bytes : free_bytes;
}

void faults_end(void)
{
	atomic_store(&control.active, false);
}

const struct faults_report *faults_counts(void)
{
	return control.report;
}

__attribute__((constructor)) static void begin(void)
{
	const char *report = getenv("FAULTS_REPORT");
	const char *journal = getenv("FAULTS_JOURNAL");
	const char *map = getenv("FAULTS_MAP");
	const char *when = getenv("FAULTS_KILL");
	const char *what = getenv("FAULTS_FAIL");
	const char *second = getenv("FAULTS_SECOND");
	const char *refused = getenv("FAULTS_REFUSE");
	if (strcmp(program_invocation_short_name, "navette") != 0)
		return;
	if (report)
		map_report(report);
	if (journal)
		faults_journal_open(journal);
	if (map)
		control.map_size = strtoull(map, NULL, 10);
	if (when)
		parse_kill(when);
	if (what)
		parse_fail(what);
	if (second)
		parse_second(second);
	control.refused = refused;
	control.network = getenv("FAULTS_NETWORK");
	(void)pthread_atfork(NULL, NULL, leave_child_alone);
	atomic_store(&control.active, true);
}
