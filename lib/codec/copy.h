/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZC_COPY_H
#define ZC_COPY_H

#include "base/span.h"

/*
 * Copies of the LZ decoders. The "wild" ones go in whole steps and touch up to ZC_WILD bytes
 * beyond the end, which their callers have made sure of; near the end of a buffer the exact
 * ones are used.
 */
#define ZC_WILD	       16

#define zc_likely(x)   __builtin_expect(!!(x), 1)
#define zc_unlikely(x) __builtin_expect(!!(x), 0)
#define ZC_INLINE      static inline __attribute__((always_inline))

ZC_INLINE void zc_copy8(uint8_t *dst, const uint8_t *src)
{
	__builtin_memcpy(dst, src, 8);
}

ZC_INLINE void zc_copy16(uint8_t *dst, const uint8_t *src)
{
	__builtin_memcpy(dst, src, 16);
}

/* Reads and writes up to 16 bytes beyond len, at least 16. */
ZC_INLINE void zc_copy_wild(uint8_t *dst, const uint8_t *src, size_t len)
{
	const uint8_t *end = dst + len;

	do {
		zc_copy16(dst, src);
		dst += 16;
		src += 16;
	} while (dst < end);
}

/*
 * The match of an offset below 8: its pattern is repeated to 8 bytes by a multiplication;
 * from there the copy goes on at the next multiple of the offset that is 8 or more.
 */
static inline void zc_match_short(uint8_t *op, size_t off, size_t len)
{
	static const uint64_t repeat[8] = {
		0,
		0x0101010101010101,
		0x0001000100010001,
		0x0001000001000001,
		0x0000000100000001,
		0x0000010000000001,
		0x0001000000000001,
		0x0100000000000001,
	};
	static const uint8_t multiple[8] = { 0, 8, 8, 9, 8, 10, 12, 14 };
	const uint8_t *end = op + len, *m = op - off;
	uint64_t v = zb_load64(m, ZB_LE) & UINT64_MAX >> (64 - 8 * off);

	zb_store64(op, ZB_LE, v * repeat[off]);
	op += 8;
	m = op - multiple[off];
	for (; op < end; op += 8, m += 8)
		zc_copy8(op, m);
}

/* The len bytes that start off (at least 1) before op, to op; they may overlap. */
ZC_INLINE void zc_match_wild(uint8_t *op, size_t off, size_t len)
{
	const uint8_t *end = op + len, *m = op - off;

	if (zc_likely(off >= 16)) {
		zc_copy_wild(op, m, len);
	} else if (off >= 8) {
		do {
			zc_copy8(op, m);
			op += 8;
			m += 8;
		} while (op < end);
	} else {
		zc_match_short(op, off, len);
	}
}

static inline void zc_match_exact(uint8_t *op, size_t off, size_t len)
{
	for (const uint8_t *m = op - off; len > 0; len--)
		*op++ = *m++;
}

/* room: bytes from op to the end of the buffer, at least len. */
ZC_INLINE void zc_match(uint8_t *op, size_t off, size_t len, size_t room)
{
	if (zc_likely(room - len >= ZC_WILD))
		zc_match_wild(op, off, len);
	else
		zc_match_exact(op, off, len);
}

#endif
