/* Autoconfig: fetched over HTTPS, read by expat. SPDX-License-Identifier: GPL-3.0-or-later */
#include "setup/autoconfig.h"

#if defined HAVE_LIBCURL && defined HAVE_JANSSON && defined HAVE_EXPAT

#include <expat.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/library.h"
#include "base/memory.h"
#include "base/text.h"
#include "credential/http.h"

#define FILE_MAX 262144 /* bytes; such a file has about two thousand */
#define SECONDS_MAX 10  /* for all of one request */
#define TEXT_MAX 1024   /* bytes between two tags that are of interest */

bool autoconfig_is_built(void)
{
	return true;
}

/* --- expat, loaded when it is needed --- */

static struct {
	__typeof__(XML_ParserCreate) *create;
	__typeof__(XML_SetUserData) *set_user_data;
	__typeof__(XML_SetElementHandler) *set_element_handler;
	__typeof__(XML_SetCharacterDataHandler) *set_text_handler;
	__typeof__(XML_SetEntityDeclHandler) *set_entity_handler;
	__typeof__(XML_Parse) *parse;
	__typeof__(XML_StopParser) *stop;
	__typeof__(XML_ParserFree) *destroy;
} expat;

/* False: it is not installed, and there is nothing to be found then. */
static bool load_expat(void)
{
	const struct library_symbol symbols[] = {
		{ "XML_ParserCreate", (void **)&expat.create },
		{ "XML_SetUserData", (void **)&expat.set_user_data },
		{ "XML_SetElementHandler", (void **)&expat.set_element_handler },
		{ "XML_SetCharacterDataHandler", (void **)&expat.set_text_handler },
		{ "XML_SetEntityDeclHandler", (void **)&expat.set_entity_handler },
		{ "XML_Parse", (void **)&expat.parse },
		{ "XML_StopParser", (void **)&expat.stop },
		{ "XML_ParserFree", (void **)&expat.destroy },
		{ NULL, NULL }
	};
	struct error ignored = ERROR_INITIAL;
	return library_load("libexpat.so.1", "libexpat1", symbols, &ignored) == 0;
}

/* --- Reading --- */

struct reading {
	XML_Parser parser;
	const char *address;
	bool in_server;            /* within an incomingServer of type imap */
	bool found;                /* the server is whole: nothing further is looked at */
	bool has_tls;              /* its socketType is one that we use */
	struct mail_server server; /* so far */
	struct buffer text;        /* since the last tag */
};

static void begin_element(void *context, const char *name, const char **attributes)
{
	struct reading *reading = context;
	buffer_clear(&reading->text);
	if (reading->found || strcmp(name, "incomingServer") != 0)
		return;
	mail_server_release(&reading->server);
	reading->has_tls = false;
	reading->in_server = false;
	for (size_t i = 0; attributes[i]; i += 2) {
		if (strcmp(attributes[i], "type") == 0)
			reading->in_server = strcmp(attributes[i + 1], "imap") == 0;
	}
}

static void take_text(void *context, const char *bytes, int length)
{
	struct reading *reading = context;
	if (reading->in_server && reading->text.length + (size_t)length <= TEXT_MAX)
		buffer_add(&reading->text, bytes, (size_t)length);
}

/* TEMPLATE with %EMAILADDRESS%, %EMAILLOCALPART% and %EMAILDOMAIN% filled in; the caller's. */
static char *fill_in(const char *template, const char *address)
{
	char *local = mail_address_local_part(address);
	const char *domain = mail_address_domain(address);
	const struct {
		const char *name, *value;
	} places[] = { { "%EMAILADDRESS%", address },
		       { "%EMAILLOCALPART%", local },
		       { "%EMAILDOMAIN%", domain ? domain : "" } };
	struct buffer filled = BUFFER_INITIAL;
	while (*template != '\0') {
		size_t i = 0;
		while (i < 3 && !text_starts_with(template, places[i].name))
			i++;
		if (i < 3) {
			buffer_add_text(&filled, places[i].value);
			template += strlen(places[i].name);
		} else {
			buffer_add_byte(&filled, *template ++);
		}
	}
	free(local);
	return buffer_take(&filled);
}

/* What stands in the element that ends; the caller's. */
static char *take_trimmed(struct reading *reading)
{
	const char *text = buffer_text(&reading->text);
	text += strspn(text, " \t\r\n");
	size_t length = strlen(text);
	while (length > 0 && strchr(" \t\r\n", text[length - 1]))
		length--;
	return memory_text_length(text, length);
}

static void take_socket_type(struct reading *reading, const char *text)
{
	bool implicit = strcmp(text, "SSL") == 0 || strcmp(text, "TLS") == 0;
	reading->has_tls = implicit || strcmp(text, "STARTTLS") == 0;
	reading->server.tls = implicit ? CONFIG_TLS_IMPLICIT : CONFIG_TLS_STARTTLS;
}

