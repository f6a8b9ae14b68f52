/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZF_ZAP_H
#define ZF_ZAP_H

#include "base/span.h"

/*
 * ZAP: a hash table in an object, name to integers. Source: OpenZFS include/sys/zap_impl.h and
 * zap_leaf.h. A small one is one block, a microzap; otherwise block 0 is a header and the rest
 * are leaves and, when it outgrew the header, the table of pointers to leaves.
 *
 *	micro:  0 block type  8 salt  16 normflags  24 pad[5]
 *		64 entries of 64 bytes: 0 value  8 u32 cd  12 u16 pad  14 name, terminated
 *	header: 0 block type  8 magic
 *		16 table: blk, numblks, shift, nextblk, blks_copied
 *		56 freeblk  64 num_leafs  72 num_entries  80 salt  88 normflags  96 flags
 *		half the block: the embedded pointer table
 *	leaf:   0 block type  8 pad  16 prefix  24 u32 magic  28 u16 nfree  30 u16 nentries
 *		32 u16 prefix_len  34 u16 freelist  36 u8 flags
 *		48 hash table: u16 chunk number by the hash bits behind the prefix
 *		then chunks of 24 bytes, each an entry, a piece of an array, or free
 *	entry:  0 u8 type  1 u8 value_intlen  2 u16 next  4 u16 name_chunk
 *		6 u16 name_numints  8 u16 value_chunk  10 u16 value_numints  12 u32 cd  16 hash
 *	array:  0 u8 type  1 bytes (21)  22 u16 next
 *
 * Names in leaves end in a zero byte, which name_numints counts; integers are big-endian.
 */
#define ZF_ZAP_LEAF	       ((1ULL << 63) + 0)
#define ZF_ZAP_HEADER	       ((1ULL << 63) + 1)
#define ZF_ZAP_MICRO	       ((1ULL << 63) + 3)
#define ZF_ZAP_MAGIC	       0x2f52ab2abULL
#define ZF_ZAP_LEAF_MAGIC      0x2ab1eafU
#define ZF_MZAP_HEADER_SIZE    64
#define ZF_MZAP_ENTRY_SIZE     64
#define ZF_MZAP_NAME_LEN       50
#define ZF_ZAP_LEAF_HEADER     48
#define ZF_ZAP_CHUNK_SIZE      24
#define ZF_ZAP_ARRAY_BYTES     21
#define ZF_ZAP_CHUNK_FREE      253
#define ZF_ZAP_CHUNK_ENTRY     252
#define ZF_ZAP_CHUNK_ARRAY     251
#define ZF_ZAP_CHAIN_END       0xffffU
#define ZF_ZAP_MIN_BLOCK_SHIFT 9
#define ZF_ZAP_MAX_BLOCK_SHIFT 24
#define ZF_ZAP_NAME_MAX	       1024 /* with its zero byte; 256 without the longname feature */

enum zf_zap_flag {
	ZF_ZAP_FLAG_HASH64 = 1,
	ZF_ZAP_FLAG_UINT64_KEY = 2,
	ZF_ZAP_FLAG_PRE_HASHED_KEY = 4,
};

/*
 * The hash of a name: a CRC-64 started from the ZAP's salt over its bytes without the zero,
 * of which the top 28 bits (48 with ZF_ZAP_FLAG_HASH64) are kept.
 */
uint64_t zf_zap_hash(uint64_t salt, uint64_t flags, const void *name, size_t len);

/* Block type word of any ZAP block; ZB_ECORRUPT if s is shorter than that. */
ZB_MUST_CHECK int zf_zap_block_type(struct zb_span s, enum zb_endian e,
				    uint64_t *ret_type);

/* ---- micro ---- */

struct zf_mzap {
	struct zb_span entries;
	enum zb_endian endian;
	uint64_t salt;
	uint64_t normflags;
};

struct zf_mzap_entry {
	struct zb_span name; /* without the zero byte */
	uint64_t value;
	uint32_t cd;
};

ZB_MUST_CHECK int zf_mzap_decode(struct zb_span block, enum zb_endian e,
				 struct zf_mzap *ret_zap);

/* Entry slots in the block. */
unsigned int zf_mzap_count(const struct zf_mzap *zap);

/* Slot i: 1 with *ret_entry, 0 if it is free, or ZB_ECORRUPT. */
ZB_MUST_CHECK int zf_mzap_entry(const struct zf_mzap *zap, unsigned int i,
				struct zf_mzap_entry *ret_entry);

/* ---- fat ---- */

struct zf_zap_header {
	enum zb_endian endian;
	unsigned int block_shift;
	uint64_t table_blk; /* 0: the table is embedded */
	uint64_t table_numblks;
	unsigned int table_shift; /* the table has 1 << table_shift entries */
	uint64_t num_leafs;
	uint64_t num_entries;
	uint64_t salt;
	uint64_t normflags;
	uint64_t flags;		 /* enum zf_zap_flag */
	struct zb_span embedded; /* the embedded table, when table_blk is 0 */
};

/* Block 0 of a fat ZAP; the length of block is the ZAP's block size. */
ZB_MUST_CHECK int zf_zap_header_decode(struct zb_span block, enum zb_endian e,
				       struct zf_zap_header *ret_header);

struct zf_zap_leaf {
	enum zb_endian endian;
	uint64_t prefix;
	unsigned int prefix_len;
	unsigned int hash_shift; /* log2 of the hash table's entries */
	unsigned int num_chunks;
	unsigned int nentries;
	struct zb_span hash;
	struct zb_span chunks;
};

ZB_MUST_CHECK int zf_zap_leaf_decode(struct zb_span block, enum zb_endian e,
				     struct zf_zap_leaf *ret_leaf);

struct zf_zap_entry {
	unsigned int value_intlen; /* 1, 2, 4 or 8 */
	unsigned int next;	   /* chunk, or ZF_ZAP_CHAIN_END */
	unsigned int name_chunk;
	unsigned int name_numints;
	unsigned int value_chunk;
	unsigned int value_numints;
	uint32_t cd;
	uint64_t hash;
};

/* Chunk i as an entry: 1, 0 if the chunk is something else, or ZB_ECORRUPT. */
ZB_MUST_CHECK int zf_zap_leaf_entry(const struct zf_zap_leaf *leaf, unsigned int i,
				    struct zf_zap_entry *ret_entry);

/* First chunk of the bucket of a hash, or ZF_ZAP_CHAIN_END. */
unsigned int zf_zap_leaf_bucket(const struct zf_zap_leaf *leaf, uint64_t hash);

/*
 * Copies the first len bytes of the array that starts at chunk. ZB_ECORRUPT if the chain ends
 * early, leaves the leaf or goes round.
 */
ZB_MUST_CHECK int zf_zap_leaf_array(const struct zf_zap_leaf *leaf, unsigned int chunk,
				    uint8_t *dst, size_t len);

/* True if the array starting at chunk begins with the len bytes of name and a zero byte. */
bool zf_zap_leaf_name_is(const struct zf_zap_leaf *leaf, const struct zf_zap_entry *entry,
			 const void *name, size_t len);

#endif
