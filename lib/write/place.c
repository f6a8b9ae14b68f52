/* SPDX-License-Identifier: BSD-2-Clause */
#include "write/pool.h"

#include <string.h>

#include "fmt/label.h"

/* Larger files are not what a boot loader reads; they may go around what is in the way. */
#define CONTIGUOUS_MAX (512ULL << 20)

/* What dsl_dataset_block_born() takes for the uncompressed size: BP_GET_UCSIZE(). */
static uint64_t uncompressed_size(const struct zw_block *b)
{
	bool data = b->level == 0 && b->type == ZF_OT_PLAIN_FILE_CONTENTS;

	return data ? b->lsize : b->psize;
}

static int place_embedded(const struct zw_block *b, struct zw_block_result *r)
{
	struct zf_blkptr bp = {
		.embedded = true,
		.lsize = b->lsize,
		.psize = b->psize,
		.compress = b->compress,
		.type = b->type,
		.level = b->level,
		.logical_birth = ZW_TXG,
	};

	memcpy(bp.data, b->data, b->psize);
	zf_blkptr_encode(&bp, r->bp);
	r->fill = 1;
	r->psize = b->psize;
	r->ucsize = uncompressed_size(b);
	return 0;
}

static int no_space(struct zw_pool *pool, uint64_t size)
{
	return zw_pool_fail(
		pool, ZB_ENOSPC,
		"the pool is full: %llu of %llu bytes are used, and a block of "
		"%llu more does not fit",
		(unsigned long long)pool->alloc.allocated,
		(unsigned long long)pool->alloc.limit, (unsigned long long)size);
}

int zw_block_place(struct zw_pool *pool, const struct zw_block *b,
		   struct zw_block_result *r)
{
	uint64_t asize = zb_align_up(b->psize, pool->sector);
	enum zw_area first = b->metadata ? ZW_AREA_META : ZW_AREA_DATA;
	struct zf_blkptr bp = {
		.ndvas = b->copies,
		.level = b->level,
		.type = b->type,
		.checksum = ZF_CHECKSUM_FLETCHER_4,
		.compress = b->compress,
		.lsize = b->lsize,
		.psize = b->psize,
		.logical_birth = ZW_TXG,
		.fill = b->fill,
	};

	*r = (struct zw_block_result){ .hole = b->psize == 0 };
	if (r->hole)
		return 0;
	if (b->embedded)
		return place_embedded(b, r);
	for (unsigned int i = 0; i < b->copies; i++) {
		struct zf_dva *dva = &bp.dva[i];
		int ret = 0;

		if (b->contiguous > 0 && b->contiguous <= CONTIGUOUS_MAX)
			ret = zw_alloc_prepare(&pool->alloc, first + i, b->contiguous);
		if (ret == 0)
			ret = zw_alloc_get(&pool->alloc, first + i, asize, &dva->offset);

		if (ret == ZB_ENOSPC)
			return no_space(pool, asize * b->copies);
		if (ret < 0)
			return ret;
		dva->asize = asize;
		ret = zw_output_put(&pool->output, first + i,
				    ZF_VDEV_DATA_START + dva->offset, b->data, b->psize,
				    asize);
		if (ret < 0)
			return zw_pool_fail(pool, ret, "cannot write to %s",
					    pool->sink.name);
	}
	memcpy(bp.cksum, b->cksum, sizeof(bp.cksum));
	zf_blkptr_encode(&bp, r->bp);
	r->fill = b->fill;
	r->asize = asize * b->copies;
	r->psize = b->psize;
	r->ucsize = uncompressed_size(b);
	return 0;
}
