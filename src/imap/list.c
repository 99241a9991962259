/* LIST (RFC 9051 section 6.3.9, RFC 5258, RFC 5819, RFC 6154).
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "imap/commands.h"
#include "imap/session_internal.h"

/* A server that lists more than this is not to be believed: names are held in memory. */
#define MAILBOXES_MAX 200000u
#define NAME_BYTES_MAX (32u * 1024u * 1024u)

/* One reply each, and the order in which they came. */
struct listed {
	struct imap_list_data data;
	const struct imap_status_data *status; /* into the listing */
	bool repeated;                         /* the same name came before */
};

struct listing {
	struct imap_session *session;
	struct listed *mailboxes;
	size_t count;
	size_t capacity;
	struct imap_status_data *statuses;
	size_t status_count;
	size_t status_capacity;
	size_t name_bytes;
	bool malformed; /* a reply made no sense, so there may be more mailboxes */
};

/* INBOX is one mailbox in whatever case it is written (RFC 9051 section 5.1). */
static int compare_names(const char *a, const char *b)
{
	if (strcasecmp(a, "INBOX") == 0)
		a = "INBOX";
	if (strcasecmp(b, "INBOX") == 0)
		b = "INBOX";
	return strcmp(a, b);
}

static int check_size(struct listing *listing, const char *name, struct error *error)
{
	listing->name_bytes += strlen(name);
	if (listing->count < MAILBOXES_MAX && listing->status_count < MAILBOXES_MAX &&
	    listing->name_bytes < NAME_BYTES_MAX)
		return 0;
	return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
			 "%s lists more mailboxes than can be handled", listing->session->server);
}

static int keep_mailbox(struct listing *listing, const struct imap_list_data *data,
			struct error *error)
{
	struct listed *listed;
	void *items = listing->mailboxes;

	if (check_size(listing, data->mailbox, error) < 0)
		return -1;
	memory_grow(&items, &listing->capacity, listing->count + 1, sizeof *listed);
	listing->mailboxes = items;
	listed = &listing->mailboxes[listing->count++];
	memset(listed, 0, sizeof *listed);
	listed->data = *data;
	listed->data.mailbox = memory_text(data->mailbox);
	/* A server without NAMESPACE and with INBOX alone tells it nowhere else. */
	if (listing->session->naming.delimiter == '\0')
		listing->session->naming.delimiter = data->delimiter;
	return 0;
}

static int keep_status(struct listing *listing, const struct imap_status_data *data,
		       struct error *error)
{
	void *items = listing->statuses;

	if (data->holds_nul) /* no mailbox that could be opened */
		return 0;
	if (check_size(listing, data->mailbox, error) < 0)
		return -1;
	memory_grow(&items, &listing->status_capacity, listing->status_count + 1, sizeof *data);
	listing->statuses = items;
	listing->statuses[listing->status_count] = *data;
	listing->statuses[listing->status_count++].mailbox = memory_text(data->mailbox);
	return 0;
}

static int take_list_reply(void *context, const struct imap_response *response, struct error *error)
{
	if (response->type == IMAP_RESPONSE_LIST)
		return keep_mailbox(context, &response->list, error);
	if (response->type == IMAP_RESPONSE_STATUS)
		return keep_status(context, &response->status, error);
	return 0;
}

static void release_listing(struct listing *listing)
{
	for (size_t i = 0; i < listing->count; i++)
		free(listing->mailboxes[i].data.mailbox);
	for (size_t i = 0; i < listing->status_count; i++)
		free(listing->statuses[i].mailbox);
	free(listing->mailboxes);
	free(listing->statuses);
}

/* By name, and of one name in the order they came. */
static int compare_listed(const void *a, const void *b)
{
	const struct listed *const *left = a;
	const struct listed *const *right = b;
	int order = compare_names((*left)->data.mailbox, (*right)->data.mailbox);

	if (order != 0)
		return order;
	return (*left > *right) - (*left < *right);
}

static int compare_name_to_listed(const void *name, const void *listed)
{
	return compare_names(name, (*(const struct listed *const *)listed)->data.mailbox);
}

/* A mailbox that is listed twice is one mailbox with the attributes of both. */
static void fold_repeated(struct listed **sorted, size_t count)
{
	size_t first = 0;

	for (size_t i = 1; i < count; i++) {
		if (compare_names(sorted[first]->data.mailbox, sorted[i]->data.mailbox) != 0) {
			first = i;
			continue;
		}
		sorted[first]->data.attributes |= sorted[i]->data.attributes;
		sorted[i]->repeated = true;
	}
}

/* STATUS replies may come between those of LIST or after all of them (RFC 5819 section 2). */
static void join(struct listing *listing)
{
	struct listed **sorted = memory_array(listing->count, sizeof(struct listed *));

	for (size_t i = 0; i < listing->count; i++)
		sorted[i] = &listing->mailboxes[i];
	memory_sort(sorted, listing->count, sizeof(struct listed *), compare_listed);
	fold_repeated(sorted, listing->count);
	for (size_t i = 0; i < listing->status_count && listing->count > 0; i++) {
		const struct imap_status_data *status = &listing->statuses[i];
		struct listed **found = bsearch(status->mailbox, sorted, listing->count,
						sizeof(struct listed *), compare_name_to_listed);

		if (found != NULL)
			(*found)->status = status;
	}
	/* Of several entries of a name bsearch() may have found any. */
	for (size_t i = 1, first = 0; i < listing->count; i++) {
		if (!sorted[i]->repeated)
			first = i;
		else if (sorted[i]->status != NULL)
			sorted[first]->status = sorted[i]->status;
	}
	free(sorted);
}

