/* Which channel takes a folder. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "sync/folders/route.h"

#define CHANNELS 4

static struct config_channel channels[CHANNELS];
static const struct config_account account = { .channels = channels, .channel_count = CHANNELS };

static void make_channel(size_t index, const char *name, const char *folders, const char *as)
{
	char *problem = NULL;
	channels[index] = (struct config_channel){ .name = (char *)name };
	cr_assert(pattern_list_add(&channels[index].folders, folders, &problem), "%s", problem);
	cr_assert(!as || config_read_as(&channels[index].as, as, &problem), "%s", problem);
}

static void make_channels(void)
{
	make_channel(0, "sent", "\\Sent, Outbox", "Sent");
	make_channel(1, "lists", "Lists/*, News/*, !Lists/noisy", "L/*");
	make_channel(2, "work", "Work/**", NULL);
	make_channel(3, "rest", "**, !\\Junk", "Server/");
}

static void release_channels(void)
{
	for (size_t i = 0; i < CHANNELS; i++) {
		pattern_list_release(&channels[i].folders);
		config_as_release(&channels[i].as);
	}
}

Test(sync_route, far, .init = make_channels, .fini = release_channels)
{
	static const struct {
		const char *name;
		unsigned int uses;
		int channel;
		const char *local;
	} cases[] = {
		{ "[Gmail]/Sent Mail", FOLDER_USE_SENT, 0, "Sent" },
		{ "Outbox", 0, 0, "Sent" },
		{ "Sent", 0, 3, "Server/Sent" },
		{ "Lists/a", 0, 1, "L/a" },
		{ "News/a", 0, 1, "L/a" },
		{ "Lists/noisy", 0, 3, "Server/Lists/noisy" },
		{ "Lists/a/b", 0, 3, "Server/Lists/a/b" },
		{ "Work/a/b", 0, 2, "Work/a/b" },
		{ "INBOX", 0, 3, "Server/INBOX" },
		{ "Spam", FOLDER_USE_JUNK, -1, NULL },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct folder_facts folder = { .name = cases[i].name, .uses = cases[i].uses };
		struct route route = route_far(&account, &folder);
		cr_expect_eq(route.channel,
			     cases[i].channel < 0 ? NULL : &channels[cases[i].channel], "%s",
			     cases[i].name);
		if (cases[i].local)
			cr_expect_str_eq(route.local, cases[i].local);
		route_release(&route);
	}
}

static void expect_name(size_t channel, const char *local, const char *expected)
{
	char *name = route_near(&account, &channels[channel], local);
	cr_expect_eq(!name, !expected, "%s", local);
	if (name && expected)
		cr_expect_str_eq(name, expected);
	free(name);
}

Test(sync_route, near, .init = make_channels, .fini = release_channels)
{
	expect_name(0, "Sent", "Outbox");
	expect_name(0, "Other", NULL);
	expect_name(1, "L/a", "Lists/a");
	expect_name(1, "L/a/b", NULL);
	expect_name(1, "L/noisy", "News/noisy");
	expect_name(1, "Lists/a", NULL);
	expect_name(2, "Work/a", "Work/a");
	expect_name(2, "other", NULL);
	expect_name(3, "Server/x", "x");
	expect_name(3, "Server/Work/x", NULL);
	expect_name(3, "x", NULL);
}

Test(sync_route, subscriptions, .init = make_channels, .fini = release_channels)
{
	char *problem = NULL;
	cr_expect_not(route_wants_subscriptions(&account));
	cr_assert(pattern_list_add(&channels[3].folders, "!subscribed", &problem));
	cr_expect(route_wants_subscriptions(&account));
}

/* Also what one channel leaves out is said by its subscriptions. */
Test(sync_route, subscriptions_of_any_channel, .init = make_channels, .fini = release_channels)
{
	char *problem = NULL;
	cr_assert(pattern_list_add(&channels[1].folders, "subscribed", &problem));
	cr_expect(route_wants_subscriptions(&account));
}

/* Of channels that have one root and layout the first that takes the name here has it. */
Test(sync_route, who_takes_a_name_here, .init = make_channels, .fini = release_channels)
{
	static const struct {
		const char *local;
		int taker; /* in the root of the last channel; -1: none */
	} cases[] = {
		{ "Sent", 0 },     { "L/a", 1 },    { "Work/a", -1 },
		{ "Server/x", 3 }, { "Other", -1 }, { "Server/Outbox", -1 },
	};
	for (size_t i = 0; i < CHANNELS; i++)
		channels[i].maildir = (char *)(i == 2 ? "/mail/work" : "/mail/home");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		cr_expect_eq(route_near_taker(&account, &channels[3], cases[i].local),
			     cases[i].taker < 0 ? NULL : &channels[cases[i].taker], "%s",
			     cases[i].local);
	channels[1].rules.layout = CONFIG_LAYOUT_PLUSPLUS;
	cr_expect_null(route_near_taker(&account, &channels[3], "L/a"), "of another layout");
	cr_expect(route_is_one_place(&channels[0], &channels[3]));
	cr_expect_not(route_is_one_place(&channels[1], &channels[3]));
	cr_expect_not(route_is_one_place(&channels[2], &channels[3]));
}
