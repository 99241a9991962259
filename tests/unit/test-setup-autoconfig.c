/* Files of settings. SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "setup/autoconfig.h"

#define FILE_OF(servers)                                                                \
	"<?xml version=\"1.0\"?><clientConfig version=\"1.1\"><emailProvider id=\"x\">" \
	"<domain>example.org</domain>" servers "</emailProvider></clientConfig>"
#define SERVER(type, host, port, socket, user)                                       \
	"<incomingServer type=\"" type "\"><hostname>" host "</hostname><port>" port \
	"</port><socketType>" socket "</socketType><username>" user "</username></incomingServer>"

static bool read_text(const char *text, struct mail_server *server_r)
{
	return autoconfig_read(text, strlen(text), "me@example.org", server_r);
}

static void assert_server(const char *text, const char *host, int port, enum config_tls tls,
			  const char *user)
{
	struct mail_server server;
	cr_assert(read_text(text, &server), "%s", text);
	cr_assert_str_eq(server.host, host);
	cr_assert_eq(server.port, port);
	cr_assert_eq(server.tls, tls);
	cr_assert_str_eq(server.user, user);
	mail_server_release(&server);
}

Test(setup_autoconfig, the_first_safe_imap_server_is_taken)
{
	if (!autoconfig_is_built())
		cr_skip_test("built without libcurl or expat");
	assert_server(FILE_OF(SERVER("pop3", "pop.example.org", "995", "SSL",
				     "x") SERVER("imap", "plain.example.org", "143", "plain", "x")
				      SERVER("imap", " imap.%EMAILDOMAIN%\n", "993", "SSL",
					     "%EMAILADDRESS%")
					      SERVER("imap", "other", "143", "STARTTLS", "x")),
		      "imap.example.org", 993, CONFIG_TLS_IMPLICIT, "me@example.org");
	assert_server(FILE_OF(SERVER("imap", "a", "143", "STARTTLS", "%EMAILLOCALPART%.x")), "a",
		      143, CONFIG_TLS_STARTTLS, "me.x");
}

Test(setup_autoconfig, what_cannot_be_used_is_none)
{
	static const char *const files[] = {
		"",
		"no XML",
		"<a>",
		FILE_OF(""),
		FILE_OF(SERVER("imap", "a b", "993", "SSL", "x")),
		FILE_OF(SERVER("imap", "", "993", "SSL", "x")),
		FILE_OF(SERVER("imap", "a", "99300", "SSL", "x")),
		FILE_OF(SERVER("imap", "a", "993", "plain", "x")),
		FILE_OF("<incomingServer type=\"imap\"><hostname>a</hostname>"),
		"<!DOCTYPE a [<!ENTITY b \"imap.example.org\">]>" FILE_OF(
			SERVER("imap", "&b;", "993", "SSL", "x")),
	};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct mail_server server;
		cr_assert_not(read_text(files[i], &server), "%zu", i);
	}
}
