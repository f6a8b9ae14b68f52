/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZC_ZSTD_BITS_H
#define ZC_ZSTD_BITS_H

#include "codec/copy.h"

/*
 * Zstandard's backward bit streams. The last byte's highest 1 bit marks the end; reading
 * starts below it and goes down to bit 0 of the first byte. Bits are taken from the top:
 *
 *	start                 ptr                            ptr + 8
 *	| not yet loaded      | word: unread, `left` bits | read |
 *
 * A stream of fewer than 8 bytes fills the upper part of word; `floor` bits below are padding.
 * Reading beyond the start makes left fall below floor; what is read then is arbitrary, and
 * callers learn of it from zc_rbits_over() or zc_rbits_at_end().
 */
struct zc_rbits {
	uint64_t word;
	const uint8_t *ptr, *start;
	int left;
	int floor;
};

/* At `unread` bits from the start of a stream. */
static inline void zc_rbits_seek(struct zc_rbits *r, const uint8_t *start, size_t unread)
{
	size_t bytes = (unread + 7) / 8;

	r->start = r->ptr = start;
	r->floor = 0;
	r->left = 64 - (int)(bytes * 8 - unread);
	if (bytes >= 8) {
		r->ptr += bytes - 8;
		r->word = zb_load64(r->ptr, ZB_LE);
		return;
	}
	r->word = 0;
	for (size_t i = 0; i < bytes; i++)
		r->word |= (uint64_t)start[i] << 8 * (8 - bytes + i);
	r->floor = 64 - 8 * (int)bytes;
}

/* How many bits the stream holds below its end mark; 0 if there is no mark. */
static inline size_t zc_rbits_count(struct zb_span s)
{
	if (s.len == 0 || s.ptr[s.len - 1] == 0)
		return 0;
	return s.len * 8 - (size_t)(__builtin_clz(s.ptr[s.len - 1]) - 24) - 1;
}

/* false: no end mark. A stream of no bits but the mark is fine. */
static inline bool zc_rbits_init(struct zc_rbits *r, struct zb_span s)
{
	if (s.len == 0 || s.ptr[s.len - 1] == 0)
		return false;
	zc_rbits_seek(r, s.ptr, zc_rbits_count(s));
	return true;
}

/* Near the start: whatever bytes there are left. */
static inline void zc_rbits_refill_slow(struct zc_rbits *r)
{
	int n = (64 - r->left) / 8;

	if (n > r->ptr - r->start)
		n = (int)(r->ptr - r->start);
	if (n == 0)
		return;
	r->ptr -= n;
	r->left += 8 * n;
	r->word = zb_load64(r->ptr, ZB_LE);
}

/* At least 57 bits to read, or all that there are. */
ZC_INLINE void zc_rbits_refill(struct zc_rbits *r)
{
	if (zc_likely(r->ptr - r->start >= 8)) {
		unsigned int n = (unsigned int)(64 - r->left) / 8;

		r->ptr -= n;
		r->left += (int)(8 * n);
		r->word = zb_load64(r->ptr, ZB_LE);
	} else {
		/* a copy, so that compilers can keep r itself in registers */
		struct zc_rbits slow = *r;

		zc_rbits_refill_slow(&slow);
		*r = slow;
	}
}

/* n is at most 31; between two refills at most 57 bits. */
ZC_INLINE uint32_t zc_rbits_read(struct zc_rbits *r, unsigned int n)
{
	r->left -= (int)n;
	return (uint32_t)(r->word >> (r->left & 63)) & ((1u << n) - 1);
}

/* After a refill: more was read than there was. */
static inline bool zc_rbits_over(const struct zc_rbits *r)
{
	return r->left < r->floor;
}

/* Everything was read, and no more. */
static inline bool zc_rbits_at_end(const struct zc_rbits *r)
{
	return r->ptr == r->start && r->left == r->floor;
}

#endif
