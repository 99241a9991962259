/* OpenSSL's own beginning. SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAVETTE_BASE_CRYPTO_H
#define NAVETTE_BASE_CRYPTO_H

/* To be called once, before anything of OpenSSL. It sets itself up when it is first used, and where
 * memory does not suffice for that it crashes in the use; here the programme ends with a sentence
 * instead (memory_fail()). */
void crypto_begin(void);

#endif
