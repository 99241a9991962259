/* Which mailbox that is new is one that is gone. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "sync/observe/marks.h"
#include "sync/observe/other_names_private.h"

/* Messages that are looked at, of the mailbox that may be it. */
#define SAMPLES 5
/* So many mailboxes of the same UIDVALIDITY are looked into for one that is gone. */
#define LOOKS_MAX 3
/* So many are asked which they are, at most. */
#define ASKED_MAX 500
/* Mostly a UIDVALIDITY is the second in which the mailbox was made (RFC 9051 section 2.3.1.1
 * proposes it): then one that is new has no other's. A smaller number may be any mailbox's. */
#define UIDVALIDITY_TELLING 1000000

/* What was proven of one pair holds for those below and beside: FROM/x is TO/x. */
struct branch {
	char *from, *to;
};

struct search {
	const struct other_names_sources *sources;
	struct lost_folders *lost;
	struct folder_view **views; /* of mailboxes that are new */
	struct far_mailbox_id *ids; /* of each; asked for when the first is needed */
	size_t count;
	bool asked;
	struct branch *branches;
	size_t branch_count, branch_capacity;
};

/* --- Which messages it holds --- */

struct sample {
	uint32_t uid;
	struct identity identity;
};

struct samples {
	struct sample items[SAMPLES];
	size_t count;
	size_t equal, different;
};

/* Spread over its UIDs. */
static int choose(const struct other_names_sources *sources, const struct lost_folder *lost,
		  struct samples *samples, struct error *error)
{
	struct state_transaction *transaction;
	struct state_message message;
	uint32_t from = 1;
	int found = 1;
	if (state_read_begin(sources->state, &transaction, error) != 0)
		return -1;
	for (uint64_t i = 0; found > 0 && i < SAMPLES; i++) {
		uint64_t next = 1 + i * lost->record.uidnext / SAMPLES;
		from = next > from ? (uint32_t)next : from;
		found = state_message_next(transaction, lost->record.id, from, &message, error);
		if (found <= 0 || message.uid == UINT32_MAX)
			break;
		from = message.uid + 1;
		if (!state_is_absent_far(message.absent) && !identity_is_empty(&message.identity))
			samples->items[samples->count++] =
				(struct sample){ .uid = message.uid, .identity = message.identity };
	}
	state_read_end(&transaction);
	return found < 0 ? -1 : 0;
}

static int see_sample(void *context, const struct far_message *message, struct error *error)
{
	struct samples *samples = context;
	(void)error; /* nothing fails */
	if (!message->has_header)
		return 0;
	struct identity identity = identity_of_header(message->header, message->header_length);
	for (size_t i = 0; i < samples->count; i++) {
		if (samples->items[i].uid != message->uid)
			continue;
		bool equal = identity_equal(&identity, &samples->items[i].identity);
		samples->equal += equal;
		samples->different += !equal;
	}
	return 0;
}

/* What was removed there meanwhile says nothing. */
static int holds_its_messages(const struct other_names_sources *sources,
			      const struct lost_folder *lost, const struct folder_view *view,
			      bool *holds_r, struct error *error)
{
	struct samples samples = { .count = 0 };
	struct uid_set uids = UID_SET_INITIAL;
	*holds_r = false;
	if (choose(sources, lost, &samples, error) != 0)
		return -1;
	for (size_t i = 0; i < samples.count; i++)
		uid_set_add(&uids, samples.items[i].uid);
	const struct far_fetch fetch = { .mailbox = { .name = view->mailbox,
						      .uidvalidity = lost->record.uidvalidity,
						      .read_only = true },
					 .uids = &uids,
					 .items = FAR_IDENTITY,
					 .context = &samples,
					 .see = see_sample };
	enum far_result result =
		samples.count > 0 ? far_fetch(sources->session, &fetch, error) : FAR_OK;
	uid_set_release(&uids);
	*holds_r =
		samples.different == 0 && samples.equal > 0 && samples.equal * 2 >= samples.count;
	return result == FAR_OK ? 0 : -1;
}

/* --- Which it is --- */

static int ask(struct search *search, struct error *error)
{
	if (search->asked)
		return 0;
	search->asked = true;
	size_t count = search->count < ASKED_MAX ? search->count : ASKED_MAX;
	return far_ask_ids(search->sources->session, search->ids, count, error);
}

/* A server without LIST-STATUS says it when the mailbox is opened. */
static int find_status(const struct other_names_sources *sources, struct folder_view *view,
		       struct error *error)
{
	const struct far_mailbox mailbox = { .name = view->mailbox, .read_only = true };
	struct far_state state = { .read_only = true };
	if (view->status.uidvalidity != 0)
		return 0;
	int result = far_look(sources->session, &mailbox, &state, error);
	if (result == 0)
		view->status = state.marks;
	far_state_release(&state);
	return result;
}

/* UIDs never go back while the UIDVALIDITY stays (RFC 9051 section 2.3.1.1). */
static bool may_be(const struct state_folder *record, const struct far_marks *now)
{
	return record->uidvalidity != 0 && record->uidvalidity == now->uidvalidity &&
	       now->uidnext >= record->uidnext;
}

