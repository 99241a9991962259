/* What no synchroniser can be faster than: fetching all bodies to nowhere over four connections,
 * writing as many durable files with four threads, and both side by side. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define THREADS 4
#define FILES_PER_SYNC 1000

static struct {
	unsigned short port;
	const char *user;
	const char *password;
	const char *directory;
	long files;
	size_t size;
	char **folders;
	int folder_count;
	atomic_int next_folder;
	atomic_long next_file;
} job;

/* What was received and not looked at yet. */
struct incoming {
	int connection;
	size_t length;
	char bytes[65536];
};

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int open_connection(void)
{
	int connection = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(job.port) };
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connection < 0 || connect(connection, (struct sockaddr *)&address, sizeof address) != 0)
		fail("connect");
	return connection;
}

static void send_all(int connection, const char *text)
{
	size_t length = strlen(text);
	while (length > 0) {
		ssize_t sent = send(connection, text, length, MSG_NOSIGNAL);
		if (sent < 0)
			fail("send");
		text += sent;
		length -= (size_t)sent;
	}
}

/* Skips up to the end of TAG: no body has it, in the mail that we made. */
static void skip_past(struct incoming *incoming, const char *tag)
{
	size_t size = strlen(tag);
	for (;;) {
		char *found = memmem(incoming->bytes, incoming->length, tag, size);
		size_t gone = found                      ? (size_t)(found - incoming->bytes) + size
			      : incoming->length >= size ? incoming->length - size + 1
							 : 0;
		incoming->length -= gone;
		memmove(incoming->bytes, incoming->bytes + gone, incoming->length);
		if (found)
			return;
		ssize_t got = recv(incoming->connection, incoming->bytes + incoming->length,
				   sizeof incoming->bytes - incoming->length, 0);
		if (got <= 0)
			fail("recv");
		incoming->length += (size_t)got;
	}
}

/* Asks for all of the next folder; false when there is none. */
static bool ask(int connection)
{
	char line[1024];
	int i = atomic_fetch_add(&job.next_folder, 1);
	if (i >= job.folder_count)
		return false;
	(void)snprintf(line, sizeof line,
		       "b EXAMINE %s\r\nzzq UID FETCH 1:* (UID FLAGS BODY.PEEK[])\r\n",
		       job.folders[i]);
	send_all(connection, line);
	return true;
}

/* One folder is always asked for while the one before it comes. */
static void *fetch(void *context)
{
	char line[1024];
	struct incoming *incoming = malloc(sizeof *incoming);
	(void)context;
	if (!incoming)
		fail("malloc");
	incoming->connection = open_connection();
	incoming->length = 0;
	skip_past(incoming, "* OK");
	(void)snprintf(line, sizeof line, "a LOGIN %s %s\r\n", job.user, job.password);
	send_all(incoming->connection, line);
	skip_past(incoming, "a OK");
	for (bool more = ask(incoming->connection); more;) {
		more = ask(incoming->connection);
		skip_past(incoming, "zzq OK");
	}
	(void)close(incoming->connection);
	free(incoming);
	return NULL;
}

static void *write_files(void *context)
{
	char name[64];
	char *bytes = calloc(1, job.size);
	int directory = open(job.directory, O_RDONLY | O_DIRECTORY);
	long written = 0;
	(void)context;
	if (!bytes || directory < 0)
		fail(job.directory);
	for (long i; (i = atomic_fetch_add(&job.next_file, 1)) < job.files;) {
		(void)snprintf(name, sizeof name, "%ld.floor", i);
		int file = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
		if (file < 0 || write(file, bytes, job.size) != (ssize_t)job.size ||
		    close(file) != 0)
			fail(name);
		if (++written % FILES_PER_SYNC == 0 && syncfs(directory) != 0)
			fail("syncfs");
	}
	if (syncfs(directory) != 0)
		fail("syncfs");
	(void)close(directory);
	free(bytes);
	return NULL;
}

/* Seconds that FIRST and SECOND (may be NULL) take, side by side, each in THREADS threads. */
static double run(void *(*first)(void *), void *(*second)(void *))
{
	pthread_t threads[2 * THREADS];
	struct timespec start;
	struct timespec end;
	int count = second ? 2 * THREADS : THREADS;
	atomic_store(&job.next_folder, 0);
	(void)clock_gettime(CLOCK_MONOTONIC, &start); /* cannot fail */
	for (int i = 0; i < count; i++)
		if (pthread_create(&threads[i], NULL, i < THREADS ? first : second, NULL) != 0)
			fail("pthread_create");
	for (int i = 0; i < count; i++)
		(void)pthread_join(threads[i], NULL);
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	return (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
}

/* floor PORT USER PASSWORD DIRECTORY FILES SIZE FOLDER... */
int main(int argc, char **argv)
{
	if (argc < 8)
		return 2;
	job.port = (unsigned short)strtoul(argv[1], NULL, 10);
	job.user = argv[2];
	job.password = argv[3];
	job.directory = argv[4];
	job.files = strtol(argv[5], NULL, 10);
	job.size = strtoul(argv[6], NULL, 10);
	job.folders = argv + 7;
	job.folder_count = argc - 7;
	double fetching = run(fetch, NULL);
	double writing = run(write_files, NULL);
	atomic_store(&job.next_file, job.files);
	job.files *= 2;
	double both = run(fetch, write_files);
	return printf("%.2f %.2f %.2f\n", fetching, writing, both) > 0 ? 0 : 1;
}
