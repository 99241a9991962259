/* Whole configuration files. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "config-file.h"
#include "config/lines.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* What an account needs besides what a test is about. */
#define REQUIRED "host = h\nuser = u\npassword = p\nmaildir = /m\n"

Test(config_load, defaults)
{
	struct config *config = config_file_good("[account work]\nhost = h.example\nuser = me\n"
						 "password-command = true\nmaildir = /m/\n");
	const struct config_account *account = config_find_account(config, "work");

	cr_assert_eq(config->account_count, 1);
	cr_assert_not_null(account);
	cr_assert_eq(account->line, 1);
	cr_assert_str_eq(account->host, "h.example");
	cr_assert_eq(account->port, 993);
	cr_assert_eq(account->tls, CONFIG_TLS_IMPLICIT);
	cr_assert_null(account->tls_ca);
	cr_assert_null(account->tls_fingerprint);
	cr_assert_null(account->tunnel);
	cr_assert_str_eq(account->user, "me");
	cr_assert_null(account->password);
	cr_assert_str_eq(account->password_command, "true");
	cr_assert_eq(account->auth, CONFIG_AUTH_AUTO);
	cr_assert_str_eq(account->maildir, "/m");
	cr_assert_eq(account->timeout, 60);
	cr_assert_eq(account->connections, 4);
	cr_assert_eq(account->watch.poll, 300);
	cr_assert_eq(account->watch.keep_alive, 720);
	cr_assert_eq(account->rules.create, CONFIG_SIDES_BOTH);
	cr_assert_eq(account->rules.remove, CONFIG_SIDES_NONE);
	cr_assert_eq(account->rules.max_delete.count, 100);
	cr_assert_eq(account->rules.max_delete.percent, 30);
	cr_assert_eq(account->disable_extensions.count, 0);
	cr_assert_null(config_find_account(config, "other"));
	config_destroy(&config);
	cr_assert_null(config);
	config_destroy(&config);
}

Test(config_load, global_hooks)
{
	struct config *config = config_file_good(
		"[global]\npre-sync = a\npost-new = b\npost-sync = c\nhook-timeout = 2m\n"
		"hook-interval = 1m\njobs = 3\n"
		"[account a]\n" REQUIRED "post-new = d\n");
	cr_assert_str_eq(config->global.hooks.pre_sync, "a");
	cr_assert_str_eq(config->global.hooks.post_new, "b");
	cr_assert_str_eq(config->global.hooks.post_sync, "c");
	cr_assert_eq(config->global.hooks.timeout, 120);
	cr_assert_eq(config->global.hooks.interval, 60);
	cr_assert_eq(config->global.jobs, 3);
	cr_assert_eq(config->accounts[0].hooks.interval, 5);
	cr_assert_str_eq(config->accounts[0].hooks.post_new, "d");
	cr_assert_null(config->accounts[0].hooks.pre_sync);
	cr_assert_eq(config->accounts[0].hooks.timeout, 600);
	config_destroy(&config);
	config = config_file_good("[account a]\n" REQUIRED "[global]\n");
	cr_assert_null(config->global.hooks.post_new);
	cr_assert_eq(config->global.jobs, 8);
	cr_assert_eq(config->global.hooks.timeout, 600);
	config_destroy(&config);
}

static size_t rank(const struct config *config, const char *name, unsigned int uses)
{
	const struct folder_facts facts = { .name = name, .uses = uses };
	return config_watch_rank(&config->accounts[0].watch, &facts);
}

/* In the order in which they are wished for. */
Test(config_load, watched_folders)
{
	struct config *config = config_file_good("[account a]\n" REQUIRED
						 "watch = Lists/*, !Lists/noisy,\n \\Sent\n"
						 "poll = 10s\nkeep-alive = 29m\n");
	cr_assert_eq(config->accounts[0].watch.poll, 10);
	cr_assert_eq(config->accounts[0].watch.keep_alive, 1740);
	cr_expect_eq(rank(config, "INBOX", 0), 0);
	cr_expect_eq(rank(config, "Lists/a", 0), 1);
	cr_expect_eq(rank(config, "Sent Mail", FOLDER_USE_SENT), 2);
	cr_expect_eq(rank(config, "Lists/noisy", 0), CONFIG_WATCH_NOT);
	cr_expect_eq(rank(config, "Work", 0), CONFIG_WATCH_NOT);
	config_destroy(&config);
}

