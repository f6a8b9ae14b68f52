/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZH_SIZE_H
#define ZH_SIZE_H

#include <stddef.h>
#include "base/span.h"

/*
 * A size as people write it: digits, perhaps a fraction ("1.5G"), perhaps K, M, G or T
 * with or without "iB" (powers of 1024) or with "B" (powers of 1000, as stick makers
 * count). ZB_EINVAL for anything else, for a fraction of a byte and beyond 64 bits.
 */
ZB_MUST_CHECK int zh_size_parse(const char *text, uint64_t *ret_size);

#define ZH_SIZE_TEXT 16

/* "991 MiB", "3.7 GiB": three significant digits or so. */
void zh_size_text(uint64_t bytes, char buf[ZH_SIZE_TEXT]);

#endif
