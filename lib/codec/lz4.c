/* SPDX-License-Identifier: BSD-2-Clause */
#include "codec/copy.h"
#include "codec/decompress.h"

/*
 * The LZ4 block format, a row of sequences:
 *
 *	token    high 4 bits: literals, low 4 bits: match length less 4; 15 means more follows
 *	         bytes of 255 and one below it, added to the number of literals
 *	         the literals; the block ends here, and only here
 *	offset   16 bits, little-endian, 1 to 65535
 *	         bytes of 255 and one below it, added to the match length
 *
 * Source: the LZ4 project's doc/lz4_Block_format.md.
 */
#define LZ4_MORE      15
#define LZ4_MIN_MATCH 4

struct lz4 {
	const uint8_t *ip, *iend;
	uint8_t *op, *oend, *start;
};

/* The bytes that lengthen a number of 15. limit bounds the sum, so that it cannot wrap. */
ZC_INLINE int lz4_length(struct lz4 *s, size_t *len, size_t limit)
{
	uint8_t b;

	do {
		if (s->ip == s->iend || *len > limit)
			return ZB_ECORRUPT;
		b = *s->ip++;
		*len += b;
	} while (b == 255);
	return 0;
}

ZC_INLINE int lz4_literals(struct lz4 *s, size_t len)
{
	size_t in = (size_t)(s->iend - s->ip), room = (size_t)(s->oend - s->op);

	if (len == LZ4_MORE) {
		if (lz4_length(s, &len, room))
			return ZB_ECORRUPT;
		in = (size_t)(s->iend - s->ip);
	}
	if (zc_unlikely(len > in || len > room))
		return ZB_ECORRUPT;
	if (zc_likely(in - len >= ZC_WILD && room - len >= ZC_WILD))
		zc_copy_wild(s->op, s->ip, len);
	else
		__builtin_memcpy(s->op, s->ip, len);
	s->ip += len;
	s->op += len;
	return 0;
}

ZC_INLINE int lz4_match(struct lz4 *s, size_t len)
{
	size_t room = (size_t)(s->oend - s->op), off;

	if (zc_unlikely(s->iend - s->ip < 2))
		return ZB_ECORRUPT;
	off = zb_load16(s->ip, ZB_LE);
	s->ip += 2;
	if (len == LZ4_MORE && lz4_length(s, &len, room))
		return ZB_ECORRUPT;
	len += LZ4_MIN_MATCH;
	if (zc_unlikely(off == 0 || off > (size_t)(s->op - s->start) || len > room))
		return ZB_ECORRUPT;
	zc_match(s->op, off, len, room);
	s->op += len;
	return 0;
}

/*
 * Most sequences are short: fewer than 15 literals and a match of at most 18 bytes from at
 * least 8 bytes back need no loop, if there is room for the largest of them.
 */
#define LZ4_FAST_IN  (LZ4_MORE + 2)
#define LZ4_FAST_OUT (LZ4_MORE + 16 + 2)

static int lz4_block(struct zb_span block, uint8_t *dst, size_t dst_len)
{
	/* local, that compilers keep it in registers */
	struct lz4 s = {
		.ip = block.ptr,
		.iend = block.ptr + block.len,
		.op = dst,
		.oend = dst + dst_len,
		.start = dst,
	};

	for (;;) {
		unsigned int token;

		if (zc_unlikely(s.ip == s.iend))
			return ZB_ECORRUPT;
		token = *s.ip++;
		if (zc_likely(token >> 4 != LZ4_MORE && s.iend - s.ip >= LZ4_FAST_IN &&
			      s.oend - s.op >= LZ4_FAST_OUT)) {
			size_t off, len = token & LZ4_MORE;

			zc_copy16(s.op, s.ip);
			s.op += token >> 4;
			s.ip += token >> 4;
			off = zb_load16(s.ip, ZB_LE);
			if (zc_likely(len != LZ4_MORE && off >= 8 &&
				      off <= (size_t)(s.op - s.start))) {
				const uint8_t *m = s.op - off;

				zc_copy8(s.op, m);
				zc_copy8(s.op + 8, m + 8);
				__builtin_memcpy(s.op + 16, m + 16, 2);
				s.op += len + LZ4_MIN_MATCH;
				s.ip += 2;
				continue;
			}
		} else {
			if (lz4_literals(&s, token >> 4))
				return ZB_ECORRUPT;
			if (s.ip == s.iend)
				return s.op == s.oend ? 0 : ZB_ECORRUPT;
		}
		if (lz4_match(&s, token & LZ4_MORE))
			return ZB_ECORRUPT;
	}
}

int zc_lz4_decompress(struct zb_span src, uint8_t *dst, size_t dst_len)
{
	struct zb_span block;
	uint32_t len;

	if (zb_span_u32(src, 0, ZB_BE, &len) ||
	    zb_span_sub(src, sizeof(len), len, &block))
		return ZB_ECORRUPT;
	return lz4_block(block, dst, dst_len);
}