Test(config_load, several_accounts)
{
	struct config *config = config_file_good(
		"# of all kinds\n; and forms\n\n[account one]\n" REQUIRED
		"\n[account two] ; the other\nhost: h2\nuser=u2\npassword =  p:=2  \n"
		"maildir =/m2 ; here\n   # the end\n[account me@example.org]\ntunnel = cat\n"
		"maildir = /m3\ntls = none");
	cr_assert_eq(config->account_count, 3);
	cr_assert_str_eq(config->accounts[1].name, "two");
	cr_assert_eq(config->accounts[1].line, 10);
	cr_assert_str_eq(config->accounts[1].host, "h2");
	cr_assert_str_eq(config->accounts[1].password, "p:=2");
	cr_assert_str_eq(config->accounts[1].maildir, "/m2");
	cr_assert_str_eq(config->accounts[2].name, "me@example.org");
	cr_assert_null(config->accounts[2].user);
	cr_assert_str_eq(config->accounts[2].tunnel, "cat");
	config_destroy(&config);
}

/* What a channel does not say itself is its account's. */
Test(config_load, channels)
{
	struct config *config =
		config_file_good("[account one]\nremove = far\nmax-delete = 7\n" REQUIRED
				 "[account two]\nhost = h\nuser = u\npassword = p\nmaildir = /two\n"
				 "[channel one/lists]\nfolders = **\ncreate = none\n"
				 "[channel one/rest]\nfolders = **\nmax-delete = 9\n");
	const struct config_account *one = &config->accounts[0];
	const struct config_account *two = &config->accounts[1];
	cr_assert_eq(one->channel_count, 2);
	cr_assert_str_eq(one->channels[0].name, "one/lists");
	cr_assert_eq(one->channels[0].line, 13);
	cr_assert_not(one->channels[0].implicit);
	cr_assert_eq(one->channels[0].rules.create, CONFIG_SIDES_NONE);
	cr_assert_eq(one->channels[0].rules.remove, CONFIG_SIDE_FAR);
	cr_assert_eq(one->channels[0].rules.max_delete.count, 7);
	cr_assert_eq(one->channels[1].rules.create, CONFIG_SIDES_BOTH);
	cr_assert_eq(one->channels[1].rules.max_delete.count, 9);
	cr_assert_eq(two->channel_count, 1);
	cr_assert(two->channels[0].implicit);
	cr_assert_str_eq(two->channels[0].name, "two");
	cr_assert_eq(two->channels[0].rules.max_delete.count, 100);
	config_destroy(&config);
}

