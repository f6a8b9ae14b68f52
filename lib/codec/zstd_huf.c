/* SPDX-License-Identifier: BSD-2-Clause */
#include "codec/zstd_bits.h"
#include "codec/zstd_internal.h"

/*
 * Huffman-coded literals, RFC 8878 section 4.2. A table of 1 << max(log, HUF_TABLE_LOG)
 * entries, indexed by the next bits of the stream, gives a symbol and its code's length.
 */

/* Four bits each, high half first. */
static int read_direct(struct zb_span *s, unsigned int n, uint8_t *weights)
{
	struct zb_span w;

	if (zb_span_sub(*s, 0, (n + 1) / 2, &w))
		return ZB_ECORRUPT;
	for (unsigned int i = 0; i < n; i++)
		weights[i] = i % 2 ? w.ptr[i / 2] & 15 : w.ptr[i / 2] >> 4;
	return zb_span_sub(*s, w.len, s->len - w.len, s);
}

/*
 * Two FSE states take turns on one stream until it is used up; the symbol of the state that
 * could still be read is the last. Returns the number of weights.
 */
static int read_fse(struct zstd_workspace *ws, struct zb_span s)
{
	static const struct fse_codes codes = {
		.symbols = FSE_SYMBOLS,
		.max_log = FSE_WEIGHT_LOG,
	};
	struct zc_rbits r;
	unsigned int log, state[2];
	int n = 0;

	if (zc_fse_read(&s, &codes, ws->norm, &log) || !zc_rbits_init(&r, s))
		return ZB_ECORRUPT;
	zc_fse_build(ws, &codes, ws->norm, log, ws->weight);
	state[0] = zc_rbits_read(&r, log);
	state[1] = zc_rbits_read(&r, log);
	for (;;) {
		const struct fse_entry *e = &ws->weight[state[n & 1]];

		if (n >= FSE_SYMBOLS - 2)
			return ZB_ECORRUPT;
		ws->weights[n] = (uint8_t)e->base;
		zc_rbits_refill(&r);
		state[n & 1] = e->next + zc_rbits_read(&r, e->nbits);
		n++;
		if (zc_rbits_over(&r)) {
			ws->weights[n] = (uint8_t)ws->weight[state[n & 1]].base;
			return n + 1;
		}
	}
}

/* The last weight is not stored: it completes the sum to a power of two. */
static int complete_weights(uint8_t *weights, unsigned int n, unsigned int *ret_log)
{
	uint32_t sum = 0, rest;
	unsigned int log, ones = 0;

	for (unsigned int i = 0; i < n; i++) {
		if (weights[i] > HUF_LOG_MAX)
			return ZB_ECORRUPT;
		sum += weights[i] ? 1u << (weights[i] - 1) : 0;
	}
	if (sum == 0)
		return ZB_ECORRUPT;
	log = 32 - (unsigned int)__builtin_clz(sum);
	rest = (1u << log) - sum;
	if (log > HUF_LOG_MAX || !zb_is_pow2(rest))
		return ZB_ECORRUPT;
	weights[n] = (uint8_t)(32 - __builtin_clz(rest));
	for (unsigned int i = 0; i <= n; i++)
		ones += weights[i] == 1;
	if (ones < 2 || ones % 2 != 0)
		return ZB_ECORRUPT;
	*ret_log = log;
	return 0;
}

/* Symbols in the order of their weights, the longest codes first, then of their values. */
static void build_table(uint16_t *table, const uint8_t *weights, unsigned int n,
			unsigned int log)
{
	unsigned int scale = log < HUF_TABLE_LOG ? HUF_TABLE_LOG - log : 0;
	uint32_t at[HUF_LOG_MAX + 2] = { 0 };

	for (unsigned int i = 0; i < n; i++) {
		if (weights[i])
			at[weights[i] + 1] += 1u << (weights[i] - 1) << scale;
	}
	for (unsigned int w = 2; w <= HUF_LOG_MAX; w++)
		at[w] += at[w - 1];
	for (unsigned int i = 0; i < n; i++) {
		unsigned int w = weights[i], count;
		uint16_t *e;

		if (w == 0)
			continue;
		count = 1u << (w - 1) << scale;
		e = table + at[w];
		at[w] += count;
		for (unsigned int k = 0; k < count; k++)
			e[k] = (uint16_t)(i << 8 | (log + 1 - w));
	}
}

