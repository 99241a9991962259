/* Patterns of folders, the value of `folders`.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_CONFIG_PATTERN_H
#define NAVETTE_CONFIG_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

/* What a mailbox is for (RFC 6154 section 2, RFC 8457), as bits. */
enum folder_use {
	FOLDER_USE_ALL = 1,
	FOLDER_USE_ARCHIVE = 2,
	FOLDER_USE_DRAFTS = 4,
	FOLDER_USE_FLAGGED = 8,
	FOLDER_USE_JUNK = 16,
	FOLDER_USE_SENT = 32,
	FOLDER_USE_TRASH = 64,
	FOLDER_USE_IMPORTANT = 128
};

/* What a pattern is held against. */
struct folder_facts {
	const char *name;  /* mail/folder_name.h */
	unsigned int uses; /* enum folder_use */
	bool subscribed;
};

/* One pattern. "*" stands for any characters but "/", "**" for any; "**" and "/" at the start of a
 * component also for nothing; "?" for one character that is not "/". A backslash takes the meaning
 * from the character behind it, but at the very start and before a letter it begins a special use.
 * "subscribed" alone means the folders that are subscribed to. Everything else is the name, INBOX
 * in any case. Matching takes time in proportion to the name's length times the pattern's. */
struct pattern;
#define PATTERN_MAX 1000 /* bytes of one */

/* Reads one pattern. NULL: *problem_r is a text of the caller's that says why. */
struct pattern *pattern_parse(const char *text, char **problem_r);
bool pattern_matches(const struct pattern *pattern, const struct folder_facts *folder);
/* As it was written. */
const char *pattern_text(const struct pattern *pattern);
/* The directories that the pattern names as they are before its first wildcard, or before the last
 * component when it has none, with the slash behind them: "Lists/" of "Lists/a*". "" without. */
const char *pattern_directory(const struct pattern *pattern);
/* Whether it can match one name only, which it holds: *name_r. */
bool pattern_is_name(const struct pattern *pattern, const char **name_r);
/* Whether it is about subscriptions. */
bool pattern_wants_subscriptions(const struct pattern *pattern);
void pattern_destroy(struct pattern **pattern);

/* A list: a folder is in it when one of its patterns takes it and none of those with a "!" in
 * front, whatever their order. Start zeroed. */
struct pattern_list {
	struct pattern **taking, **leaving;
	size_t taking_count, leaving_count;
	size_t taking_capacity, leaving_capacity;
};
/* Adds those that stand between the commas of TEXT. False: as above. */
bool pattern_list_add(struct pattern_list *list, const char *text, char **problem_r);
/* The first pattern that takes the folder, or NULL when it is not in the list. */
const struct pattern *pattern_list_find(const struct pattern_list *list,
					const struct folder_facts *folder);
void pattern_list_release(struct pattern_list *list);

#endif
