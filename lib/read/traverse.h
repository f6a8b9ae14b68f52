/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZR_TRAVERSE_H
#define ZR_TRAVERSE_H

#include "fmt/dnode.h"
#include "read/read.h"

/*
 * Every block that the uberblock leads to, one at a time: the MOS, then each dataset in it,
 * snapshots included. A block that a snapshot shares with the one before it, or a clone with
 * its origin, is visited once: what was born before was visited there. Metadata are read, and
 * verified, on the way; data blocks are not touched. Needs no key of an encrypted dataset.
 */

/* What zr_visit.level says of blocks that belong to no level of an object. */
enum zr_visit_level {
	ZR_LEVEL_OBJSET = -1, /* an objset's own block */
	ZR_LEVEL_LOG = -2,    /* of an intent log, or what a record in it points to */
};

/* As zr_visit.blkid: the spill block of the object. */
#define ZR_VISIT_SPILL	     UINT64_MAX

/* As zr_visit.object: what is in the objset's own block, beside its objects. */
#define ZR_VISIT_DNODES	     0
#define ZR_VISIT_USERUSED    UINT64_MAX
#define ZR_VISIT_GROUPUSED   (UINT64_MAX - 1)
#define ZR_VISIT_PROJECTUSED (UINT64_MAX - 2)

struct zr_visit {
	struct zf_blkptr bp;
	uint64_t dataset; /* object number in the MOS; 0: the MOS itself */
	uint64_t object;
	uint64_t blkid; /* at that level */
	int level;	/* of the object, or of enum zr_visit_level */
	/* Bytes of the object that are in the block or below it; saturated. */
	uint64_t offset, len;
};

enum zr_traverse_result {
	ZR_TRAVERSE_END,
	ZR_TRAVERSE_BLOCK, /* *ret_visit is a block, or embedded data */
	/*
	 * The block at *ret_visit (its bp may be empty) or what is below it cannot be visited:
	 * diag says why. The walk goes on beside it.
	 */
	ZR_TRAVERSE_FAULT,
	ZR_TRAVERSE_OBJECT, /* *ret_visit.object begins: only zr_traverse_objset() has it */
};

struct zr_traverse;

ZB_MUST_CHECK int zr_traverse_create(struct zr_pool *pool, struct zr_traverse **ret_t,
				     struct zb_diag *diag);
void zr_traverse_destroy(struct zr_traverse *t);

/* One of enum zr_traverse_result, or ZB_ENOMEM. */
ZB_MUST_CHECK int zr_traverse_next(struct zr_traverse *t, struct zr_visit *ret_visit,
				   struct zb_diag *diag);

/*
 * The blocks of one objset only, all of them, and what objects it has: dataset is an object
 * number in the MOS, 0 the MOS itself.
 */
ZB_MUST_CHECK int zr_traverse_objset(struct zr_pool *pool, uint64_t dataset,
				     struct zr_traverse **ret_t, struct zb_diag *diag);

/* After ZR_TRAVERSE_OBJECT: its dnode, until the next call. */
const struct zf_dnode *zr_traverse_dnode(const struct zr_traverse *t);

/* Datasets, snapshots included, that the walk has come to so far. */
uint64_t zr_traverse_datasets(const struct zr_traverse *t);

/*
 * What the psize of all visits will add up to, as the pool's own accounting has it: for
 * progress. 0 if it is not known.
 */
uint64_t zr_traverse_total(struct zr_pool *pool);

#endif
