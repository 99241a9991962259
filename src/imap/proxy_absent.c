/* In place of proxy.c, where there is no libcurl. SPDX-License-Identifier: GPL-3.0-or-later */
#include "imap/transport.h"

int transport_connect_proxy(struct imap_stream *stream, struct error *error)
{
	return error_set(
		error, ERROR_CONFIG, SCOPE_ACCOUNT,
		"this navette was built without libcurl, so it cannot use a proxy by itself: "
		"build it with the Debian package libcurl4-openssl-dev, or use a tunnel, such as "
		"\"tunnel = nc -X 5 -x PROXY:1080 %s %u\"",
		stream->endpoint.host, (unsigned int)stream->endpoint.port);
}
