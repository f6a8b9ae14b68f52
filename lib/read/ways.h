/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZR_WAYS_H
#define ZR_WAYS_H

#include "read/vdev.h"

struct zr_pool;
struct zr_raid;
struct zr_splits;

/*
 * The bytes at a DVA, in every way that the vdev's layout offers: each side of a mirror, the
 * data columns of a raidz, and what its parity makes of them if one or more of them are taken
 * to be wrong. Devices that are known to lack the block come last: on a raidz after what parity
 * makes of the others. Nothing here knows a checksum; the caller says which way was right.
 *
 *	zr_ways_init(&w, pool, dva, birth, len)
 *	while ((error = zr_ways_next(&w, dst)) != ZB_ENOENT)
 *		if (!error && right(dst))
 *			break;
 *	zr_ways_done(&w);
 */
struct zr_ways {
	struct zr_pool *pool;
	const struct zr_vdev *vdev;
	uint64_t offset; /* in the vdev's address space, as in the DVA */
	uint64_t birth;
	size_t len;
	unsigned int copies; /* independent ones, for zr_ways_copy() */
	unsigned int next;
	struct zr_raid *raid;	  /* of raidz and dRAID */
	struct zr_splits *splits; /* of a block on a removed vdev that is in pieces now */
	const char *source;	  /* what the last way came from, for messages */
};

/*
 * birth: the txg in which the bytes were written, zf_blkptr_birth(). ZB_ENODEV if the DVA names
 * no vdev that holds data, ZB_ECORRUPT if it cannot be; the ways need not be given back then.
 */
ZB_MUST_CHECK int zr_ways_init(struct zr_ways *w, struct zr_pool *pool,
			       const struct zf_dva *dva, uint64_t birth, size_t len);
void zr_ways_done(struct zr_ways *w);

/*
 * The next way. ZB_ENOENT when there are no more; any other error concerns this way only
 * (ZB_ENODEV, ZB_EIO), and the next may still do.
 */
ZB_MUST_CHECK int zr_ways_next(struct zr_ways *w, void *dst);

/*
 * Copy i of w->copies, by itself: those that are all right in a pool without damage, such as
 * the sides of a mirror. Independent of zr_ways_next().
 */
ZB_MUST_CHECK int zr_ways_copy(struct zr_ways *w, unsigned int i, void *dst);

/*
 * Tries all ways until check(ctx, dst) gives 0, and notes those that were wrong. Otherwise what
 * tells most about the medium: ZB_ECKSUM, ZB_EIO, ... ZB_ENODEV if no way had a device.
 */
typedef int (*zr_check_fn)(void *ctx, struct zb_span data);
ZB_MUST_CHECK int zr_dva_read(struct zr_pool *pool, const struct zf_dva *dva,
			      uint64_t birth, uint8_t *dst, size_t len, zr_check_fn check,
			      void *ctx);

/* The vdev of a DVA; NULL if it is none that holds data. */
const struct zr_vdev *zr_dva_vdev(const struct zr_pool *pool, const struct zf_dva *dva);

/* Of two errors the one that tells more about the medium. */
int zr_worse(int a, int b);

/* ---- large reads ---- */

/*
 * A range of a top-level vdev's address space. Blocks that are neighbours there are fetched
 * together: the caller merges the extents of several blocks (zr_extent_goes_with()) to one, has
 * it fetched to a stage of zr_extent_stage() bytes, and takes each block out of the stage.
 */
struct zr_extent {
	const struct zr_vdev *vdev;
	uint64_t start, end; /* bytes; as in a DVA */
	uint64_t zone;	     /* extents of different zones never go together */
	uint64_t birth;	     /* of one of the blocks */
	uint64_t
		lacking; /* sides that lack it: of all blocks of an extent the same ones */
};

/* Of copy i of a block. False if only zr_block_read() can read it: gang blocks, say. */
bool zr_extent_of(const struct zr_pool *pool, const struct zf_blkptr *bp, unsigned int i,
		  struct zr_extent *ret_extent);

/* Whether both may be parts of one. */
static inline bool zr_extent_goes_with(const struct zr_extent *a,
				       const struct zr_extent *b)
{
	return a->vdev == b->vdev && a->zone == b->zone && a->lacking == b->lacking;
}

/* Independent copies that zr_extent_read() can fetch; bytes of memory that it fills. */
unsigned int zr_extent_copies(const struct zr_extent *run);
size_t zr_extent_stage(const struct zr_extent *run);

/*
 * What became of a fetch. ZB_ENODEV, ZB_EIO, ... from zr_extent_read(): no block can be had
 * this way.
 */
struct zr_run {
	struct zr_extent extent;
	uint8_t *stage;
	const struct zr_pool *pool;
	uint8_t missing[32]; /* of raidz and dRAID: bits of the columns not read */
	/* A device that failed at that place, though parity may make up for it; NULL: none. */
	const struct zr_dev *bad_dev;
	uint64_t bad_at;
	int bad_error;
};

/* Safe to call from several threads, each with statistics of its own. */
ZB_MUST_CHECK int zr_extent_read(const struct zr_pool *pool, const struct zr_extent *run,
				 unsigned int copy, uint8_t *stage,
				 struct zr_io_stats *stats, struct zr_run *ret_run);

/*
 * The len bytes of a block whose extent is in the run. They are in the stage or, if they do not
 * lie in one piece, gathered into `gather`, which holds len bytes. Safe to call from several
 * threads for one run.
 */
ZB_MUST_CHECK int zr_run_block(const struct zr_run *run, const struct zr_extent *block,
			       size_t len, uint8_t *gather, struct zb_span *ret_data);

/*
 * The same with the parity of a block on raidz or dRAID: raid->data, raid->parity, and in
 * raid->bad which cells were missing and, if they held data, made up for. The caller ends with
 * zr_raid_close(), after a failure too.
 */
ZB_MUST_CHECK int zr_run_codewords(const struct zr_run *run,
				   const struct zr_extent *block, size_t len,
				   struct zr_raid *raid);

#endif
