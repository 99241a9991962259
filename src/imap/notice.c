/* What a server tells of mailboxes without being asked: by NOTIFY (RFC 5465 section 5), while an
 * IDLE goes on, and between the answers to commands (RFC 9051 section 5.2).
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "imap/notice.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "imap/session_internal.h"

#define ANY_MESSAGES (IMAP_NOTICE_ARRIVED | IMAP_NOTICE_GONE | IMAP_NOTICE_FLAGS)

void imap_notice_release(struct imap_notice *notice)
{
	free(notice->mailbox);
	*notice = (struct imap_notice){ .mailbox = NULL };
}

static void forget_all(struct imap_notices *notices)
{
	for (size_t i = notices->first; i < notices->count; i++)
		imap_notice_release(&notices->items[i]);
	notices->first = notices->count = 0;
}

void imap_notices_release(struct imap_notices *notices)
{
	forget_all(notices);
	free(notices->items);
	*notices = (struct imap_notices){ .on = false };
}

/* INBOX is one mailbox in whatever case it is written (RFC 9051 section 5.1). */
static bool is_same(const char *a, const char *b)
{
	return strcmp(a, b) == 0 || (strcasecmp(a, "INBOX") == 0 && strcasecmp(b, "INBOX") == 0);
}

static struct imap_notice *find(struct imap_notices *notices, const char *mailbox)
{
	/* Mostly it goes on about the last one. */
	for (size_t i = notices->count; i > notices->first; i--)
		if (is_same(notices->items[i - 1].mailbox, mailbox))
			return &notices->items[i - 1];
	return NULL;
}

static void add(struct imap_notices *notices, const char *mailbox, unsigned int kinds,
		const struct imap_status_data *status)
{
	struct imap_notice *notice = find(notices, mailbox);
	void *items = notices->items;

	if (notices->anything)
		return;
	if (notice == NULL && notices->count == IMAP_NOTICES_MAX) {
		forget_all(notices);
		notices->anything = true;
		return;
	}
	if (notice == NULL) {
		memory_grow(&items, &notices->capacity, notices->count + 1, sizeof *notice);
		notices->items = items;
		notice = &notices->items[notices->count++];
		*notice = (struct imap_notice){ .mailbox = memory_text(mailbox) };
	}
	notice->kinds |= kinds;
	notice->status = status != NULL ? *status : (struct imap_status_data){ .messages = 0 };
	notice->status.mailbox = NULL; /* it is the response's */
}

void imap_notices_add_status(struct imap_notices *notices, const struct imap_status_data *status)
{
	if (notices->on && !status->holds_nul)
		add(notices, status->mailbox, ANY_MESSAGES, status);
}

static unsigned int kinds_of_selected(const struct imap_response *response,
				      const struct imap_command *oldest)
{
	switch (response->type) {
	case IMAP_RESPONSE_EXISTS:
		return IMAP_NOTICE_ARRIVED;
	case IMAP_RESPONSE_EXPUNGE:
		return IMAP_NOTICE_GONE;
	case IMAP_RESPONSE_VANISHED:
		return response->earlier ? 0 : IMAP_NOTICE_GONE;
	case IMAP_RESPONSE_FETCH:
		/* An answer, or with a modseq alone the echo of a silent STORE. */
		if (!response->fetch.has_flags ||
		    (oldest != NULL && oldest->kind->wants != NULL &&
		     oldest->kind->wants(oldest->handler.context, &response->fetch)))
			return 0;
		return IMAP_NOTICE_FLAGS;
	default:
		return 0;
	}
}

static void see_selected(struct imap_session *session, const struct imap_command *oldest)
{
	struct imap_selection *selection = oldest != NULL ? oldest->selection : session->selection;
	unsigned int kinds = selection != NULL ? kinds_of_selected(&session->response, oldest) : 0;

	if (kinds == 0 || selection->refused)
		return;
	/* A SELECT's own replies tell nothing that happened. Those before its CLOSED are about the
	 * mailbox before it (RFC 7162 section 3.2.11), which shows when that comes. */
	if (oldest != NULL && imap_command_selects(oldest))
		selection->told_before |= kinds;
	else
		add(&session->notices, selection->mailbox, kinds, NULL);
}

static void see_closed(struct imap_notices *notices, const struct imap_command *oldest)
{
	const struct imap_selection *selection =
		oldest != NULL && imap_command_selects(oldest) ? oldest->selection : NULL;

	if (selection != NULL && selection->before != NULL && selection->told_before != 0)
		add(notices, selection->before, selection->told_before, NULL);
}

static void see_condition(struct imap_notices *notices, const struct imap_code *code,
			  const struct imap_command *oldest)
{
	if (code->type == IMAP_CODE_CLOSED)
		see_closed(notices, oldest);
	/* From now on it is as if NOTIFY NONE had been said (RFC 5465 section 5.8). */
	if (code->type == IMAP_CODE_NOTIFICATIONOVERFLOW) {
		notices->anything = notices->silenced = true;
		forget_all(notices);
	}
}

void imap_notices_see(struct imap_session *session, const struct imap_command *oldest)
{
	struct imap_notices *notices = &session->notices;
	const struct imap_response *response = &session->response;
	bool asked = oldest != NULL && oldest->kind->lists;

	if (!notices->on)
		return;
	if (response->type == IMAP_RESPONSE_CONDITION) {
		see_condition(notices, &response->code, oldest);
	} else if (response->type == IMAP_RESPONSE_STATUS && !asked) {
		notices->told++;
		imap_notices_add_status(notices, &response->status);
	} else if (response->type == IMAP_RESPONSE_LIST && !asked) {
		notices->told++;
		add(notices, response->list.mailbox, IMAP_NOTICE_NAMES, NULL);
	} else {
		see_selected(session, oldest);
	}
}
