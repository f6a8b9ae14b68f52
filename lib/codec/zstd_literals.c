/* SPDX-License-Identifier: BSD-2-Clause */
#include "codec/zstd_internal.h"

/*
 * The literals section of a compressed block, RFC 8878 section 3.1.1.3.1. Its header, little-
 * endian: type (2 bits), size format (2, of raw and RLE sometimes 1), regenerated size and, of
 * Huffman-coded literals, compressed size.
 */
enum literals_type {
	LITERALS_RAW,
	LITERALS_RLE,
	LITERALS_HUFFMAN,
	LITERALS_TREELESS, /* with the table of an earlier block */
};

static uint64_t load_bytes(struct zb_span s, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v |= (uint64_t)s.ptr[i] << 8 * i;
	return v;
}

/* Raw literals stay in src where bytes enough follow them; else they are copied. */
static int plain(struct zstd_frame *f, struct zb_span *s, enum literals_type type)
{
	static const uint8_t head_len[4] = { 1, 2, 1, 3 }, shift[4] = { 3, 4, 3, 4 };
	unsigned int format = s->ptr[0] >> 2 & 3;
	size_t head = head_len[format], len, stored;
	struct zb_span data;

	if (s->len < head)
		return ZB_ECORRUPT;
	len = (size_t)(load_bytes(*s, head) >> shift[format]);
	stored = type == LITERALS_RLE ? 1 : len;
	if (len > f->block_max || zb_span_sub(*s, head, stored, &data) ||
	    zb_span_sub(*s, head + stored, s->len - head - stored, s))
		return ZB_ECORRUPT;
	f->lit = f->ws->literals;
	f->lit_len = len;
	if (type == LITERALS_RLE)
		__builtin_memset(f->ws->literals, data.ptr[0], len);
	else if ((size_t)(f->src_end - data.ptr) - len >= ZSTD_SLACK)
		f->lit = data.ptr;
	else
		__builtin_memcpy(f->ws->literals, data.ptr, len);
	return 0;
}

static int huffman(struct zstd_frame *f, struct zb_span *s, enum literals_type type)
{
	static const uint8_t head_len[4] = { 3, 3, 4, 5 }, bits[4] = { 10, 10, 14, 18 };
	unsigned int format = s->ptr[0] >> 2 & 3;
	size_t head = head_len[format], len, packed,
	       mask = ((size_t)1 << bits[format]) - 1;
	struct zb_span data;
	uint64_t v;

	if (s->len < head)
		return ZB_ECORRUPT;
	v = load_bytes(*s, head) >> 4;
	len = (size_t)v & mask;
	packed = (size_t)(v >> bits[format]) & mask;
	if (len == 0 || len > f->block_max || zb_span_sub(*s, head, packed, &data) ||
	    zb_span_sub(*s, head + packed, s->len - head - packed, s))
		return ZB_ECORRUPT;
	if (type == LITERALS_HUFFMAN ? zc_huf_read(f, &data) : f->huf_log == 0)
		return ZB_ECORRUPT;
	f->lit = f->ws->literals;
	f->lit_len = len;
	return format == 0 ? zc_huf_decode1(f, data, f->ws->literals, len)
			   : zc_huf_decode4(f, data, f->ws->literals, len);
}

int zc_zstd_literals(struct zstd_frame *f, struct zb_span *s)
{
	enum literals_type type;

	if (s->len == 0)
		return ZB_ECORRUPT;
	type = s->ptr[0] & 3;
	return type < LITERALS_HUFFMAN ? plain(f, s, type) : huffman(f, s, type);
}
