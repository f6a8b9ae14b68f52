/* SPDX-License-Identifier: BSD-2-Clause */
#include "codec/decompress.h"

/*
 * A control byte c below 64 is followed by c + 1 literal bytes; any other stands for
 * c + 1 - 64 zeros. Source: OpenZFS module/zfs/zle.c, level 64.
 */
#define ZLE_LITERALS 64

int zc_zle_decompress(struct zb_span src, uint8_t *dst, size_t dst_len)
{
	const uint8_t *ip = src.ptr, *iend = ip + src.len;
	uint8_t *op = dst, *oend = dst + dst_len;

	while (op < oend) {
		size_t len;

		if (ip == iend)
			return ZB_ECORRUPT;
		len = (size_t)*ip++ + 1;
		if (len > ZLE_LITERALS) {
			len -= ZLE_LITERALS;
			if (len > (size_t)(oend - op))
				return ZB_ECORRUPT;
			__builtin_memset(op, 0, len);
		} else {
			if (len > (size_t)(oend - op) || len > (size_t)(iend - ip))
				return ZB_ECORRUPT;
			__builtin_memcpy(op, ip, len);
			ip += len;
		}
		op += len;
	}
	return 0;
}
