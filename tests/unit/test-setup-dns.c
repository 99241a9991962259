/* Replies of the DNS. SPDX-License-Identifier: GPL-3.0-or-later */
#include <arpa/nameser.h>
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "setup/dns.h"

static void add_number(struct buffer *reply, unsigned int number)
{
	buffer_add_byte(reply, (char)(number >> 8));
	buffer_add_byte(reply, (char)(number & 0xff));
}

/* NAME ends with a dot: "a.b."; "." is the root. */
static void add_name(struct buffer *reply, const char *name)
{
	while (*name != '\0' && *name != '.') {
		size_t length = strcspn(name, ".");
		buffer_add_byte(reply, (char)length);
		buffer_add(reply, name, length);
		name += length + 1;
	}
	buffer_add_byte(reply, '\0');
}

static void begin_reply(struct buffer *reply, unsigned int answers, int type)
{
	add_number(reply, 7);
	add_number(reply, 0x8180);
	add_number(reply, 1);
	add_number(reply, answers);
	add_number(reply, 0);
	add_number(reply, 0);
	add_name(reply, "_imaps._tcp.example.org.");
	add_number(reply, (unsigned int)type);
	add_number(reply, ns_c_in);
}

/* A record of the question's name; BYTES are its data. */
static void add_record(struct buffer *reply, int type, const struct buffer *bytes)
{
	add_number(reply, 0xc00c);
	add_number(reply, (unsigned int)type);
	add_number(reply, ns_c_in);
	add_number(reply, 0);
	add_number(reply, 60);
	add_number(reply, (unsigned int)bytes->length);
	buffer_add(reply, bytes->bytes, bytes->length);
}

static void add_service(struct buffer *reply, unsigned int priority, unsigned int weight,
			unsigned int port, const char *name)
{
	struct buffer bytes = BUFFER_INITIAL;
	add_number(&bytes, priority);
	add_number(&bytes, weight);
	add_number(&bytes, port);
	add_name(&bytes, name);
	add_record(reply, ns_t_srv, &bytes);
	buffer_release(&bytes);
}

Test(setup_dns, the_best_service_comes_first)
{
	struct buffer reply = BUFFER_INITIAL;
	struct dns_record *records;
	size_t count;
	begin_reply(&reply, 3, ns_t_srv);
	add_service(&reply, 20, 9, 993, "c.example.org.");
	add_service(&reply, 10, 1, 1993, "b.example.org.");
	add_service(&reply, 10, 5, 993, "a.example.org.");
	cr_assert(dns_read_reply((const unsigned char *)reply.bytes, reply.length, ns_t_srv,
				 &records, &count));
	cr_assert_eq(count, 3);
	cr_assert_str_eq(records[0].name, "a.example.org");
	cr_assert_str_eq(records[1].name, "b.example.org");
	cr_assert_eq(records[1].port, 1993);
	cr_assert_str_eq(records[2].name, "c.example.org");
	dns_release_records(records, count);
	buffer_release(&reply);
}

Test(setup_dns, exchangers_and_other_records)
{
	struct buffer reply = BUFFER_INITIAL;
	struct buffer bytes = BUFFER_INITIAL;
	struct dns_record *records;
	size_t count;
	begin_reply(&reply, 2, ns_t_mx);
	add_service(&reply, 0, 0, 993, "service.example.org.");
	add_number(&bytes, 5);
	add_name(&bytes, "mx.example.net.");
	add_record(&reply, ns_t_mx, &bytes);
	cr_assert(dns_read_reply((const unsigned char *)reply.bytes, reply.length, ns_t_mx,
				 &records, &count));
	cr_assert_eq(count, 1);
	cr_assert_str_eq(records[0].name, "mx.example.net");
	dns_release_records(records, count);
	buffer_release(&bytes);
	buffer_release(&reply);
}

/* Whatever comes, nothing beyond its end is read: the sanitizers see to that. */
Test(setup_dns, cut_replies_do_no_harm)
{
	struct buffer reply = BUFFER_INITIAL;
	begin_reply(&reply, 1, ns_t_srv);
	add_service(&reply, 1, 1, 993, "imap.example.org.");
	for (size_t length = 0; length < reply.length; length++) {
		unsigned char *cut = malloc(length + 1);
		struct dns_record *records;
		size_t count;
		cr_assert_not_null(cut);
		memcpy(cut, reply.bytes, length);
		if (dns_read_reply(cut, length, ns_t_srv, &records, &count)) {
			cr_assert_eq(count, 0, "%zu", length);
			dns_release_records(records, count);
		}
		free(cut);
	}
	buffer_release(&reply);
}
