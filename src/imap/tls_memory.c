/* What makes further TLS connections to a server cheaper. SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "imap/tls_memory.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/memory.h"

#define TICKETS_MAX 8 /* servers give two a connection */

struct imap_tls_memory {
	pthread_mutex_t lock; /* of all below */
	SSL_SESSION *tickets[TICKETS_MAX];
	size_t count;
};

struct imap_tls_memory *imap_tls_memory_create(void)
{
	struct imap_tls_memory *memory = memory_allocate(sizeof *memory);
	if (pthread_mutex_init(&memory->lock, NULL) != 0)
		memory_fail();
	return memory;
}

void imap_tls_memory_destroy(struct imap_tls_memory **memory)
{
	if (!*memory)
		return;
	while ((*memory)->count > 0)
		SSL_SESSION_free((*memory)->tickets[--(*memory)->count]);
	(void)pthread_mutex_destroy(&(*memory)->lock);
	free(*memory);
	*memory = NULL;
}

/* Only those of TLS 1.3: what binds a login to a connection of TLS 1.2 (tls-unique) is another
 * thing where that is resumed. A copy: the connection spoils its own when it breaks. */
static int keep(SSL *ssl, SSL_SESSION *session)
{
	struct imap_tls_memory *memory = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), 0);
	if (!memory || SSL_version(ssl) < TLS1_3_VERSION || !SSL_SESSION_is_resumable(session))
		return 0;
	(void)pthread_mutex_lock(&memory->lock);
	SSL_SESSION *copy = memory->count < TICKETS_MAX ? SSL_SESSION_dup(session) : NULL;
	if (copy)
		memory->tickets[memory->count++] = copy;
	(void)pthread_mutex_unlock(&memory->lock);
	return 0; /* SESSION is not taken over */
}

void imap_tls_memory_attach(struct imap_tls_memory *memory, SSL_CTX *context)
{
	if (!memory)
		return;
	if (SSL_CTX_set_ex_data(context, 0, memory) != 1)
		memory_fail();
	(void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT |
							      SSL_SESS_CACHE_NO_INTERNAL_STORE);
	SSL_CTX_sess_set_new_cb(context, keep);
}

void imap_tls_memory_resume(struct imap_tls_memory *memory, SSL *ssl)
{
	SSL_SESSION *session = NULL;
	if (!memory)
		return;
	(void)pthread_mutex_lock(&memory->lock);
	if (memory->count > 0)
		session = memory->tickets[--memory->count];
	(void)pthread_mutex_unlock(&memory->lock);
	if (session)
		(void)SSL_set_session(ssl, session); /* else it is a whole handshake */
	SSL_SESSION_free(session);
}
