/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/zil.h"
#include "fmt/eck.h"

/* Layout: see zil.h. */
enum {
	ZH_CLAIM_TXG = 0,
	ZH_LOG = 16,
	ZH_CLAIM_BLK_SEQ = 144,
	ZH_FLAGS = 152,
	ZH_CLAIM_LR_SEQ = 160,

	ZC_NEXT_BLK = 8,
	ZC_NUSED = 136,
	ZC_ECK = 144,

	LR_TXTYPE = 0,
	LR_RECLEN = 8,
	LR_SEQ = 24,
	LR_SIZE = 32,
	LR_WRITE_FOID = 32,
	LR_WRITE_OFFSET = 40,
	LR_WRITE_LENGTH = 48,
	LR_WRITE_BLKPTR = 64,
	LR_WRITE_SIZE = 192,
	LR_CLONE_NBPS = 64,
};

#define OBJECT_MASK ((1ULL << 48) - 1) /* above it is how many slots its dnode takes */

int zf_zil_header_decode(struct zb_span objset, enum zb_endian e,
			 struct zf_zil_header *ret_header)
{
	struct zf_zil_header h;
	struct zb_span s;
	int error = zb_span_sub(objset, ZF_OBJSET_ZIL_OFFSET, ZF_ZIL_HEADER_SIZE, &s);

	if (!error)
		error = zf_blkptr_decode(zb_span(s.ptr + ZH_LOG, ZF_BLKPTR_SIZE), e,
					 &h.log);
	if (error)
		return error;
	h.claim_txg = zb_load64(s.ptr + ZH_CLAIM_TXG, e);
	h.claim_blk_seq = UINT64_MAX;
	h.claim_lr_seq = UINT64_MAX;
	if (h.claim_txg)
		h.claim_blk_seq = zb_load64(s.ptr + ZH_CLAIM_BLK_SEQ, e);
	if (h.claim_txg &&
	    zb_load64(s.ptr + ZH_FLAGS, e) & ZF_ZIL_FLAG_CLAIM_LR_SEQ_VALID)
		h.claim_lr_seq = zb_load64(s.ptr + ZH_CLAIM_LR_SEQ, e);
	*ret_header = h;
	return 0;
}

/* ---- blocks ---- */

/* Where the zil_chain_t is; false if the block is none of a log. */
static bool chain_at(const struct zf_blkptr *bp, struct zb_span block, size_t *ret_at,
		     enum zb_endian *ret_e)
{
	const uint8_t *magic;

	if (block.len < ZF_ZIL_CHAIN_SIZE || block.len > ZF_ZIL_MAX_BLOCK)
		return false;
	*ret_at = bp->checksum == ZF_CHECKSUM_ZILOG2 ? 0 : block.len - ZF_ZIL_CHAIN_SIZE;
	magic = block.ptr + *ret_at + ZC_ECK;
	*ret_e = zb_load64(magic, ZB_LE) == ZF_ECK_MAGIC ? ZB_LE : ZB_BE;
	return zb_load64(magic, *ret_e) == ZF_ECK_MAGIC;
}

int zf_zil_sum(const struct zf_blkptr *bp, struct zb_span block,
	       struct zf_zil_sum *ret_sum)
{
	struct zf_zil_sum sum = { .covered = block };
	uint64_t nused;
	size_t at;

	if (!chain_at(bp, block, &at, &sum.endian))
		return ZB_ECKSUM;
	sum.at = at + ZC_ECK + ZF_ECK_CKSUM_OFFSET;
	if (bp->checksum == ZF_CHECKSUM_ZILOG2) {
		nused = zb_load64(block.ptr + ZC_NUSED, sum.endian);
		if (nused < ZF_ZIL_CHAIN_SIZE || nused > block.len)
			return ZB_ECKSUM;
		nused = (nused + ZF_ZIL_MIN_BLOCK - 1) & ~(ZF_ZIL_MIN_BLOCK - 1ULL);
		if (zb_span_sub(block, 0, nused, &sum.covered))
			return ZB_ECKSUM;
	}
	*ret_sum = sum;
	return 0;
}

static bool is_successor(const struct zf_blkptr *bp, const struct zf_blkptr *next)
{
	for (unsigned int i = 0; i < ZF_ZIL_SEQ; i++)
		if (next->cksum[i] != bp->cksum[i])
			return false;
	return bp->cksum[ZF_ZIL_SEQ] < UINT64_MAX &&
	       next->cksum[ZF_ZIL_SEQ] == bp->cksum[ZF_ZIL_SEQ] + 1;
}

int zf_zil_chain_decode(const struct zf_blkptr *bp, struct zb_span block,
			struct zf_zil_chain *ret_chain)
{
	struct zf_zil_chain c = { .encrypted = bp->encrypted };
	uint64_t nused;
	size_t at, start = 0;
	int error;

