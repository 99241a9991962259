/* mbsync's state file and its journal. SPDX-License-Identifier: GPL-3.0-or-later */
#include "takeover/mbsync_state.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "mail/flags.h"
#include "takeover/read_file.h"

/* --- Words --- */

/* Lines of TEXT, one after the other: copies. */
static char *next_line(const char **text)
{
	size_t length = strcspn(*text, "\n");
	char *line = memory_text_length(*text, length);
	*text += length + ((*text)[length] == '\n');
	return line;
}

static bool read_uid(const char **rest, int64_t *uid_r)
{
	char *end;
	while (**rest == ' ')
		(*rest)++;
	long long number = strtoll(*rest, &end, 10);
	if (end == *rest || (*end != ' ' && *end != '\0') || number < -2 || number > UINT32_MAX)
		return false;
	*rest = end;
	*uid_r = number;
	return true;
}

static uint32_t uid_of(int64_t number)
{
	return number > 0 ? (uint32_t)number : 0;
}

/* --- Lines of the state --- */

static void take_letter(struct mbsync_pair *pair, char letter)
{
	static const struct {
		char letter;
		uint32_t flag;
	} flags[] = { { 'D', FLAG_DRAFT },    { 'F', FLAG_FLAGGED }, { 'P', FLAG_FORWARDED },
		      { 'R', FLAG_ANSWERED }, { 'S', FLAG_SEEN },    { 'T', FLAG_DELETED } };
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		pair->flags |= letter == flags[i].letter ? flags[i].flag : 0;
}

static bool read_status(struct mbsync_pair *pair, const char *letters)
{
	while (*letters == ' ')
		letters++;
	for (; *letters != '\0'; letters++) {
		switch (*letters) {
		case '<':
			pair->far_placeholder = true;
			break;
		case '>':
			pair->placeholder = true;
			break;
		case '~':
		case 'X':
			pair->expired = true;
			break;
		case '^':
		case '!':
			pair->skipped = true;
			break;
		default:
			if (!strchr("DFPRST", *letters))
				return false;
			take_letter(pair, *letters);
		}
	}
	return true;
}

static struct mbsync_pair *add_pair(struct mbsync_state *state)
{
	memory_grow((void **)&state->pairs, &state->capacity, state->count + 1,
		    sizeof *state->pairs);
	struct mbsync_pair *pair = &state->pairs[state->count++];
	*pair = (struct mbsync_pair){ .far = 0 };
	return pair;
}

static bool read_pair(struct mbsync_state *state, const char *line)
{
	int64_t far;
	int64_t near;
	if (!read_uid(&line, &far) || !read_uid(&line, &near))
		return false;
	struct mbsync_pair *pair = add_pair(state);
	pair->far = uid_of(far);
	pair->near = uid_of(near);
	/* -1 and -2 are what 1.0 wrote where it did not transfer a message. */
	pair->skipped = far < 0 || near < 0;
	return read_status(pair, line);
}

static uint32_t *number_of_key(struct mbsync_state *state, const char *key)
{
	const struct {
		const char *key;
		uint32_t *number;
	} keys[] = { { "FarUidValidity", &state->far_uidvalidity },
		     { "NearUidValidity", &state->near_uidvalidity },
		     { "MaxPulledUid", &state->far_pulled },
		     { "MaxPushedUid", &state->near_pushed },
		     { "MaxExpiredFarUid", &state->far_expired },
		     { "MasterUidValidity", &state->far_uidvalidity },
		     { "SlaveUidValidity", &state->near_uidvalidity },
		     { "MaxExpiredMasterUid", &state->far_expired } };
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		if (strcmp(keys[i].key, key) == 0)
			return keys[i].number;
	}
	return NULL;
}

/* "Key N". Limits of the near side mean nothing here. */
static bool read_key(struct mbsync_state *state, const char *line)
{
	size_t length = strcspn(line, " ");
	char *key = memory_text_length(line, length);
	const char *rest = line + length;
	uint32_t *number = number_of_key(state, key);
	bool passed_over =
		strcmp(key, "MaxExpiredSlaveUid") == 0 || strcmp(key, "MaxExpiredNearUid") == 0;
	int64_t value = 0;
	bool good = (number || passed_over) && read_uid(&rest, &value) && value >= 0;
	if (good && number)
		*number = (uint32_t)value;
	free(key);
	return good;
}

