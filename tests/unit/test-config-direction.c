/* The keys of what goes which way, alone and together. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/memory.h"
#include "config-file.h"
#include "config/config.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ACCOUNT "[account a]\nhost = h\nuser = u\npassword = p\nmaildir = /m\n" /* 5 lines */
#define CHANNEL "[channel a/b]\nfolders = **\n"                                 /* 2 lines */

#define NEW CONFIG_KIND_NEW
#define FLAGS CONFIG_KIND_FLAGS
#define DELETIONS CONFIG_KIND_DELETIONS
#define ALL CONFIG_KINDS_ALL

/* What the account and its channel say, and what the channel has then. */
static const struct {
	const char *account, *channel;
	int pull, push, expunge;
} good[] = {
	{ "", "", ALL, ALL, CONFIG_SIDES_BOTH },
	{ "", "direction = both\n", ALL, ALL, CONFIG_SIDES_BOTH },
	{ "", "direction = pull\n", ALL, 0, CONFIG_SIDES_BOTH },
	{ "", "direction = push\n", 0, ALL, CONFIG_SIDES_BOTH },
	{ "", "pull = new flags\n", NEW | FLAGS, ALL, CONFIG_SIDES_BOTH },
	{ "", "pull = new, deletions\npush = flags\n", NEW | DELETIONS, FLAGS, CONFIG_SIDES_BOTH },
	{ "", "pull = none\n", 0, ALL, CONFIG_SIDES_BOTH },
	{ "", "direction = pull\npull = new\n", NEW, 0, CONFIG_SIDES_BOTH },
	{ "", "push = none\ndirection = pull\n", ALL, 0, CONFIG_SIDES_BOTH },
	{ "", "push = all\nexpunge = far\n", ALL, ALL, CONFIG_SIDE_FAR },
	{ "", "expunge = none\n", ALL, ALL, CONFIG_SIDES_NONE },
	/* What a channel says goes before what its account says. */
	{ "direction = pull\nexpunge = near\n", "", ALL, 0, CONFIG_SIDE_NEAR },
	{ "direction = pull\n", "direction = push\n", 0, ALL, CONFIG_SIDES_BOTH },
	{ "direction = pull\n", "push = flags\n", ALL, FLAGS, CONFIG_SIDES_BOTH },
	{ "push = flags\n", "direction = both\n", ALL, ALL, CONFIG_SIDES_BOTH },
	{ "expunge = none\n", "expunge = both\n", ALL, ALL, CONFIG_SIDES_BOTH },
};

Test(config_direction, what_goes)
{
	for (size_t i = 0; i < COUNT(good); i++) {
		char *text = memory_format("%s%s%s%s", ACCOUNT, good[i].account, CHANNEL,
					   good[i].channel);
		struct config *config = config_file_good(text);
		const struct config_rules *rules = &config->accounts[0].channels[0].rules;
		cr_expect_eq((int)rules->pull, good[i].pull, "case %zu", i);
		cr_expect_eq((int)rules->push, good[i].push, "case %zu", i);
		cr_expect_eq((int)rules->expunge, good[i].expunge, "case %zu", i);
		config_destroy(&config);
		free(text);
	}
}

static const char *const bad[][2] = {
	{ "direction = up\n",
	  "FILE:8: direction cannot be \"up\"; it is one of both | pull | push" },
	{ "direction = pul\n", "did you mean pull?" },
	{ "pull = flag\n", "FILE:8: pull cannot be \"flag\"; did you mean flags?" },
	{ "pull =\n", "pull is empty" },
	{ "pull = all new\n", "pull can be all, or none, or some of new, flags and deletions" },
	{ "push = new none\n", "push can be all, or none, or some of" },
	{ "direction = pull\npush = flags\n",
	  "FILE:6: channel a/b says direction = pull, but also what to "
	  "push" },
	{ "pull = new\ndirection = push\n", "says direction = push, but also what to pull" },
	{ "pull = none\npush = none\n", "lets nothing go either way" },
	{ "direction = pull\npull = none\n", "lets nothing go either way" },
	{ "trash = /Trash\n", "FILE:8: trash must be the name of a folder on the server" },
	{ "trash = \\Junk\n", "or \\Trash, or none" },
	{ "trash = Trash\nexpunge = near\n",
	  "FILE:6: channel a/b says trash = Trash, but also that" },
	{ "expunge = none\ntrash = Trash\n", "is only marked on the server (expunge)" },
	{ "direction = pull\ntrash = Trash\n",
	  "says trash = Trash, but no deletions go to the server" },
	{ "push = new flags\ntrash = Trash\n", "add them to `push`, or leave out `trash`" },
	{ "expunge = everywhere\n", "FILE:8: expunge cannot be \"everywhere\"" },
};

static const struct {
	const char *account, *channel;
	const char *trash; /* NULL: none */
} trashes[] = {
	{ "", "", NULL },
	{ "", "trash = Trash\n", "Trash" },
	{ "", "trash = \\Trash\n", "\\Trash" },
	{ "", "trash = Old/Trash\npush = flags deletions\nexpunge = far\n", "Old/Trash" },
	{ "trash = Trash\n", "", "Trash" },
	{ "trash = Trash\n", "trash = none\n", NULL },
	{ "trash = Trash\n", "trash = Bin\n", "Bin" },
	{ "trash = Trash\n", "expunge = near\n", NULL },
	{ "trash = Trash\n", "direction = pull\n", "Trash" }, /* nothing is removed there */
};

Test(config_direction, trash)
{
	for (size_t i = 0; i < COUNT(trashes); i++) {
		char *text = memory_format("%s%s%s%s", ACCOUNT, trashes[i].account, CHANNEL,
					   trashes[i].channel);
		struct config *config = config_file_good(text);
		const char *trash = config->accounts[0].channels[0].rules.trash;
		cr_expect_eq(!trash, !trashes[i].trash, "case %zu", i);
		if (trash && trashes[i].trash)
			cr_expect_str_eq(trash, trashes[i].trash, "case %zu", i);
		config_destroy(&config);
		free(text);
	}
	config_file_bad(ACCOUNT "[channel a/b]\nfolders = Trash\ntrash = Trash\n",
			"FILE:6: channel a/b takes only Trash, which cannot be its own trash");
}

Test(config_direction, contradictions)
{
	for (size_t i = 0; i < COUNT(bad); i++) {
		char *text = memory_format("%s%s%s", ACCOUNT, CHANNEL, bad[i][0]);
		config_file_bad(text, bad[i][1]);
		free(text);
	}
}
