/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/zap.h"

enum {
	OFF_MAGIC = 8,
	OFF_TABLE_BLK = 16,
	OFF_TABLE_NUMBLKS = 24,
	OFF_TABLE_SHIFT = 32,
	OFF_NUM_LEAFS = 64,
	OFF_NUM_ENTRIES = 72,
	OFF_SALT = 80,
	OFF_NORMFLAGS = 88,
	OFF_FLAGS = 96,
	OFF_END = 104,
	HASH_BITS_MAX = 48,
};

static int check_table(struct zb_span block, struct zf_zap_header *h)
{
	uint64_t entries;

	if (h->table_shift > HASH_BITS_MAX)
		return ZB_ECORRUPT;
	if (h->table_blk == 0) {
		if (h->table_shift != h->block_shift - 4)
			return ZB_ECORRUPT;
		return zb_span_sub(block, block.len / 2, block.len / 2, &h->embedded);
	}
	/* Outside, the table takes numblks whole blocks of 8-byte entries. */
	if (!zb_shl64(h->table_numblks, h->block_shift - 3, &entries) ||
	    entries != 1ULL << h->table_shift)
		return ZB_ECORRUPT;
	return 0;
}

int zf_zap_header_decode(struct zb_span block, enum zb_endian e,
			 struct zf_zap_header *ret_header)
{
	struct zf_zap_header h = { .endian = e };
	const uint8_t *p = block.ptr;
	uint64_t shift;
	int error;

	if (block.len < 1U << ZF_ZAP_MIN_BLOCK_SHIFT ||
	    block.len > 1U << ZF_ZAP_MAX_BLOCK_SHIFT || !zb_is_pow2(block.len))
		return ZB_ECORRUPT;
	if (zb_load64(p, e) != ZF_ZAP_HEADER ||
	    zb_load64(p + OFF_MAGIC, e) != ZF_ZAP_MAGIC)
		return ZB_ECORRUPT;
	h.block_shift = (unsigned int)__builtin_ctzll(block.len);
	h.table_blk = zb_load64(p + OFF_TABLE_BLK, e);
	h.table_numblks = zb_load64(p + OFF_TABLE_NUMBLKS, e);
	shift = zb_load64(p + OFF_TABLE_SHIFT, e);
	h.table_shift = shift > HASH_BITS_MAX ? HASH_BITS_MAX + 1 : (unsigned int)shift;
	h.num_leafs = zb_load64(p + OFF_NUM_LEAFS, e);
	h.num_entries = zb_load64(p + OFF_NUM_ENTRIES, e);
	h.salt = zb_load64(p + OFF_SALT, e);
	h.normflags = zb_load64(p + OFF_NORMFLAGS, e);
	h.flags = zb_load64(p + OFF_FLAGS, e);
	error = check_table(block, &h);
	if (error)
		return error;
	*ret_header = h;
	return 0;
}
