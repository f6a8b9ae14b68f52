/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZH_DECOMPRESS_H
#define ZH_DECOMPRESS_H

#include "base/span.h"

/*
 * The system's libraries in place of lib/codec, where they are faster: libzstd and liblz4. (Our
 * own inflate is faster than zlib's.) For struct zr_host; ctx is not used. ZB_ENOTSUP for other
 * codecs, ZB_ECORRUPT for what the library does not take.
 */
ZB_MUST_CHECK int zh_decompress(void *ctx, unsigned int compress, struct zb_span src,
				uint8_t *dst, size_t dst_len, void *workspace);

#endif
