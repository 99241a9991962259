/* File names of messages. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "maildir-name-check.h"
#include "maildir/name.h"
#include "random.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define KEYWORD(letter) FLAG_KEYWORD((letter) - 'a')

Test(maildir_name, parse)
{
	static const struct {
		const char *name;
		const char *base;
		uint32_t flags;
	} cases[] = {
		{ "", "", 0 },
		{ "a", "a", 0 },
		{ "a:2,", "a", 0 },
		{ "a:2,S", "a", FLAG_SEEN },
		{ "a:2,DFPRST", "a", FLAGS_SYSTEM },
		{ "a:2,TSRPFD", "a", FLAGS_SYSTEM },
		{ "a:2,SSS", "a", FLAG_SEEN },
		{ "a:2,az", "a", KEYWORD('a') | KEYWORD('z') },
		{ "a:2,SXY;\xff", "a", FLAG_SEEN },
		{ "a,S=12,W=14:2,F", "a,S=12,W=14", FLAG_FLAGGED },
		{ "1.2.host,U=7:2,R", "1.2.host,U=7", FLAG_ANSWERED },
		{ "a:2,:2,S", "a", FLAG_SEEN },
		{ "a:2,F:2,S", "a", FLAG_SEEN },
		{ "a:2,S:2,", "a", 0 },
		{ "a:2:2,S", "a:2", FLAG_SEEN },
		{ "a::2,S", "a:", FLAG_SEEN },
		{ "a:1,x", "a", 0 },
		{ "a:1,x:2,S", "a:1,x", FLAG_SEEN },
		{ "a:", "a", 0 },
		{ "a:b", "a:b", 0 },
		{ "a:2", "a:2", 0 },
		/* Other separators: only before letters that go on to the end. */
		{ "a;2,S", "a", FLAG_SEEN },
		{ "a!2,FSb", "a", FLAG_FLAGGED | FLAG_SEEN | KEYWORD('b') },
		{ "a!2,", "a", 0 },
		{ ";2,S", "", FLAG_SEEN },
		{ "a;2,S9", "a;2,S9", 0 },
		{ "a;2,S.host", "a;2,S.host", 0 },
		{ "a;2,S.host;2,F", "a;2,S.host", FLAG_FLAGGED },
		{ "a!b;c.2,host", "a!b;c.2,host", 0 },
		{ "a;3,S", "a;3,S", 0 },
		{ "a;12,S", "a;12,S", 0 },
		{ "a;2;2,S", "a;2", FLAG_SEEN },
		{ "a,U=1;2,S", "a,U=1", FLAG_SEEN },
		/* One part behind another, as readers make them that know only ':'. */
		{ "a;2,S:2,F", "a", FLAG_FLAGGED },
		{ "a;2,S:2,", "a", 0 },
		{ "a;2,x.y:2,F", "a;2,x.y", FLAG_FLAGGED },
		{ "a:2,S;2,F", "a", FLAG_FLAGGED },
		{ "a!2,S;2,F", "a", FLAG_FLAGGED },
		{ ":2,S", "", FLAG_SEEN },
		{ ":", "", 0 },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct maildir_name name;
		maildir_name_parse(cases[i].name, &name);
		cr_assert_eq(name.base, cases[i].name);
		cr_assert_eq(name.base_length, strlen(cases[i].base), "%s", cases[i].name);
		cr_assert_eq(memcmp(name.base, cases[i].base, name.base_length), 0);
		cr_assert_eq(name.flags, cases[i].flags, "%s", cases[i].name);
	}
}

