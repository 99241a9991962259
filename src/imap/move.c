/* UID MOVE (RFC 6851 section 3.2) and UID COPY (RFC 9051 section 6.4.7), and where the messages
 * went (COPYUID, RFC 4315 section 3). SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/memory.h"
#include "imap/command.h"
#include "imap/commands.h"

static const struct imap_command_kind move_kind = { .about = IMAP_ABOUT_SELECTED };

/* What a command keeps. */
struct moving {
	struct uid_set set;      /* what it is about */
	struct imap_copied told; /* so far */
};

static void release_moving(void *data)
{
	struct moving *moving = data;

	uid_set_release(&moving->set);
	imap_copied_release(&moving->told);
	free(moving);
}

/* --- COPYUID --- */

void imap_copied_release(struct imap_copied *copied)
{
	uid_set_release(&copied->from);
	uid_set_release(&copied->to);
	copied->uidvalidity = 0;
}

static bool is_behind(const struct uid_set *later, const struct uid_set *earlier)
{
	return earlier->count == 0 ||
	       later->ranges[0].first > earlier->ranges[earlier->count - 1].last;
}

/* Whether MORE can be said in the same breath: pairs are only told by the order in both sets. */
static bool fits(const struct imap_copied *copied, uint64_t uidvalidity, const struct uid_set *from,
		 const struct uid_set *to)
{
	bool is_first = uid_set_is_empty(&copied->from);

	return (is_first || copied->uidvalidity == uidvalidity) && is_behind(from, &copied->from) &&
	       is_behind(to, &copied->to);
}

static void add_copied(struct imap_copied *copied, uint64_t uidvalidity, const struct uid_set *from,
		       const struct uid_set *to)
{
	if (uid_set_is_empty(from) || !fits(copied, uidvalidity, from, to))
		return;
	copied->uidvalidity = (uint32_t)uidvalidity;
	uid_set_add_set(&copied->from, from);
	uid_set_add_set(&copied->to, to);
}

static bool is_part_of(const struct uid_set *set, const struct uid_set *whole)
{
	struct uid_set rest = UID_SET_INITIAL;
	bool is_part;

	uid_set_add_set(&rest, set);
	uid_set_remove_set(&rest, whole);
	is_part = uid_set_is_empty(&rest);
	uid_set_release(&rest);
	return is_part;
}

/* Only what can be true, and is about this command: servers need not answer in order. */
static void take_code(struct moving *moving, const struct imap_code *code)
{
	if (code->type == IMAP_CODE_COPYUID && code->number != 0 && code->number <= UINT32_MAX &&
	    uid_set_size(&code->source) == uid_set_size(&code->uids) &&
	    is_part_of(&code->source, &moving->set))
		add_copied(&moving->told, code->number, &code->source, &code->uids);
}

/* Of a MOVE it comes before the EXPUNGE, in an untagged OK (RFC 6851 section 4.3). */
static int see_untagged(void *context, const struct imap_response *response, struct error *error)
{
	(void)error; /* nothing fails */
	if (response->type == IMAP_RESPONSE_CONDITION && response->condition == IMAP_OK)
		take_code(context, &response->code);
	return 0;
}

/* --- The commands --- */

static struct imap_command *send_to(struct imap_session *session, const char *command_name,
				    const char *verb, const struct uid_set *set,
				    const char *mailbox)
{
	struct imap_command *command = imap_command_create_kind(session, &move_kind, command_name);
	struct moving *moving = memory_allocate(sizeof *moving);
	struct buffer text = BUFFER_INITIAL;
	char *from = imap_show_selected(session);
	char *to = imap_show_mailbox(session, mailbox);

	uid_set_add_set(&moving->set, set);
	imap_command_set_data(command, moving, release_moving);
	command->handler = (struct imap_handler){ .context = moving, .untagged = see_untagged };
	uid_set_format(set, &text);
	buffer_add_text(&text, " ");
	imap_command_add(command, buffer_text(&text));
	imap_command_add_astring(command, mailbox);
	imap_command_set_purpose(command, SCOPE_FOLDER, "%s messages from %s to “%s”", verb, from,
				 to);
	imap_command_send(command);
	free(from);
	free(to);
	buffer_release(&text);
	return command;
}

struct imap_command *imap_move_send(struct imap_session *session, const struct uid_set *set,
				    const char *mailbox)
{
	return send_to(session, "UID MOVE ", "move", set, mailbox);
}

struct imap_command *imap_copy_send(struct imap_session *session, const struct uid_set *set,
				    const char *mailbox)
{
	return send_to(session, "UID COPY ", "copy", set, mailbox);
}

static void pass_on(struct imap_command *command, struct imap_copied *copied)
{
	const struct imap_session *session = command->session;
	struct moving *moving = command->data;

	take_code(moving, &command->code);
	if (imap_session_has(session, IMAP_CAPABILITY_UIDPLUS) ||
	    imap_session_has(session, IMAP_CAPABILITY_REV2))
		add_copied(copied, moving->told.uidvalidity, &moving->told.from, &moving->told.to);
}

enum imap_result imap_copy_finish(struct imap_session *session, struct imap_command **command,
				  struct imap_copied *copied, struct error *error)
{
	(void)session; /* the command knows it */
	imap_command_wait(*command);
	if (imap_command_result(*command, error) == IMAP_RESULT_OK)
		pass_on(*command, copied);
	return imap_command_end(command, error);
}

/* Also of a MOVE that was refused some messages may have gone (RFC 6851 section 3.3). */
enum imap_result imap_move_finish(struct imap_session *session, struct imap_command **command,
				  struct uid_set *gone, struct imap_copied *copied,
				  struct error *error)
{
	imap_command_wait(*command);
	pass_on(*command, copied);
	return imap_expunge_finish(session, command, gone, error);
}
