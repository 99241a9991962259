/* The file that says what the last run did. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "state-fixture.h"
#include "state/last_run.h"

TestSuite(state_last_run, .fini = fixture_end);

static void write_run(const struct state_last_run *last)
{
	struct error error = ERROR_INITIAL;
	struct state *state = fixture_open(STATE_READ_WRITE);
	cr_assert_eq(state_last_run_write(state, last, &error), 0, "%s", error.text);
	state_close(&state);
}

static int read_run(struct state_last_run *last)
{
	struct error error = ERROR_INITIAL;
	return state_last_run_read(fixture_directory(), last, &error);
}

static void write_text(const char *text, size_t length)
{
	char *path = fixture_path("last-run");
	FILE *file = fopen(path, "w");
	cr_assert_not_null(file);
	cr_assert_eq(fwrite(text, 1, length, file), length);
	cr_assert_eq(fclose(file), 0);
	free(path);
}

Test(state_last_run, there_is_none_at_first)
{
	struct state_last_run last;
	cr_assert_eq(read_run(&last), 0);
	cr_assert_eq(last.problem_count, 0);
}

Test(state_last_run, comes_back_as_it_was)
{
	struct state_last_run last = { .begun = 100,
				       .ended = 107,
				       .worst = ERROR_SAFETY,
				       .partial = true,
				       .folders = 9,
				       .failed = 2,
				       .refused = 1 };
	const struct error refused = { .kind = ERROR_SAFETY, .text = "a\ttab and\na line" };
	const struct error failed = { .kind = ERROR_FAILED, .text = "the server is gone" };
	state_last_run_add_problem(&last, "Lists/f\xc3\xbc", &refused);
	state_last_run_add_problem(&last, NULL, &failed);
	write_run(&last);
	struct state_last_run again;
	cr_assert_eq(read_run(&again), 1);
	cr_assert_eq(again.begun, 100);
	cr_assert_eq(again.ended, 107);
	cr_assert_eq(again.worst, ERROR_SAFETY);
	cr_assert(again.partial);
	cr_assert_eq(again.folders, 9);
	cr_assert_eq(again.failed, 2);
	cr_assert_eq(again.refused, 1);
	cr_assert_eq(again.problem_count, 2);
	cr_assert_str_eq(again.problems[0].folder, "Lists/f\xc3\xbc");
	cr_assert_str_eq(again.problems[0].text, "a\\x09tab and\\x0Aa line");
	cr_assert_eq(again.problems[0].kind, ERROR_SAFETY);
	cr_assert_str_eq(again.problems[1].folder, "");
	cr_assert_str_eq(again.problems[1].text, "the server is gone");
	state_last_run_release(&again);
	state_last_run_release(&last);
}

Test(state_last_run, of_very_many_problems_some_are_counted_only)
{
	struct state_last_run last = { .begun = 1 };
	struct error failed = ERROR_INITIAL;
	for (int i = 0; i < STATE_PROBLEMS_MAX + 7; i++) {
		(void)error_set(&failed, ERROR_FAILED, SCOPE_MESSAGE, "no %d", i);
		cr_assert(state_last_run_add_problem(&last, "INBOX", &failed));
	}
	write_run(&last);
	state_last_run_release(&last);
	cr_assert_eq(read_run(&last), 1);
	cr_assert_eq(last.problem_count, STATE_PROBLEMS_MAX);
	cr_assert_eq(last.more_problems, 7);
	state_last_run_release(&last);
}

Test(state_last_run, the_same_problem_is_kept_once)
{
	struct state_last_run last = { .begun = 1 };
	const struct error failed = { .kind = ERROR_FAILED, .text = "no" };
	cr_assert(state_last_run_add_problem(&last, "INBOX", &failed));
	cr_assert(state_last_run_add_problem(&last, NULL, &failed));
	cr_assert(state_last_run_add_problem(&last, "..\x01", &failed));
	cr_assert_not(state_last_run_add_problem(&last, "INBOX", &failed));
	cr_assert_not(state_last_run_add_problem(&last, NULL, &failed));
	cr_assert_not(state_last_run_add_problem(&last, "..\x01", &failed));
	cr_assert_eq(last.problem_count, 3);
	state_last_run_release(&last);
}

Test(state_last_run, what_another_try_cured_is_not_written)
{
	struct state_last_run last = { .begun = 1 };
	const struct error cured = { .kind = ERROR_FAILED, .text = "cured" };
	const struct error stays = { .kind = ERROR_FAILED, .text = "stays" };
	cr_assert(state_last_run_add_problem(&last, "INBOX", &cured));
	cr_assert(state_last_run_add_problem(&last, "INBOX", &stays));
	cr_assert(state_last_run_add_problem(&last, "Other", &cured));
	state_last_run_doubt(&last, "INBOX");
	cr_assert_not(state_last_run_add_problem(&last, "INBOX", &stays), "it is told already");
	write_run(&last);
	state_last_run_release(&last);
	cr_assert_eq(read_run(&last), 1);
	cr_assert_eq(last.problem_count, 2);
	cr_assert_str_eq(last.problems[0].text, "stays");
	cr_assert_str_eq(last.problems[1].folder, "Other");
	state_last_run_release(&last);
}

Test(state_last_run, nobody_else_can_read_it)
{
	struct stat status;
	char *path = fixture_path("last-run");
	write_run(&(struct state_last_run){ .begun = 1 });
	cr_assert_eq(stat(path, &status), 0);
	cr_assert_eq(status.st_mode & 0777, 0600);
	free(path);
}

Test(state_last_run, what_makes_no_sense_is_refused)
{
	static const char *const texts[] = { "",
					     "\n",
					     "navette last run 2\nbegun 1\n",
					     "navette last run 1\nbegun -1\n",
					     "navette last run 1\nworst 6\n",
					     "navette last run 1\nother 5\n",
					     "navette last run 1\nbegun 1",
					     "navette last run 1\nproblem 1\tINBOX\n",
					     "navette last run 1\nproblem 9\tINBOX\tno\n",
					     "navette last run 1\nproblem \t\t\n" };
	struct state *state = fixture_open(STATE_READ_WRITE);
	state_close(&state);
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct state_last_run last;
		write_text(texts[i], strlen(texts[i]));
		cr_assert_eq(read_run(&last), -1, "%s", texts[i]);
		cr_assert_eq(last.problem_count, 0);
	}
	struct state_last_run last;
	write_text("navette last run 1\0begun 1\n", 27);
	cr_assert_eq(read_run(&last), -1);
}

/* For the sanitizers: any bytes give a record or an error. */
Test(state_last_run, decodes_any_bytes)
{
	struct state_last_run last = { .begun = 1, .ended = 2 };
	const struct error failed = { .kind = ERROR_FAILED, .text = "something" };
	state_last_run_add_problem(&last, "INBOX", &failed);
	write_run(&last);
	state_last_run_release(&last);
	size_t size;
	unsigned int seed = 1;
	char *path = fixture_path("last-run");
	char *whole = fixture_slurp(path, &size);
	free(path);
	for (int i = 0; i < 500; i++) {
		char bytes[512];
		cr_assert_lt(size, sizeof bytes);
		memcpy(bytes, whole, size);
		bytes[(size_t)rand_r(&seed) % size] = (char)rand_r(&seed);
		write_text(bytes, (size_t)rand_r(&seed) % (size + 1));
		int found = read_run(&last);
		cr_assert(found == 1 || found == -1);
		state_last_run_release(&last);
	}
	free(whole);
}

