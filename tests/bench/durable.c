/* Ways to make many small files durable, measured: for the choice in docs/architecture.md.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BATCH 1000
#define THREADS_MAX 8

static struct {
	const char *directory;
	const char *way;
	int threads;
	long files;
	size_t size;
	atomic_long next;
} job;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int write_file(int directory, long number, const char *bytes)
{
	char name[64];
	(void)snprintf(name, sizeof name, "%ld.%s.%d", number, job.way, job.threads);
	int file = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (file < 0 || write(file, bytes, job.size) != (ssize_t)job.size)
		fail(name);
	return file;
}

static void sync_files(int *files, int count)
{
	for (int i = 0; i < count; i++)
		if (fdatasync(files[i]) != 0 || close(files[i]) != 0)
			fail("fdatasync");
}

/* "each": fdatasync after each; "batch": after BATCH files each of them; "range": the same with the
 * writing begun at once by sync_file_range; "syncfs": one syncfs a batch. */
static void *work(void *context)
{
	static _Thread_local int files[BATCH];
	char *bytes = calloc(1, job.size);
	int directory = open(job.directory, O_RDONLY | O_DIRECTORY);
	int count = 0;
	(void)context;
	if (!bytes || directory < 0)
		fail(job.directory);
	for (long i; (i = atomic_fetch_add(&job.next, 1)) < job.files;) {
		files[count++] = write_file(directory, i, bytes);
		if (strcmp(job.way, "range") == 0)
			(void)sync_file_range(files[count - 1], 0, 0, SYNC_FILE_RANGE_WRITE);
		if (strcmp(job.way, "syncfs") == 0) {
			if (close(files[count - 1]) != 0 ||
			    (count == BATCH && syncfs(directory) != 0))
				fail("syncfs");
			count %= BATCH;
		} else if (count == BATCH || strcmp(job.way, "each") == 0) {
			sync_files(files, count);
			count = 0;
		}
	}
	if (strcmp(job.way, "syncfs") != 0)
		sync_files(files, count);
	if (syncfs(directory) != 0) /* the names as well, whatever the way */
		fail("syncfs");
	(void)close(directory);
	free(bytes);
	return NULL;
}

/* durable DIRECTORY FILES SIZE THREADS WAY: prints the seconds it took. */
int main(int argc, char **argv)
{
	pthread_t threads[THREADS_MAX];
	struct timespec start;
	struct timespec end;
	if (argc != 6)
		return 2;
	job.directory = argv[1];
	job.files = strtol(argv[2], NULL, 10);
	job.size = strtoul(argv[3], NULL, 10);
	job.threads = (int)strtol(argv[4], NULL, 10);
	job.way = argv[5];
	if (job.threads < 1 || job.threads > THREADS_MAX)
		return 2;
	(void)clock_gettime(CLOCK_MONOTONIC, &start); /* cannot fail */
	for (int i = 0; i < job.threads; i++)
		if (pthread_create(&threads[i], NULL, work, NULL) != 0)
			fail("pthread_create");
	for (int i = 0; i < job.threads; i++)
		(void)pthread_join(threads[i], NULL);
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	double seconds =
		(double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
	return printf("%-6s %d threads %8.2f s\n", job.way, job.threads, seconds) > 0 ? 0 : 1;
}
