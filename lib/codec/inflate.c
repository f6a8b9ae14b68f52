/* SPDX-License-Identifier: BSD-2-Clause */
#include "codec/copy.h"
#include "codec/inflate_internal.h"

/*
 * DEFLATE (RFC 1951) in a zlib stream (RFC 1950):
 *
 *	CMF, FLG    2 bytes, big-endian a multiple of 31; method 8, no dictionary
 *	DEFLATE
 *	Adler-32    big-endian, of the output
 */
struct inflate {
	uint64_t bits;	/* the next `n` bits of the stream, lowest first; above them 0, or
			 * bits of the bytes at ip, which will be or-ed in again */
	unsigned int n; /* at most 63 */
	const uint8_t *ip, *iend;
	uint8_t *op, *oend, *start;
	struct inflate_workspace *ws;
};

/* The last bytes one by one: as many bits as fit, or as there are. */
static void refill_slow(struct inflate *s)
{
	while (s->n <= 55 && s->ip < s->iend) {
		s->bits |= (uint64_t)*s->ip++ << s->n;
		s->n += 8;
	}
}

/* At least 56 bits, with 8 bytes there to load. */
ZC_INLINE void refill(struct inflate *s)
{
	s->bits |= zb_load64(s->ip, ZB_LE) << s->n;
	s->ip += (63 - s->n) / 8;
	s->n |= 56;
}

ZC_INLINE uint32_t take(struct inflate *s, unsigned int n)
{
	uint32_t v = (uint32_t)s->bits & ((1u << n) - 1);

	s->bits >>= n;
	s->n -= n;
	return v;
}

ZB_MUST_CHECK static int take_checked(struct inflate *s, unsigned int n, uint32_t *ret_v)
{
	if (s->n < n)
		refill_slow(s);
	if (s->n < n)
		return ZB_ECORRUPT;
	*ret_v = take(s, n);
	return 0;
}

ZC_INLINE uint32_t lookup(const struct inflate *s, const uint32_t *table,
			  unsigned int root)
{
	uint32_t e = table[s->bits & ((1u << root) - 1)];

	if (zc_unlikely(e & INFLATE_LINK))
		e = table[inflate_value(e) +
			  (s->bits >> root & ((1u << inflate_extra(e)) - 1))];
	return e;
}

/* With all bits at hand: a base and what the extra bits add. */
ZC_INLINE unsigned int take_value(struct inflate *s, uint32_t e)
{
	take(s, inflate_bits(e));
	return inflate_value(e) + take(s, inflate_extra(e));
}

/* The same near the end of the input. */
ZB_MUST_CHECK static int take_symbol(struct inflate *s, const uint32_t *table,
				     unsigned int root, uint32_t *ret_e,
				     unsigned int *ret_v)
{
	uint32_t e;

	refill_slow(s);
	e = lookup(s, table, root);
	if ((e & INFLATE_INVALID) || inflate_bits(e) + inflate_extra(e) > s->n)
		return ZB_ECORRUPT;
	*ret_e = e;
	*ret_v = take_value(s, e);
	return 0;
}

/*
 * While there are 16 bytes of input and room for two literals and the longest match. Returns
 * 1 at the end of the block, 0 when the slow loop has to go on.
 */
#define FAST_IN	 16
#define FAST_OUT (2 + 258 + ZC_WILD)

