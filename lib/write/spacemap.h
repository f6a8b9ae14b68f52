/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZW_SPACEMAP_H
#define ZW_SPACEMAP_H

#include "write/alloc.h"

#define ZW_SPACEMAP_BLOCK	   4096 /* at least */
#define ZW_SPACEMAP_BLOCK_MAX	   (128U << 10)
#define ZW_SPACEMAP_INDIRECT_SHIFT 14
#define ZW_SPACEMAP_BONUS	   320

/* What is allocated in one metaslab: ranges[first .. first + n). */
struct zw_spacemap {
	uint64_t metaslab;
	size_t first, n;
};

/* Those of all metaslabs in which anything is allocated. */
struct zw_spacemaps {
	struct zw_range *ranges; /* none crosses a metaslab's border */
	size_t n_ranges;
	struct zw_spacemap *map;
	uint64_t n;
	unsigned int ms_shift;
	unsigned int ashift;
};

ZB_MUST_CHECK int zw_spacemaps_build(struct zw_spacemaps *m, const struct zw_alloc *alloc,
				     unsigned int ms_shift, uint64_t ms_count,
				     unsigned int ashift);
void zw_spacemaps_done(struct zw_spacemaps *m);

/* Bytes of entries in a map. */
uint64_t zw_spacemap_length(const struct zw_spacemaps *m, const struct zw_spacemap *map);

/* The map's block, cleared before, and its bonus, a space_map_phys_t. ZB_E2BIG. */
ZB_MUST_CHECK int zw_spacemap_encode(const struct zw_spacemap *map,
				     const struct zw_spacemaps *m, uint64_t object,
				     uint8_t *block, size_t size,
				     uint8_t bonus[ZW_SPACEMAP_BONUS]);

#endif
