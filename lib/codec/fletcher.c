/* SPDX-License-Identifier: BSD-2-Clause */
#include "codec/checksum.h"

/*
 * Sums of sums over 64-bit (fletcher2) or 32-bit (fletcher4) words, modulo 2^64.
 * Source: OpenZFS module/zcommon/zfs_fletcher.c.
 */

/* e is a constant in each caller, so that the choice is not made in the loop. */
static inline __attribute__((always_inline)) void
fletcher2(struct zb_span data, enum zb_endian e, struct zc_cksum *ret_cksum)
{
	uint64_t a0 = 0, a1 = 0, b0 = 0, b1 = 0;
	const uint8_t *end = data.ptr + (data.len & ~(size_t)15);

	for (const uint8_t *p = data.ptr; p < end; p += 16) {
		a0 += zb_load64(p, e);
		a1 += zb_load64(p + 8, e);
		b0 += a0;
		b1 += a1;
	}
	*ret_cksum = (struct zc_cksum){ { a0, a1, b0, b1 } };
}

static inline __attribute__((always_inline)) void
fletcher4(struct zb_span data, enum zb_endian e, struct zc_cksum *ret_cksum)
{
	uint64_t a = 0, b = 0, c = 0, d = 0;
	const uint8_t *end = data.ptr + (data.len & ~(size_t)3);

	for (const uint8_t *p = data.ptr; p < end; p += 4) {
		a += zb_load32(p, e);
		b += a;
		c += b;
		d += c;
	}
	*ret_cksum = (struct zc_cksum){ { a, b, c, d } };
}

void zc_fletcher2(struct zb_span data, enum zb_endian e, struct zc_cksum *ret_cksum)
{
	if (e == ZB_LE)
		fletcher2(data, ZB_LE, ret_cksum);
	else
		fletcher2(data, ZB_BE, ret_cksum);
}

void zc_fletcher4(struct zb_span data, enum zb_endian e, struct zc_cksum *ret_cksum)
{
	if (e == ZB_LE)
		fletcher4(data, ZB_LE, ret_cksum);
	else
		fletcher4(data, ZB_BE, ret_cksum);
}