static int decode_fast(struct inflate *state)
{
	const uint32_t *litlen = state->ws->litlen, *dist = state->ws->dist;
	struct inflate s = *state;

	while (s.iend - s.ip >= FAST_IN && s.oend - s.op >= FAST_OUT) {
		unsigned int len, off;
		uint32_t e;

		refill(&s);
		e = lookup(&s, litlen, INFLATE_LITLEN_ROOT);
		if (e & INFLATE_LITERAL) {
			take(&s, inflate_bits(e));
			*s.op++ = (uint8_t)inflate_value(e);
			e = lookup(&s, litlen, INFLATE_LITLEN_ROOT);
			if (e & INFLATE_LITERAL) {
				take(&s, inflate_bits(e));
				*s.op++ = (uint8_t)inflate_value(e);
				continue;
			}
		}
		if (zc_unlikely(e & (INFLATE_END | INFLATE_INVALID))) {
			take(&s, inflate_bits(e));
			*state = s;
			return e & INFLATE_END ? 1 : ZB_ECORRUPT;
		}
		len = take_value(&s, e);
		refill(&s);
		e = lookup(&s, dist, INFLATE_DIST_ROOT);
		if (zc_unlikely(e & INFLATE_INVALID))
			return ZB_ECORRUPT;
		off = take_value(&s, e);
		if (zc_unlikely(off > (size_t)(s.op - s.start)))
			return ZB_ECORRUPT;
		zc_match_wild(s.op, off, len);
		s.op += len;
	}
	*state = s;
	return 0;
}

static int decode_codes(struct inflate *s)
{
	int rc = decode_fast(s);

	if (rc != 0)
		return rc < 0 ? rc : 0;
	for (;;) {
		unsigned int len, off;
		uint32_t e;

		if (take_symbol(s, s->ws->litlen, INFLATE_LITLEN_ROOT, &e, &len))
			return ZB_ECORRUPT;
		if (e & INFLATE_END)
			return 0;
		if (e & INFLATE_LITERAL) {
			if (s->op == s->oend)
				return ZB_ECORRUPT;
			*s->op++ = (uint8_t)len;
			continue;
		}
		if (take_symbol(s, s->ws->dist, INFLATE_DIST_ROOT, &e, &off) ||
		    off > (size_t)(s->op - s->start) || len > (size_t)(s->oend - s->op))
			return ZB_ECORRUPT;
		zc_match(s->op, off, len, (size_t)(s->oend - s->op));
		s->op += len;
	}
}

/* Gives back whole bytes that were loaded, drops what is left of the current one. */
static void align(struct inflate *s)
{
	s->ip -= s->n / 8;
	s->n = 0;
	s->bits = 0;
}

static int stored_block(struct inflate *s)
{
	size_t len;

	align(s);
	if (s->iend - s->ip < 4)
		return ZB_ECORRUPT;
	len = zb_load16(s->ip, ZB_LE);
	if ((len ^ 0xffff) != zb_load16(s->ip + 2, ZB_LE))
		return ZB_ECORRUPT;
	s->ip += 4;
	if (len > (size_t)(s->iend - s->ip) || len > (size_t)(s->oend - s->op))
		return ZB_ECORRUPT;
	__builtin_memcpy(s->op, s->ip, len);
	s->ip += len;
	s->op += len;
	return 0;
}

static int build_codes(struct inflate_workspace *ws, unsigned int n_litlen,
		       unsigned int n_dist)
{
	if (zc_inflate_build(ws->litlen, sizeof(ws->litlen) / sizeof(ws->litlen[0]),
			     INFLATE_LITLEN_ROOT, ws->lens, n_litlen,
			     zc_inflate_litlen_entry, false, ws->sorted))
		return ZB_ECORRUPT;
	return zc_inflate_build(ws->dist, sizeof(ws->dist) / sizeof(ws->dist[0]),
				INFLATE_DIST_ROOT, ws->lens + n_litlen, n_dist,
				zc_inflate_dist_entry, false, ws->sorted);
}

static int fixed_block(struct inflate *s)
{
	uint8_t *lens = s->ws->lens;

	__builtin_memset(lens, 8, 144);
	__builtin_memset(lens + 144, 9, 112);
	__builtin_memset(lens + 256, 7, 24);
	__builtin_memset(lens + 280, 8, 8);
	__builtin_memset(lens + DEFLATE_SYMBOLS, 5, DEFLATE_DISTS);
	if (build_codes(s->ws, DEFLATE_SYMBOLS, DEFLATE_DISTS))
		return ZB_ECORRUPT;
	return decode_codes(s);
}

