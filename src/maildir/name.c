/* File names of messages. SPDX-License-Identifier: GPL-3.0-or-later */
#include "maildir/name.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/memory.h"

#define INFO ":2,"
#define OTHER_SEPARATORS ";!"
#define INFO_LENGTH 3

/* The six letters and their flags, sorted as they are written. */
static const struct {
	char letter;
	uint32_t flag;
} letters[] = { { 'D', FLAG_DRAFT },    { 'F', FLAG_FLAGGED }, { 'P', FLAG_FORWARDED },
		{ 'R', FLAG_ANSWERED }, { 'S', FLAG_SEEN },    { 'T', FLAG_DELETED } };
#define LETTER_COUNT (sizeof letters / sizeof *letters)

static uint32_t flag_of_letter(char letter)
{
	if (letter >= 'a' && letter <= 'z')
		return FLAG_KEYWORD((unsigned int)(letter - 'a'));
	for (size_t i = 0; i < LETTER_COUNT; i++) {
		if (letters[i].letter == letter)
			return letters[i].flag;
	}
	return 0;
}

static bool is_letter(char byte)
{
	return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

bool maildir_name_is_separator(char byte)
{
	return byte != '\0' && strchr(MAILDIR_SEPARATORS, byte);
}

/* Where ";2,LETTERS" or "!2,LETTERS" ends the first LENGTH bytes of NAME; LENGTH when none does.
 * Only letters may follow: a unique part may hold these bytes too. */
static size_t before_other_info(const char *name, size_t length)
{
	size_t start = length;
	while (start > 0 && is_letter(name[start - 1]))
		start--;
	if (start < INFO_LENGTH || strncmp(name + start - 2, &INFO[1], INFO_LENGTH - 1) != 0 ||
	    !strchr(OTHER_SEPARATORS, name[start - INFO_LENGTH]))
		return length;
	return start - INFO_LENGTH;
}

/* A reader that knows only ':' adds its own info part to another. */
static size_t before_other_infos(const char *name, size_t length)
{
	size_t shorter = before_other_info(name, length);
	while (shorter < length) {
		length = shorter;
		shorter = before_other_info(name, length);
	}
	return length;
}

/* The letters of the last info part; NULL when there is none. */
static const char *find_letters(const char *name)
{
	size_t length = strlen(name);
	size_t other = before_other_info(name, length);
	if (other < length)
		return name + other + INFO_LENGTH;
	const char *found = NULL;
	for (const char *next = strstr(name, INFO); next; next = strstr(next + 1, INFO))
		found = next + INFO_LENGTH;
	return found;
}

/* Before ":1,", the experimental form of the Maildir specification, or a lone ':'. */
static size_t before_odd_info(const char *name, size_t length)
{
	const char *info = strstr(name, ":1,");
	if (info)
		return (size_t)(info - name);
	return length > 0 && name[length - 1] == ':' ? length - 1 : length;
}

static size_t base_length(const char *name)
{
	size_t length = strlen(name);
	const char *info = strstr(name, INFO);
	size_t end = before_other_infos(name, info ? (size_t)(info - name) : length);
	return end < length ? end : before_other_infos(name, before_odd_info(name, length));
}

void maildir_name_parse(const char *name, struct maildir_name *name_r)
{
	*name_r = (struct maildir_name){ .base = name, .base_length = base_length(name) };
	name_r->separator = name[name_r->base_length];
	const char *found = find_letters(name);
	for (; found && *found; found++)
		name_r->flags |= flag_of_letter(*found);
}

/* Without the number of ".~3~", whose last "~" is taken off already; the length when there is none.
 */
static size_t without_version(const char *name, size_t length)
{
	size_t end = length;
	while (end > 0 && name[end - 1] >= '0' && name[end - 1] <= '9')
		end--;
	bool numbered = end < length && end > 2 && name[end - 1] == '~' && name[end - 2] == '.';
	return numbered ? end - 2 : length;
}

bool maildir_name_is_editors(const char *name, const char **file_r, size_t *length_r)
{
	size_t length = strlen(name);
	if (length > 2 && name[0] == '#' && name[length - 1] == '#') {
		*file_r = name + 1;
		*length_r = length - 2;
		return true;
	}
	if (length < 2 || name[length - 1] != '~')
		return false;
	*file_r = name;
	*length_r = without_version(name, length - 1);
	return true;
}

/* Whether LETTER of an old name stays whatever the new flags are. */
static bool letter_is_kept(char letter, uint32_t managed)
{
	uint32_t flag = flag_of_letter(letter);
	return flag == 0 || !(flag & managed);
}

static bool letter_is_wanted(char letter, const char *old_letters, uint32_t flags, uint32_t managed)
{
	if (flag_of_letter(letter) & flags & managed)
		return true;
	return old_letters && strchr(old_letters, letter) && letter_is_kept(letter, managed);
}

char *maildir_name_with_flags(const char *name, uint32_t flags, uint32_t managed, char separator)
{
	struct buffer out = BUFFER_INITIAL;
	const char *old_letters = find_letters(name);
	buffer_add(&out, name, base_length(name));
	buffer_add_byte(&out, separator);
	buffer_add_text(&out, &INFO[1]);
	/* Readers want them sorted by ASCII and each once; every byte that can stand in a name may
	 * be a letter of somebody's. */
	for (int letter = 1; letter < 256; letter++) {
		if (letter != '/' && (separator == ':' || is_letter((char)letter)) &&
		    letter_is_wanted((char)letter, old_letters, flags, managed))
			buffer_add_byte(&out, (char)letter);
	}
	return buffer_take(&out);
}

/* What all names of this process end in: random bits and the host's name as the Maildir
 * specification wants it. */
static char name_end[16 + 4 * 64];
static pthread_once_t name_end_once = PTHREAD_ONCE_INIT;

static void make_name_end(void)
{
	struct buffer out = BUFFER_INITIAL;
	char host[256] = "";
	uint32_t random = 0;
	/* Time, process and counter are unique already on one host; random bits make it so for
	 * containers that share a name. */
	(void)!getrandom(&random, sizeof random, GRND_NONBLOCK);
	buffer_add_format(&out, "R%08x.", random);
	if (gethostname(host, sizeof host - 1) != 0 || host[0] == '\0')
		memcpy(host, "localhost", sizeof "localhost");
	for (size_t i = 0; i < 64 && host[i]; i++) {
		if (host[i] == '/')
			buffer_add_text(&out, "\\057");
		else if (host[i] == ':')
			buffer_add_text(&out, "\\072");
		else if ((unsigned char)host[i] > ' ' && (unsigned char)host[i] < 0x7f)
			buffer_add_byte(&out, host[i]);
	}
	(void)snprintf(name_end, sizeof name_end, "%s", buffer_text(&out));
	buffer_release(&out);
}

char *maildir_name_unique(void)
{
	static atomic_uint counter;
	struct buffer out = BUFFER_INITIAL;
	int64_t now = clock_real_ns();
	(void)pthread_once(&name_end_once, make_name_end); /* fails only for wrong use */
	buffer_add_format(&out, "%lld.M%06lldP%ldQ%u%s", (long long)(now / 1000000000),
			  (long long)(now / 1000 % 1000000), (long)getpid(),
			  atomic_fetch_add(&counter, 1), name_end);
	return buffer_take(&out);
}

char *maildir_name_anew(const char *name)
{
	struct maildir_name old;
	maildir_name_parse(name, &old);
	char *unique = maildir_name_unique();
	char *anew = memory_format("%s%s", unique, name + old.base_length);
	free(unique);
	return anew;
}