Test(maildir_name, with_flags)
{
	static const struct {
		const char *name;
		uint32_t flags;
		uint32_t managed;
		const char *expected;
	} cases[] = {
		{ "a", 0, UINT32_MAX, "a:2," },
		{ "a", FLAG_SEEN, UINT32_MAX, "a:2,S" },
		{ "a:", FLAG_SEEN, UINT32_MAX, "a:2,S" },
		{ "a:1,x", FLAG_SEEN, UINT32_MAX, "a:2,S" },
		{ "a:2,S", 0, UINT32_MAX, "a:2," },
		{ "a:2,", FLAGS_SYSTEM, UINT32_MAX, "a:2,DFPRST" },
		{ "a:2,", FLAGS_SYSTEM | KEYWORD('a') | KEYWORD('z'), UINT32_MAX, "a:2,DFPRSTaz" },
		/* What is not managed stays as it is, on or off. */
		{ "a:2,Sb", FLAG_FLAGGED, FLAGS_SYSTEM, "a:2,Fb" },
		{ "a:2,P", 0, FLAGS_SYSTEM & ~FLAG_FORWARDED, "a:2,P" },
		{ "a:2,", FLAG_FORWARDED, FLAGS_SYSTEM & ~FLAG_FORWARDED, "a:2," },
		/* What means nothing here stays. */
		{ "a:2,SX9b", FLAG_FLAGGED, UINT32_MAX, "a:2,9FX" },
		{ "a:2,ZYX", FLAG_SEEN, UINT32_MAX, "a:2,SXYZ" },
		{ "a:2,\xff\x80S", 0, UINT32_MAX, "a:2,\x80\xff" },
		/* Broken names are put right. */
		{ "a:2,TSSFb", FLAG_SEEN, FLAG_DELETED | FLAG_SEEN, "a:2,FSb" },
		{ "a:2,:2,S", FLAG_SEEN | FLAG_FLAGGED, UINT32_MAX, "a:2,FS" },
		{ "a:2,T:2,S", FLAG_SEEN, FLAG_SEEN, "a:2,S" },
		{ "a,S=1,U=2:2,S", FLAG_DRAFT, UINT32_MAX, "a,S=1,U=2:2,D" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *name = maildir_name_with_flags(cases[i].name, cases[i].flags,
						     cases[i].managed, ':');
		cr_assert_str_eq(name, cases[i].expected, "%s gave %s", cases[i].name, name);
		free(name);
	}
}

Test(maildir_name, separators)
{
	static const struct {
		const char *name;
		char separator;
		const char *expected;
	} cases[] = {
		{ "a", ';', "a;2,F" },
		{ "a", '!', "a!2,F" },
		{ "a:2,S", ';', "a;2,FS" },
		{ "a;2,S", '!', "a!2,FS" },
		{ "a!2,S", ':', "a:2,FS" },
		{ "a;2,S:2,T", ';', "a;2,FT" },
		{ "a:2,SX9b", ';', "a;2,FSXb" }, /* what is no letter would end the info part */
		{ "a;2,x.y:2,S", '!', "a;2,x.y!2,FS" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *name = maildir_name_with_flags(cases[i].name, FLAG_FLAGGED, FLAG_FLAGGED,
						     cases[i].separator);
		cr_assert_str_eq(name, cases[i].expected, "%s gave %s", cases[i].name, name);
		free(name);
	}
}

/* Every set of the six, and every keyword, comes back. */
Test(maildir_name, flags_round_trip)
{
	for (uint32_t flags = 0; flags <= FLAGS_SYSTEM; flags++) {
		for (uint32_t keyword = 0; keyword < FLAG_KEYWORD_COUNT; keyword++) {
			struct maildir_name name;
			uint32_t all = flags | FLAG_KEYWORD(keyword);
			char *named = maildir_name_with_flags("a", all, UINT32_MAX, ';');
			maildir_name_parse(named, &name);
			cr_assert_eq(name.flags, all, "%s", named);
			free(named);
		}
	}
}

Test(maildir_name, holds_for_names_of_any_bytes)
{
	static const char alphabet[] = ":::22,,,1aSFDxz9;;!!.=\xff\x01";
	struct random random = { .state = 4711 };
	for (unsigned int i = 0; i < 200000; i++) {
		char name[24];
		uint32_t length = random_below(&random, sizeof name);
		for (uint32_t j = 0; j < length; j++)
			name[j] = alphabet[random_below(&random, sizeof alphabet - 1)];
		name[length] = '\0';
		uint32_t flags = random_below(&random, UINT32_MAX);
		uint32_t managed = random_below(&random, UINT32_MAX);
		const char *wrong = name_check(name, flags, managed);
		cr_assert_null(wrong, "%s: %s", name, wrong);
	}
}

static bool is_good_unique(const char *name)
{
	size_t length = strlen(name);
	struct maildir_name parsed;
	maildir_name_parse(name, &parsed);
	return length > 20 && length < 150 && parsed.base_length == length && name[0] >= '1' &&
	       name[0] <= '9' && !strpbrk(name, "/:,\n ") && text_is_utf8(name, length);
}

#define THREADS 4
#define NAMES 2000

static void *make_names(void *context)
{
	char **names = context;
	for (size_t i = 0; i < NAMES; i++)
		names[i] = maildir_name_unique();
	return NULL;
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

Test(maildir_name, unique_in_many_threads)
{
	static char *names[THREADS * NAMES];
	pthread_t threads[THREADS];
	for (size_t i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, make_names, &names[i * NAMES]), 0);
	for (size_t i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_join(threads[i], NULL), 0);
	qsort(names, COUNT(names), sizeof *names, compare_texts);
	for (size_t i = 0; i < COUNT(names); i++) {
		cr_assert(is_good_unique(names[i]), "%s", names[i]);
		cr_assert(i == 0 || strcmp(names[i - 1], names[i]) != 0, "%s", names[i]);
	}
	for (size_t i = 0; i < COUNT(names); i++)
		free(names[i]);
}

/* A host's name may hold what a file name must not. */
Test(maildir_name, unique_on_a_host_with_a_strange_name)
{
	static const char host[] = "a/b:c";
	if (unshare(CLONE_NEWUTS) != 0 || sethostname(host, strlen(host)) != 0)
		cr_skip("giving the host another name is not allowed here");
	char *name = maildir_name_unique();
	cr_assert_str_eq(strchr(strchr(name, '.') + 1, '.'), ".a\\057b\\072c", "%s", name);
	free(name);
}

Test(maildir_name, editors_copies)
{
	static const struct {
		const char *name, *file; /* NULL: it is none */
	} cases[] = {
		{ "1.a.host:2,S", NULL },
		{ "1.a.host:2,S~", "1.a.host:2,S" },
		{ "1.a.host:2,S.~1~", "1.a.host:2,S" },
		{ "1.a.host:2,S.~12~", "1.a.host:2,S" },
		{ "1.a.host~", "1.a.host" },
		{ "x~1~", "x~1" },
		{ ".~1~", ".~1" },
		{ "#1.a.host:2,S#", "1.a.host:2,S" },
		{ "#1.a.host:2,S", NULL },
		{ "##", NULL },
		{ "#", NULL },
		{ "~", NULL },
		{ "1.a~b.host:2,", NULL },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *file = NULL;
		size_t length = 0;
		bool is = maildir_name_is_editors(cases[i].name, &file, &length);
		cr_expect_eq(is, cases[i].file != NULL, "%s", cases[i].name);
		if (is && cases[i].file)
			cr_expect(strlen(cases[i].file) == length &&
					  strncmp(file, cases[i].file, length) == 0,
				  "%s: %.*s", cases[i].name, (int)length, file);
	}
}