	if (!chain_at(bp, block, &at, &c.endian))
		return ZB_ECORRUPT;
	error = zf_blkptr_decode(zb_span(block.ptr + at + ZC_NEXT_BLK, ZF_BLKPTR_SIZE),
				 c.endian, &c.next);
	if (error || !is_successor(bp, &c.next))
		return ZB_ECORRUPT;
	nused = zb_load64(block.ptr + at + ZC_NUSED, c.endian);
	if (at == 0) {
		start = ZF_ZIL_CHAIN_SIZE;
		if (nused < start || nused > block.len)
			return ZB_ECORRUPT;
		nused -= start;
	} else if (nused > at) {
		return ZB_ECORRUPT;
	}
	error = zb_span_sub(block, start, nused, &c.records);
	if (!error)
		*ret_chain = c;
	return error;
}

/* ---- records ---- */

static int decode_write(const struct zf_zil_chain *chain, const uint8_t *p,
			struct zf_zil_record *r)
{
	enum zb_endian e = chain->endian;
	int error =
		zf_blkptr_decode(zb_span(p + LR_WRITE_BLKPTR, ZF_BLKPTR_SIZE), e, &r->bp);

	if (error)
		return error;
	r->has_block = !zf_blkptr_is_hole(&r->bp) && !r->bp.embedded;
	if (chain->encrypted)
		return 0;
	r->object = zb_load64(p + LR_WRITE_FOID, e) & OBJECT_MASK;
	r->offset = zb_load64(p + LR_WRITE_OFFSET, e);
	r->length = zb_load64(p + LR_WRITE_LENGTH, e);
	return 0;
}

/* The bytes of the record at pos: 1, 0 at the end, or ZB_ECORRUPT. */
static int record_at(const struct zf_zil_chain *chain, size_t pos, struct zb_span *ret_s)
{
	const uint8_t *p = chain->records.ptr + pos;
	size_t left = chain->records.len - pos;
	uint64_t len;

	if (left == 0)
		return 0;
	if (left < LR_SIZE)
		return ZB_ECORRUPT;
	len = zb_load64(p + LR_RECLEN, chain->endian);
	if (len < LR_SIZE || len > left)
		return ZB_ECORRUPT;
	*ret_s = zb_span(p, (size_t)len);
	return 1;
}

static bool is_write(const struct zf_zil_chain *chain, struct zb_span record)
{
	return zb_load64(record.ptr + LR_TXTYPE, chain->endian) == ZF_ZIL_TX_WRITE;
}

int zf_zil_record_next(const struct zf_zil_chain *chain, size_t *pos,
		       struct zf_zil_record *ret_record)
{
	struct zf_zil_record r = { 0 };
	struct zb_span s;
	int error = 0, more = record_at(chain, *pos, &s);

	if (more <= 0)
		return more;
	r.seq = zb_load64(s.ptr + LR_SEQ, chain->endian);
	if (is_write(chain, s))
		error = s.len < LR_WRITE_SIZE ? ZB_ECORRUPT
					      : decode_write(chain, s.ptr, &r);
	if (error)
		return error;
	*pos += s.len;
	*ret_record = r;
	return 1;
}

int zf_zil_parts_next(const struct zf_zil_chain *chain, size_t *pos,
		      struct zf_zil_part ret_parts[ZF_ZIL_PARTS])
{
	/* Pointers, which are in the clear, between what is not. */
	size_t ptrs, rest;
	struct zb_span s;
	int more = record_at(chain, *pos, &s);

	if (more <= 0)
		return more;
	ptrs = rest = s.len;
	if (is_write(chain, s)) {
		ptrs = LR_WRITE_BLKPTR;
		rest = LR_WRITE_SIZE;
	} else if (zb_load64(s.ptr + LR_TXTYPE, chain->endian) == ZF_ZIL_TX_CLONE_RANGE) {
		ptrs = LR_CLONE_NBPS;
	}
	if (ptrs > rest || rest > s.len)
		return ZB_ECORRUPT;
	ret_parts[0] = (struct zf_zil_part){ zb_span(s.ptr, LR_SIZE), false };
	ret_parts[1] =
		(struct zf_zil_part){ zb_span(s.ptr + LR_SIZE, ptrs - LR_SIZE), true };
	ret_parts[2] = (struct zf_zil_part){ zb_span(s.ptr + ptrs, rest - ptrs), false };
	ret_parts[3] = (struct zf_zil_part){ zb_span(s.ptr + rest, s.len - rest), true };
	*pos += s.len;
	return ZF_ZIL_PARTS;
}
