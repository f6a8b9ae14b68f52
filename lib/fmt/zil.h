/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZF_ZIL_H
#define ZF_ZIL_H

#include "fmt/dnode.h"

/*
 * The intent log of a file system or volume: a chain of blocks with records. Source: OpenZFS
 * include/sys/zil.h, module/zfs/zil.c.
 *
 * zil_header_t, 192 bytes, in the objset's block at ZF_OBJSET_ZIL_OFFSET:
 *
 *	0 claim_txg   8 replay_seq   16 log (blkptr)   144 claim_blk_seq   152 flags
 *	160 claim_lr_seq   168 pad[3]
 *
 * zil_chain_t, 184 bytes, at the start of a block with the checksum zilog2, the records behind
 * it; at the end of one with zilog, the records before it:
 *
 *	0 pad   8 next_blk (blkptr)   136 nused   144 zio_eck_t (40)
 *
 * nused counts the chain itself in zilog2 only. The checksum of a pointer to a log block is no
 * sum but two random words, the objset and the sequence number, which rises by one from block
 * to block. They stand in the place of the sum while that is computed: fletcher2 of the whole
 * block for zilog, fletcher4 of nused, rounded up to 4 KiB, for zilog2.
 *
 * A record: 0 txtype   8 reclen   16 txg   24 seq, and of a write
 *	32 foid   40 offset   48 length   56 blkoff   64 blkptr (128), empty if the data follow
 *
 * Encrypted logs have the chain, the first 32 bytes of each record and the pointers of writes and
 * clones in the clear; what was written, and where to, is not.
 */
#define ZF_ZIL_HEADER_SIZE	       192
#define ZF_ZIL_CHAIN_SIZE	       184
#define ZF_ZIL_MIN_BLOCK	       4096
#define ZF_ZIL_MAX_BLOCK	       (128U << 10)
#define ZF_ZIL_SEQ		       3 /* word of a log block's verifier */
#define ZF_ZIL_TX_WRITE		       9
#define ZF_ZIL_TX_CLONE_RANGE	       24

#define ZF_ZIL_FLAG_CLAIM_LR_SEQ_VALID 2

struct zf_zil_header {
	struct zf_blkptr log;	/* the first block; a hole if there never was one */
	uint64_t claim_txg;	/* 0: not claimed, written in the last use of the pool */
	uint64_t claim_blk_seq; /* claimed up to here; UINT64_MAX if that is not known */
	uint64_t claim_lr_seq;
};

/* From the block of an objset. */
ZB_MUST_CHECK int zf_zil_header_decode(struct zb_span objset, enum zb_endian e,
				       struct zf_zil_header *ret_header);

/* Where the sum and what it covers are: of a block that bp points to, before it is verified. */
struct zf_zil_sum {
	enum zb_endian endian;
	struct zb_span covered;
	size_t at; /* of the sum's four words, in there */
};

/* ZB_ECKSUM for what is no log block. */
ZB_MUST_CHECK int zf_zil_sum(const struct zf_blkptr *bp, struct zb_span block,
			     struct zf_zil_sum *ret_sum);

struct zf_zil_chain {
	struct zf_blkptr next;
	struct zb_span records;
	enum zb_endian endian;
	bool encrypted;
};

/* Of a verified block. ZB_ECORRUPT also if what it says comes next is not its successor. */
ZB_MUST_CHECK int zf_zil_chain_decode(const struct zf_blkptr *bp, struct zb_span block,
				      struct zf_zil_chain *ret_chain);

struct zf_zil_record {
	uint64_t seq;
	bool has_block;
	uint64_t object, offset,
		length; /* with has_block: what was written; encrypted: 0 */
	struct zf_blkptr bp;
};

/* The record at *pos, and *pos past it; 0 at the end, 1, or ZB_ECORRUPT. */
ZB_MUST_CHECK int zf_zil_record_next(const struct zf_zil_chain *chain, size_t *pos,
				     struct zf_zil_record *ret_record);

/*
 * What an encrypted block's MAC is of: its first ZF_ZIL_AUTH_SIZE bytes, then all records, part
 * by part. The MAC is in the block itself, in the last two words of the place for the sum.
 * Source: OpenZFS module/os/linux/zfs/zio_crypt.c, zio_crypt_init_uios_zil().
 */
#define ZF_ZIL_AUTH_SIZE  144
#define ZF_ZIL_MAC_OFFSET 168

struct zf_zil_part {
	struct zb_span s; /* in the block */
	bool encrypted;	  /* else it is authenticated only */
};

#define ZF_ZIL_PARTS 4

/*
 * The parts of the record at *pos, and *pos past it; returns how many there are (some may be
 * empty), 0 at the end, or ZB_ECORRUPT.
 */
ZB_MUST_CHECK int zf_zil_parts_next(const struct zf_zil_chain *chain, size_t *pos,
				    struct zf_zil_part ret_parts[ZF_ZIL_PARTS]);

#endif
