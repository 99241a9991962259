/* Where the password or the token comes from. SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "cli/init/init.h"

enum source {
	SOURCE_PASS,
	SOURCE_KEYRING,
	SOURCE_GPG,
	SOURCE_CREDENTIAL,
	SOURCE_COMMAND,
	SOURCE_TYPED,
	SOURCE_ASKED,
	SOURCE_LOGIN,
	SOURCE_TOKEN,
	SOURCE_COUNT
};

static const char *const choices[SOURCE_COUNT] = {
	[SOURCE_PASS] = "In pass, the password store",
	[SOURCE_KEYRING] = "In the desktop's keyring",
	[SOURCE_GPG] = "In a file that gpg encrypted",
	[SOURCE_CREDENTIAL] = "In a credential of systemd (for services)",
	[SOURCE_COMMAND] = "Another command prints it",
	[SOURCE_TYPED] = "I type it now: it is kept in the configuration, which only I can read",
	[SOURCE_ASKED] = "Ask me in each run",
	[SOURCE_LOGIN] = "There is none: log in by OAuth 2.0, in a browser",
	[SOURCE_TOKEN] = "There is none: a command prints a token of OAuth 2.0",
};

static bool is_installed(const char *program)
{
	const char *path = getenv("PATH");
	bool found = false;
	while (path && *path != '\0' && !found) {
		size_t length = strcspn(path, ":");
		char *file = memory_format("%.*s/%s", (int)length, path, program);
		found = length > 0 && access(file, X_OK) == 0;
		free(file);
		path += length + (path[length] == ':');
	}
	return found;
}

/* The provider as the key `oauth` calls it; NULL: it has no word there. */
static const char *oauth_word(const struct init *init)
{
	const char *host = init->draft.server.host;
	static const char *const hosts[][2] = { { "imap.gmail.com", "google" },
						{ "outlook.office365.com", "microsoft" },
						{ "imap.mail.yahoo.com", "yahoo" },
						{ "imap.aol.com", "yahoo" },
						{ "imap.mail.att.net", "yahoo" } };
	for (size_t i = 0; host && i < sizeof hosts / sizeof *hosts; i++) {
		if (text_equal_ignoring_case(host, hosts[i][0]))
			return hosts[i][1];
	}
	return NULL;
}

static enum source default_source(const struct init *init)
{
	if (init->provider && init->provider->secrets == PROVIDER_OAUTH)
		return oauth_word(init) ? SOURCE_LOGIN : SOURCE_TOKEN;
	if (is_installed("pass"))
		return SOURCE_PASS;
	return is_installed("secret-tool") ? SOURCE_KEYRING : SOURCE_TYPED;
}

/* The command that the secret comes from, with what may have to be done first. */
static char *ask_command(struct init *init, enum source source)
{
	struct interview *interview = &init->interview;
	const struct draft *draft = &init->draft;
	char *command = NULL;
	char *shown = NULL;
	char *answer = NULL;
	switch (source) {
	case SOURCE_PASS:
		shown = memory_format("mail/%s", draft->name);
		answer = interview_ask(interview, "Name of its entry", shown);
		command = answer ? memory_format("pass show %s", answer) : NULL;
		if (answer)
			interview_say("If it is not there yet: pass insert %s", answer);
		break;
	case SOURCE_GPG:
		shown = memory_format("~/.mail-%s.gpg", draft->name);
		answer = interview_ask(interview, "The file", shown);
		command = answer ? memory_format("gpg -dq %s", answer) : NULL;
		break;
	default:
		command = interview_ask(interview, "The command", NULL);
		break;
	}
	free(shown);
	free(answer);
	return command;
}

/* With navette's own login the password's place is taken by a client id. */
static void ask_client(struct init *init)
{
	struct draft *draft = &init->draft;
	const char *word = oauth_word(init);
	interview_say(
		"That needs a client id of your own: docs/providers.md says how to get one, in "
		"about ten minutes.");
	draft->oauth = memory_text(word ? word : "custom");
	draft->secret_key = "client-id";
	draft->secret = interview_ask(&init->interview, "Client id", NULL);
	if (word && strcmp(word, "google") == 0 && draft->secret)
		draft->client_secret_command =
			interview_ask(&init->interview, "The command that prints its client secret",
				      "cat ~/.config/navette/google-secret");
}

static void ask_token_command(struct init *init)
{
	char *command = memory_format("oama access %s", init->draft.address);
	init->draft.secret_key = "token-command";
	init->draft.secret =
		interview_ask(&init->interview, "The command that prints an access token", command);
	free(command);
}

/* What is no command. */
static void ask_place(struct init *init, enum source source)
{
	struct draft *draft = &init->draft;
	if (source == SOURCE_KEYRING) {
		draft->secret_key = "password-keyring";
		draft->secret = memory_format("navette %s", draft->name);
		interview_say("If it is not there yet: secret-tool store --label=%s navette %s",
			      draft->name, draft->name);
	} else if (source == SOURCE_CREDENTIAL) {
		draft->secret_key = "password-credential";
		draft->secret =
			interview_ask(&init->interview, "Name of the credential", draft->name);
		interview_say("The unit needs LoadCredential= for it; here the login cannot be "
			      "tried.");
	} else if (source == SOURCE_ASKED) {
		draft->secret_key = "password";
		draft->secret = memory_text("ask");
	} else {
		draft->secret_key = "password";
		draft->secret = interview_ask_secret(&init->interview, "Password");
	}
}

static int ask(struct init *init, enum source source, struct error *error)
{
	struct draft *draft = &init->draft;
	switch (source) {
	case SOURCE_LOGIN:
		ask_client(init);
		break;
	case SOURCE_TOKEN:
		ask_token_command(init);
		break;
	case SOURCE_KEYRING:
	case SOURCE_CREDENTIAL:
	case SOURCE_TYPED:
	case SOURCE_ASKED:
		ask_place(init, source);
		break;
	default:
		draft->secret_key = "password-command";
		draft->secret = ask_command(init, source);
		break;
	}
	return draft->secret ? 0 : init_lack_answer(init, "--password-command", error);
}

/* False: no option says where it is. */
static bool take_options(struct init *init)
{
	const char *password = init_option(init, CLI_TEXT_PASSWORD_COMMAND);
	const char *token = init_option(init, CLI_TEXT_TOKEN_COMMAND);
	if (!password && !token)
		return false;
	init->draft.secret_key = token ? "token-command" : "password-command";
	init->draft.secret = memory_text(token ? token : password);
	return true;
}

int init_ask_secret(struct init *init, struct error *error)
{
	memory_free_secret(init->draft.secret);
	free(init->draft.oauth);
	free(init->draft.client_secret_command);
	init->draft.secret = NULL;
	init->draft.oauth = init->draft.client_secret_command = NULL;
	if (take_options(init))
		return 0;
	if (init->interview.silent)
		return init_lack_answer(init, "--password-command or --token-command", error);
	int source = interview_choose(&init->interview, "Where is the password?", choices,
				      SOURCE_COUNT, default_source(init));
	if (source < 0)
		return init_lack_answer(init, "--password-command", error);
	return ask(init, (enum source)source, error);
}
