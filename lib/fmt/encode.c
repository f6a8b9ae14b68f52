/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/encode.h"
#include "fmt/zpl.h"

void zf_dnode_core_encode(const struct zf_dnode_core *dn, uint8_t out[ZF_DNODE_CORE])
{
	__builtin_memset(out, 0, ZF_DNODE_CORE);
	out[0] = dn->type;
	out[1] = dn->indblkshift;
	out[2] = dn->nlevels;
	out[3] = dn->nblkptr;
	out[4] = dn->bonustype;
	out[6] = dn->compress;
	out[7] = dn->flags;
	zb_store16(out + 8, ZB_LE, dn->datablksz >> ZF_SECTOR_SHIFT);
	zb_store16(out + 10, ZB_LE, dn->bonuslen);
	out[12] = dn->slots - 1;
	zb_store64(out + 16, ZB_LE, dn->maxblkid);
	zb_store64(out + 24, ZB_LE, dn->used);
}

void zf_uberblock_encode(const struct zf_uberblock *ub,
			 const uint8_t rootbp[ZF_BLKPTR_SIZE], uint8_t *out)
{
	zb_store64(out, ZB_LE, ZF_UBERBLOCK_MAGIC);
	zb_store64(out + 8, ZB_LE, ub->version);
	zb_store64(out + 16, ZB_LE, ub->txg);
	zb_store64(out + 24, ZB_LE, ub->guid_sum);
	zb_store64(out + 32, ZB_LE, ub->timestamp);
	__builtin_memcpy(out + 40, rootbp, ZF_BLKPTR_SIZE);
	zb_store64(out + 168, ZB_LE, ub->software_version);
	zb_store64(out + 176, ZB_LE, ZF_MMP_MAGIC);
	zb_store64(out + 184, ZB_LE, ub->mmp_delay);
	zb_store64(out + 192, ZB_LE, ub->mmp_config);
	zb_store64(out + 200, ZB_LE, ub->checkpoint_txg);
}

void zf_eck_encode_verifier(uint8_t *block, size_t size, uint64_t offset)
{
	const uint64_t verifier[4] = { offset, 0, 0, 0 };

	zb_store64(block + size - ZF_ECK_SIZE, ZB_LE, ZF_ECK_MAGIC);
	zf_eck_encode_cksum(block, size, verifier);
}

void zf_eck_encode_cksum(uint8_t *block, size_t size, const uint64_t cksum[4])
{
	uint8_t *out = block + size - ZF_ECK_SIZE + ZF_ECK_CKSUM_OFFSET;

	for (unsigned int i = 0; i < 4; i++)
		zb_store64(out + 8 * i, ZB_LE, cksum[i]);
}

void zf_sa_header_encode(unsigned int layout, size_t size, uint8_t *out)
{
	zb_store32(out, ZB_LE, ZF_SA_MAGIC);
	zb_store16(out + 4, ZB_LE, layout | size / 8 << 10);
}
