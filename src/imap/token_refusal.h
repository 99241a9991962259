/* What a server says of a token that it does not take. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_IMAP_TOKEN_REFUSAL_H
#define NAVETTE_IMAP_TOKEN_REFUSAL_H

#include <stddef.h>

/* What is wrong with it. */
enum imap_token_fault {
	IMAP_TOKEN_UNTOLD,  /* it does not say */
	IMAP_TOKEN_EXPIRED, /* in so many words */
	IMAP_TOKEN_INVALID, /* expired, revoked, or none that this server knows */
	IMAP_TOKEN_SCOPE,   /* it does not allow IMAP */
	IMAP_TOKEN_REQUEST, /* it is malformed, or another user's */
	IMAP_TOKEN_BUSY     /* nothing: the server cannot tell now */
};

/* The texts are as the server sent them: what is shown of them goes through
 * imap_secrets_printable() first. */
struct imap_token_refusal {
	enum imap_token_fault fault;
	char *status; /* "401", "invalid_token" ..., or "" */
	char *scope;  /* that the server wants, or "" */
	char *words;  /* a description, or "" */
};

/* Reads the JSON of RFC 7628 section 3.2.2, which Google sends for XOAUTH2 as well. What is no JSON
 * is IMAP_TOKEN_UNTOLD. imap_token_refusal_release() ends it. */
struct imap_token_refusal imap_token_refusal_read(const char *json, size_t length);
/* The fault that the words of the tagged reply tell of, such as Exchange's "AccessTokenExpired". */
enum imap_token_fault imap_token_fault_of_words(const char *words);
void imap_token_refusal_release(struct imap_token_refusal *refusal);

#endif
