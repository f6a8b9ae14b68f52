/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZH_NORMALIZE_H
#define ZH_NORMALIZE_H

#include <stddef.h>
#include "base/error.h"

/* Names as file systems compare them, by libutf8proc. For struct zr_host; ctx is not used. */
ZB_MUST_CHECK int zh_normalize(void *ctx, const char *name, unsigned int flags, char *out,
			       size_t size);

#endif
