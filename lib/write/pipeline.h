/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZW_PIPELINE_H
#define ZW_PIPELINE_H

#include <pthread.h>

#include "fmt/blkptr.h"
#include "write/compress.h"

/*
 * Blocks on their way: the caller fills one and submits it, worker threads compress it and sum
 * it up, and the caller's thread retires it in the order of submission: it gets its place on
 * the vdev, goes to the output, and its pointer to whoever waits for it. When a block retires
 * depends only on what was submitted, never on the threads' speed: same calls, same bytes.
 */
#define ZW_PIPE_BLOCKS 256	     /* under way at most */
#define ZW_PIPE_SLOTS  1024	     /* retiring a block may submit another */
#define ZW_PIPE_BYTES  (64ULL << 20) /* logical bytes under way at most */
#define ZW_PIPE_HEAVY  12	     /* blocks at a time that take much memory */

struct zw_pool;

/* What becomes of a block. */
struct zw_block_result {
	uint8_t bp[ZF_BLKPTR_SIZE]; /* encoded; zeros: a hole */
	bool hole;
	uint64_t fill;
	uint64_t asize; /* bytes allocated, all copies */
	uint64_t psize;
	uint64_t ucsize; /* what accounting takes for its uncompressed size */
};

struct zw_block {
	/* The submitter fills these. */
	uint8_t *data; /* from zw_block_buffer(); the pipeline frees it */
	uint32_t lsize;
	uint8_t type;  /* enum zf_object_type */
	uint8_t level; /* of the tree */
	uint8_t copies;
	bool metadata; /* goes to the metadata areas */
	bool embed;    /* may become an embedded block pointer */
	struct zw_codec codec;
	uint64_t fill;	     /* if it is no hole */
	uint64_t contiguous; /* if not 0: it and what follows want that many bytes */
	/* On retirement; a negative return stops the pool. */
	int (*done)(void *ctx, const struct zw_block *block,
		    const struct zw_block_result *result);
	void *ctx;
	uint64_t cookie; /* the submitter's */
	/* The worker fills these. */
	uint32_t psize; /* 0: all zeros */
	uint8_t compress;
	bool embedded;
	uint64_t cksum[4];
	int error;
	bool ready; /* under the pipeline's lock */
};

struct zw_pipeline {
	struct zw_pool *pool;
	struct zw_block ring[ZW_PIPE_SLOTS];
	uint64_t head;	  /* next to retire */
	uint64_t claimed; /* next for a worker */
	uint64_t tail;	  /* next to submit */
	uint64_t bytes;
	bool retiring;
	pthread_mutex_t lock;
	pthread_cond_t work, ready, heavy_ended;
	unsigned int heavy; /* such blocks being compressed */
	unsigned int idle;  /* workers that wait */
	bool waiting;	    /* for the head */
	bool stop, inited;
	pthread_t *threads;
	unsigned int n_threads, n_started;
};

ZB_MUST_CHECK int zw_pipeline_init(struct zw_pipeline *p, struct zw_pool *pool,
				   unsigned int threads);
void zw_pipeline_done(struct zw_pipeline *p);

/* A buffer for a block of lsize bytes, not cleared. NULL: no memory. */
uint8_t *zw_block_buffer(uint32_t lsize);

/* Copies *block in and takes its buffer, also on failure. */
ZB_MUST_CHECK int zw_pipeline_submit(struct zw_pipeline *p, const struct zw_block *block);

/* Retires everything. */
ZB_MUST_CHECK int zw_pipeline_drain(struct zw_pipeline *p);

#endif
