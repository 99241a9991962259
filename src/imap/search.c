/* UID SEARCH (RFC 9051 section 6.4.4, RFC 4731). SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdlib.h>

#include "base/memory.h"
#include "imap/command.h"
#include "imap/commands.h"
#include "imap/date.h"

struct search {
	const struct imap_command *command;
	bool all; /* of every message */
	struct uid_set found;
	bool answered; /* a SEARCH or ESEARCH reply came */
};

static int take_search_reply(void *context, const struct imap_response *response,
			     struct error *error)
{
	struct search *search = context;
	char *tag;
	bool ours;

	(void)error; /* nothing fails */
	if (response->type != IMAP_RESPONSE_SEARCH)
		return 0;
	/* ESEARCH names the command that it answers (RFC 4731 section 3). */
	if (response->tag != NULL && response->tag[0] != '\0') {
		tag = memory_format("A%u", search->command->number);
		ours = text_equal_ignoring_case(tag, response->tag);
		free(tag);
		if (!ours)
			return 0;
	}
	uid_set_add_set(&search->found, &response->uids);
	search->answered = true;
	return 0;
}

/* A search that was not answered, or not in full, says nothing about what is not there. */
static enum imap_result check_search(const struct search *search, struct error *error)
{
	const struct imap_command *command = search->command;
	const struct imap_selection *selection = command->selection;
	bool whole = search->answered || (search->all && command->least_messages == 0);
	char *name;

	if (search->all && selection->messages_known &&
	    uid_set_size(&search->found) < command->least_messages)
		whole = false;
	if (whole && command->malformed == 0)
		return IMAP_RESULT_OK;
	name = imap_show_mailbox(command->session, selection->mailbox);
	(void)error_set(error, ERROR_FAILED, SCOPE_FOLDER, /* always -1 */
			"the server returned an incomplete list of the messages of “%s”", name);
	free(name);
	return IMAP_RESULT_REFUSED;
}

static void release_search(void *data)
{
	struct search *search = data;

	uid_set_release(&search->found);
	free(search);
}

static const struct imap_command_kind search_kind = { .about = IMAP_ABOUT_SELECTED,
						      .searches = true };

static struct imap_command *send_search(struct imap_session *session, const char *key, bool all)
{
	struct search *search = memory_allocate(sizeof *search);
	struct imap_command *command =
		imap_command_create_kind(session, &search_kind, "UID SEARCH ");
	char *name = imap_show_selected(session);

	if (imap_session_has(session, IMAP_CAPABILITY_ESEARCH))
		imap_command_add(command, "RETURN (ALL) ");
	imap_command_add(command, key);
	imap_command_set_purpose(command, SCOPE_FOLDER, "list the messages of %s", name);
	free(name);
	search->command = command;
	search->all = all;
	imap_command_set_data(command, search, release_search);
	command->handler.context = search;
	command->handler.untagged = take_search_reply;
	imap_command_send(command);
	return command;
}

struct imap_command *imap_search_all_send(struct imap_session *session)
{
	return send_search(session, "ALL", true);
}

struct imap_command *imap_search_set_send(struct imap_session *session, const struct uid_set *set)
{
	struct buffer key = BUFFER_INITIAL;
	struct imap_command *command;

	buffer_add_text(&key, "UID ");
	uid_set_format(set, &key);
	command = send_search(session, buffer_text(&key), false);
	buffer_release(&key);
	return command;
}

static void add_key(struct buffer *keys, const char *key)
{
	if (keys->length > 0)
		buffer_add_byte(keys, ' ');
	buffer_add_text(keys, key);
}

static void add_which(struct buffer *keys, const struct imap_criteria *criteria)
{
	if (criteria->first_uid > 1) {
		add_key(keys, "UID ");
		buffer_add_format(keys, "%" PRIu32 ":*", criteria->first_uid);
	}
	if (criteria->uids) {
		add_key(keys, "UID ");
		uid_set_format(criteria->uids, keys);
	}
}

/* RFC 9051 section 6.4.4. */
static void add_properties(struct buffer *keys, const struct imap_criteria *criteria)
{
	char day[IMAP_DAY_SIZE];

	if (criteria->since) {
		imap_date_format_day(criteria->since_day, day);
		add_key(keys, "SINCE ");
		buffer_add_text(keys, day);
	}
	if (criteria->smaller > 0) {
		add_key(keys, "SMALLER ");
		buffer_add_format(keys, "%" PRIu64, criteria->smaller);
	}
	if (criteria->unseen && criteria->flagged)
		add_key(keys, "OR UNSEEN FLAGGED");
	else if (criteria->unseen || criteria->flagged)
		add_key(keys, criteria->unseen ? "UNSEEN" : "FLAGGED");
}

bool imap_search_can_overlap(const struct imap_session *session)
{
	return imap_session_has(session, IMAP_CAPABILITY_ESEARCH);
}

struct imap_command *imap_search_matching_send(struct imap_session *session,
					       const struct imap_criteria *criteria)
{
	struct buffer keys = BUFFER_INITIAL;
	struct imap_command *command;

	add_which(&keys, criteria);
	add_properties(&keys, criteria);
	if (keys.length == 0)
		buffer_add_text(&keys, "ALL");
	command = send_search(session, buffer_text(&keys), false);
	buffer_release(&keys);
	return command;
}

bool imap_search_is_silent(struct imap_command *command)
{
	const struct search *search = command->data;

	imap_command_wait(command);
	return command->answered && command->condition == IMAP_OK && !search->answered &&
	       command->malformed == 0;
}

enum imap_result imap_search_finish(struct imap_session *session, struct imap_command **command,
				    struct uid_set *uids, struct error *error)
{
	const struct search *search = (*command)->data;
	enum imap_result result;

	(void)session; /* the command knows it */
	imap_command_wait(*command);
	result = imap_command_result(*command, error);
	if (result == IMAP_RESULT_OK)
		result = check_search(search, error);
	if (result == IMAP_RESULT_OK)
		uid_set_add_set(uids, &search->found);
	imap_command_destroy(command);
	return result;
}

enum imap_result imap_search_all(struct imap_session *session, struct uid_set *uids,
				 struct error *error)
{
	struct imap_command *command = imap_search_all_send(session);

	return imap_search_finish(session, &command, uids, error);
}
