/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/zap.h"

enum {
	OFF_PREFIX = 16,
	OFF_MAGIC = 24,
	OFF_NENTRIES = 30,
	OFF_PREFIX_LEN = 32,
	ENTRY_OFF_INTLEN = 1,
	ENTRY_OFF_NEXT = 2,
	ENTRY_OFF_NAME_CHUNK = 4,
	ENTRY_OFF_NAME_NUMINTS = 6,
	ENTRY_OFF_VALUE_CHUNK = 8,
	ENTRY_OFF_VALUE_NUMINTS = 10,
	ENTRY_OFF_CD = 12,
	ENTRY_OFF_HASH = 16,
	ARRAY_OFF_BYTES = 1,
	ARRAY_OFF_NEXT = 22,
};

int zf_zap_leaf_decode(struct zb_span block, enum zb_endian e,
		       struct zf_zap_leaf *ret_leaf)
{
	struct zf_zap_leaf leaf = { .endian = e };
	const uint8_t *p = block.ptr;
	uint64_t hash_bytes, chunks;

	if (block.len < 1U << ZF_ZAP_MIN_BLOCK_SHIFT ||
	    block.len > 1U << ZF_ZAP_MAX_BLOCK_SHIFT || !zb_is_pow2(block.len))
		return ZB_ECORRUPT;
	if (zb_load64(p, e) != ZF_ZAP_LEAF ||
	    zb_load32(p + OFF_MAGIC, e) != ZF_ZAP_LEAF_MAGIC)
		return ZB_ECORRUPT;
	leaf.prefix = zb_load64(p + OFF_PREFIX, e);
	leaf.prefix_len = zb_load16(p + OFF_PREFIX_LEN, e);
	leaf.nentries = zb_load16(p + OFF_NENTRIES, e);
	leaf.hash_shift = (unsigned int)__builtin_ctzll(block.len) - 5;
	if (leaf.prefix_len > 63 - leaf.hash_shift || leaf.prefix >> leaf.prefix_len != 0)
		return ZB_ECORRUPT;
	hash_bytes = 2ULL << leaf.hash_shift;
	chunks = (block.len - hash_bytes) / ZF_ZAP_CHUNK_SIZE - 2;
	leaf.num_chunks = (unsigned int)chunks;
	if (zb_span_sub(block, ZF_ZAP_LEAF_HEADER, hash_bytes, &leaf.hash) ||
	    zb_span_sub(block, ZF_ZAP_LEAF_HEADER + hash_bytes,
			chunks * ZF_ZAP_CHUNK_SIZE, &leaf.chunks))
		return ZB_ECORRUPT;
	*ret_leaf = leaf;
	return 0;
}

static int chunk_at(const struct zf_zap_leaf *leaf, unsigned int i, struct zb_span *ret_s)
{
	return zb_span_sub(leaf->chunks, (uint64_t)i * ZF_ZAP_CHUNK_SIZE,
			   ZF_ZAP_CHUNK_SIZE, ret_s);
}

int zf_zap_leaf_entry(const struct zf_zap_leaf *leaf, unsigned int i,
		      struct zf_zap_entry *ret_entry)
{
	struct zf_zap_entry entry;
	struct zb_span s;

	if (chunk_at(leaf, i, &s))
		return ZB_ECORRUPT;
	if (s.ptr[0] != ZF_ZAP_CHUNK_ENTRY)
		return 0;
	entry.value_intlen = s.ptr[ENTRY_OFF_INTLEN];
	entry.next = zb_load16(s.ptr + ENTRY_OFF_NEXT, leaf->endian);
	entry.name_chunk = zb_load16(s.ptr + ENTRY_OFF_NAME_CHUNK, leaf->endian);
	entry.name_numints = zb_load16(s.ptr + ENTRY_OFF_NAME_NUMINTS, leaf->endian);
	entry.value_chunk = zb_load16(s.ptr + ENTRY_OFF_VALUE_CHUNK, leaf->endian);
	entry.value_numints = zb_load16(s.ptr + ENTRY_OFF_VALUE_NUMINTS, leaf->endian);
	entry.cd = zb_load32(s.ptr + ENTRY_OFF_CD, leaf->endian);
	entry.hash = zb_load64(s.ptr + ENTRY_OFF_HASH, leaf->endian);
	if (!zb_is_pow2(entry.value_intlen) || entry.value_intlen > 8)
		return ZB_ECORRUPT;
	*ret_entry = entry;
	return 1;
}

unsigned int zf_zap_leaf_bucket(const struct zf_zap_leaf *leaf, uint64_t hash)
{
	uint64_t i = hash >> (64 - leaf->hash_shift - leaf->prefix_len) &
		     ((1ULL << leaf->hash_shift) - 1);
	uint16_t chunk;

	if (zb_span_u16(leaf->hash, 2 * i, leaf->endian, &chunk))
		return ZF_ZAP_CHAIN_END;
	return chunk;
}

/* Calls for each piece of an array would need a callback; a cursor serves copy and compare. */
struct array {
	const struct zf_zap_leaf *leaf;
	unsigned int next;
	unsigned int
		left; /* chunks that the chain may still visit: the leaf has no more */
	struct zb_span piece;
};

static int array_next(struct array *a)
{
	struct zb_span s;

	if (a->left == 0 || chunk_at(a->leaf, a->next, &s) ||
	    s.ptr[0] != ZF_ZAP_CHUNK_ARRAY)
		return ZB_ECORRUPT;
	a->left--;
	a->next = zb_load16(s.ptr + ARRAY_OFF_NEXT, a->leaf->endian);
	a->piece = zb_span(s.ptr + ARRAY_OFF_BYTES, ZF_ZAP_ARRAY_BYTES);
	return 0;
}

int zf_zap_leaf_array(const struct zf_zap_leaf *leaf, unsigned int chunk, uint8_t *dst,
		      size_t len)
{
	struct array a = { .leaf = leaf, .next = chunk, .left = leaf->num_chunks };
	size_t n;

	while (len > 0) {
		if (array_next(&a))
			return ZB_ECORRUPT;
		n = len < a.piece.len ? len : a.piece.len;
		__builtin_memcpy(dst, a.piece.ptr, n);
		dst += n;
		len -= n;
	}
	return 0;
}

bool zf_zap_leaf_name_is(const struct zf_zap_leaf *leaf, const struct zf_zap_entry *entry,
			 const void *name, size_t len)
{
	struct array a = { .leaf = leaf,
			   .next = entry->name_chunk,
			   .left = leaf->num_chunks };
	const uint8_t *p = name;
	size_t n;

	if (entry->name_numints != len + 1)
		return false;
	for (; len > 0; p += n, len -= n) {
		if (array_next(&a))
			return false;
		n = len < a.piece.len ? len : a.piece.len;
		if (__builtin_memcmp(p, a.piece.ptr, n) != 0)
			return false;
	}
	return true;
}
