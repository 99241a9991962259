/* Whose mail it is, and where. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/init/init.h"
#include "setup/autoconfig.h"
#include "setup/discover.h"

int init_lack_answer(const struct init *init, const char *option, struct error *error)
{
	if (init->interview.cancel && atomic_load(init->interview.cancel))
		return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
				 "ended before the questions were answered; nothing was written");
	return error_set(
		error, ERROR_CONFIG, SCOPE_ACCOUNT,
		"there is no answer; nothing was written. Run navette init on a terminal, or "
		"give %s",
		option);
}

/* --- The address and the account's name --- */

/* The part of the domain that people say: "example" of mail.example.org. */
static char *default_name(const char *address)
{
	const char *domain = mail_address_domain(address);
	const char *end = domain ? strchr(domain, '.') : NULL;
	char *label = end ? memory_text_length(domain, (size_t)(end - domain)) : memory_text("");
	char *name = draft_name_from(label);
	free(label);
	return name;
}

static int ask_name(struct init *init, struct error *error)
{
	const char *said = init_option(init, CLI_TEXT_NAME);
	struct draft *draft = &init->draft;
	if (said) {
		draft->name = memory_text(said);
	} else {
		char *name = default_name(draft->address);
		draft->name =
			interview_ask(&init->interview, "What to call the account here", name);
		free(name);
	}
	if (!draft->name)
		return init_lack_answer(init, "--name", error);
	char *good = draft_name_from(draft->name);
	bool same = strcmp(good, draft->name) == 0;
	if (!same)
		interview_say("Names have letters, digits and . _ @ + - in them: it is called %s.",
			      good);
	free(draft->name);
	draft->name = good;
	return 0;
}

int init_ask_address(struct init *init, struct error *error)
{
	const char *said = init_option(init, CLI_TEXT_ADDRESS);
	struct draft *draft = &init->draft;
	while (!draft->address) {
		draft->address = said ? memory_text(said)
				      : interview_ask(&init->interview, "Your mail address", NULL);
		if (!draft->address)
			return init_lack_answer(init, "--address", error);
		if (mail_address_domain(draft->address))
			break;
		if (said)
			return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
					 "%s is no mail address; write it as in --address "
					 "me@example.org",
					 said);
		interview_say("That is no mail address: one is like me@example.org.");
		free(draft->address);
		draft->address = NULL;
	}
	return ask_name(init, error);
}

/* --- The server --- */

static void tell_search(void *context, const char *what)
{
	(void)context;
	interview_say("Looking for its server: %s ...", what);
}

static bool read_tls(const char *word, enum config_tls *tls_r)
{
	static const char *const words[] = { "implicit", "starttls", "none" };
	static const enum config_tls ways[] = { CONFIG_TLS_IMPLICIT, CONFIG_TLS_STARTTLS,
						CONFIG_TLS_NONE };
	for (size_t i = 0; i < 3; i++) {
		if (strcmp(word, words[i]) == 0) {
			*tls_r = ways[i];
			return true;
		}
	}
	return false;
}

/* What the options say; *tls_r points at *said_tls, or is NULL. */
static int read_options(const struct init *init, uint16_t *port_r, enum config_tls *said_tls,
			const enum config_tls **tls_r, struct error *error)
{
	const char *tls = init_option(init, CLI_TEXT_TLS);
	const char *port = init_option(init, CLI_TEXT_PORT);
	uint64_t number = 0;
	if (tls && !read_tls(tls, said_tls))
		return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
				 "--tls is implicit, starttls or none, not %s", tls);
	if (port && (!text_parse_number(port, 65535, &number) || number == 0))
		return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
				 "--port is a number up to 65535, not %s", port);
	*tls_r = tls ? said_tls : NULL;
	*port_r = (uint16_t)number;
	return 0;
}

static const char *source_words(enum discovery_source source)
{
	switch (source) {
	case DISCOVERY_TABLE:
		return "from the table of known providers";
	case DISCOVERY_DNS:
		return "as the domain says in the DNS";
	case DISCOVERY_AUTOCONFIG:
		return "from the settings that are published for it";
	case DISCOVERY_GUESS:
		return "a guess, and a server answers there";
	case DISCOVERY_NONE:
		break;
	}
	return "not found";
}

static int refuse_provider(const struct provider *provider, struct error *error)
{
	return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
			 "mail at %s cannot be synchronised: %s; nothing was written",
			 provider->name, provider->first);
}

