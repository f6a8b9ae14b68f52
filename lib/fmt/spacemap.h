/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZF_SPACEMAP_H
#define ZF_SPACEMAP_H

#include "base/span.h"

/*
 * A space map: an object of words that tell which ranges of something are in use, in the order
 * in which that came about. Its bonus buffer is space_map_phys_t:
 *
 *	0 u64 object   8 u64 length (bytes)   16 i64 alloc   then a histogram, perhaps
 *
 * Entries, of which none goes over the end of a block:
 *
 *	bits	63 62		of the first word
 *		0  -	one word: offset 62..16, type 15, run - 1 14..0
 *		1  0	debug or padding
 *		1  1	two words: run - 1 59..24, vdev 23..0; then type 63, offset 62..0
 *
 * Source: OpenZFS include/sys/space_map.h.
 */
#define ZF_SPACEMAP_HEADER_SIZE 24

/* The length of the entries. ZB_ECORRUPT if it is not in whole words. */
ZB_MUST_CHECK int zf_spacemap_length(struct zb_span bonus, enum zb_endian e,
				     uint64_t *ret_length);

struct zf_spacemap_entry {
	bool free;	      /* not in use any more */
	uint64_t offset, run; /* in the map's units; their sum is in range */
};

/*
 * The entry at *pos of a block, or of the part of it that counts, and *pos past it. 1, 0 at the
 * end, ZB_ECORRUPT for an entry that is cut off.
 */
ZB_MUST_CHECK int zf_spacemap_next(struct zb_span block, enum zb_endian e, size_t *pos,
				   struct zf_spacemap_entry *ret_entry);

#endif
