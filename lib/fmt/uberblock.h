/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZF_UBERBLOCK_H
#define ZF_UBERBLOCK_H

#include "fmt/blkptr.h"

/*
 * uberblock_phys_t. Source: OpenZFS include/sys/uberblock_impl.h.
 *
 *	0 magic  8 version  16 txg  24 guid_sum  32 timestamp  40 rootbp (128)
 *	168 software_version  176 mmp_magic  184 mmp_delay  192 mmp_config  200 checkpoint_txg
 *	208 raidz_reflow_info: offset in sectors (55 bits), above it the state of the scratch copy
 *
 * Slots of the ring are 1 << max(10, min(ashift, 13)) bytes; each ends in a zio_eck_t.
 */
#define ZF_UBERBLOCK_MAGIC     0x00bab10cULL
#define ZF_UBERBLOCK_MIN_SHIFT 10
#define ZF_UBERBLOCK_MAX_SHIFT 13
#define ZF_MMP_MAGIC	       0xa11cea11ULL

static inline unsigned int zf_uberblock_shift(unsigned int ashift)
{
	if (ashift < ZF_UBERBLOCK_MIN_SHIFT)
		return ZF_UBERBLOCK_MIN_SHIFT;
	return ashift > ZF_UBERBLOCK_MAX_SHIFT ? ZF_UBERBLOCK_MAX_SHIFT : ashift;
}

/* raidz_reflow_scratch_state_t */
enum zf_reflow_state {
	ZF_REFLOW_NO_SCRATCH = 0,
	ZF_REFLOW_SCRATCH_VALID =
		1, /* what was moved so far is in the boot region only */
};

struct zf_uberblock {
	enum zb_endian endian;
	uint64_t version;
	uint64_t txg;
	uint64_t guid_sum;
	uint64_t timestamp;	 /* seconds */
	struct zf_blkptr rootbp; /* of the MOS's objset */
	uint64_t software_version;
	uint64_t mmp_delay; /* multihost: 0 when it is off */
	uint64_t mmp_config;
	uint64_t checkpoint_txg;
	uint64_t reflow_offset;	   /* bytes of a raidz that its expansion has moved */
	unsigned int reflow_state; /* enum zf_reflow_state */
};

/* Of the uberblocks that multihost writes in one second, at most 2^16; 0 without. */
static inline unsigned int zf_uberblock_mmp_seq(const struct zf_uberblock *ub)
{
	return ub->mmp_config & 2 ? (unsigned int)(ub->mmp_config >> 32 & 0xffff) : 0;
}

/*
 * Decodes one slot of the ring; its checksum is the caller's duty. ZB_ENOENT for a slot that
 * was never written, ZB_ECORRUPT for a root pointer that cannot be one.
 */
ZB_MUST_CHECK int zf_uberblock_decode(struct zb_span s, struct zf_uberblock *ret_ub);

#endif
