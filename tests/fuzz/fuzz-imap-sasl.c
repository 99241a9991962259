/* Fuzz target: the challenges of a login, a line each. The first byte picks the mechanism.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "imap/sasl.h"

#define STEPS_MAX 20

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Until the end, or a challenge that makes no sense. */
static void exchange(struct imap_sasl *sasl, char *lines)
{
	char *place = NULL;
	struct error error = ERROR_INITIAL;
	bool done = false;
	for (int i = 0; i < STEPS_MAX && (!done || imap_sasl_hears_refusal(sasl)); i++) {
		char *response = NULL;
		const char *challenge = strtok_r(i == 0 ? lines : NULL, "\n", &place);
		if (!challenge)
			break;
		if (imap_sasl_step(sasl, challenge, &response, &done, &error) != 0) {
			if (error.kind == ERROR_NONE || response)
				abort();
			break;
		}
		if (!response)
			abort();
		memory_free_secret(response);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const char *const mechanisms[] = { "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN",
						  "CRAM-MD5",      "DIGEST-MD5",  "EXTERNAL",
						  "OAUTHBEARER",   "XOAUTH2" };
	struct imap_sasl *sasl = NULL;
	struct error error = ERROR_INITIAL;
	if (size == 0)
		return 0;
	const char *mechanism = mechanisms[bytes[0] % (sizeof mechanisms / sizeof *mechanisms)];
	const struct imap_sasl_login login = { .mechanism = mechanism,
					       .user = "user",
					       .secret = strcmp(mechanism, "EXTERNAL") == 0
								 ? NULL
								 : "pencil",
					       .host = "h",
					       .port = 993 };
	char *lines = memory_text_length((const char *)bytes + 1, size - 1);
	if (imap_sasl_start(&login, &sasl, &error) != 0)
		abort();
	exchange(sasl, lines);
	imap_sasl_end(&sasl);
	free(lines);
	return 0;
}
