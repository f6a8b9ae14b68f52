/* SPDX-License-Identifier: BSD-2-Clause */
#include "write/mos.h"

#include <stdlib.h>
#include <string.h>

#include "fmt/encode.h"

#define CONFIG_BLOCK  (16U << 10)
#define BPOBJ_BLOCK   (128U << 10)
#define SYNC_BPLIST   (16U << 10)
#define BPOBJ_BONUS   48 /* BPOBJ_SIZE_V2 */
#define CHECKSUM_SALT 32

uint64_t zw_mos_alloc(struct zw_mos *mos)
{
	if (mos->n == mos->cap) {
		uint64_t cap = mos->cap ? 2 * mos->cap : 64;
		struct zw_mos_object *objects =
			realloc(mos->objects, cap * sizeof(*objects));

		if (!objects) {
			mos->error = ZB_ENOMEM;
			return 0; /* is never an object of its own; the error counts */
		}
		memset(objects + mos->cap, 0, (cap - mos->cap) * sizeof(*objects));
		mos->objects = objects;
		mos->cap = cap;
	}
	return mos->n++;
}

struct zw_mos_object *zw_mos_object(struct zw_mos *mos, uint64_t number)
{
	return &mos->objects[number];
}

void zw_mos_set(struct zw_mos *mos, uint64_t number, uint8_t type, uint32_t lsize,
		uint8_t bonustype, const void *bonus, size_t bonuslen)
{
	struct zw_mos_object *o = zw_mos_object(mos, number);

	o->type = type;
	o->bonustype = bonustype;
	o->bonuslen = bonuslen;
	if (bonuslen > 0)
		memcpy(o->bonus, bonus, bonuslen);
	if (o->root.nlevels == 0) {
		o->root.nlevels = 1;
		o->root.lsize = lsize;
	}
}

static int root_done(void *ctx, uint64_t number, const struct zw_root *root)
{
	struct zw_mos *mos = ctx;

	zw_mos_object(mos, number)->root = *root;
	return 0;
}

static struct zw_tree_options mos_options(uint8_t type)
{
	return (struct zw_tree_options){
		.type = type,
		.metadata = true,
		.copies = ZW_MOS_COPIES,
		.meta_copies = ZW_MOS_COPIES,
		.embed = true,
		.codec = { .compress = ZF_COMPRESS_LZ4 },
	};
}

int zw_mos_zap(struct zw_mos *mos, uint64_t number, uint8_t type, struct zw_map *map)
{
	const struct zw_tree_options o = mos_options(type);
	int ret;

	zw_mos_object(mos, number)->type = type;
	ret = zw_map_write(map, mos->pool, &o, &mos->usage, root_done, mos, number);
	zw_map_done(map);
	return ret;
}

int zw_mos_data(struct zw_mos *mos, uint64_t number, const void *data, size_t len,
		uint32_t lsize)
{
	struct zw_tree_options o = mos_options(zw_mos_object(mos, number)->type);
	const uint8_t *from = data;
	struct zw_tree *tree;
	int ret;

	o.lsize = lsize;
	ret = zw_tree_create(mos->pool, &o, &mos->usage, root_done, mos, number, &tree);
	for (size_t off = 0; ret == 0 && off < len; off += lsize) {
		size_t part = len - off < lsize ? len - off : lsize;
		uint8_t *block = zw_block_buffer(lsize);

		if (!block)
			return ZB_ENOMEM;
		memcpy(block, from + off, part);
		memset(block + part, 0, lsize - part);
		ret = zw_tree_block(tree, off / lsize, block, 1);
	}
	return ret < 0 ? ret : zw_tree_end(tree);
}

static void bpobj_create(struct zw_mos *mos, uint64_t number, uint32_t lsize)
{
	const uint8_t bonus[BPOBJ_BONUS] = { 0 };

	zw_mos_set(mos, number, ZF_OT_BPOBJ, lsize, ZF_OT_BPOBJ_HDR, bonus,
		   sizeof(bonus));
}

/* A per-vdev ZAP, empty so far, entered into the map of them all. */
static uint64_t vdev_zap(struct zw_mos *mos, struct zw_map *all)
{
	struct zw_map none = { 0 };
	uint64_t number = zw_mos_alloc(mos);

	if (mos->error == 0)
		mos->error = zw_mos_zap(mos, number, ZF_OTN_ZAP_METADATA, &none);
	zw_map_add_int(all, number, number);
	return number;
}