static int refuse_line(unsigned int number, struct error *error)
{
	return error_set(error, ERROR_FAILED, SCOPE_FOLDER,
			 "line %u is none that mbsync 1.1 to 1.5 writes", number);
}

int mbsync_state_parse(const char *text, struct mbsync_state *state, struct error *error)
{
	bool in_head = true;
	for (unsigned int number = 1; *text != '\0'; number++) {
		char *line = next_line(&text);
		bool good = true;
		if (*line == '\0')
			in_head = false;
		else
			good = in_head ? read_key(state, line) : read_pair(state, line);
		free(line);
		if (!good)
			return refuse_line(number, error);
	}
	if (in_head && state->far_uidvalidity == 0)
		return refuse_line(1, error);
	return 0;
}

/* --- The journal --- */

static struct mbsync_pair *find_pair(struct mbsync_state *state, uint32_t far, uint32_t near)
{
	for (size_t i = 0; i < state->count; i++) {
		if (state->pairs[i].far == far && state->pairs[i].near == near)
			return &state->pairs[i];
	}
	return NULL;
}

/* What a cut run had in its hands is not believed: it is matched by what both sides have. */
static bool doubt(struct mbsync_state *state, const char *line)
{
	int64_t far;
	int64_t near;
	if (!read_uid(&line, &far) || !read_uid(&line, &near))
		return false;
	struct mbsync_pair *pair = find_pair(state, uid_of(far), uid_of(near));
	if (!pair) {
		pair = add_pair(state);
		pair->far = uid_of(far);
		pair->near = uid_of(near);
	}
	pair->doubtful = true;
	return true;
}

/* "* far near bits": the flags are those from now on; D 1, F 2, P 4, R 8, S 16, T 32. */
static bool take_flags(struct mbsync_state *state, const char *line)
{
	static const uint32_t bits[] = { FLAG_DRAFT,    FLAG_FLAGGED, FLAG_FORWARDED,
					 FLAG_ANSWERED, FLAG_SEEN,    FLAG_DELETED };
	int64_t far;
	int64_t near;
	int64_t number;
	if (!read_uid(&line, &far) || !read_uid(&line, &near) || !read_uid(&line, &number))
		return false;
	struct mbsync_pair *pair = find_pair(state, uid_of(far), uid_of(near));
	if (!pair)
		return true;
	pair->flags = 0;
	for (size_t i = 0; i < sizeof bits / sizeof *bits; i++)
		pair->flags |= number >> i & 1 ? bits[i] : 0;
	return true;
}

int mbsync_journal_parse(const char *text, struct mbsync_state *state, struct error *error)
{
	for (unsigned int number = 1; *text != '\0'; number++) {
		char *line = next_line(&text);
		bool good = true;
		if (number > 1 && *line == '*')
			good = take_flags(state, line + 1);
		else if (number > 1 && *line != '\0' && strchr("+-<>~#&_!^=%$P", *line))
			good = doubt(state, line + 1);
		/* Others are about highest UIDs, which the pairs tell as well. */
		free(line);
		if (!good)
			return error_set(error, ERROR_FAILED, SCOPE_FOLDER,
					 "line %u of its journal makes no sense", number);
	}
	return 0;
}

/* --- Files --- */

static int read_journal(const char *path, struct mbsync_state *state, struct error *error)
{
	char *fresh = memory_format("%s.new", path);
	char *journal = memory_format("%s.journal", path);
	char *text = NULL;
	int result = 0;
	if (access(fresh, F_OK) == 0)
		result = read_file(journal, &text, error);
	if (result > 0)
		result = mbsync_journal_parse(text, state, error);
	free(text);
	free(journal);
	free(fresh);
	return result;
}

int mbsync_state_read(const char *path, struct mbsync_state *state, struct error *error)
{
	char *text;
	int found = read_file(path, &text, error);
	if (found <= 0)
		return found;
	int result = mbsync_state_parse(text, state, error);
	free(text);
	if (result == 0)
		result = read_journal(path, state, error);
	if (result != 0)
		(void)error_prefix(error, "the state %s", path); /* always -1 */
	return result == 0 ? 1 : -1;
}

void mbsync_state_release(struct mbsync_state *state)
{
	free(state->pairs);
	*state = (struct mbsync_state){ .pairs = NULL };
}
