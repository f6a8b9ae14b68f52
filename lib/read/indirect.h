/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZR_INDIRECT_H
#define ZR_INDIRECT_H

#include "read/pool.h"
#include "read/ways.h"

/*
 * Removed top-level vdevs. What was on them lies on others; an object of the MOS maps each range
 * of their address space to a place elsewhere, on a vdev that may have been removed since. A
 * block need not lie in one range. An entry is three words: the offset, in sectors, with a mark
 * in the top bit, then the DVA it went to, whose size is that of the range. Source: OpenZFS
 * include/sys/vdev_indirect_mapping.h.
 */

/* Part of a block. */
struct zr_split {
	struct zf_dva dva; /* never on a removed vdev */
	size_t len;
};

/*
 * Loads the maps of all removed vdevs, the last removed first: it is readable without maps,
 * the others' may lie on those that were removed after them.
 */
ZB_MUST_CHECK int zr_indirect_load(struct zr_pool *pool, struct zb_diag *diag);

/*
 * Where len bytes at dva are now, in order; *n parts of at most max. ZB_ECORRUPT for what no
 * map leads to, ZB_E2BIG beyond max.
 */
ZB_MUST_CHECK int zr_indirect_resolve(const struct zr_pool *pool,
				      const struct zf_dva *dva, size_t len,
				      struct zr_split *splits, unsigned int max,
				      unsigned int *ret_n);

/* The ways of a block in several parts. As those of zr_ways. */
struct zr_splits;
ZB_MUST_CHECK int zr_splits_open(struct zr_ways *w, const struct zf_dva *dva);
void zr_splits_close(struct zr_ways *w);
ZB_MUST_CHECK int zr_splits_copy(struct zr_ways *w, unsigned int i, uint8_t *dst);
ZB_MUST_CHECK int zr_splits_next(struct zr_ways *w, uint8_t *dst);

#endif
