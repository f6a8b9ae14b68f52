/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/crypt.h"

const struct zf_crypt_suite *zf_crypt_suite(uint64_t number)
{
	static const struct zf_crypt_suite suites[] = {
		{ "aes-128-ccm", false, 16 }, { "aes-192-ccm", false, 24 },
		{ "aes-256-ccm", false, 32 }, { "aes-128-gcm", true, 16 },
		{ "aes-192-gcm", true, 24 },  { "aes-256-gcm", true, 32 },
	};
	const uint64_t n = sizeof(suites) / sizeof(suites[0]);

	if (number < ZF_CRYPT_SUITE_FIRST || number - ZF_CRYPT_SUITE_FIRST >= n)
		return NULL;
	return &suites[number - ZF_CRYPT_SUITE_FIRST];
}

/* ---- block pointers ---- */

enum {
	BP_PROP = 0x30,
	BP_MAC = 0x70,
};

/* Fields of blk_prop, as bits that are kept. */
#define PROP_PSIZE    (0xffffULL << 16)
#define PROP_COMPRESS (0x7fULL << 32)
#define PROP_CHECKSUM (0xffULL << 40)
#define PROP_TYPE(p)  ((unsigned int)((p) >> 48 & 0xff))
#define PROP_LEVEL(p) ((unsigned int)((p) >> 56 & 0x1f))
#define PROP_DEDUP    (1ULL << 62)
#define PROP_LITTLE   (1ULL << 63)

static bool is_hole(const uint8_t *p, enum zb_endian e, uint64_t prop)
{
	return !(prop >> 39 & 1) && zb_load64(p, e) == 0 && zb_load64(p + 8, e) == 0;
}

static uint64_t portable_prop(const uint8_t *p, enum zb_endian e, uint64_t prop,
			      unsigned int version)
{
	/* Version 0 kept some that it should not have. */
	if (version == 0)
		return prop & ~(PROP_DEDUP | PROP_CHECKSUM | PROP_PSIZE);
	if (is_hole(p, e, prop))
		return 0;
	if (PROP_LEVEL(prop) != 0)
		prop &= ~(PROP_LITTLE | PROP_COMPRESS | PROP_PSIZE);
	return prop & ~(PROP_DEDUP | PROP_CHECKSUM);
}

size_t zf_crypt_blkptr(struct zb_span raw, enum zb_endian e, unsigned int version,
		       uint8_t out[ZF_CRYPT_BLKPTR_SIZE])
{
	const uint8_t *p = raw.ptr;
	uint64_t prop = zb_load64(p + BP_PROP, e);
	enum zb_endian writer = prop & PROP_LITTLE ? ZB_LE : ZB_BE;

	__builtin_memset(out, 0, ZF_CRYPT_BLKPTR_SIZE);
	zb_store64(out, ZB_LE, portable_prop(p, e, prop, version));
	if (PROP_TYPE(prop) != ZF_OT_OBJSET) {
		zb_store64(out + 8, writer, zb_load64(p + BP_MAC, e));
		zb_store64(out + 16, writer, zb_load64(p + BP_MAC + 8, e));
	}
	return version == 0 ? 24 : 32;
}

/* ---- dnodes ---- */

enum {
	DN_TYPE = 0,
	DN_NBLKPTR = 3,
	DN_BONUSTYPE = 4,
	DN_FLAGS = 7,
	DN_DATABLKSZSEC = 8,
	DN_BONUSLEN = 10,
	DN_EXTRA_SLOTS = 12,
	DN_MAXBLKID = 16,
	DN_USED = 24,
};

int zf_crypt_dnode_next(struct zb_span block, size_t *pos, struct zf_crypt_dnode *ret_dn)
{
	struct zf_crypt_dnode dn = { 0 };
	const uint8_t *p;
	size_t end;

	if (block.len - *pos < ZF_DNODE_SIZE)
		return 0;
	p = block.ptr + *pos;
	if (zb_span_sub(block, *pos, ((uint64_t)p[DN_EXTRA_SLOTS] + 1) << ZF_DNODE_SHIFT,
			&dn.s) ||
	    p[DN_NBLKPTR] > ZF_DNODE_MAX_BLKPTR)
		return ZB_ECORRUPT;
	dn.nblkptr = p[DN_NBLKPTR];
	dn.spill = p[DN_FLAGS] & ZF_DNODE_FLAG_SPILL_BLKPTR;
	end = dn.s.len - (dn.spill ? ZF_BLKPTR_SIZE : 0);
	dn.bonus = ZF_DNODE_CORE + dn.nblkptr * ZF_BLKPTR_SIZE;
	if (dn.bonus > end)
		return ZB_ECORRUPT;
	dn.bonus_len = end - dn.bonus;
	dn.encrypted = p[DN_TYPE] != ZF_OT_NONE && zf_ot_is_encrypted(p[DN_BONUSTYPE]) &&
		       (p[DN_BONUSLEN] != 0 || p[DN_BONUSLEN + 1] != 0);
	*pos += dn.s.len;
	*ret_dn = dn;
	return 1;
}

static void core_to_little(uint8_t *core, enum zb_endian e)
{
	zb_store16(core + DN_DATABLKSZSEC, ZB_LE, zb_load16(core + DN_DATABLKSZSEC, e));
	zb_store16(core + DN_BONUSLEN, ZB_LE, zb_load16(core + DN_BONUSLEN, e));
	zb_store64(core + DN_MAXBLKID, ZB_LE, zb_load64(core + DN_MAXBLKID, e));
}

size_t zf_crypt_dnode(const struct zf_crypt_dnode *dn, enum zb_endian e, bool little,
		      unsigned int version, uint8_t out[ZF_CRYPT_DNODE_SIZE])
{
	const uint8_t *p = dn->s.ptr;
	size_t len = ZF_DNODE_CORE;

	__builtin_memcpy(out, p, ZF_DNODE_CORE);
	if (little)
		core_to_little(out, e);
	out[DN_FLAGS] &= ZF_DNODE_FLAG_SPILL_BLKPTR;
	zb_store64(out + DN_USED, ZB_LE, 0);
	for (unsigned int i = 0; i < dn->nblkptr; i++)
		len += zf_crypt_blkptr(
			zb_span(p + ZF_DNODE_CORE + i * ZF_BLKPTR_SIZE, ZF_BLKPTR_SIZE),
			e, version, out + len);
	if (dn->spill)
		len += zf_crypt_blkptr(
			zb_span(p + dn->s.len - ZF_BLKPTR_SIZE, ZF_BLKPTR_SIZE), e,
			version, out + len);
	return len;
}
