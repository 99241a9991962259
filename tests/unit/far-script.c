/* The far side over IMAP to a server that follows a script. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "far-script.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/memory.h"
#include "far/imap.h"

static char host[] = "127.0.0.1";
static char name[] = "test";
static char user[] = "me";
static char password[] = "secret";

struct far_script *far_script_open(const char *const *lines)
{
	struct far_script *far = memory_allocate(sizeof *far);
	struct error error = ERROR_INITIAL;
	far->script = imap_script_start(lines);
	far->account = (struct config_account){ .name = name,
						.host = host,
						.port = imap_script_port(far->script),
						.tls = CONFIG_TLS_NONE,
						.user = user,
						.password = password,
						.timeout = 10 };
	far->side = far_imap_create(&far->account, NULL);
	cr_assert_eq(far_open(far->side, 0, &far->session, &error), 0, "%s", error.text);
	return far;
}

void far_script_close(struct far_script **script)
{
	struct far_script *far = *script;
	far_close(&far->session);
	far_side_destroy(&far->side);
	char *failure = imap_script_end(&far->script);
	cr_assert_null(failure, "%s", failure);
	free(far);
	*script = NULL;
}
