/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZR_SHARE_H
#define ZR_SHARE_H

#include "read/traverse.h"

/*
 * Which datasets share a block. zr_traverse_next() visits it in the oldest one: those that have
 * it, too, are found from there, from snapshot to next snapshot, to the head and to clones. Where
 * a dataset does not have it any more, none that came from it does, so that no other is looked at.
 */

/* How many of the blocks a dataset, by its object number in the MOS, has. Non-zero ends it. */
typedef int (*zr_sharer_fn)(void *ctx, uint64_t dataset, uint64_t blocks);

/*
 * Calls back for each other dataset that has some of the n blocks from first->blkid on, at its
 * level of its object. *budget is how many block pointers may still be compared. *ret_all: no
 * dataset was left out because it cannot be read, or because the budget has ended. ZB_ENOMEM, or
 * what fn returned.
 */
ZB_MUST_CHECK int zr_sharers(struct zr_pool *pool, const struct zr_visit *first,
			     uint64_t n, uint64_t *budget, zr_sharer_fn fn, void *ctx,
			     bool *ret_all);

#endif
