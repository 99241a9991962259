/* One response of the server, understood. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_IMAP_RESPONSE_H
#define NAVETTE_IMAP_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "imap/reader.h"
#include "mail/flags.h"
#include "mail/mailbox_attribute.h"
#include "mail/object_id.h"
#include "mail/uid_set.h"

/* OK, NO, BAD, BYE, PREAUTH. */
enum imap_condition { IMAP_OK, IMAP_NO, IMAP_BAD, IMAP_BYE, IMAP_PREAUTH };

/* The response codes that matter (RFC 9051 section 7.1, 4315, 7162, 5530, 8474); the rest is
 * IMAP_CODE_OTHER. */
enum imap_code_type {
	IMAP_CODE_NONE,
	IMAP_CODE_ALERT,
	IMAP_CODE_ALREADYEXISTS,
	IMAP_CODE_APPENDUID,
	IMAP_CODE_AUTHENTICATIONFAILED,
	IMAP_CODE_AUTHORIZATIONFAILED,
	IMAP_CODE_CAPABILITY,
	IMAP_CODE_CLOSED,
	IMAP_CODE_COPYUID,
	IMAP_CODE_EXPUNGEISSUED,
	IMAP_CODE_HIGHESTMODSEQ,
	IMAP_CODE_INUSE,
	IMAP_CODE_LIMIT,
	IMAP_CODE_MAILBOXID,
	IMAP_CODE_MODIFIED,
	IMAP_CODE_NOMODSEQ,
	IMAP_CODE_NONEXISTENT,
	IMAP_CODE_NOPERM,
	IMAP_CODE_NOTIFICATIONOVERFLOW,
	IMAP_CODE_CANNOT,
	IMAP_CODE_OVERQUOTA,
	IMAP_CODE_PERMANENTFLAGS,
	IMAP_CODE_READ_ONLY,
	IMAP_CODE_READ_WRITE,
	IMAP_CODE_TOOBIG,
	IMAP_CODE_TRYCREATE,
	IMAP_CODE_UIDNEXT,
	IMAP_CODE_UIDNOTSTICKY,
	IMAP_CODE_UIDVALIDITY,
	IMAP_CODE_UNAVAILABLE,
	IMAP_CODE_OTHER
};

struct imap_code {
	enum imap_code_type type;
	uint64_t number; /* UIDNEXT, UIDVALIDITY, HIGHESTMODSEQ; the UIDVALIDITY of APPENDUID and
			    COPYUID */
	struct uid_set source;         /* COPYUID */
	struct uid_set uids;           /* APPENDUID, COPYUID (destination), MODIFIED */
	struct flag_names flags;       /* PERMANENTFLAGS */
	struct text_list capabilities; /* CAPABILITY, upper case */
	struct object_id mailbox_id;   /* MAILBOXID */
};

struct imap_list_data {
	unsigned int attributes;
	char delimiter; /* 0: NIL, a flat name */
	char *mailbox;  /* the server's octets, not decoded; a NUL, which no mailbox that can be
			   opened has in its name, as "%00" */
	bool holds_nul; /* there was one */
};

/* A number that is absent is 0 with its has_ bit off. */
struct imap_status_data {
	char *mailbox; /* likewise */
	bool holds_nul;
	bool has_messages, has_uidnext, has_uidvalidity, has_highestmodseq, has_appendlimit;
	bool has_size;
	uint32_t messages;
	uint32_t uidnext;
	uint32_t uidvalidity;
	uint64_t highestmodseq;
	uint64_t appendlimit;        /* RFC 7889; absent also for NIL: no limit */
	uint64_t size;               /* of all messages, in bytes (RFC 8438) */
	struct object_id mailbox_id; /* RFC 8474 section 4.3; not known where absent */
};

enum imap_body_state {
	IMAP_BODY_NONE,     /* no BODY[] in the response */
	IMAP_BODY_NIL,      /* NIL: expunged meanwhile; there is no message */
	IMAP_BODY_RECEIVED, /* went to the sink, whole */
	IMAP_BODY_REFUSED   /* the sink said no (sink_error tells why); its bytes were skipped */
};

