/* What makes further TLS connections to a server cheaper. SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef NAVETTE_IMAP_TLS_MEMORY_H
#define NAVETTE_IMAP_TLS_MEMORY_H

#include <openssl/ssl.h>

/* The tickets of TLS 1.3 (RFC 8446 section 2.2) that one server gave for one account, each of which
 * is used once. For any number of threads. */
struct imap_tls_memory;

struct imap_tls_memory *imap_tls_memory_create(void);
/* NULL is allowed. */
void imap_tls_memory_destroy(struct imap_tls_memory **memory);

/* Lets connections of CONTEXT leave their tickets in MEMORY (may be NULL: nowhere). */
void imap_tls_memory_attach(struct imap_tls_memory *memory, SSL_CTX *context);
/* Resumes what SSL's server gave, where there is something. */
void imap_tls_memory_resume(struct imap_tls_memory *memory, SSL *ssl);

#endif
