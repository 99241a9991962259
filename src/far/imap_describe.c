/* The far side over IMAP: what the server offers, and what is lost without the rest.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "far/imap_private.h"

/* For those extensions whose loss is felt. */
static const struct {
	enum imap_capability capability, instead; /* INSTEAD: one that is as good, or 0 */
	const char *name, *loss;
} extensions[] = {
	{ IMAP_CAPABILITY_UIDPLUS, IMAP_CAPABILITY_REV2, "UIDPLUS",
	  "removed messages go only when nobody else marked others, and uploads are looked for "
	  "afterwards" },
	{ IMAP_CAPABILITY_CONDSTORE, (enum imap_capability)0, "CONDSTORE",
	  "each run lists the flags of every message in folders that changed" },
	{ IMAP_CAPABILITY_QRESYNC, (enum imap_capability)0, "QRESYNC",
	  "removals on the server are found by a search" },
	{ IMAP_CAPABILITY_LIST_STATUS, IMAP_CAPABILITY_REV2, "LIST-STATUS",
	  "each run opens every folder" },
};

struct telling {
	struct imap_session *session;
	void (*see)(void *context, bool bad, const char *sentence);
	void *context;
};

/* TEXT is taken over. */
static void tell(const struct telling *telling, bool bad, char *text)
{
	telling->see(telling->context, bad, text);
	free(text);
}

static void tell_all(const struct telling *telling)
{
	const struct text_list *all = imap_session_capabilities(telling->session);
	struct buffer names = BUFFER_INITIAL;
	for (size_t i = 0; i < all->count; i++)
		buffer_add_format(&names, "%s%s", i > 0 ? " " : "", all->items[i]);
	tell(telling, false, memory_format("the server offers %s", buffer_text(&names)));
	buffer_release(&names);
}

static void tell_lacking(const struct telling *telling)
{
	for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++) {
		if (imap_session_has(telling->session, extensions[i].capability) ||
		    (extensions[i].instead &&
		     imap_session_has(telling->session, extensions[i].instead)))
			continue;
		tell(telling, true,
		     memory_format("the server lacks %s: %s", extensions[i].name,
				   extensions[i].loss));
	}
}

static void tell_horizon(const struct telling *telling)
{
	uint32_t limit;
	if (imap_session_is_enabled(telling->session, IMAP_CAPABILITY_UIDONLY))
		tell(telling, false,
		     memory_text("the server shows all messages of a mailbox (UIDONLY)"));
	if (!imap_session_shows_newest_only(telling->session, &limit))
		return;
	char *number = limit > 0 ? memory_format(" %u", limit) : memory_text("");
	tell(telling, true,
	     memory_format(
		     "the server may show only the newest%s messages of a mailbox: older ones "
		     "that are here stay here, others do not come",
		     number));
	free(number);
}

void far_imap_describe(struct far_session *session,
		       void (*see)(void *context, bool bad, const char *sentence), void *context)
{
	const struct telling telling = { .session = far_imap_of(session)->session,
					 .see = see,
					 .context = context };
	tell_all(&telling);
	tell_lacking(&telling);
	tell_horizon(&telling);
}
