/* Login mechanisms: a table of them, and one exchange of one. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "imap/sasl.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "imap/sasl_private.h"

#define PLUS "-PLUS"

/* The better ones of a kind first. Those bound to the TLS connection are the only ones that nobody
 * who ends TLS on the way can pass on. */
static const struct mechanism {
	const char *name;
	const struct imap_sasl_way *way;
	enum imap_secret secret;
	bool by_name_only; /* never chosen for the user */
	bool server_first;
} mechanisms[] = {
	{ "SCRAM-SHA-256-PLUS", &imap_sasl_library, IMAP_SECRET_PASSWORD, false, false },
	{ "SCRAM-SHA-1-PLUS", &imap_sasl_library, IMAP_SECRET_PASSWORD, false, false },
	{ "SCRAM-SHA-256", &imap_sasl_library, IMAP_SECRET_PASSWORD, false, false },
	{ "SCRAM-SHA-1", &imap_sasl_library, IMAP_SECRET_PASSWORD, false, false },
	{ "PLAIN", &imap_sasl_library, IMAP_SECRET_PASSWORD, false, false },
	{ "CRAM-MD5", &imap_sasl_library, IMAP_SECRET_PASSWORD, true, true },
	{ "DIGEST-MD5", &imap_sasl_library, IMAP_SECRET_PASSWORD, true, true },
	{ "GSSAPI", &imap_sasl_library, IMAP_SECRET_TICKET, false, false },
	{ "EXTERNAL", &imap_sasl_library, IMAP_SECRET_CERTIFICATE, false, false },
	{ "OAUTHBEARER", &imap_sasl_oauthbearer, IMAP_SECRET_TOKEN, false, false },
	{ "XOAUTH2", &imap_sasl_xoauth2, IMAP_SECRET_TOKEN, false, false },
};
#define MECHANISM_COUNT (sizeof mechanisms / sizeof *mechanisms)

struct imap_sasl {
	const struct imap_sasl_way *way;
	void *state;
	bool bound;
};

static bool offers(const struct text_list *capabilities, const char *mechanism)
{
	char *capability = memory_format("AUTH=%s", mechanism);
	bool offered = text_list_holds(capabilities, capability);
	free(capability);
	return offered;
}

const char *imap_sasl_choose(const struct text_list *capabilities, enum imap_secret secret,
			     bool can_bind)
{
	for (size_t i = 0; i < MECHANISM_COUNT; i++) {
		const struct mechanism *mechanism = &mechanisms[i];
		if (mechanism->secret == secret && !mechanism->by_name_only &&
		    (can_bind || !imap_sasl_needs_binding(mechanism->name)) &&
		    offers(capabilities, mechanism->name))
			return mechanism->name;
	}
	return NULL;
}

bool imap_sasl_needs_binding(const char *mechanism)
{
	size_t length = strlen(mechanism);
	return length > strlen(PLUS) && strcmp(mechanism + length - strlen(PLUS), PLUS) == 0;
}

static const struct mechanism *find(const char *name)
{
	for (size_t i = 0; i < MECHANISM_COUNT; i++) {
		if (strcmp(mechanisms[i].name, name) == 0)
			return &mechanisms[i];
	}
	return NULL;
}

bool imap_sasl_server_is_first(const char *mechanism)
{
	const struct mechanism *found = find(mechanism);
	return found && found->server_first;
}

int imap_sasl_start(const struct imap_sasl_login *login, struct imap_sasl **sasl_r,
		    struct error *error)
{
	const struct mechanism *mechanism = find(login->mechanism);
	void *state;
	if (!mechanism)
		return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
				 "the login mechanism %s is not supported; change or remove `auth`",
				 login->mechanism);
	struct imap_sasl_login own = *login;
	own.server_first = mechanism->server_first;
	if (mechanism->way->start(&own, &state, error) != 0)
		return -1;
	struct imap_sasl *sasl = memory_allocate(sizeof *sasl);
	*sasl = (struct imap_sasl){ .way = mechanism->way,
				    .state = state,
				    .bound = imap_sasl_needs_binding(mechanism->name) };
	*sasl_r = sasl;
	return 0;
}

int imap_sasl_step(struct imap_sasl *sasl, const char *challenge, char **response_r, bool *done_r,
		   struct error *error)
{
	return sasl->way->step(sasl->state, challenge, response_r, done_r, error);
}

bool imap_sasl_hears_refusal(const struct imap_sasl *sasl)
{
	return sasl->way->refusal && !sasl->way->refusal(sasl->state);
}

const struct imap_token_refusal *imap_sasl_refusal(const struct imap_sasl *sasl)
{
	return sasl->way->refusal ? sasl->way->refusal(sasl->state) : NULL;
}

bool imap_sasl_is_bound(const struct imap_sasl *sasl)
{
	return sasl->bound;
}

void imap_sasl_end(struct imap_sasl **sasl)
{
	if (!sasl || !*sasl)
		return;
	(*sasl)->way->end((*sasl)->state);
	free(*sasl);
	*sasl = NULL;
}
