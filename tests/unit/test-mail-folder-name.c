/* Names of folders: safe, unique, reversible. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "base/text.h"
#include "mail/folder_name.h"
#include "random.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

Test(mail_folder_name, escapes_what_could_harm)
{
	static const struct {
		const char *raw;
		size_t length;
		const char *escaped;
	} cases[] = {
		{ "Lists", 5, "Lists" },
		{ "two words", 9, "two words" },
		{ "a.b", 3, "a.b" },
		{ ".", 1, "%2E" },
		{ "..", 2, "%2E." },
		{ ".hidden", 7, "%2Ehidden" },
		{ "a/b", 3, "a%2Fb" },
		{ "/", 1, "%2F" },
		{ "a\0b", 3, "a%00b" },
		{ "a\nb\x7f", 4, "a%0Ab%7F" },
		{ "cur", 3, "%63ur" },
		{ "new", 3, "%6Eew" },
		{ "tmp", 3, "%74mp" },
		{ "Cur", 3, "Cur" },
		{ "curd", 4, "curd" },
		{ "100%", 4, "100%" },
		{ "%41", 3, "%2541" },
		{ "%4a", 3, "%254a" },
		{ "%4g", 3, "%4g" },
		{ "%%41", 4, "%%2541" },
		{ "caf\xc3\xa9", 5, "caf\xc3\xa9" },
		{ "caf\xe9", 4, "caf%E9" },
		{ "\xc3", 1, "%C3" },
		{ "\xed\xa0\x80", 3, "%ED%A0%80" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buffer out = BUFFER_INITIAL;
		struct buffer back = BUFFER_INITIAL;
		cr_assert(folder_name_escape_component(&out, cases[i].raw, cases[i].length));
		cr_assert_str_eq(buffer_text(&out), cases[i].escaped);
		cr_assert(folder_name_is_valid(buffer_text(&out)), "%s", buffer_text(&out));
		folder_name_unescape_component(&back, out.bytes, out.length);
		cr_assert_eq(back.length, cases[i].length);
		cr_assert_eq(memcmp(buffer_text(&back), cases[i].raw, back.length), 0);
		buffer_release(&back);
		buffer_release(&out);
	}
}

Test(mail_folder_name, components_have_a_limit)
{
	char name[FOLDER_COMPONENT_MAX + 1];
	struct buffer out = BUFFER_INITIAL;

	memset(name, 'x', sizeof name);
	cr_assert_not(folder_name_escape_component(&out, name, 0));
	cr_assert_not(folder_name_escape_component(&out, name, sizeof name));
	cr_assert_eq(out.length, 0);
	cr_assert(folder_name_escape_component(&out, name, sizeof name - 1));
	buffer_clear(&out);
	buffer_add_text(&out, "Lists/");
	name[0] = '\n'; /* three bytes when escaped */
	cr_assert_not(folder_name_escape_component(&out, name, sizeof name - 1));
	cr_assert_str_eq(buffer_text(&out), "Lists/");
	cr_assert(folder_name_escape_component(&out, name, sizeof name - 3));
	buffer_release(&out);
}

Test(mail_folder_name, valid_names)
{
	static const char *const good[] = { "INBOX",   "INBOX/inbox", "Lists/foo",
					    "inboxes", "a/INBOX",     "%63ur",
					    "50%",     "a b/c d/e",   "caf\xc3\xa9" };
	static const char *const bad[] = { "",      "/",      "/a",      "a/",      "a//b", ".",
					   "..",    "a/..",   "a/.b",    "a/cur",   "new",  "tmp/a",
					   "inbox", "Inbox",  "InBoX/a", "caf\xe9", "a\nb", "%41",
					   "%2e",   "%2F%41", "a%2fb%2F" };
	for (size_t i = 0; i < COUNT(good); i++)
		cr_assert(folder_name_is_valid(good[i]), "%s", good[i]);
	for (size_t i = 0; i < COUNT(bad); i++)
		cr_assert_not(folder_name_is_valid(bad[i]), "%s", bad[i]);
}

