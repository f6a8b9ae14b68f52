/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZW_TREE_H
#define ZW_TREE_H

#include "write/pool.h"

#define ZW_TREE_LEVELS 8 /* 1024^7 blocks */

/* An object's root: what goes into its dnode. */
struct zw_root {
	uint8_t bp[ZF_BLKPTR_SIZE];
	uint8_t nlevels;
	uint32_t lsize; /* of its blocks */
	uint64_t maxblkid;
	uint64_t fill;
	uint64_t used; /* bytes */
};

/* How an object's blocks are written. */
struct zw_tree_options {
	uint8_t type;	/* enum zf_object_type */
	bool metadata;	/* its level 0 too; all above it always is */
	uint8_t copies; /* of level 0 */
	uint8_t meta_copies;
	uint8_t min_levels;
	bool embed;
	uint64_t contiguous; /* level 0 wants a stretch of so many bytes; 0: no matter */
	uint32_t lsize;
	struct zw_codec codec; /* of level 0 */
};

struct zw_tree_level {
	uint8_t *bps;	/* of the blocks below; one until there are more */
	uint64_t block; /* number of the block that bps will be */
	uint64_t fill;
	uint64_t pending; /* blocks below that have not retired */
	bool any;	  /* a pointer that is not a hole */
};

/*
 * The blocks of one object, from block 0 up; what is left out is a hole. Indirect blocks are
 * written as they fill, so that memory does not grow with the object.
 */
struct zw_tree {
	struct zw_pool *pool;
	struct zw_tree_options o;
	struct zw_usage *usage; /* what the blocks take is added here */
	struct zw_tree_level level[ZW_TREE_LEVELS]; /* [n] collects pointers to level n */
	uint8_t one_bp[ZF_BLKPTR_SIZE];		    /* level 0 of a one-block object */
	uint64_t maxblkid;
	uint64_t used;
	uint8_t nlevels; /* known at the end */
	bool ended;
	/* When all blocks have retired; the tree frees itself behind it. */
	int (*done)(void *ctx, uint64_t cookie, const struct zw_root *root);
	void *ctx;
	uint64_t cookie;
	struct zw_tree *next, **link; /* the pool's list of those that are not done */
};

ZB_MUST_CHECK int zw_tree_create(struct zw_pool *pool, const struct zw_tree_options *o,
				 struct zw_usage *usage,
				 int (*done)(void *ctx, uint64_t cookie,
					     const struct zw_root *root),
				 void *ctx, uint64_t cookie, struct zw_tree **ret_tree);

/* Takes data, a buffer of o.lsize bytes. fill: what a block counts for, 1 but for dnodes. */
ZB_MUST_CHECK int zw_tree_block(struct zw_tree *t, uint64_t blkid, uint8_t *data,
				uint64_t fill);

/* No more blocks; t is gone afterwards or once the last of them has retired. */
ZB_MUST_CHECK int zw_tree_end(struct zw_tree *t);

/* Instead of the end, on errors. Only when the pipeline has stopped. NULL is fine. */
void zw_tree_destroy(struct zw_tree *t);

#endif
