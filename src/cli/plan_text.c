/* A plan in a few lines. SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/plan_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "cli/report.h"
#include "mail/uid_set.h"

/* Of a set with more ranges, the first ones are shown: a line is for reading. */
#define RANGES_SHOWN 10

/* Steps of one kind; of moves, those to one folder; of copies, those from one; of changed flags,
 * those that change the same ones. */
struct cli_plan_group {
	char *verb;
	char *detail;        /* "", " to Archive" or " +(\Seen)" */
	char *only;          /* the line of the first step, for a group of one */
	uint64_t count;      /* messages */
	struct uid_set uids; /* empty where there are none yet */
};

/* --- One step --- */

void cli_plan_add_flag_names(struct buffer *out, uint32_t flags,
			     const struct keyword_table *keywords)
{
	static const char *const names[] = { "\\Seen",    "\\Answered", "\\Flagged",
					     "\\Deleted", "\\Draft",    "$Forwarded" };
	for (unsigned int i = 0; i < FLAG_KEYWORD_SHIFT + FLAG_KEYWORD_COUNT; i++) {
		const char *name =
			i < FLAG_KEYWORD_SHIFT ? names[i] : keywords->names[i - FLAG_KEYWORD_SHIFT];
		if (!(flags & (UINT32_C(1) << i)) || !name)
			continue;
		if (out->length > 0)
			buffer_add_byte(out, ' ');
		buffer_add_text(out, name);
	}
}

static void add_flag_changes(struct buffer *line, const struct sync_operation_report *operation)
{
	struct buffer names = BUFFER_INITIAL;
	if (!text_starts_with(operation->verb, "flags-"))
		return;
	cli_plan_add_flag_names(&names, operation->flags_to & ~operation->flags_from,
				operation->keywords);
	if (names.length > 0)
		buffer_add_format(line, " +(%s)", buffer_text(&names));
	buffer_clear(&names);
	cli_plan_add_flag_names(&names, operation->flags_from & ~operation->flags_to,
				operation->keywords);
	if (names.length > 0)
		buffer_add_format(line, " -(%s)", buffer_text(&names));
	buffer_release(&names);
}

/* What tells steps of one verb apart. */
static void add_detail(struct buffer *line, const struct sync_operation_report *operation)
{
	if (operation->to)
		buffer_add_format(line, " to %s", operation->to);
	if (operation->from)
		buffer_add_format(line, " from %s", operation->from);
	add_flag_changes(line, operation);
}

void cli_plan_describe(struct buffer *line, const struct sync_operation_report *operation)
{
	buffer_add_format(line, "%s/%s: %s", operation->account, operation->folder,
			  operation->verb);
	if (operation->uid != 0 && operation->last_uid != operation->uid)
		buffer_add_format(line, " UID %u:%u", operation->uid, operation->last_uid);
	else if (operation->uid != 0)
		buffer_add_format(line, " UID %u", operation->uid);
	add_detail(line, operation);
	if (operation->file)
		buffer_add_format(line, " %s", operation->file);
}

/* --- Groups --- */

static struct cli_plan_group *find_group(struct cli_plan *plan, const char *verb,
					 const char *detail)
{
	for (size_t i = plan->count; i > 0; i--) {
		struct cli_plan_group *group = &plan->groups[i - 1];
		if (strcmp(group->verb, verb) == 0 && strcmp(group->detail, detail) == 0)
			return group;
	}
	if (plan->count == plan->capacity) {
		plan->capacity = plan->capacity ? plan->capacity * 2 : 8;
		plan->groups =
			memory_resize_array(plan->groups, plan->capacity, sizeof *plan->groups);
	}
	struct cli_plan_group *group = &plan->groups[plan->count++];
	*group = (struct cli_plan_group){ .verb = memory_text(verb),
					  .detail = memory_text(detail),
					  .uids = UID_SET_INITIAL };
	return group;
}

static void begin_folder(struct cli_plan *plan, const struct sync_operation_report *operation)
{
	if (plan->folder && strcmp(plan->account, operation->account) == 0 &&
	    strcmp(plan->folder, operation->folder) == 0)
		return;
	cli_plan_print(plan);
	plan->account = memory_text(operation->account);
	plan->folder = memory_text(operation->folder);
}

void cli_plan_add(struct cli_plan *plan, const struct sync_operation_report *operation)
{
	struct buffer text = BUFFER_INITIAL;
	begin_folder(plan, operation);
	add_detail(&text, operation);
	struct cli_plan_group *group = find_group(plan, operation->verb, buffer_text(&text));
	if (group->count == 0) {
		buffer_clear(&text);
		cli_plan_describe(&text, operation);
		group->only = memory_text(buffer_text(&text));
	}
	group->count += operation->uid == 0 ? 1 : operation->last_uid - operation->uid + 1;
	if (operation->uid != 0)
		uid_set_add_range(&group->uids, operation->uid, operation->last_uid);
	buffer_release(&text);
}

/* --- Printing --- */

static void add_uids(struct buffer *line, const struct uid_set *uids)
{
	size_t shown = uids->count < RANGES_SHOWN ? uids->count : RANGES_SHOWN;
	for (size_t i = 0; i < shown; i++) {
		const struct uid_range *range = &uids->ranges[i];
		buffer_add_text(line, i == 0 ? " UID " : ",");
		buffer_add_format(line, range->first == range->last ? "%u" : "%u:%u", range->first,
				  range->last);
	}
	if (uids->count > shown)
		buffer_add_format(line, " and more up to %u", uids->ranges[uids->count - 1].last);
}

static void print_group(const struct cli_plan *plan, const struct cli_plan_group *group)
{
	struct buffer line = BUFFER_INITIAL;
	if (group->count == 1) {
		cli_print_line("%s", group->only);
		return;
	}
	buffer_add_format(&line, "%s/%s: %s %llu messages", plan->account, plan->folder,
			  group->verb, (unsigned long long)group->count);
	add_uids(&line, &group->uids);
	cli_print_line("%s%s", buffer_text(&line), group->detail);
	buffer_release(&line);
}

void cli_plan_print(struct cli_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		struct cli_plan_group *group = &plan->groups[i];
		print_group(plan, group);
		free(group->verb);
		free(group->detail);
		free(group->only);
		uid_set_release(&group->uids);
	}
	free(plan->groups);
	free(plan->account);
	free(plan->folder);
	plan->groups = NULL;
	plan->account = plan->folder = NULL;
	plan->count = plan->capacity = 0;
}