/* Without a look into it: nothing can be lost with a folder of which the base knows no message. */
static bool is_surely(const struct lost_folder *lost, const struct far_marks *now)
{
	const struct far_marks then = far_marks_of_record(&lost->record);
	return lost->record.uidvalidity >= UIDVALIDITY_TELLING &&
	       (far_marks_equal(&then, now) || lost->view->base_messages == 0);
}

static bool is_on_branch(const struct search *search, const char *from, const char *to)
{
	for (size_t i = 0; i < search->branch_count; i++) {
		const struct branch *branch = &search->branches[i];
		const char *rest = folder_renames_below(from, branch->from);
		const char *rest_to = folder_renames_below(to, branch->to);
		if (rest && rest_to && strcmp(rest, rest_to) == 0)
			return true;
	}
	return false;
}

/* Without the components that both end with. */
static void add_branch(struct search *search, const char *from, const char *to)
{
	struct branch branch = { .from = memory_text(from), .to = memory_text(to) };
	for (;;) {
		char *slash = strrchr(branch.from, '/');
		char *slash_to = strrchr(branch.to, '/');
		if (!slash || !slash_to || strcmp(slash, slash_to) != 0)
			break;
		*slash = *slash_to = '\0';
	}
	memory_grow((void **)&search->branches, &search->branch_capacity, search->branch_count + 1,
		    sizeof branch);
	search->branches[search->branch_count++] = branch;
}

static bool is_known(const struct other_names_sources *sources, const struct lost_folder *lost,
		     const struct folder_view *view)
{
	const struct far_names *known = sources->known;
	for (size_t i = 0; i < known->count; i++) {
		if (strcmp(known->items[i].folder, lost->view->name) == 0)
			return strcmp(known->items[i].now, view->name) == 0;
	}
	return false;
}

static void take(struct search *search, struct lost_folder *lost, struct folder_view *view)
{
	lost->far_doubt = lost->far_doubt || lost->far;
	lost->far = view;
	add_branch(search, lost->view->name, view->name);
}

/* Whether by what is known without another look, one of them is it. */
static int find_known(struct search *search, struct lost_folder *lost, struct error *error)
{
	bool has_id = object_id_is_known(&lost->record.mailbox_id);
	for (size_t i = 0; i < search->count; i++) {
		if (is_known(search->sources, lost, search->views[i]))
			take(search, lost, search->views[i]);
	}
	if (lost->far || !has_id)
		return 0;
	if (ask(search, error) != 0)
		return -1;
	for (size_t i = 0; i < search->count; i++) {
		if (search->views[i] != lost->view &&
		    object_id_equal(&search->ids[i].id, &lost->record.mailbox_id))
			take(search, lost, search->views[i]);
	}
	return 0;
}

static int compare_one(struct search *search, struct lost_folder *lost, size_t number,
		       unsigned int *looks, struct error *error)
{
	struct folder_view *view = search->views[number];
	bool same;
	if (view == lost->view)
		return 0;
	/* Where both names are known they are different ones. */
	if (object_id_is_known(&lost->record.mailbox_id) &&
	    object_id_is_known(&search->ids[number].id))
		return 0;
	if (find_status(search->sources, view, error) != 0)
		return -1;
	if (!may_be(&lost->record, &view->status))
		return 0;
	same = is_surely(lost, &view->status) || is_on_branch(search, lost->view->name, view->name);
	if (!same && (*looks)++ < LOOKS_MAX &&
	    holds_its_messages(search->sources, lost, view, &same, error) != 0)
		return -1;
	if (same)
		take(search, lost, view);
	return 0;
}

/* One mailbox that cannot be looked into is not the end of the others. */
static int leave(struct lost_folder *lost, struct folder_view *view, const struct error *error)
{
	if (error->scope >= SCOPE_CONNECTION || error->pause_ms > 0)
		return -1;
	other_names_block(lost->view, error);
	other_names_block(view, error);
	return 0;
}

static int find(struct search *search, struct lost_folder *lost, struct error *error)
{
	unsigned int looks = 0;
	if (find_known(search, lost, error) != 0)
		return -1;
	for (size_t i = 0; !lost->far && i < search->count; i++) {
		if (compare_one(search, lost, i, &looks, error) != 0 &&
		    leave(lost, search->views[i], error) != 0)
			return -1;
	}
	return 0;
}

static void release(struct search *search)
{
	for (size_t i = 0; i < search->branch_count; i++) {
		free(search->branches[i].from);
		free(search->branches[i].to);
	}
	free(search->branches);
	free(search->ids);
	free(search->views);
}

int other_names_far(const struct other_names_sources *sources, struct lost_folders *lost,
		    struct error *error)
{
	const struct folder_table *table = sources->table;
	struct search search = { .sources = sources, .lost = lost };
	int result = 0;
	search.views = memory_array(table->count + 1, sizeof(struct folder_view *));
	search.ids = memory_array(table->count + 1, sizeof *search.ids);
	for (size_t i = 0; i < table->count; i++) {
		struct folder_view *view = table->items[i];
		if (!other_names_is_new_far(view))
			continue;
		search.ids[search.count].mailbox = view->mailbox;
		search.views[search.count++] = view;
	}
	for (size_t i = 0; search.count > 0 && result == 0 && i < lost->count; i++) {
		if (other_names_lack_far(lost->items[i].view))
			result = find(&search, &lost->items[i], error);
	}
	release(&search);
	return result;
}
