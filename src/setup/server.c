/* Where an account's server may be. SPDX-License-Identifier: GPL-3.0-or-later */
#include "setup/server.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void mail_server_release(struct mail_server *server)
{
	free(server->host);
	free(server->user);
	*server = (struct mail_server){ .host = NULL };
}

const char *mail_address_domain(const char *address)
{
	const char *at = strrchr(address, '@');
	if (!at || at == address || at[1] == '\0' || strpbrk(address, " \t<>,;\"/\\:"))
		return NULL;
	return at + 1;
}

char *mail_address_local_part(const char *address)
{
	const char *at = strrchr(address, '@');
	return at ? memory_text_length(address, (size_t)(at - address)) : memory_text(address);
}