static bool holds_inbox(const struct listing *listing)
{
	for (size_t i = 0; i < listing->count; i++)
		if (strcasecmp(listing->mailboxes[i].data.mailbox, "INBOX") == 0)
			return true;
	return false;
}

/* What LIST-EXTENDED can tell in the same reply. */
static void add_return(struct imap_command *command, bool want_status)
{
	const struct imap_session *session = command->session;

	if (!imap_session_has(session, IMAP_CAPABILITY_LIST_EXTENDED))
		return;
	imap_command_add(command, " RETURN (SUBSCRIBED");
	if (imap_session_has(session, IMAP_CAPABILITY_SPECIAL_USE))
		imap_command_add(command, " SPECIAL-USE");
	if (want_status && imap_session_has(session, IMAP_CAPABILITY_LIST_STATUS))
		imap_command_add_format(command, " STATUS (MESSAGES UIDNEXT UIDVALIDITY%s)",
					imap_session_has(session, IMAP_CAPABILITY_CONDSTORE)
						? " HIGHESTMODSEQ"
						: "");
	imap_command_add(command, ")");
}

static const struct imap_command_kind list_kind = { .about = IMAP_ABOUT_ANY, .lists = true };

/* VERB is LIST or LSUB. */
static enum imap_result list_pattern(struct listing *listing, const char *verb, const char *pattern,
				     bool want_status, struct error *error)
{
	struct imap_command *command = imap_command_create_kind(listing->session, &list_kind, verb);
	enum imap_result result;

	imap_command_add_format(command, " \"\" %s", pattern);
	if (strcmp(verb, "LIST") == 0)
		add_return(command, want_status);
	imap_command_set_purpose(command, SCOPE_ACCOUNT, "list the mailboxes");
	command->handler.context = listing;
	command->handler.untagged = take_list_reply;
	imap_command_send(command);
	imap_command_wait(command);
	result = imap_command_result(command, error);
	listing->malformed = listing->malformed || command->malformed > 0;
	imap_command_destroy(&command);
	return result;
}

static enum imap_result report_mailboxes(struct listing *listing, imap_list_function *see,
					 void *context, struct error *error)
{
	join(listing);
	for (size_t i = 0; i < listing->count; i++) {
		const struct listed *listed = &listing->mailboxes[i];

		if (!listed->repeated && see(context, &listed->data, listed->status, error) < 0)
			return IMAP_RESULT_ERROR;
	}
	return IMAP_RESULT_OK;
}

/* What is written in which way shows in the names and not in what was enabled: Dovecot 2.4 says
 * ENABLED UTF8=ACCEPT and goes on to write modified UTF-7. Only all names together tell: in plain
 * UTF-8 one of them may look like modified UTF-7 by chance. */
static void learn_spelling(const struct listing *listing)
{
	struct imap_naming *naming = &listing->session->naming;
	bool utf7 = false;
	bool utf8 = false;

	for (size_t i = 0; i < listing->count; i++) {
		enum imap_spelling one = imap_mailbox_spelling(listing->mailboxes[i].data.mailbox);

		utf7 = utf7 || one == IMAP_SPELLING_UTF7;
		utf8 = utf8 || one == IMAP_SPELLING_UTF8;
	}
	naming->shown = utf7 || utf8;
	if (utf7 && !utf8)
		naming->utf8 = false;
}

enum imap_result imap_list(struct imap_session *session, bool want_status, imap_list_function *see,
			   void *context, bool *whole_r, struct error *error)
{
	struct listing listing = { .session = session };
	struct error refusal = ERROR_INITIAL;
	enum imap_result listed = list_pattern(&listing, "LIST", "\"*\"", want_status, &refusal);
	enum imap_result told = IMAP_RESULT_OK;

	/* Some servers leave INBOX out when it lies outside the namespace that "*" shows. */
	if (listed == IMAP_RESULT_OK && !holds_inbox(&listing))
		listed = list_pattern(&listing, "LIST", "INBOX", want_status, &refusal);
	if (listed != IMAP_RESULT_ERROR && imap_session_settle(session, &refusal) < 0)
		listed = IMAP_RESULT_ERROR;
	learn_spelling(&listing);
	*whole_r = !listing.malformed;
	if (listed != IMAP_RESULT_ERROR)
		told = report_mailboxes(&listing, see, context, error);
	release_listing(&listing);
	if (told == IMAP_RESULT_OK && listed != IMAP_RESULT_OK && error != NULL)
		*error = refusal;
	return told == IMAP_RESULT_OK ? listed : told;
}

enum imap_result imap_list_subscribed(struct imap_session *session, imap_list_function *see,
				      void *context, struct error *error)
{
	struct listing listing = { .session = session };
	enum imap_result result = list_pattern(&listing, "LSUB", "\"*\"", false, error);
	if (result == IMAP_RESULT_OK)
		result = report_mailboxes(&listing, see, context, error);
	release_listing(&listing);
	return result;
}
