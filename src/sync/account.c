/* What an account's state is called. SPDX-License-Identifier: GPL-3.0-or-later */
#include "sync/account.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/path.h"

char *account_key(const struct config_account *account)
{
	const char *user = account->user ? account->user : "";
	if (account->tunnel)
		return memory_format("%s via %s", user, account->tunnel);
	/* Without the port: who goes from STARTTLS to implicit TLS has the same mail as before. */
	return memory_format("%s@%s", user, account->host);
}

char *account_state_directory(const struct config_account *account)
{
	char *root = path_state_directory();
	char *directory = path_join(root, account->name);
	free(root);
	return directory;
}
