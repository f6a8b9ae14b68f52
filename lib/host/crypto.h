/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZH_CRYPTO_H
#define ZH_CRYPTO_H

#include <stdbool.h>

/*
 * libcrypto, loaded when it is used first (lazy.h). False if it is not there: then none of its
 * functions may be called.
 */
bool zh_crypto_usable(void);

#endif