/* Whose folders would get into each other's way. */
Test(config_load, places_of_channels)
{
	static const char *const cases[][2] = {
		{ "[channel a/b]\nfolders = x\nas = S\n[channel a/c]\nfolders = y\nas = S\n",
		  "FILE:9: channel a/c puts its folder into the same Maildir S as channel a/b "
		  "(line 6)" },
		{ "[channel a/b]\nfolders = x\nmaildir = /m/sub\n[channel a/c]\nfolders = **\n",
		  "FILE:9: the maildir of channel a/c (/m) and that of channel a/b (/m/sub)" },
		{ "[channel a/b]\nfolders = x\nlayout = maildir++\n[channel a/c]\n"
		  "folders = **\n",
		  "FILE:9: channel a/c has another layout in /m than channel a/b (line 6)" },
		{ "[channel a/b]\nfolders = x\nlayout = dots\n",
		  "FILE:8: layout cannot be \"dots\"; it is one of nested | maildir++ | flat | legacy" },
		{ "[channel a/b]\nfolders = x\nmaildir = sub\n", "must be a whole path" },
		{ "[account z]\ntunnel = t\nmaildir = /z\n[channel a/b]\nfolders = x\n"
		  "maildir = /z/a\n",
		  "FILE:6: the maildir of account z (/z) and that of channel a/b (/z/a)" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buffer text = BUFFER_INITIAL;
		buffer_add_format(&text, "[account a]\n" REQUIRED "%s", cases[i][0]);
		config_file_bad(buffer_text(&text), cases[i][1]);
		buffer_release(&text);
	}
	struct config *config = config_file_good(
		"[account a]\nlayout = maildir++\n" REQUIRED "[channel a/b]\nfolders = x\n"
		"maildir = /other\nlayout = nested\n[channel a/c]\nfolders = **\n"
		"[channel a/d]\nfolders = y\nmaildir = /other\nlayout = nested\n");
	const struct config_channel *channels = config->accounts[0].channels;
	cr_expect_str_eq(channels[0].maildir, "/other");
	cr_expect_eq(channels[0].rules.layout, CONFIG_LAYOUT_NESTED);
	cr_expect_str_eq(channels[1].maildir, "/m");
	cr_expect_eq(channels[1].rules.layout, CONFIG_LAYOUT_PLUSPLUS);
	config_destroy(&config);
}

/* ";" begins a comment elsewhere. */
Test(config_load, separators)
{
	static const struct {
		const char *line;
		char separator;
	} good[] = {
		{ "", ':' },
		{ "separator = ;\n", ';' },
		{ "separator=;\n", ';' },
		{ "separator\t: \t;\n", ';' },
		{ "separator = ; ; as FAT wants it\n", ';' },
		{ "separator = ! ; as well\n", '!' },
		{ "separator = :\n", ':' },
	};
	static const char *const bad[] = { ",", ";;", "; x", ":;", "2" };
	for (size_t i = 0; i < COUNT(good); i++) {
		struct buffer text = BUFFER_INITIAL;
		buffer_add_format(&text,
				  "[account a]\n" REQUIRED "%s[channel a/b]\nfolders = x\n"
				  "[channel a/c]\nfolders = y\nseparator = !\n",
				  good[i].line);
		struct config *config = config_file_good(buffer_text(&text));
		const struct config_channel *channels = config->accounts[0].channels;
		cr_expect_eq(channels[0].rules.separator, good[i].separator, "%s", good[i].line);
		cr_expect_eq(channels[1].rules.separator, '!');
		config_destroy(&config);
		buffer_release(&text);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct buffer text = BUFFER_INITIAL;
		buffer_add_format(&text, "[account a]\n" REQUIRED "separator = %s\n", bad[i]);
		config_file_bad(buffer_text(&text), "separator must be one of the bytes : ; and !");
		buffer_release(&text);
	}
}

Test(config_load, line_ends_and_bom)
{
	static const char text[] = "\xef\xbb\xbf[account a]\r\nhost = h\r\nuser = u\r\n"
				   "password = p;q\r\nmaildir = /m\r\n";
	struct config *config = config_file_good(text);
	cr_assert_str_eq(config->accounts[0].maildir, "/m");
	cr_assert_str_eq(config->accounts[0].password, "p;q");
	config_destroy(&config);
	config_file_bad("[account a]\n\xef\xbb\xbfhost = h\n", "FILE:2: ");
}

/* Each text is refused with a message that holds the other. */
Test(config_load, misplaced_things)
{
	static const char *const cases[][2] = {
		{ "", "FILE has no account" },
		{ "# nothing\n", "FILE has no account" },
		{ "host = h\n", "FILE:1: this key stands before the first section" },
		{ "[account a]\n" REQUIRED "\nhots = x\n",
		  "FILE:7: hots is no key of an account; did you mean host?" },
		{ "[account a]\n" REQUIRED "colour = x\n", "FILE:6: colour is no key" },
		{ "[account a]\n" REQUIRED "user = x\n",
		  "FILE:6: user is given twice for account a" },
		{ "[account a]\n" REQUIRED "[account b]\nhost = h\n",
		  "FILE:6: account b has no maildir" },
		{ "[account a]\n[account b]\n" REQUIRED, "FILE:1: account a has no maildir" },
		{ "[account a]\n" REQUIRED "[account a]\n",
		  "FILE:6: there is an account a already, in line 1" },
		{ "[channel a/b]\n", "FILE:1: there is no account a above this channel: write" },
		{ "[channel work/b]\n[account work]\n", "FILE:1: there is no account work above" },
		{ "[account work]\n" REQUIRED "[channel wrok/b]\n",
		  "FILE:6: there is no account wrok above this channel; did you mean "
		  "[channel work/b]?" },
		{ "[account a]\n" REQUIRED "[channel a]\n", "FILE:6: \"a\" cannot name a channel" },
		{ "[account a]\n" REQUIRED "[channel a/]\n", "\"a/\" cannot name a channel" },
		{ "[account a]\n" REQUIRED "[channel a/b/c]\n", "cannot name a channel" },
		{ "[account a]\n" REQUIRED "[channel a/b]\nfolders = **\n[channel a/b]\n",
		  "FILE:8: there is a channel a/b already, in line 6" },
		{ "[account a]\n" REQUIRED "[channel a/b]\n[channel a/c]\n",
		  "FILE:6: channel a/b takes no folders" },
		{ "[account a]\n" REQUIRED "[channel a/b]\nfolders = ,\n", "takes no folders" },
		{ "[account a]\n" REQUIRED "[channel a/b]\nfolder = **\n",
		  "FILE:7: folder is no key of a channel; did you mean folders?" },
		{ "[account a]\n" REQUIRED "[channel a/b]\nhost = h\n",
		  "FILE:7: host is no key of a channel" },
		{ "[account a]\n" REQUIRED "[channel a/b]\ncreate = far\ncreate = far\n",
		  "FILE:8: create is given twice for channel a/b" },
		{ "[account a]\n" REQUIRED "[channel a/b]\nfolders = a,\n  create = far\n",
		  "FILE:8: a line that begins with" },
		{ "[account a]\n" REQUIRED "[channel a/b]\nremove = fra\n",
		  "FILE:7: remove cannot be \"fra\"; did you mean far?" },
		{ "[acount a]\n", "FILE:1: there are no sections of the kind [acount a]; write "
				  "[account NAME]" },
		{ "[chanel a/b]\n", "write [channel ACCOUNT/NAME]" },
		{ "[work]\n", "write [account NAME]" },
		{ "[globl]\n", "write [global]" },
		{ "[global x]\n", "FILE:1: [global] has no name" },
		{ "[global]\n[global]\n", "FILE:2: there is a [global] already, in line 1" },
		{ "[global]\npost-new = a\npost-new = b\n",
		  "FILE:3: post-new is given twice for [global]" },
		{ "[global]\nhost = h\n", "FILE:2: host is no key of [global]" },
		{ "[global]\npost-new = a\n", "FILE has no account" },
		{ "[]\n", "write [account NAME]" },
		{ "[account]\n", "\"\" cannot name an account" },
		{ "[account ../x]\n", "\"../x\" cannot name an account" },
		{ "[account .x]\n", "cannot name an account" },
		{ "[account a b]\n", "cannot name an account" },
		{ "[account a\n" REQUIRED, "FILE:1: the \"]\" at the end" },
		{ "[account a ; b]\n" REQUIRED, "FILE:1: the \"]\" at the end" },
		{ "[account a] host = h\n", "FILE:1: a section's line ends with \"]\"" },
		{ "[account a]\n" REQUIRED "  [account b]\n", "FILE:6: begin a section at" },
		{ "[account a]\n  host = h\n", "FILE:2: begin a key at the start" },
		{ "[account a]\nhost = h\n  user = u\n", "FILE:3: a line that begins with" },
		{ "[account a]\ndisable-extensions = MOVE\n timeout=5\n",
		  "FILE:3: a line that begins with" },
		{ "[account a]\nhost\n", "FILE:2: this is neither" },
		{ "[account a]\nhost ; = h\n", "FILE:2: this is neither" },
		{ "[account a]\nhost =\n", "FILE:2: host is empty" },
		{ "[account a]\n= h\n", "FILE:2:  is no key" },
		{ "[account a]\nhost = h\nhots = h\nusr = u\n", "FILE:3: hots" },
		{ "[account a]\nhost\nhots = h\n", "FILE:2: this is neither" },
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		config_file_bad(cases[i][0], cases[i][1]);
}

Test(config_load, secrets_are_not_cut_at_comments)
{
	static const char *const lines[] = { "password = a ;b",        "password = a\t; b",
					     "password = ;b",          "password: a ;b",
					     "password\t= a\v;b",      "password-command = a ; b",
					     "tunnel = ssh h 'a ; b'", "password=a ; comment" };
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct buffer text = BUFFER_INITIAL;
		buffer_add_format(&text, "[account a]\n%s\n", lines[i]);
		config_file_bad(buffer_text(&text), "FILE:2: \" ;\" begins a comment");
		buffer_release(&text);
	}
	struct config *config = config_file_good(
		"[account a]\nhost = h\nuser = u\npassword = a;b#c ##d\nmaildir = /m ; comment\n");
	cr_assert_str_eq(config->accounts[0].password, "a;b#c ##d");
	config_destroy(&config);
}

/* The longest line is taken whole, with either line end; one byte more is refused. */
Test(config_load, long_lines)
{
	static const char *const ends[] = { "\n", "\r\n", "" };
	for (size_t i = 0; i < COUNT(ends); i++) {
		for (size_t length = CONFIG_LINE_MAX - 3; length <= CONFIG_LINE_MAX + 10;
		     length++) {
			struct buffer text = BUFFER_INITIAL;
			buffer_add_text(&text, "[account a]\nhost = h\nuser = u\nmaildir = /m\n"
					       "password = ");
			for (size_t used = strlen("password = "); used < length; used++)
				buffer_add_byte(&text, 'x');
			buffer_add_text(&text, ends[i]);
			if (length > CONFIG_LINE_MAX) {
				config_file_bad(text.bytes, "FILE:5: the line is too long");
			} else {
				struct config *config = config_file_good(text.bytes);
				cr_assert_eq(strlen(config->accounts[0].password),
					     length - strlen("password = "));
				config_destroy(&config);
			}
			buffer_release(&text);
		}
	}
}

Test(config_load, comments_may_have_any_length)
{
	struct buffer text = BUFFER_INITIAL;
	buffer_add_text(&text, "[account a]\n" REQUIRED "  ;");
	for (int i = 0; i < 1000; i++)
		buffer_add_text(&text, " long");
	buffer_add_text(&text, "\ntimeout = 7\n");
	struct config *config = config_file_good(text.bytes);
	cr_assert_eq(config->accounts[0].timeout, 7);
	config_destroy(&config);
	buffer_release(&text);
}

Test(config_load, long_section_names)
{
	struct buffer text = BUFFER_INITIAL;
	char name[66];
	memset(name, 'x', sizeof name);
	name[64] = '\0'; /* longer than inih's own buffer for it */
	buffer_add_format(&text, "[account %s]\n" REQUIRED, name);
	struct config *config = config_file_good(text.bytes);
	cr_assert_str_eq(config->accounts[0].name, name);
	config_destroy(&config);
	name[64] = 'x';
	name[65] = '\0';
	buffer_clear(&text);
	buffer_add_format(&text, "[account %s]\n" REQUIRED, name);
	config_file_bad(text.bytes, "cannot name an account");
	buffer_release(&text);
}

Test(config_load, lists_go_on_over_lines)
{
	struct config *config =
		config_file_good("[account a]\n" REQUIRED "disable-extensions = move, condstore\n"
				 "  qresync ; a comment\n\n# another\n"
				 "\tLITERAL+ auth=plain\ntimeout = 5\n");
	const struct text_list *list = &config->accounts[0].disable_extensions;
	cr_assert_eq(list->count, 5);
	cr_assert_str_eq(list->items[0], "MOVE");
	cr_assert_str_eq(list->items[2], "QRESYNC");
	cr_assert_str_eq(list->items[4], "AUTH=PLAIN");
	cr_assert_eq(config->accounts[0].timeout, 5);
	config_destroy(&config);
}

Test(config_load, nul_bytes_are_refused)
{
	static const char text[] = "[account a]\nhost = h\0idden\n";
	struct config *config = NULL;
	struct error error = ERROR_INITIAL;
	cr_assert_eq(config_file_load_bytes(text, sizeof text - 1, 0600, &config, &error), -1);
	cr_assert_not_null(strstr(error.text, "FILE:2: there is a NUL byte"), "%s", error.text);
}

Test(config_load, mode_matters_when_a_password_is_in_the_file)
{
	static const char secret[] = "[account a]\n" REQUIRED;
	static const char command[] = "[account a]\nhost = h\nuser = u\npassword-command = c\n"
				      "maildir = /m\n";
	static const unsigned int modes[] = {
		0600, 0400, 0700, 0640, 0604, 0620, 0602, 0610, 0644
	};
	for (size_t i = 0; i < COUNT(modes); i++) {
		struct config *config = NULL;
		struct error error = ERROR_INITIAL;
		bool good = (modes[i] & 077) == 0;
		int result = config_file_load_bytes(secret, sizeof secret - 1, modes[i], &config,
						    &error);
		cr_assert_eq(result, good ? 0 : -1, "%o", modes[i]);
		if (!good)
			cr_assert_not_null(strstr(error.text, "chmod 600 FILE"), "%s", error.text);
		config_destroy(&config);
		/* A command that all may read is no secret; one that all may write is theirs. */
		good = (modes[i] & 002) == 0;
		error_clear(&error);
		cr_assert_eq(config_file_load_bytes(command, sizeof command - 1, modes[i], &config,
						    &error),
			     good ? 0 : -1, "%o", modes[i]);
		cr_assert_eq(good, strstr(error.text, "chmod o-w FILE") == NULL, "%s", error.text);
		config_destroy(&config);
	}
}

Test(config_load, files_that_cannot_be_read)
{
	struct config *config = NULL;
	struct error error = ERROR_INITIAL;
	cr_assert_eq(config_load("/no/such/file", &config, &error), -1);
	cr_assert_eq(error.kind, ERROR_CONFIG);
	cr_assert_str_eq(error.text, "cannot read the configuration /no/such/file: "
				     "No such file or directory");
	cr_assert_eq(config_load("/", &config, &error), -1);
	cr_assert_not_null(strstr(error.text, "is a directory"), "%s", error.text);
	cr_assert_null(config);
}

Test(config_load, default_path)
{
	cr_assert_eq(setenv("XDG_CONFIG_HOME", "/c", 1), 0);
	char *path = config_default_path();
	cr_assert_str_eq(path, "/c/navette/config");
	free(path);
}
