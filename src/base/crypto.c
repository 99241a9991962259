/* OpenSSL's own beginning. SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/crypto.h"

#include <openssl/crypto.h>

#include "base/memory.h"

void crypto_begin(void)
{
	if (!OSSL_LIB_CTX_get0_global_default())
		memory_fail();
}
