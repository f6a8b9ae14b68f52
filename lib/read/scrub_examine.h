/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZR_SCRUB_EXAMINE_H
#define ZR_SCRUB_EXAMINE_H

#include "read/scrub_batch.h"

/* A block that is looked at copy by copy. */
struct zr_examine {
	struct zr_pool *pool;
	struct zr_damage *damage;
	uint64_t *read; /* bytes */
};

/* In raid_compare.c, which readers without a scrub need, too. */
void zr_examine_bad(struct zr_examine *x, const struct zr_bad_copy *bad);

/*
 * Compares each sector that the right data, and parity for them, are in at dva, and notes those
 * that differ.
 */
ZB_MUST_CHECK int zr_examine_raid(struct zr_examine *x, const struct zr_vdev *vdev,
				  const struct zf_dva *dva, struct zb_span data,
				  uint64_t birth);

#endif
