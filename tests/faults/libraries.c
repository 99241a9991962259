/* Covers of libraries' functions. SPDX-License-Identifier: GPL-3.0-or-later */
#include <gsasl.h>
#include <lmdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <zlib.h>

#include "faults.h"

/* Defines a cover of a function whose result is the code of its failure, or a fixed one. */
#define COVER(kind, type, failure, name, parameters, arguments) \
	type name parameters                                    \
	{                                                       \
		struct fault fault = faults_enter(kind, false); \
		if (fault.code != 0)                            \
			return failure;                         \
		type result = REAL(name) arguments;             \
		faults_leave(&fault);                           \
		return result;                                  \
	}

/* --- LMDB --- */

COVER(FAULT_MDB_OPEN, int, fault.code, mdb_env_create, (MDB_env * *env), (env))
COVER(FAULT_MDB_OPEN, int, fault.code, mdb_env_open,
      (MDB_env * env, const char *path, unsigned int flags, mdb_mode_t mode),
      (env, path, flags, mode))
COVER(FAULT_MDB_OPEN, int, fault.code, mdb_dbi_open,
      (MDB_txn * txn, const char *name, unsigned int flags, MDB_dbi *dbi), (txn, name, flags, dbi))
COVER(FAULT_MDB_OPEN, int, fault.code, mdb_reader_check, (MDB_env * env, int *dead), (env, dead))
/* The first size, which is large. */
static size_t first_map(size_t size)
{
	return size >= FAULTS_MAP_FROM && faults_map_size() != 0 ? faults_map_size() : size;
}

COVER(FAULT_MDB_RESIZE, int, fault.code, mdb_env_set_mapsize, (MDB_env * env, size_t size),
      (env, first_map(size)))
COVER(FAULT_MDB_BEGIN, int, fault.code, mdb_txn_begin,
      (MDB_env * env, MDB_txn *parent, unsigned int flags, MDB_txn **txn),
      (env, parent, flags, txn))
COVER(FAULT_MDB_GET, int, fault.code, mdb_get,
      (MDB_txn * txn, MDB_dbi dbi, MDB_val *key, MDB_val *value), (txn, dbi, key, value))
COVER(FAULT_MDB_GET, int, fault.code, mdb_cursor_open,
      (MDB_txn * txn, MDB_dbi dbi, MDB_cursor **cursor), (txn, dbi, cursor))
COVER(FAULT_MDB_GET, int, fault.code, mdb_cursor_get,
      (MDB_cursor * cursor, MDB_val *key, MDB_val *value, MDB_cursor_op operation),
      (cursor, key, value, operation))
COVER(FAULT_MDB_PUT, int, fault.code, mdb_put,
      (MDB_txn * txn, MDB_dbi dbi, MDB_val *key, MDB_val *value, unsigned int flags),
      (txn, dbi, key, value, flags))
COVER(FAULT_MDB_DEL, int, fault.code, mdb_del,
      (MDB_txn * txn, MDB_dbi dbi, MDB_val *key, MDB_val *value), (txn, dbi, key, value))
COVER(FAULT_MDB_DEL, int, fault.code, mdb_cursor_del, (MDB_cursor * cursor, unsigned int flags),
      (cursor, flags))

/* One that fails ends its transaction all the same. */
int mdb_txn_commit(MDB_txn *txn)
{
	struct fault fault = faults_enter(FAULT_MDB_COMMIT, false);
	if (fault.code != 0) {
		mdb_txn_abort(txn);
		return fault.code;
	}
	int result = REAL(mdb_txn_commit)(txn);
	faults_leave(&fault);
	return result;
}

/* --- OpenSSL --- */

/* Fails as OpenSSL does it, with a reason in its queue of errors. */
#define TLS_COVER(kind, type, failure, name, parameters, arguments)   \
	type name parameters                                          \
	{                                                             \
		struct fault fault = faults_enter(kind, false);       \
		if (fault.code != 0) {                                \
			ERR_raise(ERR_LIB_SSL, ERR_R_INTERNAL_ERROR); \
			return failure;                               \
		}                                                     \
		return REAL(name) arguments;                          \
	}

