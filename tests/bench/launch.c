/* Runs a program and tells what it took: a small process of its own, because a child's peak memory
 * counts what its parent had before the exec. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(const struct timeval *time)
{
	return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

/* launch FILE PROGRAM [ARGUMENT...]: writes "wall cpu peak-in-kB status" to FILE. */
int main(int argc, char **argv)
{
	struct timespec start;
	struct timespec end;
	struct rusage usage;
	int status;
	if (argc < 3)
		return 2;
	/* What the program leaves behind, like a server in a pipe, becomes ours, and counts. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1UL) != 0)
		return 1;
	(void)clock_gettime(CLOCK_MONOTONIC, &start); /* cannot fail */
	pid_t child = fork();
	if (child == 0) {
		(void)execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) != child)
		return 1;
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	double cpu = seconds(&usage.ru_utime) + seconds(&usage.ru_stime);
	long peak = usage.ru_maxrss;
	while (wait4(-1, NULL, 0, &usage) > 0) {
		cpu += seconds(&usage.ru_utime) + seconds(&usage.ru_stime);
		peak = usage.ru_maxrss > peak ? usage.ru_maxrss : peak;
	}
	FILE *file = fopen(argv[1], "w");
	if (!file)
		return 1;
	double wall =
		(double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
	int printed = fprintf(file, "%.6f %.6f %ld %d\n", wall, cpu, peak,
			      WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return fclose(file) == 0 && printed > 0 ? 0 : 1;
}