static struct state_last_run write_and_read(enum error_kind worst, uint64_t ended)
{
	const struct state_last_run last = { .begun = ended, .ended = ended, .worst = worst };
	struct state_last_run again;
	write_run(&last);
	cr_assert_eq(read_run(&again), 1);
	const struct state_last_run numbers = again; /* its texts are gone then */
	state_last_run_release(&again);
	return numbers;
}

Test(state_last_run, counts_over_all_runs)
{
	static const struct {
		enum error_kind worst;
		uint64_t ended, succeeded, failures;
	} runs[] = { { ERROR_TEMPORARY, 100, 0, 1 },
		     { ERROR_NONE, 200, 200, 0 },
		     { ERROR_FAILED, 300, 200, 1 },
		     { ERROR_SAFETY, 400, 200, 2 },
		     { ERROR_NONE, 500, 500, 0 } };
	for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
		const struct state_last_run now = write_and_read(runs[i].worst, runs[i].ended);
		cr_expect_eq(now.succeeded, runs[i].succeeded, "%zu", i);
		cr_expect_eq(now.failures, runs[i].failures, "%zu", i);
	}
}

Test(state_last_run, a_success_of_an_older_version_counts)
{
	static const char text[] = "navette last run 1\nbegun 1\nended 7\nworst 0\npartial 0\n"
				   "folders 1\nfailed 0\nrefused 0\nmore 0\n";
	struct state *state = fixture_open(STATE_READ_WRITE);
	state_close(&state);
	write_text(text, sizeof text - 1);
	const struct state_last_run now = write_and_read(ERROR_FAILED, 9);
	cr_expect_eq(now.succeeded, 7);
	cr_expect_eq(now.failures, 1);
}
