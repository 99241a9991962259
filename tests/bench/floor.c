/* What no synchroniser can be faster than: fetching all bodies to nowhere over four connections,
 * and writing as many durable files with four threads. SPDX-License-Identifier: GPL-3.0-or-later */
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
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

/* Reads until a line begins with TAG: bodies cannot, in the mail that we made. */
static void skip_to(int connection, const char *tag)
{
	static _Thread_local char buffer[65536 + 64];
	size_t kept = 0;
	for (;;) {
		ssize_t got = recv(connection, buffer + kept, 65536, 0);
		if (got <= 0)
			fail("recv");
		size_t length = kept + (size_t)got;
		buffer[length] = '\0';
		if (memmem(buffer, length, tag, strlen(tag)))
			return;
		kept = length < 16 ? length : 16;
		memmove(buffer, buffer + length - kept, kept);
	}
}

static void *fetch(void *context)
{
	char line[1024];
	int connection = open_connection();
	(void)context;
	skip_to(connection, "* OK");
	(void)snprintf(line, sizeof line, "a LOGIN %s %s\r\n", job.user, job.password);
	send_all(connection, line);
	skip_to(connection, "a OK");
	for (int i; (i = atomic_fetch_add(&job.next_folder, 1)) < job.folder_count;) {
		(void)snprintf(line, sizeof line,
			       "b EXAMINE %s\r\nzzq UID FETCH 1:* (UID FLAGS BODY.PEEK[])\r\n",
			       job.folders[i]);
		send_all(connection, line);
		skip_to(connection, "zzq OK");
	}
	(void)close(connection);
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

static double run(void *(*work)(void *))
{
	pthread_t threads[THREADS];
	struct timespec start;
	struct timespec end;
	(void)clock_gettime(CLOCK_MONOTONIC, &start); /* cannot fail */
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, work, NULL) != 0)
			fail("pthread_create");
	for (int i = 0; i < THREADS; i++)
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
	double fetching = run(fetch);
	double writing = run(write_files);
	return printf("%.3f %.3f\n", fetching, writing) > 0 ? 0 : 1;
}