TLS_COVER(FAULT_TLS_NEW, SSL_CTX *, NULL, SSL_CTX_new, (const SSL_METHOD *method), (method))
TLS_COVER(FAULT_TLS_NEW, SSL *, NULL, SSL_new, (SSL_CTX * context), (context))
TLS_COVER(FAULT_TLS_NEW, BIO *, NULL, BIO_new, (const BIO_METHOD *method), (method))
TLS_COVER(FAULT_TLS_NEW, int, 0, SSL_CTX_load_verify_file, (SSL_CTX * context, const char *file),
	  (context, file))
TLS_COVER(FAULT_TLS_NEW, int, 0, X509_VERIFY_PARAM_set1_ip_asc,
	  (X509_VERIFY_PARAM * parameters, const char *address), (parameters, address))
TLS_COVER(FAULT_TLS_CONNECT, int, -1, SSL_connect, (SSL * ssl), (ssl))
TLS_COVER(FAULT_TLS_READ, int, 0, SSL_read_ex,
	  (SSL * ssl, void *bytes, size_t size, size_t *length), (ssl, bytes, size, length))
TLS_COVER(FAULT_TLS_WRITE, int, 0, SSL_write_ex,
	  (SSL * ssl, const void *bytes, size_t size, size_t *length), (ssl, bytes, size, length))
TLS_COVER(FAULT_TLS_WRITE, int, 0, BIO_write, (BIO * bio, const void *bytes, int length),
	  (bio, bytes, length))
TLS_COVER(FAULT_DIGEST, int, 0, EVP_Digest,
	  (const void *bytes, size_t length, unsigned char *digest, unsigned int *size,
	   const EVP_MD *kind, ENGINE *engine),
	  (bytes, length, digest, size, kind, engine))

/* --- GNU SASL --- */

COVER(FAULT_SASL, int, fault.code, gsasl_init, (Gsasl * *library), (library))
COVER(FAULT_SASL, int, fault.code, gsasl_client_start,
      (Gsasl * library, const char *mechanism, Gsasl_session **session),
      (library, mechanism, session))
COVER(FAULT_SASL, int, fault.code, gsasl_property_set,
      (Gsasl_session * session, Gsasl_property property, const char *value),
      (session, property, value))
COVER(FAULT_SASL, int, fault.code, gsasl_step,
      (Gsasl_session * session, const char *input, size_t input_length, char **output,
       size_t *output_length),
      (session, input, input_length, output, output_length))
COVER(FAULT_SASL, int, fault.code, gsasl_base64_from,
      (const char *in, size_t in_length, char **out, size_t *out_length),
      (in, in_length, out, out_length))
COVER(FAULT_SASL, int, fault.code, gsasl_base64_to,
      (const char *in, size_t in_length, char **out, size_t *out_length),
      (in, in_length, out, out_length))

/* --- zlib --- */

COVER(FAULT_INFLATE, int, fault.code, inflateInit2_,
      (z_streamp stream, int bits, const char *version, int size), (stream, bits, version, size))
COVER(FAULT_INFLATE, int, fault.code, inflate, (z_streamp stream, int flush), (stream, flush))
COVER(FAULT_DEFLATE, int, fault.code, deflateInit2_,
      (z_streamp stream, int level, int method, int bits, int memory, int strategy,
       const char *version, int size),
      (stream, level, method, bits, memory, strategy, version, size))
COVER(FAULT_DEFLATE, int, fault.code, deflate, (z_streamp stream, int flush), (stream, flush))

/* --- Threads --- */

COVER(FAULT_THREAD, int, fault.code, pthread_create,
      (pthread_t * thread, const pthread_attr_t *attributes, void *(*function)(void *),
       void *context),
      (thread, attributes, function, context))
