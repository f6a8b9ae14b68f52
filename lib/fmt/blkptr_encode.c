/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/blkptr.h"

/* The words of a pointer that hold no payload when data is embedded. */
#define BP_PROP	      0x30
#define BP_BIRTH_PHYS 0x48
#define BP_BIRTH      0x50
#define BP_FILL	      0x58
#define BP_CKSUM      0x60

#define BP_LITTLE     (1ULL << 63)
#define BP_DEDUP      (1ULL << 62)
#define BP_ENCRYPTED  (1ULL << 61)
#define BP_EMBEDDED   (1ULL << 39)
#define DVA_GANG      (1ULL << 63)

static void dva_encode(const struct zf_dva *dva, uint8_t *out)
{
	zb_store64(out, ZB_LE, (uint64_t)dva->vdev << 32 | dva->asize >> ZF_SECTOR_SHIFT);
	zb_store64(out + 8, ZB_LE,
		   dva->offset >> ZF_SECTOR_SHIFT | (dva->gang ? DVA_GANG : 0));
}

static void embedded_encode(const struct zf_blkptr *bp, uint8_t *out)
{
	size_t pos = 0;

	for (size_t i = 0; i < ZF_BP_EMBEDDED_BYTES && i < bp->psize; i++) {
		if (pos == BP_PROP || pos == BP_BIRTH)
			pos += 8;
		out[pos++] = bp->data[i];
	}
	zb_store64(out + BP_PROP, ZB_LE,
		   (bp->lsize - 1) | (bp->psize - 1) << 25 |
			   (uint64_t)bp->compress << 32 | BP_EMBEDDED |
			   (uint64_t)bp->etype << 40 | (uint64_t)bp->type << 48 |
			   (uint64_t)bp->level << 56 | BP_LITTLE);
	zb_store64(out + BP_BIRTH, ZB_LE, bp->logical_birth);
}

void zf_blkptr_encode(const struct zf_blkptr *bp, uint8_t out[ZF_BLKPTR_SIZE])
{
	__builtin_memset(out, 0, ZF_BLKPTR_SIZE);
	if (bp->embedded) {
		embedded_encode(bp, out);
		return;
	}
	if (bp->ndvas == 0) /* a hole that was never anything else: all zeros */
		return;
	for (unsigned int i = 0; i < bp->ndvas; i++)
		dva_encode(&bp->dva[i], out + 16 * i);
	zb_store64(out + BP_PROP, ZB_LE,
		   ((bp->lsize >> ZF_SECTOR_SHIFT) - 1) |
			   ((bp->psize >> ZF_SECTOR_SHIFT) - 1) << 16 |
			   (uint64_t)bp->compress << 32 | (uint64_t)bp->checksum << 40 |
			   (uint64_t)bp->type << 48 | (uint64_t)bp->level << 56 |
			   (bp->encrypted ? BP_ENCRYPTED : 0) |
			   (bp->dedup ? BP_DEDUP : 0) | BP_LITTLE);
	zb_store64(out + BP_BIRTH_PHYS, ZB_LE, bp->physical_birth);
	zb_store64(out + BP_BIRTH, ZB_LE, bp->logical_birth);
	zb_store64(out + BP_FILL, ZB_LE, bp->fill);
	for (unsigned int i = 0; i < 4; i++)
		zb_store64(out + BP_CKSUM + 8 * i, ZB_LE, bp->cksum[i]);
}