struct imap_fetch_data {
	uint32_t sequence; /* 0: it was a UIDFETCH (RFC 9586), which has none */
	uint32_t uid;      /* 0: the response had none (or 0) */
	bool has_flags, has_internaldate, has_size, has_modseq, has_header;
	struct flag_names flags;
	int64_t internaldate; /* seconds since the epoch; has_internaldate is off when it makes no
				 sense */
	uint64_t size;        /* RFC822.SIZE: what the server says, not what it sends */
	uint64_t modseq;
	struct object_id object; /* of EMAILID (RFC 8474 section 5.3) or X-GM-MSGID */
	struct buffer header;    /* BODY[HEADER.FIELDS (...)]; has_header is off for NIL and for one
				    that is longer than IMAP_LITERAL_MAX */
	bool brings_body;        /* one is coming in, or came */
	enum imap_body_state body;
	bool body_is_header; /* of BODY[HEADER]: only that of the message */
	uint64_t body_size;  /* bytes of the literal */
	struct error sink_error;
};

enum imap_response_type {
	IMAP_RESPONSE_TAGGED,       /* tag, condition, code, text */
	IMAP_RESPONSE_CONTINUATION, /* text */
	IMAP_RESPONSE_CONDITION,    /* untagged OK NO BAD BYE PREAUTH: condition, code, text */
	IMAP_RESPONSE_CAPABILITY,   /* words, upper case */
	IMAP_RESPONSE_ENABLED,      /* words, upper case */
	IMAP_RESPONSE_NAMESPACE, /* list.mailbox and list.delimiter: the first personal namespace;
				    mailbox NULL for NIL; words: the prefixes of those of others,
				    some of them, without empty ones */
	IMAP_RESPONSE_LIST,      /* list (LIST and LSUB) */
	IMAP_RESPONSE_STATUS,    /* status */
	IMAP_RESPONSE_SEARCH,    /* uids (SEARCH, and ESEARCH's ALL, whose tag is in tag) */
	IMAP_RESPONSE_FLAGS,     /* flags */
	IMAP_RESPONSE_EXISTS,    /* number */
	IMAP_RESPONSE_EXPUNGE,   /* number: a sequence number */
	IMAP_RESPONSE_VANISHED,  /* uids, earlier */
	IMAP_RESPONSE_FETCH,     /* fetch */
	IMAP_RESPONSE_OTHER,     /* something navette has no use for; skipped whole */
	IMAP_RESPONSE_MALFORMED  /* made no sense, skipped to its line's end (literals honoured);
				    text shows how it begins and says why */
};

/* Start zeroed; reused from response to response; released at the end. Only the members named at
 * its type are meaningful. */
struct imap_response {
	enum imap_response_type type;
	char *tag;
	enum imap_condition condition;
	struct imap_code code;
	char *text; /* human-readable, made printable; never NULL where named */
	struct text_list words;
	struct imap_list_data list;
	struct imap_status_data status;
	struct uid_set uids;
	bool earlier;
	struct flag_names flags;
	uint32_t number;
	struct imap_fetch_data fetch;
};
void imap_response_release(struct imap_response *response);

/* Takes the bytes of a BODY[] (or RFC822) literal as they come. NULL members: the body is skipped
 * and IMAP_BODY_REFUSED. An error of begin or write refuses this one body: the rest of it is
 * skipped and the response goes on. */
struct imap_body_sink {
	void *context;
	/* FETCH holds what of the response came before the body: the UID may be among it or not. */
	int (*begin)(void *context, const struct imap_fetch_data *fetch, uint64_t size,
		     struct error *error);
	int (*write)(void *context, const void *bytes, size_t length, struct error *error);
};

/* Reads one response. SINK may be NULL. Returns 0 or -1: the connection cannot go on
 * (SCOPE_CONNECTION): end of file (also in the middle), time-out, a line over IMAP_LINE_MAX, a
 * literal of impossible size, or bytes that cannot be a response at all. After that every call
 * returns the same error. Words and strings over their limits make a response malformed. Tolerates
 * the known slips of real servers: stray spaces, blank lines after a literal, response codes
 * without text, quoted flags, brackets in keywords, and the like (docs/servers.md lists them).
 */
int imap_response_read(struct imap_reader *reader, const struct imap_body_sink *sink,
		       struct imap_response *response, struct error *error);

#endif
