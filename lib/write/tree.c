/* SPDX-License-Identifier: BSD-2-Clause */
#include "write/tree.h"

#include <stdlib.h>
#include <string.h>

/* A block's cookie: which one of the object it is. */
#define COOKIE(level, block) ((uint64_t)(level) << 56 | (block))
#define COOKIE_LEVEL(c)	     ((unsigned int)((c) >> 56))
#define COOKIE_BLOCK(c)	     ((c) & ((1ULL << 56) - 1))

#define ZW_LARGE_BLOCK	     (128U << 10) /* larger ones are a feature */

int zw_tree_create(struct zw_pool *pool, const struct zw_tree_options *o,
		   struct zw_usage *usage,
		   int (*done)(void *ctx, uint64_t cookie, const struct zw_root *root),
		   void *ctx, uint64_t cookie, struct zw_tree **ret_tree)
{
	struct zw_tree *t = calloc(1, sizeof(*t));

	if (!t)
		return ZB_ENOMEM;
	t->pool = pool;
	t->o = *o;
	t->usage = usage;
	t->done = done;
	t->ctx = ctx;
	t->cookie = cookie;
	t->next = pool->trees;
	if (t->next)
		t->next->link = &t->next;
	t->link = &pool->trees;
	pool->trees = t;
	*ret_tree = t;
	return 0;
}

void zw_tree_destroy(struct zw_tree *t)
{
	if (!t)
		return;
	*t->link = t->next;
	if (t->next)
		t->next->link = t->link;
	for (unsigned int i = 0; i < ZW_TREE_LEVELS; i++)
		if (t->level[i].bps != t->one_bp)
			free(t->level[i].bps);
	free(t);
}

static int tree_retired(void *ctx, const struct zw_block *block,
			const struct zw_block_result *result);

/* Writes the indirect block that level k has collected. */
static int level_flush(struct zw_tree *t, unsigned int k)
{
	struct zw_tree_level *l = &t->level[k];
	struct zw_block b = {
		.data = l->bps,
		.lsize = ZW_INDIRECT_SIZE,
		.type = t->o.type,
		.level = k,
		.copies = t->o.meta_copies,
		.metadata = true,
		.codec = { .compress = ZF_COMPRESS_LZ4 },
		.fill = l->fill,
		.done = tree_retired,
		.ctx = t,
		.cookie = COOKIE(k, l->block),
	};

	if (l->bps == t->one_bp) { /* more levels than the one block needs */
		b.data = zw_block_buffer(ZW_INDIRECT_SIZE);
		if (!b.data)
			return ZB_ENOMEM;
		memset(b.data, 0, ZW_INDIRECT_SIZE);
		memcpy(b.data, t->one_bp, ZF_BLKPTR_SIZE);
	}
	l->bps = NULL;
	l->fill = 0;
	l->any = false;
	t->level[k + 1].pending++;
	return zw_pipeline_submit(&t->pool->pipeline, &b);
}

/* Room for the pointer with that index in level k's block. */
static int level_room(struct zw_tree *t, unsigned int k, unsigned int index)
{
	struct zw_tree_level *l = &t->level[k];
	uint8_t *bps;

	if (!l->bps && k == 1 && index == 0 && l->block == 0) {
		memset(t->one_bp, 0, sizeof(t->one_bp));
		l->bps = t->one_bp;
	}
	if (l->bps && (l->bps != t->one_bp || index == 0))
		return 0;
	bps = zw_block_buffer(ZW_INDIRECT_SIZE);
	if (!bps)
		return ZB_ENOMEM;
	memset(bps, 0, ZW_INDIRECT_SIZE);
	if (l->bps)
		memcpy(bps, l->bps, ZF_BLKPTR_SIZE);
	l->bps = bps;
	return 0;
}

/* A pointer to block number n of level k - 1 arrives at level k. */
static int level_put(struct zw_tree *t, unsigned int k, uint64_t n,
		     const struct zw_block_result *r)
{
	struct zw_tree_level *l = &t->level[k];
	unsigned int index = n % ZW_BPS_PER_BLOCK;
	int ret;

	if (l->any && l->block != n / ZW_BPS_PER_BLOCK) {
		ret = level_flush(t, k);
		if (ret < 0)
			return ret;
	}
	l->block = n / ZW_BPS_PER_BLOCK;
	ret = level_room(t, k, index);
	if (ret < 0)
		return ret;
	memcpy(l->bps + (size_t)index * ZF_BLKPTR_SIZE, r->bp, ZF_BLKPTR_SIZE);
	l->fill += r->fill;
	l->any = true;
	return 0;
}

static int tree_finish(struct zw_tree *t)
{
	struct zw_tree_level *top = &t->level[t->nlevels];
	struct zw_root root = {
		.nlevels = t->nlevels,
		.lsize = t->o.lsize,
		.maxblkid = t->maxblkid,
		.used = t->used,
	};
	int ret;

	if (top->any) {
		memcpy(root.bp, top->bps, ZF_BLKPTR_SIZE);
		root.fill = top->fill;
	}
	ret = t->done(t->ctx, t->cookie, &root);
	zw_tree_destroy(t);
	return ret;
}

/* After the end: writes the last indirect blocks, each level once the one below is there. */
static int tree_close(struct zw_tree *t)
{
	for (unsigned int k = 1;; k++) {
		int ret;

		if (t->level[k].pending > 0)
			return 0;
		if (k == t->nlevels)
			return tree_finish(t);
		if (!t->level[k].any)
			continue;
		ret = level_flush(t, k);
		if (ret < 0)
			return ret;
	}
}

static int tree_retired(void *ctx, const struct zw_block *block,
			const struct zw_block_result *r)
{
	struct zw_tree *t = ctx;
	unsigned int k = COOKIE_LEVEL(block->cookie) + 1;

	t->level[k].pending--;
	if (!r->hole) {
		const struct zw_usage u = { .used = r->asize,
					    .compressed = r->psize,
					    .uncompressed = r->ucsize };
		int ret = level_put(t, k, COOKIE_BLOCK(block->cookie), r);

		if (ret < 0)
			return ret;
		t->used += r->asize;
		zw_usage_add(t->usage, &u);
		t->usage->large_blocks |= block->lsize > ZW_LARGE_BLOCK;
		t->usage->zstd |= block->compress == ZF_COMPRESS_ZSTD;
	}
	return t->ended ? tree_close(t) : 0;
}

int zw_tree_block(struct zw_tree *t, uint64_t blkid, uint8_t *data, uint64_t fill)
{
	struct zw_block b = {
		.data = data,
		.lsize = t->o.lsize,
		.type = t->o.type,
		.copies = t->o.metadata ? t->o.meta_copies : t->o.copies,
		.metadata = t->o.metadata,
		.embed = t->o.embed,
		.codec = t->o.codec,
		.fill = fill,
		.contiguous = t->o.contiguous,
		.done = tree_retired,
		.ctx = t,
		.cookie = COOKIE(0, blkid),
	};

	t->o.contiguous = 0; /* only in front of the first */
	t->maxblkid = blkid;
	t->level[1].pending++;
	return zw_pipeline_submit(&t->pool->pipeline, &b);
}

int zw_tree_end(struct zw_tree *t)
{
	uint64_t reach = 1;

	t->nlevels = 1;
	while (t->maxblkid >= reach) {
		t->nlevels++;
		reach *= ZW_BPS_PER_BLOCK;
	}
	if (t->nlevels < t->o.min_levels)
		t->nlevels = t->o.min_levels;
	t->ended = true;
	return tree_close(t);
}