static int config_write(struct zw_mos *mos)
{
	uint8_t bonus[8], *buf = malloc(CONFIG_BLOCK);
	size_t len;
	int ret;

	if (!buf)
		return ZB_ENOMEM;
	ret = zw_config_encode(mos, false, buf, CONFIG_BLOCK, &len);
	zb_store64(bonus, ZB_LE, len);
	zw_mos_set(mos, mos->config, ZF_OT_PACKED_NVLIST, CONFIG_BLOCK,
		   ZF_OT_PACKED_NVLIST_SIZE, bonus, sizeof(bonus));
	if (ret == 0)
		ret = zw_mos_data(mos, mos->config, buf, len, CONFIG_BLOCK);
	free(buf);
	return ret;
}

/* A ZAP that the object directory names. */
static int linked_zap(struct zw_mos *mos, struct zw_map *dir, const char *name,
		      uint8_t type, struct zw_map *map)
{
	uint64_t number = zw_mos_alloc(mos);

	zw_map_add64(dir, name, number);
	return mos->error < 0 ? mos->error : zw_mos_zap(mos, number, type, map);
}

static int features_write(struct zw_mos *mos, struct zw_map *dir)
{
	struct zw_map read = { 0 }, text = { 0 }, since = { 0 };
	int ret;

	zw_features_read(mos, &read);
	zw_features_describe(&text, &since);
	mos->features_for_write = zw_mos_alloc(mos);
	zw_map_add64(dir, "features_for_write", mos->features_for_write);
	ret = linked_zap(mos, dir, "features_for_read", ZF_OTN_ZAP_METADATA, &read);
	if (ret == 0)
		ret = linked_zap(mos, dir, "feature_descriptions", ZF_OTN_ZAP_METADATA,
				 &text);
	if (ret == 0)
		ret = linked_zap(mos, dir, "feature_enabled_txg", ZF_OTN_ZAP_METADATA,
				 &since);
	zw_map_done(&read);
	zw_map_done(&text);
	zw_map_done(&since);
	return ret;
}

static int vdev_zaps_write(struct zw_mos *mos, struct zw_map *dir)
{
	struct zw_map all = { 0 };
	int ret;

	mos->vdev_zap_leaf = vdev_zap(mos, &all);
	mos->vdev_zap_top = vdev_zap(mos, &all);
	ret = linked_zap(mos, dir, "com.delphix:vdev_zap_map", ZF_OTN_ZAP_METADATA, &all);
	zw_map_done(&all);
	return ret;
}

static int pool_props_write(struct zw_mos *mos, struct zw_map *dir)
{
	const struct zw_dataset *bootfs = mos->pool->bootfs;
	struct zw_map props = { 0 };

	if (!bootfs)
		return 0;
	zw_map_add64(&props, "bootfs", bootfs->obj);
	return linked_zap(mos, dir, "pool_props", ZF_OT_POOL_PROPS, &props);
}

static void lists_create(struct zw_mos *mos, struct zw_map *dir)
{
	uint64_t number = zw_mos_alloc(mos);

	bpobj_create(mos, number, BPOBJ_BLOCK);
	zw_map_add64(dir, "free_bpobj", number);
	bpobj_create(mos, mos->empty_bpobj, BPOBJ_BLOCK);
	zw_map_add64(dir, "empty_bpobj", mos->empty_bpobj);
	number = zw_mos_alloc(mos);
	bpobj_create(mos, number, SYNC_BPLIST);
	zw_mos_object(mos, number)->compress = ZF_COMPRESS_OFF;
	zw_map_add64(dir, "sync_bplist", number);
}

static int directory_fill(struct zw_mos *mos, struct zw_map *dir)
{
	uint8_t salt[CHECKSUM_SALT];
	int ret;

	for (unsigned int i = 0; i < CHECKSUM_SALT / 8; i++)
		zb_store64(salt + 8 * i, ZB_LE, zw_pool_random(mos->pool));
	zw_map_add64(dir, "root_dataset", mos->root_dir);
	zw_map_add64(dir, "deflate", 1);
	zw_map_add64(dir, "creation_version", ZW_SPA_VERSION);
	zw_map_add(dir, "org.illumos:checksum_salt", 1, CHECKSUM_SALT, salt);
	lists_create(mos, dir);
	ret = features_write(mos, dir);
	if (ret == 0)
		ret = vdev_zaps_write(mos, dir);
	if (ret == 0)
		ret = pool_props_write(mos, dir);
	mos->metaslab_array = zw_mos_alloc(mos);
	mos->config = zw_mos_alloc(mos);
	zw_map_add64(dir, "config", mos->config);
	if (ret == 0 && mos->error == 0)
		ret = config_write(mos);
	return ret < 0 ? ret : mos->error;
}

int zw_mos_write(struct zw_mos *mos)
{
	struct zw_map dir = { 0 };
	int ret = directory_fill(mos, &dir);

	if (ret == 0) /* the object directory is object 1 */
		ret = zw_mos_zap(mos, 1, ZF_OT_OBJECT_DIRECTORY, &dir);
	zw_map_done(&dir);
	return ret;
}
