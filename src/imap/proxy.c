/* Connecting through a proxy, by libcurl. SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/curl_library.h"
#include "base/memory.h"
#include "imap/transport.h"

static int see_progress(void *context, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
			curl_off_t up)
{
	const struct imap_stream *stream = context;
	const atomic_bool *cancel = stream->endpoint.cancel;
	(void)down_total;
	(void)down;
	(void)up_total;
	(void)up;
	return cancel && atomic_load(cancel);
}

/* The URL is only where to connect to: nothing of HTTP is sent there. The proxy resolves the name.
 * Options that libcurl knows are always taken. */
static void set_up(const struct curl_functions *curl, CURL *handle, struct imap_stream *stream,
		   const char *url, char *words)
{
	int64_t wait = transport_deadline(stream) - clock_monotonic_ms();
	(void)curl->easy_setopt(handle, CURLOPT_URL, url);
	(void)curl->easy_setopt(handle, CURLOPT_PROTOCOLS, (long)CURLPROTO_HTTP);
	(void)curl->easy_setopt(handle, CURLOPT_CONNECT_ONLY, 1L);
	(void)curl->easy_setopt(handle, CURLOPT_HTTPPROXYTUNNEL, 1L);
	(void)curl->easy_setopt(handle, CURLOPT_PROXY, stream->endpoint.proxy);
	(void)curl->easy_setopt(handle, CURLOPT_NOPROXY, "");
	(void)curl->easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
	(void)curl->easy_setopt(handle, CURLOPT_TIMEOUT_MS, (long)(wait > 1 ? wait : 1));
	(void)curl->easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
	(void)curl->easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, see_progress);
	(void)curl->easy_setopt(handle, CURLOPT_XFERINFODATA, stream);
	(void)curl->easy_setopt(handle, CURLOPT_ERRORBUFFER, words);
}

/* The proxy without user and password. */
static const char *name_of_proxy(const char *proxy)
{
	const char *sign = strrchr(proxy, '@');
	const char *scheme = strstr(proxy, "://");
	return sign ? sign + 1 : scheme ? scheme + 3 : proxy;
}

static int fail(const struct imap_stream *stream, const char *why, struct error *error)
{
	bool cancelled = stream->endpoint.cancel && atomic_load(stream->endpoint.cancel);
	if (cancelled)
		return error_set(error, ERROR_TEMPORARY, SCOPE_ACCOUNT,
				 "stopped by a signal while the proxy was asked; run again");
	return error_set(
		error, ERROR_TEMPORARY, SCOPE_ACCOUNT,
		"the proxy %s did not connect to %s port %u: %s; check `proxy`, and user and "
		"password in it",
		name_of_proxy(stream->endpoint.proxy), stream->endpoint.host,
		(unsigned int)stream->endpoint.port, why);
}

/* The connection outlives what made it. */
static int take_socket(const struct curl_functions *curl, CURL *handle, struct imap_stream *stream,
		       struct error *error)
{
	curl_socket_t socket = CURL_SOCKET_BAD;
	(void)curl->easy_getinfo(handle, CURLINFO_ACTIVESOCKET, &socket);
	stream->socket = socket == CURL_SOCKET_BAD ? -1 : fcntl(socket, F_DUPFD_CLOEXEC, 3);
	if (stream->socket < 0 || fcntl(stream->socket, F_SETFL, O_NONBLOCK) != 0)
		return error_set_errno(error, ERROR_TEMPORARY, SCOPE_ACCOUNT, errno,
				       "the connection of the proxy cannot be used");
	transport_set_options(stream->socket);
	return 0;
}

int transport_connect_proxy(struct imap_stream *stream, struct error *error)
{
	const struct imap_endpoint *endpoint = &stream->endpoint;
	const struct curl_functions *curl = curl_library_load(error);
	bool address = endpoint->host && strchr(endpoint->host, ':');
	char words[CURL_ERROR_SIZE] = "";
	if (!curl)
		return -1;
	CURL *handle = curl->easy_init();
	if (!handle)
		memory_fail();
	char *url = memory_format("http://%s%s%s:%u/", address ? "[" : "", endpoint->host,
				  address ? "]" : "", (unsigned int)endpoint->port);
	set_up(curl, handle, stream, url, words);
	CURLcode code = curl->easy_perform(handle);
	int result = code == CURLE_OK
			     ? take_socket(curl, handle, stream, error)
			     : fail(stream, *words ? words : curl->easy_strerror(code), error);
	curl->easy_cleanup(handle);
	free(url);
	return result;
}
