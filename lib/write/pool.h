/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZW_POOL_H
#define ZW_POOL_H

#include "write/alloc.h"
#include "write/output.h"
#include "write/pipeline.h"
#include "write/spill.h"
#include "write/write.h"

/*
 * All of the pool is written in one transaction group. The snapshot that every dataset
 * descends from, $ORIGIN@$ORIGIN, has to be older.
 */
#define ZW_TXG		  4
#define ZW_ORIGIN_TXG	  1
#define ZW_SPA_VERSION	  5000

/*
 * The pool's property of that name, a file that OpenZFS has in /usr/share/zfs/compatibility.d:
 * exactly the features of features.c. zpool asks for no others, and enables none.
 */
#define ZW_COMPATIBILITY  "openzfs-2.1-linux"

#define ZW_INDIRECT_SHIFT 17 /* indirect blocks of 128 KiB, as OpenZFS has them */
#define ZW_INDIRECT_SIZE  (1U << ZW_INDIRECT_SHIFT)
#define ZW_BPS_PER_BLOCK  (ZW_INDIRECT_SIZE / ZF_BLKPTR_SIZE)

/* Space that blocks take, as the dataset layer accounts it. */
struct zw_usage {
	uint64_t used;
	uint64_t compressed;
	uint64_t uncompressed;
	bool large_blocks; /* some are of more than 128 KiB */
	bool zstd;	   /* some are compressed with it */
};

static inline void zw_usage_add(struct zw_usage *to, const struct zw_usage *from)
{
	to->used += from->used;
	to->compressed += from->compressed;
	to->uncompressed += from->uncompressed;
}

struct zw_pool {
	struct zw_options options; /* strings are copies, owned */
	struct zw_sink sink;
	uint32_t sector;
	uint64_t asize; /* allocatable bytes, rounded to what OpenZFS records */
	unsigned int ms_shift;
	uint64_t ms_count;
	uint64_t guid, vdev_guid;
	uint64_t random_state[2];
	struct zw_alloc alloc;
	struct zw_output output;
	struct zw_pipeline pipeline;
	struct zw_spill_cache cache;
	struct zw_tree *trees; /* not done yet */
	struct zw_dataset *datasets, **datasets_end;
	const struct zw_dataset *bootfs;
	uint64_t progress;
	bool finished;
	int error; /* the first that leaves the pool unusable */
	struct zb_diag diag;
};

/* Records an error that ends everything; the first one stays. Returns the recorded one. */
int zw_pool_fail(struct zw_pool *pool, int error, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* To the caller of the library: the pool's own error, if there is one, goes before ret. */
ZB_MUST_CHECK int zw_pool_return(const struct zw_pool *pool, int ret,
				 struct zb_diag *diag);

/* Never 0; the next of a sequence that the seed determines. */
uint64_t zw_pool_random(struct zw_pool *pool);

/* Gives a finished block its place and writes it. */
ZB_MUST_CHECK int zw_block_place(struct zw_pool *pool, const struct zw_block *block,
				 struct zw_block_result *ret_result);

#endif
