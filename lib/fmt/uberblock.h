/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZF_UBERBLOCK_H
#define ZF_UBERBLOCK_H

#include "fmt/blkptr.h"

/*
 * uberblock_phys_t. Source: OpenZFS include/sys/uberblock_impl.h.
 *
 *	0 magic  8 version  16 txg  24 guid_sum  32 timestamp  40 rootbp (128)
 *	168 software_version  176 mmp_magic  184 mmp_delay  192 mmp_config  200 checkpoint_txg
 *	208 raidz_reflow_info
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

#endif
