/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/zap_encode.h"

#define LEAF_CDSORTED 1 /* lh_flags: chains are sorted by cd */

static void chunk_next(uint8_t *chunk, unsigned int next)
{
	zb_store16(chunk + ZF_ZAP_CHUNK_SIZE - 2, ZB_LE, next);
}

void zf_mzap_encode_header(uint8_t *block, uint64_t salt, uint64_t normflags)
{
	zb_store64(block, ZB_LE, ZF_ZAP_MICRO);
	zb_store64(block + 8, ZB_LE, salt);
	zb_store64(block + 16, ZB_LE, normflags);
}

void zf_mzap_encode_entry(uint8_t *block, unsigned int i, const char *name, size_t len,
			  uint64_t value, uint32_t cd)
{
	uint8_t *e = block + ZF_MZAP_HEADER_SIZE + (size_t)i * ZF_MZAP_ENTRY_SIZE;

	zb_store64(e, ZB_LE, value);
	zb_store32(e + 8, ZB_LE, cd);
	__builtin_memcpy(e + 14, name, len);
}

void zf_zap_header_encode(const struct zf_zap_header *h, uint64_t freeblk, uint8_t *block)
{
	const uint64_t words[] = {
		ZF_ZAP_HEADER,
		ZF_ZAP_MAGIC,
		h->table_blk,
		h->table_numblks,
		h->table_shift,
		0,
		0,
		freeblk,
		h->num_leafs,
		h->num_entries,
		h->salt,
		h->normflags,
		h->flags,
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		zb_store64(block + 8 * i, ZB_LE, words[i]);
}

static unsigned int array_chunks(size_t bytes)
{
	return (bytes + ZF_ZAP_ARRAY_BYTES - 1) / ZF_ZAP_ARRAY_BYTES;
}

unsigned int zf_zap_entry_chunks(size_t name_len, size_t value_len)
{
	return 1 + array_chunks(name_len + 1) + array_chunks(value_len);
}

static size_t chunks_offset(unsigned int block_shift)
{
	return ZF_ZAP_LEAF_HEADER + ((size_t)2 << (block_shift - 5));
}

unsigned int zf_zap_leaf_chunks(unsigned int block_shift)
{
	return (((size_t)1 << block_shift) - chunks_offset(block_shift)) /
	       ZF_ZAP_CHUNK_SIZE;
}

static uint8_t *chunk_at(const struct zf_zap_leaf_writer *w, unsigned int i)
{
	return w->block + chunks_offset(w->block_shift) + (size_t)i * ZF_ZAP_CHUNK_SIZE;
}

void zf_zap_leaf_begin(struct zf_zap_leaf_writer *w, uint8_t *block,
		       unsigned int block_shift, uint64_t prefix, unsigned int prefix_len)
{
	*w = (struct zf_zap_leaf_writer){
		.block = block,
		.block_shift = block_shift,
		.total = zf_zap_leaf_chunks(block_shift),
		.prefix_len = prefix_len,
	};
	__builtin_memset(block, 0, (size_t)1 << block_shift);
	zb_store64(block, ZB_LE, ZF_ZAP_LEAF);
	zb_store64(block + 16, ZB_LE, prefix);
	zb_store32(block + 24, ZB_LE, ZF_ZAP_LEAF_MAGIC);
	zb_store16(block + 32, ZB_LE, prefix_len);
	block[36] = LEAF_CDSORTED;
	__builtin_memset(block + ZF_ZAP_LEAF_HEADER, 0xff,
			 (size_t)2 << (block_shift - 5));
}

/* An array of bytes, with a zero byte behind if terminate; returns its first chunk. */
static unsigned int put_array(struct zf_zap_leaf_writer *w, const void *bytes, size_t len,
			      bool terminate)
{
	unsigned int first = w->used, n = array_chunks(len + terminate);
	const uint8_t *p = bytes;

	if (n == 0)
		return ZF_ZAP_CHAIN_END;
	for (unsigned int i = 0; i < n; i++) {
		uint8_t *chunk = chunk_at(w, w->used++);
		size_t part = len < ZF_ZAP_ARRAY_BYTES ? len : ZF_ZAP_ARRAY_BYTES;

		chunk[0] = ZF_ZAP_CHUNK_ARRAY;
		__builtin_memcpy(chunk + 1, p, part);
		p += part;
		len -= part;
		chunk_next(chunk, i + 1 < n ? w->used : ZF_ZAP_CHAIN_END);
	}
	return first;
}

/* Hangs an entry at the end of those of its bucket that have no larger cd. */
static void link_entry(struct zf_zap_leaf_writer *w, uint64_t hash, uint32_t cd,
		       unsigned int chunk)
{
	unsigned int shift = w->block_shift - 5;
	uint64_t bucket = hash << w->prefix_len >> (64 - shift);
	uint8_t *link = w->block + ZF_ZAP_LEAF_HEADER + 2 * bucket;
	unsigned int next;

	while ((next = zb_load16(link, ZB_LE)) != ZF_ZAP_CHAIN_END &&
	       zb_load32(chunk_at(w, next) + 12, ZB_LE) <= cd)
		link = chunk_at(w, next) + 2;
	zb_store16(chunk_at(w, chunk) + 2, ZB_LE, next);
	zb_store16(link, ZB_LE, chunk);
}

void zf_zap_leaf_put(struct zf_zap_leaf_writer *w, uint64_t hash, uint32_t cd,
		     const char *name, size_t name_len, unsigned int intlen,
		     unsigned int numints, const uint8_t *value)
{
	unsigned int chunk = w->used++;
	uint8_t *e = chunk_at(w, chunk);

	e[0] = ZF_ZAP_CHUNK_ENTRY;
	e[1] = intlen;
	zb_store16(e + 4, ZB_LE, put_array(w, name, name_len, true));
	zb_store16(e + 6, ZB_LE, name_len + 1);
	zb_store16(e + 8, ZB_LE, put_array(w, value, (size_t)intlen * numints, false));
	zb_store16(e + 10, ZB_LE, numints);
	zb_store32(e + 12, ZB_LE, cd);
	zb_store64(e + 16, ZB_LE, hash);
	link_entry(w, hash, cd, chunk);
	w->nentries++;
}

void zf_zap_leaf_end(struct zf_zap_leaf_writer *w)
{
	for (unsigned int i = w->used; i < w->total; i++) {
		uint8_t *chunk = chunk_at(w, i);

		chunk[0] = ZF_ZAP_CHUNK_FREE;
		chunk_next(chunk, i + 1 < w->total ? i + 1 : ZF_ZAP_CHAIN_END);
	}
	zb_store16(w->block + 28, ZB_LE, w->total - w->used);
	zb_store16(w->block + 30, ZB_LE, w->nentries);
	zb_store16(w->block + 34, ZB_LE, w->used < w->total ? w->used : ZF_ZAP_CHAIN_END);
}
