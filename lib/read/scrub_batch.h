/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZR_SCRUB_BATCH_H
#define ZR_SCRUB_BATCH_H

#include "read/pool.h"
#include "read/scrub.h"

#define ZR_SCRUB_ITEMS	 8192
#define ZR_SCRUB_PIECES	 (ZR_SCRUB_ITEMS * ZF_DVAS_PER_BP)
#define ZR_SCRUB_BYTES	 ((uint64_t)256 << 20) /* of a batch, about */
#define ZR_SCRUB_RUN	 ((uint64_t)1 << 20)
#define ZR_SCRUB_GAP	 ((uint64_t)32 << 10)
#define ZR_SCRUB_WORKERS 64

/* One DVA of a block. */
struct zr_scrub_piece {
	uint32_t item;
	uint32_t vdev;
	uint64_t offset; /* in the vdev */
	uint32_t len;
	uint16_t good, missing; /* copies */
	bool bad;		/* one of them: it is looked at again */
};

/* Pieces that are neighbours on a vdev, read with one request per device. */
struct zr_scrub_run {
	uint32_t first, last; /* of the pieces */
	uint64_t start, end;  /* in the vdev */
};

struct zr_scrub_batch {
	struct zr_pool *pool;
	struct zr_visit *items;
	struct zr_scrub_piece *pieces;
	struct zr_scrub_run *runs;
	uint32_t n_items, n_pieces, n_runs;
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
	uint64_t read; /* bytes */
	int error;     /* ZB_ENOMEM */
};

ZB_MUST_CHECK int zr_scrub_batch_init(struct zr_scrub_batch *b, struct zr_pool *pool);
void zr_scrub_batch_done(struct zr_scrub_batch *b);

/* Collects blocks from the walk, and sorts their pieces into runs. */
void zr_scrub_batch_fill(struct zr_scrub_batch *b, struct zr_traverse *t);

/* Works on runs until there are none left. Several threads may, each with a worker. */
void zr_scrub_batch_work(struct zr_scrub_batch *b, struct zr_scrub_worker *w);

/* Looks at all copies of a block, one by one. Uses the pool: one thread only. */
ZB_MUST_CHECK int zr_scrub_examine(struct zr_pool *pool, const struct zr_visit *visit,
				   struct zr_damage *ret_damage, uint64_t *read);

#endif
