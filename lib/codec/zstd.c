/* SPDX-License-Identifier: BSD-2-Clause */
#include "codec/zstd_internal.h"

/*
 * Frames and blocks, RFC 8878 section 3.1.1. The output is one piece of memory, so it serves
 * as the window, of whatever size the frame says; an offset is only checked against the start.
 *
 *	frame header descriptor   bits 7-6 size of the content size field, 5 single segment,
 *	                          3 reserved, 2 checksum, 1-0 size of the dictionary id
 *	window descriptor         1 byte, unless single segment
 *	dictionary id             0, 1, 2, 4 bytes; ours is none
 *	frame content size        0, 1, 2, 4, 8 bytes
 *	blocks                    3 bytes of header: bit 0 last, 2-1 type, 23-3 size
 */
#define ZSTD_ZFS_HEADER 8

enum block_type {
	BLOCK_RAW,
	BLOCK_RLE,
	BLOCK_COMPRESSED,
};

/* A little-endian field of 0 to 8 bytes at the front of *s, which is moved behind it. */
static int take(struct zb_span *s, size_t n, uint64_t *ret_v)
{
	uint64_t v = 0;

	if (n > s->len)
		return ZB_ECORRUPT;
	for (size_t i = 0; i < n; i++)
		v |= (uint64_t)s->ptr[i] << 8 * i;
	*ret_v = v;
	return zb_span_sub(*s, n, s->len - n, s);
}

static int frame_header(struct zb_span *s, size_t dst_len, uint64_t *ret_window,
			bool *ret_checksum)
{
	static const uint8_t dict_bytes[4] = { 0, 1, 2, 4 },
			     size_bytes[4] = { 0, 2, 4, 8 };
	uint64_t desc, window = 0, dict, content;
	size_t content_bytes;
	bool single;

	if (take(s, 1, &desc) || (desc & 8))
		return ZB_ECORRUPT;
	single = desc & 32;
	content_bytes = single && desc >> 6 == 0 ? 1 : size_bytes[desc >> 6];
	if (!single) {
		/* 2 GiB, as in libzstd: nobody means more */
		if (take(s, 1, &window) || window >> 3 > 31 - 10)
			return ZB_ECORRUPT;
		window = (8 + (window & 7)) << ((window >> 3) + 7);
	}
	if (take(s, dict_bytes[desc & 3], &dict) || dict != 0 ||
	    take(s, content_bytes, &content))
		return ZB_ECORRUPT;
	if (content_bytes == 2)
		content += 256;
	if (content_bytes > 0 && content != dst_len)
		return ZB_ECORRUPT;
	*ret_window = single ? content : window;
	*ret_checksum = desc & 4;
	return 0;
}

static int block(struct zstd_frame *f, struct zb_span *s, bool *ret_last)
{
	size_t room = (size_t)(f->oend - f->op), size, stored;
	struct zb_span data;
	uint64_t head;

	if (take(s, 3, &head))
		return ZB_ECORRUPT;
	*ret_last = head & 1;
	size = (size_t)(head >> 3);
	stored = (head >> 1 & 3) == BLOCK_RLE ? 1 : size;
	if (zb_span_sub(*s, 0, stored, &data) ||
	    zb_span_sub(*s, stored, s->len - stored, s))
		return ZB_ECORRUPT;
	switch (head >> 1 & 3) {
	case BLOCK_RAW:
	case BLOCK_RLE:
		if (size > room)
			return ZB_ECORRUPT;
		if (stored == size)
			__builtin_memcpy(f->op, data.ptr, size);
		else
			__builtin_memset(f->op, data.ptr[0], size);
		f->op += size;
		return 0;
	case BLOCK_COMPRESSED:
		if (size > f->block_max || zc_zstd_literals(f, &data))
			return ZB_ECORRUPT;
		return zc_zstd_sequences(f, data);
	default:
		return ZB_ECORRUPT;
	}
}

int zc_zstd_decompress(struct zb_span src, uint8_t *dst, size_t dst_len, void *workspace)
{
	struct zstd_workspace *ws = workspace;
	bool last = false, checksum;
	struct zstd_frame f;
	uint64_t window;
	uint32_t len;

	_Static_assert(sizeof(*ws) <= ZC_ZSTD_WORKSPACE, "workspace too small");
	if (zb_span_u32(src, 0, ZB_BE, &len) ||
	    zb_span_sub(src, ZSTD_ZFS_HEADER, len, &src) ||
	    frame_header(&src, dst_len, &window, &checksum))
		return ZB_ECORRUPT;
	f = (struct zstd_frame){
		.ws = ws,
		.start = dst,
		.op = dst,
		.oend = dst + dst_len,
		.src_end = src.ptr + src.len,
		.block_max = window < ZSTD_BLOCK_MAX ? (size_t)window : ZSTD_BLOCK_MAX,
		.ll = { ws->ll, -1 },
		.of = { ws->of, -1 },
		.ml = { ws->ml, -1 },
		.rep = { 1, 4, 8 },
	};
	while (!last) {
		if (block(&f, &src, &last))
			return ZB_ECORRUPT;
	}
	if (src.len != (checksum ? 4 : 0) || f.op != f.oend)
		return ZB_ECORRUPT;
	return 0;
}