int zc_huf_read(struct zstd_frame *f, struct zb_span *s)
{
	struct zstd_workspace *ws = f->ws;
	unsigned int log;
	uint8_t head;
	int n;

	if (zb_span_u8(*s, 0, &head) || zb_span_sub(*s, 1, s->len - 1, s))
		return ZB_ECORRUPT;
	if (head >= 128) {
		n = head - 127;
		if (read_direct(s, (unsigned int)n, ws->weights))
			return ZB_ECORRUPT;
	} else {
		struct zb_span w;

		if (zb_span_sub(*s, 0, head, &w) ||
		    zb_span_sub(*s, head, s->len - head, s))
			return ZB_ECORRUPT;
		n = read_fse(ws, w);
		if (n < 0)
			return n;
	}
	if (complete_weights(ws->weights, (unsigned int)n, &log))
		return ZB_ECORRUPT;
	build_table(ws->huf, ws->weights, (unsigned int)n + 1, log);
	f->huf_log = log < HUF_TABLE_LOG ? HUF_TABLE_LOG : (int)log;
	return 0;
}

/* From wherever r is: symbols one at a time until out is full and the stream used up. */
ZC_INLINE int decode_rest(const struct zstd_frame *f, struct zc_rbits *r, uint8_t *out,
			  const uint8_t *end)
{
	const uint16_t *table = f->ws->huf;
	int log = f->huf_log;

	for (;;) {
		zc_rbits_refill(r);
		if (out == end)
			return zc_rbits_at_end(r) ? 0 : ZB_ECORRUPT;
		for (int i = 0; i < 4 && out < end; i++) {
			uint16_t e;

			if (zc_unlikely(r->left <= r->floor))
				return ZB_ECORRUPT;
			e = table[r->word << (64 - r->left) >> (64 - log)];
			r->left -= e & 0xff;
			*out++ = (uint8_t)(e >> 8);
		}
	}
}

int zc_huf_decode1(struct zstd_frame *f, struct zb_span s, uint8_t *out, size_t len)
{
	struct zc_rbits r;

	if (!zc_rbits_init(&r, s))
		return ZB_ECORRUPT;
	return decode_rest(f, &r, out, out + len);
}

/*
 * The four streams, a machine word of each at a time. The word's unread bits are at its top,
 * below them a 1 that was put there when it was loaded: the zeros below that count the bits
 * read. So a step has the table's index in the top bits, a shift and a store, and several
 * steps go between two refills.
 */
typedef size_t huf_word;
#define HUF_WORD_BYTES sizeof(huf_word)
#define HUF_WORD_BITS  (8 * HUF_WORD_BYTES)
#define HUF_STEPS      ((HUF_WORD_BITS - 8) / HUF_TABLE_LOG)
#define HUF_STREAMS    4

struct huf_stream {
	huf_word bits;
	const uint8_t *ip, *start;
	uint8_t *op, *end;
};

ZC_INLINE huf_word load_word(const uint8_t *p)
{
	if (HUF_WORD_BYTES == 8)
		return (huf_word)zb_load64(p, ZB_LE) | 1;
	return (huf_word)zb_load32(p, ZB_LE) | 1;
}

ZC_INLINE unsigned int bits_read(huf_word bits)
{
	return (unsigned int)__builtin_ctzll(bits);
}

ZC_INLINE void huf_step(const uint16_t *table, huf_word *bits, uint8_t *out)
{
	unsigned int e = table[*bits >> (HUF_WORD_BITS - HUF_TABLE_LOG)];

	*bits <<= e & (HUF_WORD_BITS - 1);
	*out = (uint8_t)(e >> 8);
}

ZC_INLINE void huf_refill(huf_word *bits, const uint8_t **ip)
{
	unsigned int n = bits_read(*bits);

	*ip -= n / 8;
	*bits = load_word(*ip) << n % 8;
}

/* How many rounds of HUF_STEPS need no look at the ends of streams and output. */
static size_t safe_rounds(const struct huf_stream s[HUF_STREAMS])
{
	size_t n = SIZE_MAX;

	for (int i = 0; i < HUF_STREAMS; i++) {
		size_t in = (size_t)(s[i].ip - s[i].start) / (HUF_WORD_BYTES - 1);
		size_t out = (size_t)(s[i].end - s[i].op) / HUF_STEPS;

		n = n < in ? n : in;
		n = n < out ? n : out;
	}
	return n;
}

