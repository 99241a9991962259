/* OfflineIMAP. SPDX-License-Identifier: GPL-3.0-or-later */
#include "takeover/base.h"
int takeover_read_offlineimap(const char *path, struct takeover *takeover, char **path_r,
			      struct error *error)
{
	(void)path, (void)takeover;
	*path_r = NULL;
	return error_set(error, ERROR_CONFIG, SCOPE_ACCOUNT,
			 "OfflineIMAP cannot be taken over yet");
}
int takeover_offlineimap_base(const struct takeover_source *source,
			      const struct takeover_place *place, struct takeover_base *base,
			      struct error *error)
{
	(void)source, (void)place, (void)base, (void)error;
	return 0;
}
