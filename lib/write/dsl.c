/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/dsl.h"

#include <stdlib.h>
#include <string.h>

#include "write/mos.h"

#define DD_FLAG_USED_BREAKDOWN	1
#define DS_FLAG_UNIQUE_ACCURATE 4
#define TEXTPREP_TOUPPER	1 /* names of snapshots are found case-insensitively too */

#define DEADLIST_BONUS		320

/* Field offsets; the table in fmt/dsl.h. */
enum {
	DD_HEAD = 8,
	DD_PARENT = 16,
	DD_ORIGIN = 24,
	DD_CHILD_MAP = 32,
	DD_USED = 40,
	DD_COMPRESSED = 48,
	DD_UNCOMPRESSED = 56,
	DD_PROPS = 80,
	DD_FLAGS = 96,
	DD_USED_HEAD = 104,
	DD_USED_CHILD = 120,
	DD_CLONES = 144,

	DS_DIR = 0,
	DS_PREV_SNAP = 8,
	DS_PREV_SNAP_TXG = 16,
	DS_NEXT_SNAP = 24,
	DS_SNAP_MAP = 32,
	DS_NUM_CHILDREN = 40,
	DS_CREATION_TIME = 48,
	DS_CREATION_TXG = 56,
	DS_DEADLIST = 64,
	DS_REFERENCED = 72,
	DS_COMPRESSED = 80,
	DS_UNCOMPRESSED = 88,
	DS_UNIQUE = 96,
	DS_FSID_GUID = 104,
	DS_GUID = 112,
	DS_FLAGS = 120,
	DS_BP = 128,
	DS_NEXT_CLONES = 256,
};

static void put(uint8_t *bonus, unsigned int field, uint64_t v)
{
	zb_store64(bonus + field, ZB_LE, v);
}

static void put_usage(uint8_t *bonus, const struct zw_usage *own,
		      const struct zw_usage *total)
{
	put(bonus, DD_USED, total->used);
	put(bonus, DD_COMPRESSED, total->compressed);
	put(bonus, DD_UNCOMPRESSED, total->uncompressed);
	put(bonus, DD_USED_HEAD, own->used);
	put(bonus, DD_USED_CHILD, total->used - own->used);
}

/* What a directory points to. */
struct dir {
	uint64_t head, parent, origin, child_map, props, clones;
};

static void dir_create(struct zw_mos *mos, uint64_t number, const struct dir *d)
{
	uint8_t bonus[ZF_DSL_DIR_SIZE] = { 0 };

	put(bonus, 0, mos->pool->options.time);
	put(bonus, DD_HEAD, d->head);
	put(bonus, DD_PARENT, d->parent);
	put(bonus, DD_ORIGIN, d->origin);
	put(bonus, DD_CHILD_MAP, d->child_map);
	put(bonus, DD_PROPS, d->props);
	put(bonus, DD_FLAGS, DD_FLAG_USED_BREAKDOWN);
	put(bonus, DD_CLONES, d->clones);
	zw_mos_set(mos, number, ZF_OT_DSL_DIR, 512, ZF_OT_DSL_DIR, bonus, sizeof(bonus));
}

/* An object number and its ZAP. */
static uint64_t zap_create(struct zw_mos *mos, uint8_t type, struct zw_map *map)
{
	uint64_t number = zw_mos_alloc(mos);
	int ret = mos->error;

	if (ret == 0)
		ret = zw_mos_zap(mos, number, type, map);
	if (ret < 0 && mos->error == 0)
		mos->error = ret;
	return number;
}

static uint64_t empty_zap(struct zw_mos *mos, uint8_t type)
{
	struct zw_map map = { 0 };

	return zap_create(mos, type, &map);
}

/* with_list: an empty one, for what is freed of older than everything. */
static uint64_t deadlist_create(struct zw_mos *mos, bool with_list)
{
	const uint8_t bonus[DEADLIST_BONUS] = { 0 };
	struct zw_map map = { 0 };
	uint64_t number;

	if (with_list) {
		zw_map_add_int(&map, 0, mos->empty_bpobj);
		mos->empty_bpobj_refs++;
	}
	number = zap_create(mos, ZF_OT_DEADLIST, &map);
	if (mos->error == 0)
		zw_mos_set(mos, number, ZF_OT_DEADLIST, 512, ZF_OT_DEADLIST_HDR, bonus,
			   sizeof(bonus));
	return number;
}

