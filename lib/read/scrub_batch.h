/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZR_SCRUB_BATCH_H
#define ZR_SCRUB_BATCH_H

#include "read/pool.h"
#include "read/scrub.h"
#include "read/ways.h"

#define ZR_SCRUB_ITEMS	 8192
#define ZR_SCRUB_GANGS	 2048 /* pieces of gang blocks, and their headers */
#define ZR_SCRUB_PIECES	 ((ZR_SCRUB_ITEMS + ZR_SCRUB_GANGS) * ZF_DVAS_PER_BP)
#define ZR_SCRUB_BYTES	 ((uint64_t)256 << 20) /* of a batch, about */
#define ZR_SCRUB_RUN	 ((uint64_t)1 << 20)
#define ZR_SCRUB_GAP	 ((uint64_t)32 << 10)
#define ZR_SCRUB_WORKERS 64

/* One DVA of a block, or of a gang block's header or piece. */
struct zr_scrub_piece {
	struct zr_extent from;	    /* vdev NULL: it has to be looked at by itself */
	const struct zf_blkptr *bp; /* of the block; of a header, of the gang block */
	uint32_t item;
	uint32_t len;
	uint16_t good, missing; /* copies */
	bool header;
	bool bad; /* one of them: it is looked at again */
};

/* Pieces that are neighbours on a vdev, read with one request per device. */
struct zr_scrub_run {
	uint32_t first, last; /* of the pieces */
	struct zr_extent from;
};

struct zr_scrub_batch {
	struct zr_pool *pool;
	struct zr_visit *items;
	struct zf_blkptr *gangs; /* what headers of gang blocks lead to */
	struct zr_scrub_piece *pieces;
	struct zr_scrub_run *runs;
	uint32_t n_items, n_gangs, n_pieces, n_runs;
	uint64_t bytes;
	uint32_t next_run; /* taken by the workers, atomically */
	bool faulty;	   /* the walk met a fault, after the items */
	bool last;
	int error;
	struct zr_visit at; /* of the fault */
	struct zb_diag diag;
};

struct zr_scrub_worker {
	uint8_t *buf;
	size_t size;
	struct zr_io_stats stats;
	int error; /* ZB_ENOMEM */
};

ZB_MUST_CHECK int zr_scrub_batch_init(struct zr_scrub_batch *b, struct zr_pool *pool);
void zr_scrub_batch_done(struct zr_scrub_batch *b);

/* Collects blocks from the walk, and sorts their pieces into runs. */
void zr_scrub_batch_fill(struct zr_scrub_batch *b, struct zr_traverse *t);

/* Adds the pieces of a block: false if there is no room. Uses the pool: one thread only. */
bool zr_scrub_batch_add(struct zr_scrub_batch *b, uint32_t item,
			const struct zf_blkptr *bp);

/* The header at a DVA of bp, of that size. */
bool zr_scrub_batch_add_header(struct zr_scrub_batch *b, uint32_t item,
			       const struct zf_blkptr *bp, unsigned int dva, size_t size);

/* Of a gang block: all headers, and what they lead to (scrub_gang.c). */
ZB_MUST_CHECK int zr_scrub_gang(struct zr_scrub_batch *b, uint32_t item,
				const struct zf_blkptr *bp, unsigned int depth);

/* Works on runs until there are none left. Several threads may, each with a worker. */
void zr_scrub_batch_work(struct zr_scrub_batch *b, struct zr_scrub_worker *w);

/*
 * Whether data are the block's, by checksum and, with its key, by MAC: ZB_ECKSUM, ZB_EBADMAC. Safe
 * to call from several threads.
 */
ZB_MUST_CHECK int zr_scrub_check(const struct zr_pool *pool, const struct zf_blkptr *bp,
				 struct zb_span data);

/*
 * A piece on raidz or dRAID, from a run: its data, and all parity that was read (scrub_raid.c).
 * Safe to call from several threads.
 */
ZB_MUST_CHECK int zr_scrub_raid_piece(const struct zr_run *run, struct zr_scrub_piece *p);
bool zr_scrub_raid_can(const struct zr_vdev *vdev);

/* Of a piece. */
ZB_MUST_CHECK int zr_scrub_piece_check(const struct zr_pool *pool,
				       const struct zr_scrub_piece *p,
				       struct zb_span data);

/* Looks at all copies of a block, one by one. Uses the pool: one thread only. */
ZB_MUST_CHECK int zr_scrub_examine(struct zr_pool *pool, const struct zr_visit *visit,
				   struct zr_damage *ret_damage, uint64_t *read);

#endif