/* The code lengths of both codes in one row, themselves run-length and prefix coded. */
static int read_lengths(struct inflate *s, unsigned int total)
{
	uint8_t *lens = s->ws->lens;

	for (unsigned int i = 0; i < total;) {
		unsigned int sym, n;
		uint32_t e, more;
		uint8_t value = 0;

		if (take_symbol(s, s->ws->lengths, INFLATE_LENGTHS_ROOT, &e, &sym))
			return ZB_ECORRUPT;
		if (sym < 16) {
			lens[i++] = (uint8_t)sym;
			continue;
		}
		if (take_checked(s, sym == 16 ? 2 : sym == 17 ? 3 : 7, &more))
			return ZB_ECORRUPT;
		n = more + (sym == 18 ? 11 : 3);
		if (n > total - i || (sym == 16 && i == 0))
			return ZB_ECORRUPT;
		if (sym == 16)
			value = lens[i - 1];
		__builtin_memset(lens + i, value, n);
		i += n;
	}
	return 0;
}

static int dynamic_block(struct inflate *s)
{
	static const uint8_t order[DEFLATE_LENGTH_CODES] = {
		16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
	};
	uint32_t v, n_litlen, n_dist, n_lengths;
	uint8_t lens[DEFLATE_LENGTH_CODES] = { 0 };

	if (take_checked(s, 14, &v))
		return ZB_ECORRUPT;
	n_litlen = 257 + (v & 31);
	n_dist = 1 + (v >> 5 & 31);
	n_lengths = 4 + (v >> 10);
	if (n_litlen > 286 || n_dist > 30)
		return ZB_ECORRUPT;
	for (unsigned int i = 0; i < n_lengths; i++) {
		if (take_checked(s, 3, &v))
			return ZB_ECORRUPT;
		lens[order[i]] = (uint8_t)v;
	}
	if (zc_inflate_build(s->ws->lengths,
			     sizeof(s->ws->lengths) / sizeof(s->ws->lengths[0]),
			     INFLATE_LENGTHS_ROOT, lens, DEFLATE_LENGTH_CODES,
			     zc_inflate_length_entry, true, s->ws->sorted) ||
	    read_lengths(s, n_litlen + n_dist) || s->ws->lens[DEFLATE_END] == 0 ||
	    build_codes(s->ws, n_litlen, n_dist))
		return ZB_ECORRUPT;
	return decode_codes(s);
}

static int inflate(struct inflate *s)
{
	uint32_t head;

	do {
		int rc;

		if (take_checked(s, 3, &head))
			return ZB_ECORRUPT;
		switch (head >> 1) {
		case 0:
			rc = stored_block(s);
			break;
		case 1:
			rc = fixed_block(s);
			break;
		case 2:
			rc = dynamic_block(s);
			break;
		default:
			rc = ZB_ECORRUPT;
		}
		if (rc)
			return rc;
	} while (!(head & 1));
	align(s);
	return 0;
}

/* 5552: the most bytes after which b still fits 32 bits. */
static uint32_t adler32(const uint8_t *p, size_t len)
{
	uint32_t a = 1, b = 0;

	while (len > 0) {
		size_t n = len < 5552 ? len : 5552;

		len -= n;
		for (; n > 0; n--) {
			a += *p++;
			b += a;
		}
		a %= 65521;
		b %= 65521;
	}
	return b << 16 | a;
}

int zc_inflate_zlib(struct zb_span src, uint8_t *dst, size_t dst_len, void *workspace)
{
	struct inflate s = {
		.op = dst,
		.oend = dst + dst_len,
		.start = dst,
		.ws = workspace,
	};
	uint16_t head;

	_Static_assert(sizeof(struct inflate_workspace) <= ZC_INFLATE_WORKSPACE,
		       "workspace too small");
	if (zb_span_u16(src, 0, ZB_BE, &head) || head % 31 != 0 ||
	    (head >> 8 & 15) != 8 || head >> 12 > 7 || (head & 32))
		return ZB_ECORRUPT;
	s.ip = src.ptr + 2;
	s.iend = src.ptr + src.len;
	if (inflate(&s) || s.op != s.oend || s.iend - s.ip < 4 ||
	    zb_load32(s.ip, ZB_BE) != adler32(dst, dst_len))
		return ZB_ECORRUPT;
	return 0;
}
