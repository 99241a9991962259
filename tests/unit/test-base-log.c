/* What is said on stderr. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

#define THREADS 4
#define LINES_PER_THREAD 200

static FILE *caught;
static int terminal;

/* From here on stderr is a file. */
static void catch_stderr(void)
{
	caught = tmpfile();
	cr_assert_not_null(caught);
	terminal = dup(STDERR_FILENO);
	cr_assert_geq(dup2(fileno(caught), STDERR_FILENO), 0);
}

/* Back; what was said meanwhile, the caller's. */
static char *release(void)
{
	long size;
	(void)fflush(stderr);
	(void)dup2(terminal, STDERR_FILENO);
	(void)close(terminal);
	(void)fseek(caught, 0, SEEK_END);
	size = ftell(caught);
	cr_assert_geq(size, 0);
	rewind(caught);
	char *text = calloc(1, (size_t)size + 1);
	cr_assert_not_null(text);
	cr_assert_eq(fread(text, 1, (size_t)size, caught), (size_t)size);
	(void)fclose(caught);
	return text;
}

Test(base_log, says_one_printable_line)
{
	catch_stderr();
	log_line(LOG_WARNING, "folder %s\n\x1b[31m", "Lists");
	char *text = release();
	cr_assert_str_eq(text, "navette: folder Lists\\x0A\\x1B[31m\n");
	free(text);
}

Test(base_log, tells_the_journal_the_priorities)
{
	struct stat status;
	char stream[64];
	catch_stderr();
	cr_assert_eq(fstat(STDERR_FILENO, &status), 0);
	(void)snprintf(stream, sizeof stream, "%ju:%ju", (uintmax_t)status.st_dev,
		       (uintmax_t)status.st_ino);
	(void)setenv("JOURNAL_STREAM", stream, 1);
	log_detect_journal();
	log_line(LOG_ERROR, "wrong");
	log_line(LOG_WARNING, "odd");
	log_line(LOG_NOTICE, "done");
	(void)setenv("JOURNAL_STREAM", "1:2", 1); /* another stream than stderr */
	log_detect_journal();
	log_line(LOG_ERROR, "elsewhere");
	char *text = release();
	cr_assert_str_eq(text, "<3>navette: wrong\n<4>navette: odd\n<5>navette: done\n"
			       "navette: elsewhere\n");
	free(text);
}

Test(base_log, says_a_repeated_warning_once)
{
	catch_stderr();
	log_line(LOG_WARNING, "odd %d", 1);
	log_line(LOG_WARNING, "odd %d", 1);
	log_line(LOG_ERROR, "wrong");
	log_line(LOG_ERROR, "wrong");
	log_line(LOG_WARNING, "odd %d", 1);
	log_line(LOG_WARNING, "odd %d", 2);
	log_line(LOG_WARNING, "odd %d", 1);
	char *text = release();
	cr_assert_str_eq(text, "navette: odd 1\nnavette: wrong\nnavette: wrong\n"
			       "navette: odd 2\n");
	free(text);
}

Test(base_log, says_a_warning_again_after_many_others)
{
	catch_stderr();
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 100; i++)
			log_line(LOG_WARNING, "odd %d", i);
	}
	char *text = release();
	size_t lines = 0;
	for (const char *at = text; (at = strchr(at, '\n')); at++)
		lines++;
	cr_assert_eq(lines, 200);
	free(text);
}

Test(base_log, says_what_the_level_shows)
{
	static const char *const expected[] = {
		"navette: 0\n", "navette: 0\nnavette: 1\n", "navette: 0\nnavette: 1\nnavette: 2\n",
		"navette: 0\nnavette: 1\nnavette: 2\nnavette: 3\n"
	};
	for (int level = LOG_ERROR; level <= LOG_VERBOSE; level++) {
		log_set_level((enum log_level)level);
		catch_stderr();
		for (int said = LOG_ERROR; said <= LOG_WIRE; said++)
			log_line((enum log_level)said, "%d", said);
		char *text = release();
		cr_assert_str_eq(text, expected[level]);
		cr_assert(log_shows((enum log_level)level));
		cr_assert_not(log_shows((enum log_level)(level + 1)));
		free(text);
	}
}

Test(base_log, notices_are_shown_at_start)
{
	cr_assert(log_shows(LOG_NOTICE));
	cr_assert_not(log_shows(LOG_VERBOSE));
}

static void say_before(void *context)
{
	(void)fprintf(stderr, "[%s", (const char *)context);
}

static void say_after(void *context)
{
	(void)fprintf(stderr, "%s]", (const char *)context);
}

Test(base_log, hooks_stand_around_each_line)
{
	catch_stderr();
	log_set_hooks(say_before, say_after, (void *)"x");
	log_line(LOG_ERROR, "line");
	log_line(LOG_WIRE, "not shown");
	log_set_hooks(NULL, NULL, NULL);
	log_line(LOG_ERROR, "line");
	char *text = release();
	cr_assert_str_eq(text, "[xnavette: line\nx]navette: line\n");
	free(text);
}

static void *talk(void *name)
{
	for (int i = 0; i < LINES_PER_THREAD; i++)
		log_line(LOG_ERROR, "%s %s %s", (const char *)name, (const char *)name,
			 (const char *)name);
	return NULL;
}

Test(base_log, lines_of_threads_are_not_torn)
{
	static const char *const names[THREADS] = { "one", "two", "three", "four" };
	pthread_t threads[THREADS];
	size_t counts[THREADS] = { 0 };
	catch_stderr();
	for (size_t i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, talk, (void *)names[i]), 0);
	for (size_t i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	char *text = release();
	for (char *line = text; *line; line += strcspn(line, "\n") + 1) {
		bool known = false;
		for (size_t i = 0; i < THREADS && !known; i++) {
			char whole[64];
			(void)snprintf(whole, sizeof whole, "navette: %s %s %s\n", names[i],
				       names[i], names[i]);
			known = strncmp(line, whole, strlen(whole)) == 0;
			counts[i] += known;
		}
		cr_assert(known, "%.40s", line);
	}
	for (size_t i = 0; i < THREADS; i++)
		cr_assert_eq(counts[i], LINES_PER_THREAD);
	free(text);
}