/* COUNT components of SIZE bytes each. */
static bool is_valid_of(size_t count, size_t size)
{
	struct buffer name = BUFFER_INITIAL;
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buffer_add_byte(&name, '/');
		for (size_t j = 0; j < size; j++)
			buffer_add_byte(&name, 'x');
	}
	bool valid = folder_name_is_valid(buffer_text(&name));
	buffer_release(&name);
	return valid;
}

Test(mail_folder_name, names_have_limits)
{
	cr_assert(is_valid_of(1, FOLDER_COMPONENT_MAX));
	cr_assert_not(is_valid_of(1, FOLDER_COMPONENT_MAX + 1));
	cr_assert(is_valid_of(FOLDER_DEPTH_MAX, 1));
	cr_assert_not(is_valid_of(FOLDER_DEPTH_MAX + 1, 1));
	cr_assert(is_valid_of(15, 255));
	cr_assert_not(is_valid_of(16, 255));
}

/* --- Against what the header says, told again without the implementation's help --- */

static bool harms(const char *name)
{
	size_t length = strlen(name);
	if (!text_is_utf8(name, length) || name[0] == '.' || strchr(name, '/') ||
	    strcmp(name, "cur") == 0 || strcmp(name, "new") == 0 || strcmp(name, "tmp") == 0)
		return true;
	for (size_t i = 0; i < length; i++) {
		if ((unsigned char)name[i] < ' ' || name[i] == 0x7f)
			return true;
	}
	return false;
}

/* Short sequences of the bytes that matter. */
static size_t make_raw(struct random *random, char *raw, size_t size)
{
	static const char alphabet[] = "%%%24EeFf0.curnewtmp/\n\x7f\xc3\xa9\xff\xed\xa0 x";
	size_t length = 1 + random_below(random, (uint32_t)size - 1);
	for (size_t i = 0; i < length; i++)
		raw[i] = alphabet[random_below(random, sizeof alphabet)]; /* NUL is one of them */
	return length;
}

Test(mail_folder_name, every_sequence_of_bytes_has_one_safe_form)
{
	struct random random = { .state = 31337 };
	for (int round = 0; round < 20000; round++) {
		char raw[12];
		size_t length = make_raw(&random, raw, sizeof raw);
		struct buffer out = BUFFER_INITIAL;
		struct buffer back = BUFFER_INITIAL;
		cr_assert(folder_name_escape_component(&out, raw, length));
		cr_assert_not(harms(out.bytes), "%s", out.bytes);
		cr_assert(folder_name_is_valid(out.bytes), "%s", out.bytes);
		folder_name_unescape_component(&back, out.bytes, out.length);
		cr_assert(back.length == length && memcmp(back.bytes, raw, length) == 0, "%s",
			  out.bytes);
		buffer_release(&back);
		buffer_release(&out);
	}
}

/* Any text that passes as valid is what its bytes escape to: no two valid names mean the same. */
Test(mail_folder_name, only_that_form_is_valid)
{
	struct random random = { .state = 271828 };
	unsigned int valid_count = 0;
	for (int round = 0; round < 20000; round++) {
		char text[8];
		size_t length = make_raw(&random, text, sizeof text - 1);
		text[length] = '\0';
		if (strchr(text, '/') || !folder_name_is_valid(text))
			continue;
		struct buffer raw = BUFFER_INITIAL;
		struct buffer again = BUFFER_INITIAL;
		valid_count++;
		folder_name_unescape_component(&raw, text, strlen(text));
		cr_assert(folder_name_escape_component(&again, raw.bytes, raw.length));
		cr_assert_str_eq(buffer_text(&again), text);
		cr_assert_not(harms(text), "%s", text);
		buffer_release(&again);
		buffer_release(&raw);
	}
	cr_assert_gt(valid_count, 1000); /* the test tests something */
}
