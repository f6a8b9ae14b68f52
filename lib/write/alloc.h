/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZW_ALLOC_H
#define ZW_ALLOC_H

#include "base/span.h"

/*
 * Where blocks go. Each area fills its stretch of the vdev front to back, so that the blocks
 * of a file lie side by side and nothing has to be searched: copies of a block are in areas
 * that start an eighth of the vdev apart or more, as OpenZFS spreads them.
 */
enum zw_area {
	ZW_AREA_DATA, /* first copies of file contents, at the front */
	ZW_AREA_DATA2,
	ZW_AREA_DATA3,
	ZW_AREA_META, /* first copies of everything else */
	ZW_AREA_META2,
	ZW_AREA_META3,
	ZW_AREAS,
};

struct zw_range {
	uint64_t start;
	uint64_t end;
};

/* A stretch that an area has taken: allocated up to used, reserved up to end. */
struct zw_chunk {
	uint64_t start;
	uint64_t used;
	uint64_t end;
};

struct zw_alloc {
	uint64_t size;		 /* bytes that there are */
	uint64_t limit;		 /* bytes that may be allocated */
	uint64_t allocated;	 /* bytes */
	uint64_t align;		 /* areas start at a multiple of it: a metaslab */
	struct zw_chunk *chunks; /* sorted */
	unsigned int n, cap;
	int current[ZW_AREAS];	/* index into chunks, -1 before the first block */
	struct zw_range *freed; /* allocated, then given back */
	size_t n_freed, cap_freed;
};

void zw_alloc_init(struct zw_alloc *a, uint64_t size, uint64_t limit, uint64_t align);
void zw_alloc_done(struct zw_alloc *a);

/* size is a multiple of the sector. ZB_ENOSPC, ZB_ENOMEM. */
ZB_MUST_CHECK int zw_alloc_get(struct zw_alloc *a, enum zw_area area, uint64_t size,
			       uint64_t *ret_offset);

/* The next `size` bytes from this area shall be one stretch, if there is one that long. */
ZB_MUST_CHECK int zw_alloc_prepare(struct zw_alloc *a, enum zw_area area, uint64_t size);

ZB_MUST_CHECK int zw_alloc_free(struct zw_alloc *a, uint64_t offset, uint64_t size);

/* All that is allocated, sorted, neighbours merged. The caller frees *ret_ranges. */
ZB_MUST_CHECK int zw_alloc_ranges(const struct zw_alloc *a, struct zw_range **ret_ranges,
				  size_t *ret_n);

/* For planning: a copy that can be thrown away, or put in place of the original. */
ZB_MUST_CHECK int zw_alloc_copy(const struct zw_alloc *a, struct zw_alloc *ret_copy);

#endif
