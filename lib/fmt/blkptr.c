/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/blkptr.h"

/* Layout: see blkptr.h. Source: OpenZFS include/sys/spa.h. */
enum {
	OFF_PROP = 0x30,
	OFF_PHYSICAL_BIRTH = 0x48,
	OFF_LOGICAL_BIRTH = 0x50,
	OFF_FILL = 0x58,
	OFF_CKSUM = 0x60,
	DVA_SIZE = 16,
};

static uint64_t bits(uint64_t v, unsigned int low, unsigned int len)
{
	return v >> low & ((1ULL << len) - 1);
}

static void decode_dva(const uint8_t *p, enum zb_endian e, struct zf_dva *dva)
{
	uint64_t w0 = zb_load64(p, e);
	uint64_t w1 = zb_load64(p + 8, e);

	dva->vdev = (uint32_t)bits(w0, 32, 24);
	dva->asize = bits(w0, 0, 24) << ZF_SECTOR_SHIFT;
	dva->offset = w1 << ZF_SECTOR_SHIFT; /* the shift drops the gang bit */
	dva->gang = w1 >> 63;
}

/*
 * The payload takes every word but the property word and the logical birth, in the order of
 * the words. Words are stored in the byte order of the pointer; the payload is a byte string
 * that was stored through little-endian words, so a big-endian pointer has each word reversed.
 */
static void decode_payload(const uint8_t *p, enum zb_endian e, struct zf_blkptr *bp)
{
	unsigned int out = 0;

	for (unsigned int off = 0; off < ZF_BLKPTR_SIZE; off += 8) {
		if (off == OFF_PROP || off == OFF_LOGICAL_BIRTH)
			continue;
		zb_store64(bp->data + out, ZB_LE, zb_load64(p + off, e));
		out += 8;
	}
}

static int decode_embedded(const uint8_t *p, enum zb_endian e, uint64_t prop,
			   struct zf_blkptr *bp)
{
	bp->etype = (uint8_t)bits(prop, 40, 8);
	bp->lsize = bits(prop, 0, 25) + 1;
	bp->psize = bits(prop, 25, 7) + 1;
	bp->logical_birth = zb_load64(p + OFF_LOGICAL_BIRTH, e);
	if (bp->etype == ZF_EMBEDDED_REDACTED) {
		bp->lsize = 0;
		bp->psize = 0;
		return bp->level == 0 ? 0 : ZB_ECORRUPT;
	}
	if (bp->etype != ZF_EMBEDDED_DATA)
		return ZB_ENOTSUP;
	if (bp->psize > ZF_BP_EMBEDDED_BYTES || bp->lsize > ZF_MAX_BLOCK)
		return ZB_ECORRUPT;
	decode_payload(p, e, bp);
	return 0;
}

/* An encrypted block keeps salt and IV where the third DVA would be. */
static unsigned int max_dvas(const struct zf_blkptr *bp)
{
	return zf_blkptr_is_encrypted(bp) ? ZF_DVAS_PER_BP - 1 : ZF_DVAS_PER_BP;
}

static void decode_dvas(const uint8_t *p, enum zb_endian e, struct zf_blkptr *bp)
{
	for (unsigned int i = 0; i < max_dvas(bp); i++) {
		decode_dva(p + i * DVA_SIZE, e, &bp->dva[i]);
		if (zb_load64(p + i * DVA_SIZE, e) == 0 &&
		    zb_load64(p + i * DVA_SIZE + 8, e) == 0)
			break;
		bp->ndvas++;
	}
}

/* Byte strings that were stored through words of the writer's byte order: see crypt.h. */
static void decode_crypt(const uint8_t *p, enum zb_endian e, struct zf_blkptr *bp)
{
	enum zb_endian writer = bp->endian;

	zb_store64(bp->mac, writer, bp->cksum[2]);
	zb_store64(bp->mac + 8, writer, bp->cksum[3]);
	if (!zf_blkptr_is_encrypted(bp))
		return;
	zb_store64(bp->salt, writer, zb_load64(p + 2 * DVA_SIZE, e));
	zb_store64(bp->iv, writer, zb_load64(p + 2 * DVA_SIZE + 8, e));
	zb_store32(bp->iv + 8, writer, (uint32_t)(bp->fill >> 32));
	bp->fill &= UINT32_MAX;
}

int zf_blkptr_decode(struct zb_span s, enum zb_endian e, struct zf_blkptr *ret_bp)
{
	struct zf_blkptr bp = { 0 };
	const uint8_t *p = s.ptr;
	uint64_t prop;
	int error;

	if (s.len < ZF_BLKPTR_SIZE)
		return ZB_ECORRUPT;
	prop = zb_load64(p + OFF_PROP, e);
	bp.endian = bits(prop, 63, 1) ? ZB_LE : ZB_BE;
	bp.dedup = bits(prop, 62, 1);
	bp.encrypted = bits(prop, 61, 1);
	bp.level = (uint8_t)bits(prop, 56, 5);
	bp.type = (uint8_t)bits(prop, 48, 8);
	bp.compress = (uint8_t)bits(prop, 32, 7);
	bp.embedded = bits(prop, 39, 1);
	if (bp.compress >= ZF_COMPRESS_FUNCTIONS)
		return ZB_ECORRUPT;
	if (bp.embedded) {
		error = decode_embedded(p, e, prop, &bp);
		if (error)
			return error;
		*ret_bp = bp;
		return 0;
	}
	bp.checksum = (uint8_t)bits(prop, 40, 8);
	bp.lsize = (bits(prop, 0, 16) + 1) << ZF_SECTOR_SHIFT;
	bp.psize = (bits(prop, 16, 16) + 1) << ZF_SECTOR_SHIFT;
	bp.physical_birth = zb_load64(p + OFF_PHYSICAL_BIRTH, e);
	bp.logical_birth = zb_load64(p + OFF_LOGICAL_BIRTH, e);
	bp.fill = zb_load64(p + OFF_FILL, e);
	for (unsigned int i = 0; i < 4; i++)
		bp.cksum[i] = zb_load64(p + OFF_CKSUM + 8 * i, e);
	decode_dvas(p, e, &bp);
	if (bp.encrypted)
		decode_crypt(p, e, &bp);
	if (bp.lsize > ZF_MAX_BLOCK || bp.checksum >= ZF_CHECKSUM_FUNCTIONS)
		return ZB_ECORRUPT;
	if (bp.ndvas > 0 && bp.psize > bp.lsize)
		return ZB_ECORRUPT;
	*ret_bp = bp;
	return 0;
}
