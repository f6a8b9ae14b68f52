/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "codec/checksum.h"
#include "fmt/encode.h"
#include "fmt/label.h"
#include "fmt/zap_encode.h"
#include "write/mos.h"
#include "write/spacemap.h"

#define FEATURES_BLOCK 1536

/*
 * The last blocks. Space maps say what is allocated, their own blocks and the dnodes that
 * point to them included; so the sizes and places of all that is left are fixed first, with
 * nothing compressed, and the contents follow from them.
 */
enum {
	FEATURES, /* features_for_write: counts the space maps */
	ARRAY,	  /* of the metaslabs' space map objects */
	MAPS,	  /* the space maps, then the dnode blocks by level, then the objset */
};

struct final_block {
	uint64_t offset[ZW_MOS_COPIES];
	uint32_t lsize;
	uint8_t type;
	uint8_t level;
	uint8_t *data;
	uint64_t fill;
	uint8_t bp[ZF_BLKPTR_SIZE];
};

struct final {
	struct zw_mos *mos;
	struct zw_alloc alloc; /* as it will be */
	struct zw_spacemaps maps;
	uint64_t first_map; /* object number */
	struct final_block *blocks;
	size_t n;
	size_t level_start[ZW_TREE_LEVELS + 1]; /* dnode blocks of each level */
	unsigned int nlevels;
	struct zw_usage usage;
};

static void final_reset(struct final *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->blocks[i].data);
	free(f->blocks);
	f->blocks = NULL;
	f->n = 0;
	zw_spacemaps_done(&f->maps);
	zw_alloc_done(&f->alloc);
}

static uint32_t pow2_at_least(uint64_t v, uint32_t min)
{
	uint32_t size = min;

	while (size < v)
		size *= 2;
	return size;
}

/* One more block, with its place. */
static int plan_block(struct final *f, uint8_t type, uint8_t level, uint32_t lsize)
{
	struct final_block *b = &f->blocks[f->n];

	*b = (struct final_block){
		.type = type, .level = level, .lsize = lsize, .fill = 1
	};
	for (unsigned int i = 0; i < ZW_MOS_COPIES; i++) {
		int ret = zw_alloc_get(&f->alloc, ZW_AREA_META + i,
				       zb_align_up(lsize, f->mos->pool->sector),
				       &b->offset[i]);

		if (ret == ZB_ENOSPC)
			return zw_pool_fail(f->mos->pool, ret,
					    "the pool is full: no space is left for its "
					    "own metadata");
		if (ret < 0)
			return ret;
	}
	f->n++;
	f->usage.used += ZW_MOS_COPIES * zb_align_up(lsize, f->mos->pool->sector);
	f->usage.compressed += lsize;
	f->usage.uncompressed += lsize;
	b->data = calloc(1, lsize);
	return b->data ? 0 : ZB_ENOMEM;
}

/* The blocks of the dnode object, for so many objects. */
static int plan_dnodes(struct final *f, uint64_t objects)
{
	uint64_t per_block = ZF_DNODE_BLOCK_SIZE / ZF_DNODE_SIZE;
	uint64_t count = (objects + per_block - 1) / per_block;

	for (f->nlevels = 0; f->nlevels < 2 || count > 1; f->nlevels++) {
		if (f->nlevels > 0)
			count = (count + ZW_BPS_PER_BLOCK - 1) / ZW_BPS_PER_BLOCK;
		f->level_start[f->nlevels] = f->n;
		for (uint64_t i = 0; i < count; i++) {
			int ret = plan_block(f, ZF_OT_DNODE, f->nlevels,
					     f->nlevels == 0 ? ZF_DNODE_BLOCK_SIZE
							     : ZW_INDIRECT_SIZE);

			if (ret < 0)
				return ret;
		}
	}
	f->level_start[f->nlevels] = f->n;
	return 0;
}

/* How many space maps there are, and how large their blocks. */
struct maps_need {
	uint64_t n;
	uint32_t lsize;
};

