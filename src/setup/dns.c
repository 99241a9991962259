/* What the DNS says of a domain's mail, by the system's resolver. SPDX-License-Identifier:
 * GPL-3.0-or-later */
#include "setup/dns.h"

#include <arpa/nameser.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define REPLY_SIZE 8192
#define RECORDS_MAX 64 /* of one reply: nobody has more servers than that */

/* --- Reading --- */

static int compare_records(const void *a, const void *b)
{
	const struct dns_record *one = a;
	const struct dns_record *other = b;
	if (one->priority != other->priority)
		return one->priority < other->priority ? -1 : 1;
	return (one->weight < other->weight) - (one->weight > other->weight);
}

/* The name that begins SKIPPED bytes into the record's data, or NULL. */
static char *read_name(const ns_msg *reply, const ns_rr *record, size_t skipped)
{
	char name[NS_MAXDNAME];
	if (ns_rr_rdlen(*record) <= skipped ||
	    dn_expand(ns_msg_base(*reply), ns_msg_end(*reply), ns_rr_rdata(*record) + skipped, name,
		      sizeof name) < 0)
		return NULL;
	return memory_text(name);
}

static unsigned int number_at(const ns_rr *record, size_t offset)
{
	const unsigned char *bytes = ns_rr_rdata(*record) + offset;
	return (unsigned int)bytes[0] << 8 | bytes[1];
}

static bool read_record(const ns_msg *reply, const ns_rr *record, int type,
			struct dns_record *record_r)
{
	bool service = type == ns_t_srv;
	*record_r = (struct dns_record){ .name = read_name(reply, record, service ? 6 : 2) };
	if (!record_r->name)
		return false;
	record_r->priority = number_at(record, 0);
	record_r->weight = service ? number_at(record, 2) : 0;
	record_r->port = service ? (uint16_t)number_at(record, 4) : 0;
	return true;
}

bool dns_read_reply(const unsigned char *bytes, size_t length, int type,
		    struct dns_record **records_r, size_t *count_r)
{
	ns_msg reply;
	if (length > REPLY_SIZE || ns_initparse(bytes, (int)length, &reply) != 0)
		return false;
	struct dns_record *records = memory_array(RECORDS_MAX, sizeof *records);
	size_t count = 0;
	for (int i = 0; i < ns_msg_count(reply, ns_s_an) && count < RECORDS_MAX; i++) {
		ns_rr record;
		if (ns_parserr(&reply, ns_s_an, i, &record) != 0)
			break;
		if (ns_rr_type(record) == (ns_type)type &&
		    read_record(&reply, &record, type, &records[count]))
			count++;
	}
	memory_sort(records, count, sizeof *records, compare_records);
	*records_r = records;
	*count_r = count;
	return true;
}

void dns_release_records(struct dns_record *records, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(records[i].name);
	free(records);
}

/* --- Asking --- */

/* The best record of that type; its name is the caller's. */
static bool ask_for_best(const char *name, int type, struct dns_record *record_r)
{
	unsigned char bytes[REPLY_SIZE];
	struct dns_record *records;
	size_t count;
	int length = res_query(name, ns_c_in, type, bytes, sizeof bytes);
	if (length <= 0 || (size_t)length > sizeof bytes ||
	    !dns_read_reply(bytes, (size_t)length, type, &records, &count))
		return false;
	bool found = count > 0 && *records[0].name != '\0' && strcmp(records[0].name, ".") != 0;
	if (found) {
		*record_r = records[0];
		records[0].name = NULL;
	}
	dns_release_records(records, count);
	return found;
}

static bool ask_for_service(const char *service, const char *domain, struct dns_record *record_r)
{
	char *name = memory_format("%s._tcp.%s", service, domain);
	bool found = ask_for_best(name, ns_t_srv, record_r);
	free(name);
	return found;
}

bool dns_find_server(const char *domain, struct mail_server *server_r)
{
	struct dns_record secure = { .name = NULL };
	struct dns_record plain = { .name = NULL };
	bool has_secure = ask_for_service("_imaps", domain, &secure);
	bool has_plain = ask_for_service("_imap", domain, &plain);
	/* The domain may prefer one of the two by its priority (RFC 6186 section 3.4). */
	bool take_plain = has_plain && (!has_secure || plain.priority < secure.priority);
	struct dns_record *best = take_plain ? &plain : &secure;
	if (has_plain || has_secure) {
		*server_r = (struct mail_server){ .host = best->name,
						  .port = best->port,
						  .tls = take_plain ? CONFIG_TLS_STARTTLS
								    : CONFIG_TLS_IMPLICIT };
		best->name = NULL;
	}
	free(secure.name);
	free(plain.name);
	return has_plain || has_secure;
}

char *dns_find_exchanger(const char *domain)
{
	struct dns_record record;
	return ask_for_best(domain, ns_t_mx, &record) ? record.name : NULL;
}