/* A server outside of the domain that only the DNS names is not taken without a word of the user.
 */
static int check_stranger(const struct init *init, enum discovery_source source,
			  struct error *error)
{
	const struct draft *draft = &init->draft;
	if (source != DISCOVERY_DNS || !init->interview.silent || init->provider ||
	    discovery_is_within(draft->server.host, mail_address_domain(draft->address)))
		return 0;
	return error_set(
		error, ERROR_CONFIG, SCOPE_ACCOUNT,
		"the DNS names %s as the server of %s, which is not in that domain; if that "
		"is right, give --host %s",
		draft->server.host, draft->address, draft->server.host);
}

static int find(struct init *init, uint16_t port, const enum config_tls *tls, struct error *error)
{
	struct draft *draft = &init->draft;
	const char *host = init_option(init, CLI_TEXT_HOST);
	struct discovery discovery = { .address = draft->address,
				       .port = port,
				       .tls = tls,
				       .tls_ca = draft->tls_ca,
				       .cancel = init->interview.cancel,
				       .tell = tell_search };
	if (host) {
		init->provider = provider_of_host(host);
		draft->server = (struct mail_server){ .host = memory_text(host) };
		return 0;
	}
	discover_server(&discovery);
	init->provider = discovery.provider_r;
	draft->server = discovery.server_r;
	if (init->provider && (init->provider->secrets & PROVIDER_NOTHING))
		return refuse_provider(init->provider, error);
	if (init->provider)
		interview_say("Provider: %s", init->provider->name);
	if (draft->server.host)
		interview_say("Server: %s (%s)", draft->server.host,
			      source_words(discovery.source_r));
	else
		interview_say("No server was found.%s",
			      autoconfig_is_built() ? ""
						    : " (This build cannot look for published "
						      "settings: it has no libcurl or expat.)");
	return check_stranger(init, discovery.source_r, error);
}

static int ask_host(struct init *init, uint16_t port, const enum config_tls *tls,
		    struct error *error)
{
	struct mail_server *server = &init->draft.server;
	if (!init_option(init, CLI_TEXT_HOST)) {
		char *host = interview_ask(&init->interview, "Its host name", server->host);
		if (!host)
			return init_lack_answer(init, "--host", error);
		if (server->host && strcmp(host, server->host) != 0)
			server->port = 0;
		free(server->host);
		server->host = host;
	}
	if (tls)
		server->tls = *tls;
	if (port != 0)
		server->port = port;
	if (server->port == 0 && init->provider && init->provider->host &&
	    strcmp(server->host, init->provider->host) == 0) {
		server->port = init->provider->port;
		server->tls = tls ? *tls : init->provider->tls;
	}
	if (server->port == 0)
		server->port = server->tls == CONFIG_TLS_IMPLICIT ? 993 : 143;
	return 0;
}

static int ask_user(struct init *init, struct error *error)
{
	const char *said = init_option(init, CLI_TEXT_USER);
	struct draft *draft = &init->draft;
	char *user = said ? memory_text(said)
			  : interview_ask(&init->interview, "Login name",
					  draft->server.user ? draft->server.user : draft->address);
	if (!user)
		return init_lack_answer(init, "--user", error);
	free(draft->server.user);
	draft->server.user = user;
	return 0;
}

static char *copy_option(const struct init *init, enum cli_text text)
{
	return init_option(init, text) ? memory_text(init_option(init, text)) : NULL;
}

int init_ask_server(struct init *init, struct error *error)
{
	enum config_tls said_tls = CONFIG_TLS_IMPLICIT;
	const enum config_tls *tls = NULL;
	uint16_t port = 0;
	if (read_options(init, &port, &said_tls, &tls, error) != 0)
		return -1;
	free(init->draft.tls_ca);
	free(init->draft.tls_fingerprint);
	init->draft.tls_ca = copy_option(init, CLI_TEXT_TLS_CA);
	init->draft.tls_fingerprint = copy_option(init, CLI_TEXT_TLS_FINGERPRINT);
	mail_server_release(&init->draft.server);
	if (find(init, port, tls, error) != 0 || ask_host(init, port, tls, error) != 0)
		return -1;
	if (init->provider && init->provider->first)
		interview_say("Before a login works: %s.", init->provider->first);
	return ask_user(init, error);
}
