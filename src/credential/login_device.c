/* Logging in by a code that is entered on another device (RFC 8628). SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "credential/grant.h"
#include "credential/login_ways.h"

/* RFC 8628 section 3.2 and 3.5, in seconds. */
#define INTERVAL_DEFAULT 5
#define INTERVAL_MAX 60
#define SLOWER_BY 5
#define LIFETIME_DEFAULT 900
#define LIFETIME_MAX 3600

/* What the device endpoint gave. */
struct device {
	const char *code; /* a secret */
	int64_t interval; /* seconds between two questions */
	int64_t deadline; /* clock_monotonic_ms() */
};

static struct grant_client client_of(const struct login_attempt *attempt)
{
	return (struct grant_client){ .account = attempt->account,
				      .token_url = attempt->endpoints.token,
				      .secret = attempt->secret,
				      .timeout_seconds = attempt->account->timeout,
				      .cancel = attempt->login->cancel };
}

static int64_t at_most(int64_t number, int64_t maximum)
{
	return number < maximum ? number : maximum;
}

/* Google has its own name for the address. */
static const char *address_of(const struct credential_json *json)
{
	const char *whole = credential_json_text(json, "verification_uri_complete");
	const char *address = credential_json_text(json, "verification_uri");
	if (whole)
		return whole;
	return address ? address : credential_json_text(json, "verification_url");
}

static int show(const struct login_attempt *attempt, const struct credential_json *json,
		struct device *device_r, struct error *error)
{
	const struct credential_login *login = attempt->login;
	const struct credential_login_step step = {
		.url = address_of(json), .code = credential_json_text(json, "user_code")
	};
	int64_t lifetime = credential_json_number(json, "expires_in", LIFETIME_DEFAULT);
	device_r->code = credential_json_text(json, "device_code");
	int64_t interval = credential_json_number(json, "interval", INTERVAL_DEFAULT);
	device_r->interval = interval > 0 ? at_most(interval, INTERVAL_MAX) : 1;
	device_r->deadline = clock_monotonic_ms() + at_most(lifetime, LIFETIME_MAX) * 1000;
	if (!step.url || !step.code || !device_r->code)
		return error_set(
			error, ERROR_TEMPORARY, SCOPE_ACCOUNT,
			"the provider of account %s gave no code to enter; try again, or log "
			"in without --device",
			attempt->account->name);
	login->show(login->context, &step);
	return 0;
}

/* 1: the answer is final; 0: to be asked again. */
static int judge(const struct login_attempt *attempt, struct device *device,
		 const struct refusal *refusal, struct error *error)
{
	if (!refusal->word)
		return 1;
	if (strcmp(refusal->word, "slow_down") == 0)
		device->interval = at_most(device->interval + SLOWER_BY, INTERVAL_MAX);
	else if (strcmp(refusal->word, "authorization_pending") != 0)
		return refusal_set_error(refusal, REFUSAL_OF_LOGIN, attempt->account->name, error);
	return 0;
}

/* One question. A provider that cannot be reached for a moment is asked again, less often (RFC 8628
 * section 3.5). 1: *json_r is there. */
static int ask(const struct login_attempt *attempt, struct device *device,
	       struct credential_json **json_r, struct error *error)
{
	const struct grant_client client = client_of(attempt);
	struct grant_answer answer;
	bool cancelled = attempt->login->cancel && atomic_load(attempt->login->cancel);
	int result = grant_poll_device(&client, device->code, &answer, error);
	if (result != 0 && error->kind == ERROR_TEMPORARY && !cancelled) {
		device->interval = at_most(device->interval * 2 + 1, INTERVAL_MAX);
		error_clear(error);
	} else if (result == 0) {
		result = judge(attempt, device, &answer.refusal, error);
	}
	if (result > 0) {
		*json_r = answer.json;
		answer.json = NULL;
	}
	grant_answer_release(&answer);
	return error->kind == ERROR_NONE ? result > 0 : -1;
}

static int poll_device(const struct login_attempt *attempt, struct device *device,
		       struct credential_json **json_r, struct error *error)
{
	while (clock_monotonic_ms() < device->deadline) {
		if (!clock_sleep(device->interval * 1000, attempt->login->cancel))
			return error_set(error, ERROR_TEMPORARY, SCOPE_ACCOUNT,
					 "stopped by a signal; nothing was changed");
		int result = ask(attempt, device, json_r, error);
		if (result != 0)
			return result > 0 ? 0 : -1;
	}
	return error_set(error, ERROR_FAILED, SCOPE_ACCOUNT,
			 "the code was not entered in time: run \"navette login %s\" again",
			 attempt->account->name);
}

static int refuse_device(const struct login_attempt *attempt, struct error *error)
{
	const char *account = attempt->account->name;
	bool google = attempt->account->oauth.provider == CONFIG_OAUTH_GOOGLE;
	return error_set(
		error, ERROR_CONFIG, SCOPE_ACCOUNT,
		"%s by codes for devices: run \"navette login --paste %s\" and open the "
		"address on any computer, or \"navette login --redirect-port 8080 %s\" through ssh -L "
		"8080:127.0.0.1:8080%s",
		google ? "Google gives no mail" : "the provider does not log in", account, account,
		google ? "" : "; or write device-url");
}

int login_by_device(const struct login_attempt *attempt, struct credential_json **json_r,
		    struct error *error)
{
	const struct grant_client client = client_of(attempt);
	struct grant_answer answer;
	struct device device;
	struct error failure = ERROR_INITIAL;
	if (!attempt->endpoints.device)
		return refuse_device(attempt, error);
	int result = grant_ask_device(&client, attempt->endpoints.device, attempt->endpoints.scope,
				      &answer, error);
	if (result == 0 && answer.refusal.word)
		result = refusal_set_error(&answer.refusal, REFUSAL_OF_LOGIN,
					   attempt->account->name, error);
	if (result == 0)
		result = show(attempt, answer.json, &device, error);
	if (result == 0 && (result = poll_device(attempt, &device, json_r, &failure)) != 0)
		*error = failure;
	grant_answer_release(&answer);
	return result;
}