/* Plans everything for given space maps; what it takes then comes back. */
static int plan(struct final *f, const struct maps_need *maps, struct maps_need *ret_need)
{
	struct zw_mos *mos = f->mos;
	struct zw_pool *pool = mos->pool;
	uint64_t objects = f->first_map + maps->n, longest = 0;
	int ret = zw_alloc_copy(&pool->alloc, &f->alloc);

	f->usage = mos->usage;
	f->blocks = calloc(maps->n + objects / 16 + 64, sizeof(*f->blocks));
	if (ret < 0 || !f->blocks)
		return ZB_ENOMEM;
	ret = plan_block(f, ZF_OTN_ZAP_METADATA, 0, FEATURES_BLOCK);
	if (ret == 0)
		ret = plan_block(f, ZF_OT_OBJECT_ARRAY, 0,
				 pow2_at_least(pool->ms_count * 8, 512));
	for (uint64_t i = 0; ret == 0 && i < maps->n; i++)
		ret = plan_block(f, ZF_OT_SPACE_MAP, 0, maps->lsize);
	if (ret == 0)
		ret = plan_dnodes(f, objects);
	if (ret == 0)
		ret = plan_block(f, ZF_OT_OBJSET, 0, ZF_OBJSET_V3_SIZE);
	if (ret == 0)
		ret = zw_spacemaps_build(&f->maps, &f->alloc, pool->ms_shift,
					 pool->ms_count, pool->options.ashift);
	for (uint64_t i = 0; ret == 0 && i < f->maps.n; i++) {
		uint64_t length = zw_spacemap_length(&f->maps, &f->maps.map[i]);

		if (length > longest)
			longest = length;
	}
	ret_need->n = f->maps.n;
	ret_need->lsize = pow2_at_least(longest, ZW_SPACEMAP_BLOCK);
	if (ret_need->lsize < maps->lsize)
		ret_need->lsize = maps->lsize;
	return ret == 0 && ret_need->lsize > ZW_SPACEMAP_BLOCK_MAX ? ZB_E2BIG : ret;
}

/* Checksum and pointer of a block whose contents are there; then out with it. */
static int block_write(struct final *f, struct final_block *b)
{
	struct zw_pool *pool = f->mos->pool;
	uint64_t asize = zb_align_up(b->lsize, pool->sector);
	struct zf_blkptr bp = {
		.ndvas = ZW_MOS_COPIES,
		.level = b->level,
		.type = b->type,
		.checksum = ZF_CHECKSUM_FLETCHER_4,
		.compress = ZF_COMPRESS_OFF,
		.lsize = b->lsize,
		.psize = b->lsize,
		.logical_birth = ZW_TXG,
		.fill = b->fill,
	};
	struct zc_cksum sum;

	zc_fletcher4(zb_span(b->data, b->lsize), ZB_LE, &sum);
	memcpy(bp.cksum, sum.word, sizeof(bp.cksum));
	for (unsigned int i = 0; i < ZW_MOS_COPIES; i++) {
		int ret;

		bp.dva[i].offset = b->offset[i];
		bp.dva[i].asize = asize;
		ret = zw_output_put(&pool->output, ZW_AREA_META + i,
				    ZF_VDEV_DATA_START + b->offset[i], b->data, b->lsize,
				    asize);
		if (ret < 0)
			return zw_pool_fail(pool, ret, "cannot write to %s",
					    pool->sink.name);
	}
	zf_blkptr_encode(&bp, b->bp);
	return 0;
}

/* The dnode of an object whose one block is in this stage. */
static void own_block(struct final *f, uint64_t number, const struct final_block *b)
{
	struct zw_root *root = &zw_mos_object(f->mos, number)->root;

	root->nlevels = 1;
	root->lsize = b->lsize;
	root->used = ZW_MOS_COPIES * zb_align_up(b->lsize, f->mos->pool->sector);
	memcpy(root->bp, b->bp, ZF_BLKPTR_SIZE);
}

static int write_features(struct final *f)
{
	struct final_block *b = &f->blocks[FEATURES];
	struct zw_map map = { 0 };
	int ret;

	zw_features_write(f->mos, f->maps.n, &map);
	ret = zw_map_encode_micro(&map, zw_pool_random(f->mos->pool), b->data, b->lsize);
	zw_map_done(&map);
	if (ret == 0)
		ret = block_write(f, b);
	if (ret < 0)
		return ret;
	zw_mos_set(f->mos, f->mos->features_for_write, ZF_OTN_ZAP_METADATA, b->lsize, 0,
		   NULL, 0);
	own_block(f, f->mos->features_for_write, b);
	return 0;
}

static int write_maps(struct final *f)
{
	struct final_block *array = &f->blocks[ARRAY];

	for (uint64_t i = 0; i < f->maps.n; i++) {
		struct final_block *b = &f->blocks[MAPS + i];
		struct zw_spacemap *map = &f->maps.map[i];
		uint8_t bonus[ZW_SPACEMAP_BONUS];
		int ret;

		ret = zw_spacemap_encode(map, &f->maps, f->first_map + i, b->data,
					 b->lsize, bonus);
		if (ret == 0)
			ret = block_write(f, b);
		if (ret < 0)
			return ret;
		zw_mos_set(f->mos, f->first_map + i, ZF_OT_SPACE_MAP, b->lsize,
			   ZF_OT_SPACE_MAP_HEADER, bonus, sizeof(bonus));
		zw_mos_object(f->mos, f->first_map + i)->indblkshift =
			ZW_SPACEMAP_INDIRECT_SHIFT;
		own_block(f, f->first_map + i, b);
		zb_store64(array->data + 8 * map->metaslab, ZB_LE, f->first_map + i);
	}
	zw_mos_set(f->mos, f->mos->metaslab_array, ZF_OT_OBJECT_ARRAY, array->lsize, 0,
		   NULL, 0);
	if (block_write(f, array) < 0)
		return f->mos->pool->error;
	own_block(f, f->mos->metaslab_array, array);
	return 0;
}