static void take_value(struct reading *reading, const char *name)
{
	struct mail_server *server = &reading->server;
	char *text = take_trimmed(reading);
	uint64_t port;
	if (strcmp(name, "hostname") == 0 && !server->host)
		server->host = fill_in(text, reading->address);
	else if (strcmp(name, "username") == 0 && !server->user)
		server->user = fill_in(text, reading->address);
	else if (strcmp(name, "port") == 0 && text_parse_number(text, 65535, &port))
		server->port = (uint16_t)port;
	else if (strcmp(name, "socketType") == 0)
		take_socket_type(reading, text);
	free(text);
}

/* A host that can stand in a configuration: what comes from afar is not to be believed more. */
static bool is_host(const char *host)
{
	return host && *host != '\0' && strlen(host) <= 253 &&
	       host[strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "0123456789.-")] == '\0';
}

static void end_element(void *context, const char *name)
{
	struct reading *reading = context;
	if (reading->found || !reading->in_server)
		return;
	if (strcmp(name, "incomingServer") != 0) {
		take_value(reading, name);
		buffer_clear(&reading->text);
		return;
	}
	reading->in_server = false;
	reading->found =
		is_host(reading->server.host) && reading->server.port != 0 && reading->has_tls;
}

/* The file has no use for entities of its own, which could be made to grow without end. */
static void refuse_entity(void *context, const char *name, int is_parameter, const char *value,
			  int length, const char *base, const char *system_id,
			  const char *public_id, const char *notation)
{
	struct reading *reading = context;
	(void)name, (void)is_parameter, (void)value, (void)length, (void)base, (void)system_id;
	(void)public_id, (void)notation;
	(void)expat.stop(reading->parser, XML_FALSE); /* fails only where it has ended already */
}

bool autoconfig_read(const char *bytes, size_t length, const char *address,
		     struct mail_server *server_r)
{
	struct reading reading = { .address = address };
	XML_Parser parser = length <= FILE_MAX && load_expat() ? expat.create(NULL) : NULL;
	if (!parser)
		return false;
	reading.parser = parser;
	expat.set_user_data(parser, &reading);
	expat.set_element_handler(parser, begin_element, end_element);
	expat.set_text_handler(parser, take_text);
	expat.set_entity_handler(parser, refuse_entity);
	bool good = expat.parse(parser, bytes, (int)length, XML_TRUE) == XML_STATUS_OK;
	expat.destroy(parser);
	buffer_release(&reading.text);
	if (good && reading.found)
		*server_r = reading.server;
	else
		mail_server_release(&reading.server);
	return good && reading.found;
}

/* --- Asking --- */

/* What cannot be had is not there. */
static bool fetch(const char *url, const char *address, const atomic_bool *cancel,
		  struct mail_server *server_r)
{
	const struct http_question question = { .url = url,
						.timeout_seconds = SECONDS_MAX,
						.cancel = cancel };
	struct http_answer answer = { .status = 0 };
	struct error ignored = ERROR_INITIAL;
	bool found =
		http_ask(&question, &answer, &ignored) == 0 && answer.status == 200 &&
		autoconfig_read(buffer_text(&answer.body), answer.body.length, address, server_r);
	http_answer_release(&answer);
	return found;
}

/* ADDRESS as a part of a URL (RFC 3986 section 2.1); the caller's. */
static char *escape(const char *address)
{
	struct buffer escaped = BUFFER_INITIAL;
	for (; *address != '\0'; address++) {
		unsigned char byte = (unsigned char)*address;
		bool plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
			     (byte >= 'a' && byte <= 'z') || strchr("-._~", byte);
		if (plain)
			buffer_add_byte(&escaped, *address);
		else
			buffer_add_format(&escaped, "%%%02X", byte);
	}
	return buffer_take(&escaped);
}

bool autoconfig_find(const char *address, const atomic_bool *cancel,
		     void (*tell)(void *context, const char *host), void *context,
		     struct mail_server *server_r)
{
	const char *domain = mail_address_domain(address);
	bool found = false;
	if (!domain || !is_host(domain))
		return false;
	char *own = memory_format("autoconfig.%s", domain);
	char *escaped = escape(address);
	const struct {
		const char *host;
		char *url;
	} places[] = {
		{ own,
		  memory_format("https://%s/mail/config-v1.1.xml?emailaddress=%s", own, escaped) },
		{ domain,
		  memory_format("https://%s/.well-known/autoconfig/mail/config-v1.1.xml", domain) },
		{ "autoconfig.thunderbird.net",
		  memory_format("https://autoconfig.thunderbird.net/v1.1/%s", domain) },
	};
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		if (!found && !(cancel && atomic_load(cancel))) {
			tell(context, places[i].host);
			found = fetch(places[i].url, address, cancel, server_r);
		}
		free(places[i].url);
	}
	free(escaped);
	free(own);
	return found;
}

#else

bool autoconfig_is_built(void)
{
	return false;
}

bool autoconfig_read(const char *bytes, size_t length, const char *address,
		     struct mail_server *server_r)
{
	(void)bytes, (void)length, (void)address, (void)server_r;
	return false;
}

bool autoconfig_find(const char *address, const atomic_bool *cancel,
		     void (*tell)(void *context, const char *host), void *context,
		     struct mail_server *server_r)
{
	(void)address, (void)cancel, (void)tell, (void)context, (void)server_r;
	return false;
}

#endif
