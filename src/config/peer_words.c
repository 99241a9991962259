/* The keys of mbsync(1) and of OfflineIMAP, and what they are here. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "config/peer_words.h"

#include <stddef.h>

#include "base/text.h"

#define CHANNEL "which folders are taken stands in [channel ACCOUNT/NAME], as `folders = ...`"

static const struct {
	const char *word;
	const char *advice;
} words[] = {
	{ "pass", "the password is `password`, or better `password-command`" },
	{ "remotepass", "the password is `password`, or better `password-command`" },
	{ "passcmd", "write `password-command = ...`, without a + in front" },
	{ "remotepasseval", "write `password-command = ...`: a command, no Python" },
	{ "remotepassfile", "write `password-command = head -n 1 FILE`" },
	{ "passwordeval", "write `password-command = ...`" },
	{ "passwordcmd", "write `password-command = ...`" },
	{ "oauth2_access_token_eval",
	  "write `auth = oauth2` and `token-command = ...`: a command" },
	{ "oauth2_access_token", "write `auth = oauth2` and `token-command = ...`" },
	{ "presynchook", "write `pre-sync = ...`" },
	{ "postsynchook", "write `post-sync = ...`" },
	{ "newmail_hook", "write `post-new = ...`: a command, no Python" },
	{ "server", "the server is `host`" },
	{ "hostname", "the server is `host`" },
	{ "remotehost", "the server is `host`" },
	{ "remoteport", "the port is `port`" },
	{ "username", "the user is `user`" },
	{ "login", "the user is `user`" },
	{ "remoteuser", "the user is `user`" },
	{ "usercmd", "write `user-command = ...`" },
	{ "ssl", "write `tls = implicit`, `starttls` or `none`" },
	{ "ssltype", "write `tls = implicit`, `starttls` or `none`" },
	{ "tlstype", "write `tls = implicit`, `starttls` or `none`" },
	{ "starttls", "write `tls = starttls`" },
	{ "sslversion", "TLS 1.2 or newer is always used; leave it out" },
	{ "sslversions", "TLS 1.2 or newer is always used; leave it out" },
	{ "tlsversions", "TLS 1.2 or newer is always used; leave it out" },
	{ "cert", "trusted authorities are `tls-ca`, one certificate is `tls-fingerprint`" },
	{ "certificatefile",
	  "trusted authorities are `tls-ca`, one certificate is `tls-fingerprint`" },
	{ "sslcacertfile", "trusted authorities are `tls-ca`" },
	{ "systemcertificates", "those of the system are trusted unless `tls-ca` says otherwise" },
	{ "cert_fingerprint", "write `tls-fingerprint`, the SHA-256 of the certificate" },
	{ "fingerprint", "write `tls-fingerprint`, the SHA-256 of the certificate" },
	{ "authmechs", "the way to log in is `auth`" },
	{ "authmech", "the way to log in is `auth`" },
	{ "auth_mechanisms", "the way to log in is `auth`" },
	{ "path", "the local tree is `maildir`" },
	{ "inbox", "the local tree is `maildir`; a folder's own place is `as` of a channel" },
	{ "localfolders", "the local tree is `maildir`" },
	{ "subfolders", "how folders are laid out here is `layout = nested` or `maildir++`" },
	{ "flatten", "how folders are laid out here is `layout = nested` or `maildir++`" },
	{ "sep", "how folders are laid out here is `layout = nested` or `maildir++`" },
	{ "infodelimiter", "what stands before the flags in file names is `separator = ;`" },
	{ "pattern", CHANNEL },
	{ "patterns", CHANNEL },
	{ "folderfilter", CHANNEL },
	{ "nametrans", "other names here are `as` of a [channel ACCOUNT/NAME]" },
	{ "sync", "what goes which way is `direction`, `pull` and `push`" },
	{ "readonly", "write `direction = pull`" },
	{ "copyarrivaldate", "arrival dates are always kept; leave it out" },
	{ "utime_from_header", "arrival dates are always kept; leave it out" },
	{ "syncstate", "the state has its own place, see navette(1); leave it out" },
	{ "maxage", "write `max-age = 90d`" },
	{ "maxsize", "write `max-size = 10M`" },
	{ "maxmessages", "write `max-messages = ...`" },
	{ "maxconnections", "write `connections = ...`" },
	{ "pipelinedepth", "commands are pipelined by themselves; leave it out" },
	{ "preauthtunnel", "write `tunnel = ...`" },
	{ "transporttunnel", "write `tunnel = ...`" },
	{ "expireunread", "which messages leave the window is `keep`" },
	{ "far", "an account has both sides: `host` and `maildir`" },
	{ "near", "an account has both sides: `host` and `maildir`" },
	{ "master", "an account has both sides: `host` and `maildir`" },
	{ "slave", "an account has both sides: `host` and `maildir`" },
	{ "localrepository", "an account has both sides: `host` and `maildir`" },
	{ "remoterepository", "an account has both sides: `host` and `maildir`" },
};

const char *config_peer_word(const char *word)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (text_equal_ignoring_case(word, words[i].word))
			return words[i].advice;
	return NULL;
}