static void dnode_encode(const struct zw_mos_object *o, uint8_t *out)
{
	const struct zf_dnode_core core = {
		.type = o->type,
		.indblkshift = o->indblkshift ? o->indblkshift : ZW_INDIRECT_SHIFT,
		.nlevels = o->root.nlevels,
		.nblkptr = o->bonuslen > 0 ? (320 - o->bonuslen) / ZF_BLKPTR_SIZE + 1 : 3,
		.bonustype = o->bonustype,
		.compress = o->compress,
		.flags = ZF_DNODE_FLAG_USED_BYTES,
		.slots = 1,
		.datablksz = o->root.lsize,
		.bonuslen = o->bonuslen,
		.maxblkid = o->root.maxblkid,
		.used = o->root.used,
	};

	zf_dnode_core_encode(&core, out);
	memcpy(out + ZF_DNODE_CORE, o->root.bp, ZF_BLKPTR_SIZE);
	memcpy(out + ZF_DNODE_CORE + (size_t)core.nblkptr * ZF_BLKPTR_SIZE, o->bonus,
	       o->bonuslen);
}

static int write_dnodes(struct final *f)
{
	uint64_t per_block = ZF_DNODE_BLOCK_SIZE / ZF_DNODE_SIZE;

	for (unsigned int level = 0; level < f->nlevels; level++) {
		for (size_t i = f->level_start[level]; i < f->level_start[level + 1];
		     i++) {
			struct final_block *b = &f->blocks[i];
			uint64_t index = i - f->level_start[level];
			int ret;

			if (level == 0)
				b->fill = 0;
			for (uint64_t k = 0; level == 0 && k < per_block; k++) {
				uint64_t n = index * per_block + k;

				if (n >= f->mos->n || f->mos->objects[n].type == 0)
					continue;
				dnode_encode(&f->mos->objects[n],
					     b->data + k * ZF_DNODE_SIZE);
				b->fill++;
			}
			ret = block_write(f, b);
			if (ret < 0)
				return ret;
			if (level + 1 == f->nlevels)
				continue;
			b = &f->blocks[f->level_start[level + 1] +
				       index / ZW_BPS_PER_BLOCK];
			memcpy(b->data + index % ZW_BPS_PER_BLOCK * ZF_BLKPTR_SIZE,
			       f->blocks[i].bp, ZF_BLKPTR_SIZE);
			b->fill += f->blocks[i].fill - (index % ZW_BPS_PER_BLOCK == 0);
		}
	}
	return 0;
}

static int write_objset(struct final *f, uint8_t ret_rootbp[ZF_BLKPTR_SIZE])
{
	const struct final_block *top = &f->blocks[f->n - 2];
	struct final_block *b = &f->blocks[f->n - 1];
	struct zw_mos_object meta = { .type = ZF_OT_DNODE };
	int ret;

	meta.root.nlevels = f->nlevels;
	meta.root.lsize = ZF_DNODE_BLOCK_SIZE;
	meta.root.maxblkid = f->level_start[1] - f->level_start[0] - 1;
	for (size_t i = f->level_start[0]; i < f->level_start[f->nlevels]; i++)
		meta.root.used += ZW_MOS_COPIES *
				  zb_align_up(f->blocks[i].lsize, f->mos->pool->sector);
	memcpy(meta.root.bp, top->bp, ZF_BLKPTR_SIZE);
	dnode_encode(&meta, b->data);
	zb_store64(b->data + ZF_OBJSET_TYPE_OFFSET, ZB_LE, ZF_OST_META);
	b->fill = top->fill;
	ret = block_write(f, b);
	memcpy(ret_rootbp, b->bp, ZF_BLKPTR_SIZE);
	return ret;
}

int zw_final_write(struct zw_mos *mos, uint8_t ret_rootbp[ZF_BLKPTR_SIZE])
{
	struct final f = { .mos = mos, .first_map = mos->n };
	struct maps_need maps = { 0, ZW_SPACEMAP_BLOCK }, need;
	int ret = plan(&f, &maps, &need);

	/* More maps need more blocks, which may touch more metaslabs; it soon settles. */
	while (ret == 0 && (need.n != maps.n || need.lsize != maps.lsize)) {
		maps = need;
		final_reset(&f);
		ret = plan(&f, &maps, &need);
	}
	for (uint64_t i = 0; ret == 0 && i < maps.n; i++)
		zw_mos_alloc(mos);
	if (ret == 0)
		ret = mos->error;
	if (ret == 0) {
		zw_dsl_account(mos, &f.usage);
		ret = write_features(&f);
	}
	if (ret == 0)
		ret = write_maps(&f);
	if (ret == 0)
		ret = write_dnodes(&f);
	if (ret == 0)
		ret = write_objset(&f, ret_rootbp);
	final_reset(&f);
	return ret;
}
