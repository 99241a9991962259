/* The far side over IMAP: its mailboxes, and the names of folders. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "far/imap_private.h"

/* --- Listing --- */

struct listing {
	struct imap_session *session;
	struct text_list subscribed; /* sorted; only where the list does not tell it */
	bool foreign;                /* a mailbox came that is not the user's own */
	far_listed_function *see;
	void *context;
};

struct far_marks far_imap_marks_of_status(const struct imap_status_data *status)
{
	if (!status || !status->has_uidvalidity || !status->has_uidnext || !status->has_messages)
		return (struct far_marks){ .uidvalidity = 0 };
	return (struct far_marks){ .uidvalidity = status->uidvalidity,
				   .uidnext = status->uidnext,
				   .messages = status->messages,
				   .highestmodseq =
					   status->has_highestmodseq ? status->highestmodseq : 0 };
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_subscribed(const struct listing *listing, const char *mailbox)
{
	return listing->subscribed.count > 0 &&
	       bsearch(&mailbox, listing->subscribed.items, listing->subscribed.count,
		       sizeof(char *), compare_names) != NULL;
}

static int see_mailbox(void *context, const struct imap_list_data *data,
		       const struct imap_status_data *status, struct error *error)
{
	struct listing *listing = context;
	/* Not before: it waits for what follows the login. */
	const struct imap_naming *naming = imap_session_naming(listing->session);
	struct error ignored = ERROR_INITIAL; /* that it cannot be a folder is told by the rules */
	char *name = NULL;
	char *shown = NULL;
	if (data->attributes & MAILBOX_NOSELECT)
		return 0;
	listing->foreign =
		listing->foreign || !imap_session_is_personal(listing->session, data->mailbox);
	if (data->holds_nul ||
	    imap_mailbox_to_folder(data->mailbox, data->delimiter, naming, &name, &ignored) != 0)
		shown = imap_mailbox_show(data->mailbox, data->delimiter, naming);
	const struct far_listed listed = {
		.mailbox = data->mailbox,
		.name = name,
		.shown = shown,
		.attributes = data->attributes | (is_subscribed(listing, data->mailbox)
							  ? (unsigned int)MAILBOX_SUBSCRIBED
							  : 0),
		.status = far_imap_marks_of_status(status),
	};
	int result = listing->see(listing->context, &listed, error);
	free(name);
	free(shown);
	return result;
}

static int see_subscription(void *context, const struct imap_list_data *list,
			    const struct imap_status_data *status, struct error *error)
{
	struct listing *listing = context;
	(void)status;
	(void)error; /* nothing fails */
	text_list_add(&listing->subscribed, list->mailbox);
	return 0;
}

/* A server without LIST-EXTENDED tells it in a command of its own. */
static int list_subscriptions(const struct far_imap *imap, struct listing *listing,
			      struct error *error)
{
	if (imap_session_has(imap->session, IMAP_CAPABILITY_LIST_EXTENDED))
		return 0;
	if (imap_list_subscribed(imap->session, see_subscription, listing, error) != IMAP_RESULT_OK)
		return -1;
	memory_sort(listing->subscribed.items, listing->subscribed.count, sizeof(char *),
		    compare_names);
	return 0;
}

/* Names that are made are spelt as those that were listed, on whatever session. */
static void note_names(const struct far_imap *imap, bool foreign)
{
	const struct imap_naming *naming = imap_session_naming(imap->session);
	(void)pthread_mutex_lock(&imap->side->lock);
	imap->side->spells_utf8 = naming->utf8;
	imap->side->spelling_shown = naming->shown;
	imap->side->lists_foreign = foreign;
	(void)pthread_mutex_unlock(&imap->side->lock);
}

int far_imap_list(struct far_session *session, bool subscriptions, far_listed_function *see,
		  void *context, bool *whole_r, struct error *error)
{
	const struct far_imap *imap = far_imap_of(session);
	struct listing listing = { .session = imap->session, .see = see, .context = context };
	int result = subscriptions ? list_subscriptions(imap, &listing, error) : 0;
	if (result == 0 &&
	    imap_list(imap->session, true, see_mailbox, &listing, whole_r, error) != IMAP_RESULT_OK)
		result = -1;
	if (result == 0)
		note_names(imap, listing.foreign);
	text_list_release(&listing.subscribed);
	return result;
}

char *far_imap_meaning(const struct far_session *session, const char *mailbox)
{
	(void)session;
	return imap_mailbox_respell(mailbox);
}

/* --- Sizes --- */

/* All questions go out together: on a slow line it is the waiting that counts. */
int far_imap_ask_sizes(struct far_session *session, struct far_size *sizes, size_t count,
		       struct error *error)
{
	struct imap_session *imap = far_imap_of(session)->session;
	int result = 0;
	for (size_t i = 0; i < count; i++)
		sizes[i].known = false;
	if (!imap_mailbox_size_is_offered(imap))
		return 0;
	struct imap_command **commands = memory_array(count + 1, sizeof(struct imap_command *));
	struct imap_mailbox_size *told = memory_array(count + 1, sizeof *told);
	for (size_t i = 0; i < count; i++)
		commands[i] = imap_mailbox_size_send(imap, sizes[i].mailbox, &told[i]);
	for (size_t i = 0; i < count; i++) {
		struct error one = ERROR_INITIAL;
		if (imap_mailbox_size_finish(&commands[i], &one) != 0 && result == 0) {
			*error = one;
			result = -1;
		}
		sizes[i].known = told[i].known;
		sizes[i].bytes = told[i].bytes;
	}
	free(told);
	free(commands);
	return result;
}

/* --- Names that stay (RFC 8474) --- */

int far_imap_ask_ids(struct far_session *session, struct far_mailbox_id *ids, size_t count,
		     struct error *error)
{
	struct imap_session *imap = far_imap_of(session)->session;
	int result = 0;
	for (size_t i = 0; i < count; i++)
		ids[i].id = (struct object_id){ .bytes = { 0 } };
	if (!imap_session_has(imap, IMAP_CAPABILITY_OBJECTID))
		return 0;
	struct imap_command **commands = memory_array(count + 1, sizeof(struct imap_command *));
	for (size_t i = 0; i < count; i++)
		commands[i] = imap_mailbox_id_send(imap, ids[i].mailbox, &ids[i].id);
	for (size_t i = 0; i < count; i++) {
		struct error one = ERROR_INITIAL;
		if (imap_mailbox_id_finish(&commands[i], &one) != 0 && result == 0) {
			*error = one;
			result = -1;
		}
	}
	free(commands);
	return result;
}

/* --- Making, renaming, removing --- */

typedef enum imap_result make_function(struct imap_session *session, const char *from,
				       const char *mailbox, struct error *error);

static enum imap_result make_new(struct imap_session *session, const char *from,
				 const char *mailbox, struct error *error)
{
	(void)from;
	return imap_create(session, mailbox, error);
}

static enum imap_result make_spelt(const struct far_imap *imap, const char *name, bool utf8,
				   make_function *make, const char *from, char **mailbox_r,
				   struct error *error)
{
	struct imap_naming naming = *imap_session_naming(imap->session);
	naming.utf8 = utf8;
	free(*mailbox_r);
	*mailbox_r = NULL;
	if (imap_folder_to_mailbox(name, &naming, mailbox_r, error) != 0)
		return IMAP_RESULT_ERROR;
	return make(imap->session, from, *mailbox_r, error);
}

/* Spelt as the server lists its names. Where none of them shows how, it is what was enabled, and
 * when that is refused modified UTF-7: servers enable UTF8=ACCEPT and keep to that all the same. */
static int make(const struct far_imap *imap, const char *name, make_function *how, const char *from,
		char **mailbox_r, struct error *error)
{
	struct error refusal = ERROR_INITIAL;
	(void)pthread_mutex_lock(&imap->side->lock);
	bool utf8 = imap->side->spells_utf8;
	bool shown = imap->side->spelling_shown;
	(void)pthread_mutex_unlock(&imap->side->lock);
	*mailbox_r = NULL;
	enum imap_result made = make_spelt(imap, name, utf8, how, from, mailbox_r, &refusal);
	if (made == IMAP_RESULT_REFUSED && utf8 && !shown &&
	    imap_mailbox_spelling(*mailbox_r) == IMAP_SPELLING_UTF8)
		made = make_spelt(imap, name, false, how, from, mailbox_r, error);
	if (made == IMAP_RESULT_OK)
		return 0;
	*error = refusal;
	free(*mailbox_r);
	*mailbox_r = NULL;
	return error_widen(error, SCOPE_FOLDER);
}

int far_imap_create_mailbox(struct far_session *session, const char *name, char **mailbox_r,
			    struct error *error)
{
	return make(far_imap_of(session), name, make_new, NULL, mailbox_r, error);
}

int far_imap_rename(struct far_session *session, const char *from, const char *name,
		    char **mailbox_r, struct error *error)
{
	return make(far_imap_of(session), name, imap_rename, from, mailbox_r, error);
}

int far_imap_resubscribe(struct far_session *session, const struct far_renamed *renamed,
			 size_t count, struct error *error)
{
	struct imap_renamed *names = memory_array(count + 1, sizeof *names);
	for (size_t i = 0; i < count; i++)
		names[i] = (struct imap_renamed){ .from = renamed[i].from, .to = renamed[i].to };
	enum imap_result result =
		imap_resubscribe(far_imap_of(session)->session, names, count, error);
	free(names);
	return result == IMAP_RESULT_OK ? 0 : error_widen(error, SCOPE_FOLDER);
}

int far_imap_delete(struct far_session *session, const char *mailbox, struct error *error)
{
	if (imap_delete(far_imap_of(session)->session, mailbox, error) == IMAP_RESULT_OK)
		return 0;
	return error_widen(error, SCOPE_FOLDER);
}
