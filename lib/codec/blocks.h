/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZC_BLOCKS_H
#define ZC_BLOCKS_H

#include "base/span.h"

/*
 * What hashes have in common that take their input in blocks of a fixed size: keeping what does
 * not fill one yet. Inlined, so that each hash gets its own copy with the size as a constant.
 */
typedef void (*zc_blocks_fn)(void *state, const uint8_t *p, size_t n);

/* len is what was fed before, of which len % size bytes wait in buf. */
static inline __attribute__((always_inline)) void
zc_blocks_feed(void *state, zc_blocks_fn fn, uint8_t *buf, size_t size, uint64_t *len,
	       struct zb_span data)
{
	size_t fill = (size_t)(*len % size), n;

	if (data.len == 0) /* its pointer may be NULL */
		return;
	*len += data.len;
	if (fill != 0) {
		n = size - fill < data.len ? size - fill : data.len;
		__builtin_memcpy(buf + fill, data.ptr, n);
		data = zb_span(data.ptr + n, data.len - n);
		if (fill + n < size)
			return;
		fn(state, buf, 1);
	}
	n = data.len / size;
	if (n > 0)
		fn(state, data.ptr, n);
	if (data.len > n * size)
		__builtin_memcpy(buf, data.ptr + n * size, data.len - n * size);
}

/*
 * The end as all of the SHA family and Edon-R have it: a byte 0x80, zeros, and the length in
 * bits as the last 8 bytes of a block; field bytes at the end are kept free for the length.
 */
static inline __attribute__((always_inline)) void
zc_blocks_pad(void *state, zc_blocks_fn fn, uint8_t *buf, size_t size, uint64_t len,
	      size_t field, enum zb_endian e)
{
	size_t fill = (size_t)(len % size);

	buf[fill++] = 0x80;
	if (fill > size - field) {
		__builtin_memset(buf + fill, 0, size - fill);
		fn(state, buf, 1);
		fill = 0;
	}
	__builtin_memset(buf + fill, 0, size - 8 - fill);
	zb_store64(buf + size - 8, e, len * 8);
	fn(state, buf, 1);
}

static inline uint64_t zc_rotl64(uint64_t v, unsigned int n)
{
	return v << n | v >> (64 - n);
}

static inline uint64_t zc_rotr64(uint64_t v, unsigned int n)
{
	return v >> n | v << (64 - n);
}

static inline uint32_t zc_rotr32(uint32_t v, unsigned int n)
{
	return v >> n | v << (32 - n);
}

#endif
