/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZF_ZAP_ENCODE_H
#define ZF_ZAP_ENCODE_H

#include "fmt/zap.h"

/* Encoders of the ZAP blocks that zap.h describes; little-endian, into zeroed blocks. */

void zf_mzap_encode_header(uint8_t *block, uint64_t salt, uint64_t normflags);

/* Slot i of a microzap. len is below ZF_MZAP_NAME_LEN. */
void zf_mzap_encode_entry(uint8_t *block, unsigned int i, const char *name, size_t len,
			  uint64_t value, uint32_t cd);

/* Where in a header block entry `index` of the embedded pointer table lies. */
static inline size_t zf_zap_embedded_offset(unsigned int block_shift, uint64_t index)
{
	return ((size_t)1 << (block_shift - 1)) + 8 * index;
}

/* table_blk 0: embedded. The embedded table itself is the caller's to fill. */
void zf_zap_header_encode(const struct zf_zap_header *header, uint64_t freeblk,
			  uint8_t *block);

/* A leaf under construction. Entries come sorted by (hash, cd). */
struct zf_zap_leaf_writer {
	uint8_t *block;
	unsigned int block_shift;
	unsigned int used;  /* chunks */
	unsigned int total; /* chunks */
	unsigned int nentries;
	unsigned int prefix_len;
};

/* Chunks that an entry takes: name_len without its zero byte, value_len in bytes. */
unsigned int zf_zap_entry_chunks(size_t name_len, size_t value_len);
unsigned int zf_zap_leaf_chunks(unsigned int block_shift);

void zf_zap_leaf_begin(struct zf_zap_leaf_writer *w, uint8_t *block,
		       unsigned int block_shift, uint64_t prefix,
		       unsigned int prefix_len);

/* value: numints big-endian integers of intlen bytes. The caller has counted the chunks. */
void zf_zap_leaf_put(struct zf_zap_leaf_writer *w, uint64_t hash, uint32_t cd,
		     const char *name, size_t name_len, unsigned int intlen,
		     unsigned int numints, const uint8_t *value);
void zf_zap_leaf_end(struct zf_zap_leaf_writer *w);

#endif
