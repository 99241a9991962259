/* Login mechanisms, by GNU SASL. SPDX-License-Identifier: GPL-3.0-or-later */
#include "imap/sasl.h"

#include <gsasl.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct imap_sasl {
	Gsasl *library;
	Gsasl_session *session;
	char *mechanism;
};

const char *imap_sasl_choose(const struct text_list *capabilities, bool secure)
{
	static const char *const proven[] = { "SCRAM-SHA-256", "SCRAM-SHA-1" };
	for (size_t i = 0; i < sizeof proven / sizeof *proven; i++) {
		char *capability = memory_format("AUTH=%s", proven[i]);
		bool offered = text_list_holds(capabilities, capability);
		free(capability);
		if (offered)
			return proven[i];
	}
	(void)secure; /* that a password may go in the clear was settled before: it is all there is
		       */
	return text_list_holds(capabilities, "AUTH=PLAIN") ? "PLAIN" : NULL;
}

static int fail(const struct imap_sasl *sasl, int code, struct error *error)
{
	return error_set(
		error, ERROR_FAILED, SCOPE_ACCOUNT,
		"the login by %s failed: %s; check user and password, or choose another way with "
		"`auth`",
		sasl->mechanism, gsasl_strerror(code));
}

int imap_sasl_start(const char *mechanism, const char *user, const char *password, const char *host,
		    struct imap_sasl **sasl_r, struct error *error)
{
	struct imap_sasl *sasl = memory_allocate(sizeof *sasl);
	sasl->mechanism = memory_text(mechanism);
	int code = gsasl_init(&sasl->library);
	if (code == GSASL_OK)
		code = gsasl_client_start(sasl->library, mechanism, &sasl->session);
	if (code == GSASL_OK)
		code = gsasl_property_set(sasl->session, GSASL_AUTHID, user);
	if (code == GSASL_OK)
		code = gsasl_property_set(sasl->session, GSASL_PASSWORD, password);
	if (code == GSASL_OK)
		code = gsasl_property_set(sasl->session, GSASL_SERVICE, "imap");
	if (code == GSASL_OK && host)
		code = gsasl_property_set(sasl->session, GSASL_HOSTNAME, host);
	if (code != GSASL_OK) {
		(void)fail(sasl, code, error);
		imap_sasl_end(&sasl);
		return -1;
	}
	*sasl_r = sasl;
	return 0;
}

int imap_sasl_step(struct imap_sasl *sasl, const char *challenge, char **response_r, bool *done_r,
		   struct error *error)
{
	char *response = NULL;
	int code = gsasl_step64(sasl->session, challenge, &response);
	if (code != GSASL_OK && code != GSASL_NEEDS_MORE) {
		gsasl_free(response);
		return fail(sasl, code, error);
	}
	*done_r = code == GSASL_OK;
	*response_r = memory_text(response ? response : "");
	if (response)
		memory_wipe(response, strlen(response));
	gsasl_free(response);
	return 0;
}

void imap_sasl_end(struct imap_sasl **sasl)
{
	if (!sasl || !*sasl)
		return;
	if ((*sasl)->session)
		gsasl_finish((*sasl)->session);
	if ((*sasl)->library)
		gsasl_done((*sasl)->library);
	free((*sasl)->mechanism);
	free(*sasl);
	*sasl = NULL;
}