/* $MOS and $FREE: places to account space to, without a dataset. */
static void special_dir(struct zw_mos *mos, uint64_t number)
{
	struct dir d = { .parent = mos->root_dir };

	d.props = empty_zap(mos, ZF_OT_DSL_PROPS);
	d.child_map = empty_zap(mos, ZF_OT_DSL_DIR_CHILD_MAP);
	if (mos->error == 0)
		dir_create(mos, number, &d);
}

/* The fields that every dataset has. */
static void ds_common(const struct zw_mos *mos, uint8_t *bonus, uint64_t dir,
		      uint64_t deadlist, uint64_t creation_txg)
{
	put(bonus, DS_DIR, dir);
	put(bonus, DS_CREATION_TIME, mos->pool->options.time);
	put(bonus, DS_CREATION_TXG, creation_txg);
	put(bonus, DS_DEADLIST, deadlist);
	put(bonus, DS_FSID_GUID, zw_pool_random(mos->pool) >> 8);
	put(bonus, DS_GUID, zw_pool_random(mos->pool));
	put(bonus, DS_FLAGS, DS_FLAG_UNIQUE_ACCURATE);
}

/*
 * $ORIGIN and its snapshot, both empty: every file system is a clone of the snapshot.
 */
static void origin_create(struct zw_mos *mos, struct zw_map *clones)
{
	uint8_t head[ZF_DSL_DATASET_SIZE] = { 0 }, snap[ZF_DSL_DATASET_SIZE] = { 0 };
	struct zw_map names = { .normflags = TEXTPREP_TOUPPER }, copy = { 0 };
	struct dir d = { .parent = mos->root_dir };
	uint64_t number = zw_mos_alloc(mos);
	size_t n_clones = 0;

	for (struct zw_dataset *ds = mos->pool->datasets; ds; ds = ds->next, n_clones++)
		zw_map_add_int(&copy, ds->obj, ds->obj);
	d.head = number;
	d.props = empty_zap(mos, ZF_OT_DSL_PROPS);
	d.child_map = empty_zap(mos, ZF_OT_DSL_DIR_CHILD_MAP);
	d.clones = zap_create(mos, ZF_OT_DSL_CLONES, clones);

	zw_map_add64(&names, "$ORIGIN", mos->origin_snap);
	put(head, DS_SNAP_MAP, zap_create(mos, ZF_OT_DSL_DS_SNAP_MAP, &names));
	put(head, DS_PREV_SNAP, mos->origin_snap);
	put(head, DS_PREV_SNAP_TXG, ZW_ORIGIN_TXG);
	ds_common(mos, head, mos->origin_dir, deadlist_create(mos, true), ZW_ORIGIN_TXG);

	put(snap, DS_NEXT_SNAP, number);
	put(snap, DS_NUM_CHILDREN, 1 + n_clones);
	put(snap, DS_NEXT_CLONES, zap_create(mos, ZF_OT_NEXT_CLONES, &copy));
	ds_common(mos, snap, mos->origin_dir, deadlist_create(mos, false), ZW_ORIGIN_TXG);
	if (mos->error < 0)
		return;
	dir_create(mos, mos->origin_dir, &d);
	zw_mos_set(mos, number, ZF_OT_DSL_DATASET, 512, ZF_OT_DSL_DATASET, head,
		   sizeof(head));
	zw_mos_set(mos, mos->origin_snap, ZF_OT_DSL_DATASET, 512, ZF_OT_DSL_DATASET, snap,
		   sizeof(snap));
}

static const char *last_component(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash ? slash + 1 : name;
}

/* The map of a directory's children. The root's has the internal ones too. */
static uint64_t child_map_create(struct zw_mos *mos, const struct zw_dataset *ds)
{
	struct zw_map map = { 0 };

	if (!ds->parent) {
		zw_map_add64(&map, "$MOS", mos->mos_dir);
		zw_map_add64(&map, "$FREE", mos->free_dir);
		zw_map_add64(&map, "$ORIGIN", mos->origin_dir);
	}
	for (const struct zw_dataset *c = ds->next; c; c = c->next)
		if (c->parent == ds)
			zw_map_add64(&map, last_component(c->name), c->dir_obj);
	return zap_create(mos, ZF_OT_DSL_DIR_CHILD_MAP, &map);
}

