/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZB_SPAN_H
#define ZB_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"

/*
 * Bytes that are read but not owned. Data from disk enters the decoders as a span, and smaller
 * spans come only from zb_span_sub(), so that the one bounds check of the project is there.
 */
struct zb_span {
	const uint8_t *ptr;
	size_t len;
};

enum zb_endian {
	ZB_LE,
	ZB_BE,
};

static inline struct zb_span zb_span(const void *ptr, size_t len)
{
	return (struct zb_span){ .ptr = ptr, .len = len };
}

/* The len bytes at off of s. ZB_ECORRUPT, *ret_span untouched, if s does not hold them all. */
ZB_MUST_CHECK int zb_span_sub(struct zb_span s, uint64_t off, uint64_t len,
			      struct zb_span *ret_span);

/* Unaligned loads of a given byte order. The caller has made sure that the bytes are there. */
static inline uint16_t zb_load16(const uint8_t *p, enum zb_endian e)
{
	return e == ZB_LE ? (uint16_t)(p[0] | p[1] << 8) : (uint16_t)(p[1] | p[0] << 8);
}

static inline uint32_t zb_load32(const uint8_t *p, enum zb_endian e)
{
	uint32_t v;

	__builtin_memcpy(&v, p, sizeof(v));
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return e == ZB_LE ? v : __builtin_bswap32(v);
#else
	return e == ZB_BE ? v : __builtin_bswap32(v);
#endif
}

static inline uint64_t zb_load64(const uint8_t *p, enum zb_endian e)
{
	uint64_t v;

	__builtin_memcpy(&v, p, sizeof(v));
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return e == ZB_LE ? v : __builtin_bswap64(v);
#else
	return e == ZB_BE ? v : __builtin_bswap64(v);
#endif
}

/* Checked loads at a byte offset of a span. ZB_ECORRUPT, *ret_v untouched, beyond its end. */
ZB_MUST_CHECK int zb_span_u8(struct zb_span s, uint64_t off, uint8_t *ret_v);
ZB_MUST_CHECK int zb_span_u16(struct zb_span s, uint64_t off, enum zb_endian e,
			      uint16_t *ret_v);
ZB_MUST_CHECK int zb_span_u32(struct zb_span s, uint64_t off, enum zb_endian e,
			      uint32_t *ret_v);
ZB_MUST_CHECK int zb_span_u64(struct zb_span s, uint64_t off, enum zb_endian e,
			      uint64_t *ret_v);

/* Unaligned stores; the encoders write little-endian pools and big-endian XDR. */
static inline void zb_store16(uint8_t *p, enum zb_endian e, uint16_t v)
{
	p[e == ZB_LE ? 0 : 1] = (uint8_t)v;
	p[e == ZB_LE ? 1 : 0] = (uint8_t)(v >> 8);
}

static inline void zb_store32(uint8_t *p, enum zb_endian e, uint32_t v)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	v = e == ZB_LE ? v : __builtin_bswap32(v);
#else
	v = e == ZB_BE ? v : __builtin_bswap32(v);
#endif
	__builtin_memcpy(p, &v, sizeof(v));
}

static inline void zb_store64(uint8_t *p, enum zb_endian e, uint64_t v)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	v = e == ZB_LE ? v : __builtin_bswap64(v);
#else
	v = e == ZB_BE ? v : __builtin_bswap64(v);
#endif
	__builtin_memcpy(p, &v, sizeof(v));
}

/* Arithmetic on values from disk: true on success, *ret_v untouched on overflow. */
ZB_MUST_CHECK static inline bool zb_add64(uint64_t a, uint64_t b, uint64_t *ret_v)
{
	if (b > UINT64_MAX - a)
		return false;
	*ret_v = a + b;
	return true;
}

ZB_MUST_CHECK static inline bool zb_shl64(uint64_t a, unsigned int shift, uint64_t *ret_v)
{
	if (shift > 63 || a > UINT64_MAX >> shift)
		return false;
	*ret_v = a << shift;
	return true;
}

/* align is a power of two; the caller has made sure that v is far from the top. */
static inline uint64_t zb_align_up(uint64_t v, uint64_t align)
{
	return (v + align - 1) & ~(align - 1);
}

static inline bool zb_is_pow2(uint64_t v)
{
	return v != 0 && (v & (v - 1)) == 0;
}

#endif
