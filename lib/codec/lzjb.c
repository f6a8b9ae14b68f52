/* SPDX-License-Identifier: BSD-2-Clause */
#include "codec/copy.h"
#include "codec/decompress.h"

/*
 * A byte of flags, lowest bit first, announces eight items: 0 a literal byte, 1 a match of two
 * bytes, big-endian, of 6 bits length less 3 and 10 bits offset. A match that goes beyond the
 * end of the output is cut there. Source: OpenZFS module/zfs/lzjb.c.
 */
#define LZJB_OFFSET_BITS 10
#define LZJB_MATCH_MIN	 3

int zc_lzjb_decompress(struct zb_span src, uint8_t *dst, size_t dst_len)
{
	const uint8_t *ip = src.ptr, *iend = ip + src.len;
	uint8_t *op = dst, *oend = dst + dst_len;
	unsigned int flags =
		1; /* a 1 above the unread flags tells when they are used up */

	while (op < oend) {
		size_t off, len, room = (size_t)(oend - op);

		if (flags == 1) {
			if (ip == iend)
				return ZB_ECORRUPT;
			flags = 0x100u | *ip++;
		}
		if (!(flags & 1)) {
			if (ip == iend)
				return ZB_ECORRUPT;
			*op++ = *ip++;
		} else {
			if (iend - ip < 2)
				return ZB_ECORRUPT;
			off = zb_load16(ip, ZB_BE);
			ip += 2;
			len = (off >> LZJB_OFFSET_BITS) + LZJB_MATCH_MIN;
			off &= (1u << LZJB_OFFSET_BITS) - 1;
			if (off == 0 || off > (size_t)(op - dst))
				return ZB_ECORRUPT;
			len = len < room ? len : room;
			zc_match(op, off, len, room);
			op += len;
		}
		flags >>= 1;
	}
	return 0;
}
