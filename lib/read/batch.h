/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZR_BATCH_H
#define ZR_BATCH_H

#include "read/pool.h"
#include "read/ways.h"

/* Blocks of one or several objects, read together: batch.c collects them, load.c fetches. */

#define ZR_BATCH_PIECES 1024
#define ZR_BATCH_LANES	32

struct zr_piece {
	struct zf_blkptr bp;
	struct zr_objset *os;
	uint64_t object, at;   /* whose, and where in it dst begins */
	struct zr_extent from; /* vdev NULL: only the slow way can read it */
	uint8_t *dst;
	size_t skip; /* bytes at the block's start that nobody wants */
	size_t len;
	size_t room; /* at dst, at least len: what may be overwritten */
	int error;
};

/* Pieces order[first] to order[last - 1], which are fetched together. */
struct zr_load {
	unsigned int first, last;
	struct zr_extent from;
	bool direct; /* straight to where the data are wanted */
};

/* What one job works with. */
struct zr_lane {
	uint8_t *stage;
	uint8_t *gather; /* of gather_size, once it is needed */
	void *workspace;
	struct zr_io_stats stats;
	struct zr_run bad; /* one whose bad_dev is set, if there was any */
};

struct zr_batch {
	struct zr_pool *pool;
	zr_batch_fail_fn fail;
	void *fail_ctx;
	struct zr_piece *pieces;
	struct zr_load *loads;
	uint16_t *order;
	unsigned int n, size; /* used, and there are */
	unsigned int n_loads;
	unsigned int next_load; /* shared by the jobs */
	uint64_t wanted;	/* bytes, so far */
	struct zr_lane lanes[ZR_BATCH_LANES];
	unsigned int n_lanes;
	size_t stage_size, gather_size;
	struct zr_jobs jobs;
	bool started;
	/* What is to be read ahead as soon as there is more of it. */
	const struct zr_dev *ahead_dev;
	uint64_t ahead_start, ahead_end;
};

/* Of at most `size` pieces. */
ZB_MUST_CHECK int zr_batch_init(struct zr_batch *b, struct zr_pool *pool,
				unsigned int size);
void zr_batch_done(struct zr_batch *b);

/* Adds one block: [skip, skip + len) of it to dst. The batch must not be full. */
ZB_MUST_CHECK int zr_batch_add_block(struct zr_batch *b, struct zr_object *obj,
				     const struct zf_blkptr *bp, uint64_t at, size_t skip,
				     uint8_t *dst, size_t len, size_t room,
				     struct zb_diag *diag);

/* load.c: sorts the pieces and makes loads of them, with lanes to work on; then the work. */
ZB_MUST_CHECK int zr_batch_prepare(struct zr_batch *b);
void zr_batch_job(void *batch, unsigned int lane);
/* Gives back the lanes, and counts what they read. */
void zr_batch_finish(struct zr_batch *b);

#endif