static void dataset_create(struct zw_mos *mos, struct zw_dataset *ds)
{
	uint8_t bonus[ZF_DSL_DATASET_SIZE] = { 0 };
	struct zw_map names = { .normflags = TEXTPREP_TOUPPER }, features = { 0 };
	struct dir d = {
		.head = ds->obj,
		.parent = ds->parent ? ds->parent->dir_obj : 0,
		.origin = mos->origin_snap,
	};
	int ret;

	d.props = zap_create(mos, ZF_OT_DSL_PROPS, &ds->props);
	d.child_map = child_map_create(mos, ds);
	put(bonus, DS_PREV_SNAP, mos->origin_snap);
	put(bonus, DS_PREV_SNAP_TXG, ZW_ORIGIN_TXG);
	put(bonus, DS_SNAP_MAP, zap_create(mos, ZF_OT_DSL_DS_SNAP_MAP, &names));
	put(bonus, DS_REFERENCED, ds->usage.used);
	put(bonus, DS_COMPRESSED, ds->usage.compressed);
	put(bonus, DS_UNCOMPRESSED, ds->usage.uncompressed);
	put(bonus, DS_UNIQUE, ds->usage.used);
	ds_common(mos, bonus, ds->dir_obj, deadlist_create(mos, true), ZW_TXG);
	memcpy(bonus + DS_BP, ds->bp, sizeof(ds->bp));
	if (mos->error < 0)
		return;
	dir_create(mos, ds->dir_obj, &d);
	zw_features_dataset(mos, ds, &features);
	ret = zw_mos_zap(mos, ds->obj, ZF_OTN_ZAP_METADATA, &features);
	if (ret < 0)
		mos->error = ret;
	else
		zw_mos_set(mos, ds->obj, ZF_OTN_ZAP_METADATA, 512, ZF_OT_DSL_DATASET,
			   bonus, sizeof(bonus));
}

int zw_dsl_write(struct zw_mos *mos)
{
	struct zw_map clones = { 0 };

	mos->root_dir = zw_mos_alloc(mos);
	mos->mos_dir = zw_mos_alloc(mos);
	mos->free_dir = zw_mos_alloc(mos);
	mos->origin_dir = zw_mos_alloc(mos);
	mos->origin_snap = zw_mos_alloc(mos);
	mos->empty_bpobj = zw_mos_alloc(mos);
	for (struct zw_dataset *ds = mos->pool->datasets; ds; ds = ds->next) {
		ds->dir_obj = ds->parent ? zw_mos_alloc(mos) : mos->root_dir;
		ds->obj = zw_mos_alloc(mos);
		zw_map_add_int(&clones, ds->obj, ds->obj);
	}
	if (mos->error == 0) {
		special_dir(mos, mos->mos_dir);
		special_dir(mos, mos->free_dir);
		origin_create(mos, &clones);
	}
	for (struct zw_dataset *ds = mos->pool->datasets; ds && mos->error == 0;
	     ds = ds->next)
		dataset_create(mos, ds);
	zw_map_done(&clones);
	return mos->error;
}

/* Adds a dataset's own usage to it and to all above it. */
static void account(struct zw_dataset *ds)
{
	const struct zw_usage *own = &ds->usage;

	for (; ds; ds = ds->parent)
		zw_usage_add(&ds->total, own);
}

void zw_dsl_account(struct zw_mos *mos, const struct zw_usage *mos_usage)
{
	struct zw_dataset *root = mos->pool->datasets;

	for (struct zw_dataset *ds = root; ds; ds = ds->next)
		ds->total = (struct zw_usage){ 0 };
	for (struct zw_dataset *ds = root; ds; ds = ds->next)
		account(ds);
	zw_usage_add(&root->total, mos_usage);
	for (struct zw_dataset *ds = root; ds; ds = ds->next)
		put_usage(zw_mos_object(mos, ds->dir_obj)->bonus, &ds->usage, &ds->total);
	put_usage(zw_mos_object(mos, mos->mos_dir)->bonus, mos_usage, mos_usage);
}
