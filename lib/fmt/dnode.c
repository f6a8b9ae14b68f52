/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/dnode.h"

enum {
	OFF_TYPE = 0,
	OFF_INDBLKSHIFT = 1,
	OFF_NLEVELS = 2,
	OFF_NBLKPTR = 3,
	OFF_BONUSTYPE = 4,
	OFF_FLAGS = 7,
	OFF_DATABLKSZSEC = 8,
	OFF_BONUSLEN = 10,
	OFF_EXTRA_SLOTS = 12,
	OFF_MAXBLKID = 16,
	OFF_USED = 24,
};

static int validate(const struct zf_dnode *dn)
{
	if (dn->nlevels < 1 || dn->nlevels > ZF_DNODE_MAX_LEVELS || dn->nblkptr < 1 ||
	    dn->nblkptr > ZF_DNODE_MAX_BLKPTR)
		return ZB_ECORRUPT;
	if (dn->indblkshift < ZF_DNODE_MIN_INDIRECT_SHIFT ||
	    dn->indblkshift > ZF_DNODE_MAX_INDIRECT_SHIFT)
		return ZB_ECORRUPT;
	if (dn->datablksz == 0 || dn->datablksz > ZF_MAX_BLOCK)
		return ZB_ECORRUPT;
	return 0;
}

/* The tail of the dnode: block pointers, then the bonus, the spill pointer at the very end. */
static int decode_tail(struct zb_span s, uint16_t bonuslen, struct zf_dnode *dn)
{
	uint64_t size = (uint64_t)dn->slots << ZF_DNODE_SHIFT;
	uint64_t bonus = ZF_DNODE_CORE + (uint64_t)dn->nblkptr * ZF_BLKPTR_SIZE;
	uint64_t end = size;
	struct zb_span whole;

	if (zb_span_sub(s, 0, size, &whole))
		return ZB_ECORRUPT;
	if (dn->flags & ZF_DNODE_FLAG_SPILL_BLKPTR) {
		end -= ZF_BLKPTR_SIZE;
		if (bonus > end || zb_span_sub(whole, end, ZF_BLKPTR_SIZE, &dn->spill))
			return ZB_ECORRUPT;
	}
	if (bonus > end || bonuslen > end - bonus)
		return ZB_ECORRUPT;
	if (zb_span_sub(whole, ZF_DNODE_CORE, bonus - ZF_DNODE_CORE, &dn->blkptrs) ||
	    zb_span_sub(whole, bonus, bonuslen, &dn->bonus))
		return ZB_ECORRUPT;
	return 0;
}

int zf_dnode_decode(struct zb_span s, enum zb_endian e, struct zf_dnode *ret_dn)
{
	struct zf_dnode dn = { .endian = e, .slots = 1 };
	const uint8_t *p = s.ptr;
	int error;

	if (s.len < ZF_DNODE_SIZE)
		return ZB_ECORRUPT;
	dn.type = p[OFF_TYPE];
	if (dn.type == ZF_OT_NONE) {
		*ret_dn = dn;
		return 0;
	}
	dn.indblkshift = p[OFF_INDBLKSHIFT];
	dn.nlevels = p[OFF_NLEVELS];
	dn.nblkptr = p[OFF_NBLKPTR];
	dn.bonustype = p[OFF_BONUSTYPE];
	dn.flags = p[OFF_FLAGS];
	if (p[OFF_EXTRA_SLOTS] >= ZF_DNODE_MAX_SIZE >> ZF_DNODE_SHIFT)
		return ZB_ECORRUPT;
	dn.slots = (uint8_t)(p[OFF_EXTRA_SLOTS] + 1);
	dn.datablksz = (uint32_t)zb_load16(p + OFF_DATABLKSZSEC, e) << ZF_SECTOR_SHIFT;
	dn.maxblkid = zb_load64(p + OFF_MAXBLKID, e);
	dn.used = zb_load64(p + OFF_USED, e);
	if (!(dn.flags & ZF_DNODE_FLAG_USED_BYTES) &&
	    !zb_shl64(dn.used, ZF_SECTOR_SHIFT, &dn.used))
		return ZB_ECORRUPT;
	error = validate(&dn);
	if (!error)
		error = decode_tail(s, zb_load16(p + OFF_BONUSLEN, e), &dn);
	if (error)
		return error;
	*ret_dn = dn;
	return 0;
}

int zf_dnode_blkptr(const struct zf_dnode *dn, unsigned int i, struct zf_blkptr *ret_bp)
{
	struct zb_span s;

	if (zb_span_sub(dn->blkptrs, (uint64_t)i * ZF_BLKPTR_SIZE, ZF_BLKPTR_SIZE, &s))
		return ZB_ECORRUPT;
	return zf_blkptr_decode(s, dn->endian, ret_bp);
}

uint64_t zf_dnode_end(const struct zf_dnode *dn)
{
	if (dn->maxblkid >= UINT64_MAX / dn->datablksz)
		return UINT64_MAX;
	return (dn->maxblkid + 1) * dn->datablksz;
}