static void decode_rounds(const uint16_t *table, struct huf_stream s[HUF_STREAMS],
			  size_t rounds)
{
	huf_word b0 = s[0].bits, b1 = s[1].bits, b2 = s[2].bits, b3 = s[3].bits;
	const uint8_t *i0 = s[0].ip, *i1 = s[1].ip, *i2 = s[2].ip, *i3 = s[3].ip;
	uint8_t *o0 = s[0].op, *o1 = s[1].op, *o2 = s[2].op, *o3 = s[3].op;

	for (const uint8_t *end = o0 + rounds * HUF_STEPS; o0 < end;) {
#pragma GCC unroll 5
		for (unsigned int k = 0; k < HUF_STEPS; k++) {
			huf_step(table, &b0, o0 + k);
			huf_step(table, &b1, o1 + k);
			huf_step(table, &b2, o2 + k);
			huf_step(table, &b3, o3 + k);
		}
		huf_refill(&b0, &i0);
		huf_refill(&b1, &i1);
		huf_refill(&b2, &i2);
		huf_refill(&b3, &i3);
		o0 += HUF_STEPS;
		o1 += HUF_STEPS;
		o2 += HUF_STEPS;
		o3 += HUF_STEPS;
	}
	s[0] = (struct huf_stream){ b0, i0, s[0].start, o0, s[0].end };
	s[1] = (struct huf_stream){ b1, i1, s[1].start, o1, s[1].end };
	s[2] = (struct huf_stream){ b2, i2, s[2].start, o2, s[2].end };
	s[3] = (struct huf_stream){ b3, i3, s[3].start, o3, s[3].end };
}

/* false if the stream is too short for whole words: then only decode_rest() is used. */
static bool huf_stream_start(struct huf_stream *s, struct zb_span in)
{
	size_t unread = zc_rbits_count(in);

	if (in.len < HUF_WORD_BYTES)
		return false;
	s->ip = in.ptr + in.len - HUF_WORD_BYTES;
	s->bits = load_word(s->ip) << (in.len * 8 - unread);
	return true;
}

static void decode_fast(struct zstd_frame *f, const struct zb_span in[HUF_STREAMS],
			struct huf_stream s[HUF_STREAMS], size_t unread[HUF_STREAMS])
{
	for (int i = 0; i < HUF_STREAMS; i++) {
		if (!huf_stream_start(&s[i], in[i]))
			return;
	}
	for (size_t n; (n = safe_rounds(s)) > 0;)
		decode_rounds(f->ws->huf, s, n);
	for (int i = 0; i < HUF_STREAMS; i++)
		unread[i] = (size_t)(s[i].ip - s[i].start) * 8 + HUF_WORD_BITS -
			    bits_read(s[i].bits);
}

int zc_huf_decode4(struct zstd_frame *f, struct zb_span s, uint8_t *out, size_t len)
{
	size_t part = (len + 3) / 4, unread[HUF_STREAMS], off = 6;
	struct huf_stream st[HUF_STREAMS];
	struct zb_span in[HUF_STREAMS];

	if (s.len < off || 3 * part > len)
		return ZB_ECORRUPT;
	for (size_t i = 0; i < HUF_STREAMS; i++) {
		size_t n = s.len - off;

		if (i < 3)
			n = zb_load16(s.ptr + 2 * i, ZB_LE);
		if (zb_span_sub(s, off, n, &in[i]))
			return ZB_ECORRUPT;
		off += n;
		unread[i] = zc_rbits_count(in[i]);
		if (unread[i] == 0)
			return ZB_ECORRUPT;
		st[i] = (struct huf_stream){
			.start = in[i].ptr,
			.op = out + i * part,
			.end = i < 3 ? out + (i + 1) * part : out + len,
		};
	}
	if (f->huf_log == HUF_TABLE_LOG)
		decode_fast(f, in, st, unread);
	for (int i = 0; i < HUF_STREAMS; i++) {
		struct zc_rbits r;

		zc_rbits_seek(&r, st[i].start, unread[i]);
		if (decode_rest(f, &r, st[i].op, st[i].end))
			return ZB_ECORRUPT;
	}
	return 0;
}
