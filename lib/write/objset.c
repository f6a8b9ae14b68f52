/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fmt/encode.h"
#include "write/path.h"
#include "write/userspace.h"

#define DNODES_LEVELS                                                                    \
	6 /* so that the dnode object can grow to all objects there can be */
#define ZPL_FLAGS                                                                        \
	(ZF_DNODE_FLAG_USED_BYTES | ZF_DNODE_FLAG_USERUSED_ACCOUNTED |                   \
	 ZF_DNODE_FLAG_USEROBJUSED_ACCOUNTED)

struct zw_tree_options zw_dataset_meta_options(const struct zw_dataset *ds, uint8_t type)
{
	unsigned int copies = ds->policy.copies;

	return (struct zw_tree_options){
		.type = type,
		.metadata = true,
		.copies = copies,
		.meta_copies = copies < 3 ? copies + 1 : 3,
		.embed = true,
		.codec = { .compress = ZF_COMPRESS_LZ4 },
	};
}

int zw_zpl_init(struct zw_dataset *ds)
{
	ds->next_object = zb_align_up(ZW_OBJ_FIRST_FREE, ds->policy.dnode_slots);
	return zw_object_create_dir(ds, 0, &ds->root, NULL);
}

/* A ZAP object of the file system itself. */
static int system_zap(struct zw_dataset *ds, uint64_t object, uint8_t type,
		      struct zw_map *map)
{
	const struct zf_dnode_core core = {
		.type = type,
		.indblkshift = ZW_INDIRECT_SHIFT,
		.nlevels = 1,
		.nblkptr = 1,
		.flags = ZPL_FLAGS,
		.slots = 1,
		.datablksz = 512,
	};
	struct zw_tree_options o = zw_dataset_meta_options(ds, type);
	int ret = zw_dnode_core_write(ds, object, &core);

	if (ret == 0)
		ret = zw_map_write(map, ds->pool, &o, &ds->usage, zw_dnode_root_done, ds,
				   object);
	zw_map_done(map);
	return ret;
}

static int system_objects_write(struct zw_dataset *ds)
{
	struct zw_map master = { 0 }, sa = { 0 }, registry = { 0 }, layouts = { 0 };
	int ret;

	zw_map_add64(&master, "VERSION", ZF_ZPL_VERSION);
	zw_map_add64(&master, "ROOT", ds->root);
	zw_map_add64(&master, "DELETE_QUEUE", ZW_OBJ_DELETE_QUEUE);
	zw_map_add64(&master, "SA_ATTRS", ZW_OBJ_SA_MASTER);
	zw_map_add64(&master, "utf8only", 0);
	zw_map_add64(&master, "normalization", 0);
	zw_map_add64(&master, "casesensitivity", 0);
	ret = system_zap(ds, ZW_OBJ_MASTER, ZF_OT_MASTER_NODE, &master);
	if (ret < 0)
		return ret;
	zw_map_add64(&sa, "REGISTRY", ZW_OBJ_SA_REGISTRY);
	zw_map_add64(&sa, "LAYOUTS", ZW_OBJ_SA_LAYOUTS);
	ret = system_zap(ds, ZW_OBJ_SA_MASTER, ZF_OT_SA_MASTER_NODE, &sa);
	if (ret < 0)
		return ret;
	ret = system_zap(ds, ZW_OBJ_DELETE_QUEUE, ZF_OT_UNLINKED_SET, &ds->orphans);
	if (ret < 0)
		return ret;
	zw_sa_registry(&registry);
	ret = system_zap(ds, ZW_OBJ_SA_REGISTRY, ZF_OT_SA_ATTR_REGISTRATION, &registry);
	if (ret < 0)
		return ret;
	zw_sa_layout_map(&ds->layouts, &layouts);
	return system_zap(ds, ZW_OBJ_SA_LAYOUTS, ZF_OT_SA_ATTR_LAYOUTS, &layouts);
}

/* A directory's entries become its ZAP, their numbers its size and links. */
static int directory_write(struct zw_dataset *ds, uint64_t object)
{
	struct zw_tree_options o = zw_dataset_meta_options(ds, ZF_OT_DIRECTORY_CONTENTS);
	struct zw_zap_source src;
	struct zw_dir_source names;
	struct zw_dir dir;
	uint64_t links;
	int ret = zw_dnode_dir_read(ds, object, &dir);

	if (ret == 0)
		ret = zw_dnode_sa_read(ds, object, ZW_SA_OFFSET_LINKS, &links);
	if (ret == 0)
		ret = zw_dnode_sa_write(ds, object, ZW_SA_OFFSET_SIZE, dir.entries + 2);
	if (ret == 0 && links > 0) /* not replaced and waiting to be freed */
		ret = zw_dnode_sa_write(ds, object, ZW_SA_OFFSET_LINKS, dir.subdirs + 2);
	if (ret < 0)
		return ret;
	zw_dir_source_init(&names, &ds->names, &dir, zw_pool_random(ds->pool), &src);
	return zw_zap_write(ds->pool, &src, &o, &ds->usage, zw_dnode_root_done, ds,
			    object);
}

static int directories_write(struct zw_dataset *ds)
{
	for (uint64_t i = zb_align_up(ZW_OBJ_FIRST_FREE, ds->policy.dnode_slots);
	     i < ds->next_object; i += ds->policy.dnode_slots) {
		uint8_t type;
		int ret = zw_spill_read(&ds->dnodes, i * ZF_DNODE_SIZE, &type, 1);

		if (ret == 0 && type == ZF_OT_DIRECTORY_CONTENTS)
			ret = directory_write(ds, i);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* Roots of the objset's own dnodes, as their trees finish. */
struct objset_roots {
	struct zw_root dnodes;
	struct zw_root used[ZW_USERSPACE_KINDS];
};

static int root_store(void *ctx, uint64_t cookie, const struct zw_root *root)
{
	struct objset_roots *roots = ctx;

	if (cookie == 0)
		roots->dnodes = *root;
	else
		roots->used[cookie - 1] = *root;
	return 0;
}

/* Counts a block's dnodes and accounts their space to their owners. */
static int dnodes_scan(const uint8_t *block, struct zw_userspace *us, uint64_t *ret_fill)
{
	*ret_fill = 0;
	for (unsigned int at = 0; at < ZF_DNODE_BLOCK_SIZE;) {
		const uint8_t *dn = block + at;
		int ret;

		at += ZF_DNODE_SIZE * (dn[12] + 1U);
		if (dn[0] == ZF_OT_NONE)
			continue;
		(*ret_fill)++;
		ret = zw_userspace_dnode(us, dn);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int dnodes_write(struct zw_dataset *ds, struct zw_userspace *us,
			struct objset_roots *roots)
{
	struct zw_tree_options o = zw_dataset_meta_options(ds, ZF_OT_DNODE);
	uint64_t blocks = (ds->next_object * ZF_DNODE_SIZE + ZF_DNODE_BLOCK_SIZE - 1) /
			  ZF_DNODE_BLOCK_SIZE;
	struct zw_tree *tree;
	int ret;

	o.lsize = ZF_DNODE_BLOCK_SIZE;
	o.min_levels = DNODES_LEVELS;
	o.embed = false;
	ret = zw_tree_create(ds->pool, &o, &ds->usage, root_store, roots, 0, &tree);
	for (uint64_t i = 0; ret == 0 && i < blocks; i++) {
		uint8_t *data = zw_block_buffer(ZF_DNODE_BLOCK_SIZE);
		uint64_t fill = 0;

		if (!data)
			return ZB_ENOMEM;
		ret = zw_spill_read(&ds->dnodes, i * ZF_DNODE_BLOCK_SIZE, data,
				    ZF_DNODE_BLOCK_SIZE);
		if (ret == 0)
			ret = dnodes_scan(data, us, &fill);
		if (ret < 0)
			free(data);
		else
			ret = zw_tree_block(tree, i, data, fill);
	}
	return ret < 0 ? ret : zw_tree_end(tree);
}

/* One of the objset's own dnodes. */
static void root_encode(uint8_t *out, uint8_t type, unsigned int nblkptr,
			const struct zw_root *root)
{
	const struct zf_dnode_core core = {
		.type = type,
		.indblkshift = ZW_INDIRECT_SHIFT,
		.nlevels = root->nlevels,
		.nblkptr = nblkptr,
		.flags = ZF_DNODE_FLAG_USED_BYTES,
		.slots = 1,
		.datablksz = root->lsize,
		.maxblkid = root->maxblkid,
		.used = root->used,
	};

	zf_dnode_core_encode(&core, out);
	memcpy(out + ZF_DNODE_CORE, root->bp, ZF_BLKPTR_SIZE);
}

static int objset_retired(void *ctx, const struct zw_block *block,
			  const struct zw_block_result *r)
{
	struct zw_dataset *ds = ctx;
	const struct zw_usage u = { .used = r->asize,
				    .compressed = r->psize,
				    .uncompressed = r->ucsize };

	memcpy(ds->bp, r->bp, sizeof(ds->bp));
	zw_usage_add(&ds->usage, &u);
	return 0;
}

static int objset_write(struct zw_dataset *ds, const struct objset_roots *roots)
{
	const struct zw_tree_options o = zw_dataset_meta_options(ds, ZF_OT_OBJSET);
	struct zw_block b = {
		.data = zw_block_buffer(ZF_OBJSET_V3_SIZE),
		.lsize = ZF_OBJSET_V3_SIZE,
		.type = ZF_OT_OBJSET,
		.copies = o.meta_copies,
		.metadata = true,
		.codec = o.codec,
		.fill = roots->dnodes.fill,
		.done = objset_retired,
		.ctx = ds,
	};

	if (!b.data)
		return ZB_ENOMEM;
	memset(b.data, 0, b.lsize);
	root_encode(b.data, ZF_OT_DNODE, 3, &roots->dnodes);
	for (unsigned int i = 0; i < ZW_USERSPACE_KINDS; i++)
		root_encode(b.data + ZF_OBJSET_USED_OFFSET + i * ZF_DNODE_SIZE,
			    ZF_OT_USERGROUP_USED, 1, &roots->used[i]);
	zb_store64(b.data + ZF_OBJSET_TYPE_OFFSET, ZB_LE, ZF_OST_ZFS);
	zb_store64(b.data + ZF_OBJSET_FLAGS_OFFSET, ZB_LE,
		   ZF_OBJSET_FLAG_USERACCOUNTING_COMPLETE |
			   ZF_OBJSET_FLAG_USEROBJACCOUNTING_COMPLETE |
			   ZF_OBJSET_FLAG_PROJECTQUOTA_COMPLETE);
	return zw_pipeline_submit(&ds->pool->pipeline, &b);
}

static int userspace_write(struct zw_dataset *ds, struct zw_userspace *us,
			   struct objset_roots *roots)
{
	struct zw_tree_options o = zw_dataset_meta_options(ds, ZF_OT_USERGROUP_USED);

	for (unsigned int i = 0; i < ZW_USERSPACE_KINDS; i++) {
		struct zw_map map = { 0 };
		int ret;

		zw_userspace_map(us, i, &map);
		ret = zw_map_write(&map, ds->pool, &o, &ds->usage, root_store, roots,
				   1 + i);
		zw_map_done(&map);
		if (ret < 0)
			return ret;
	}
	return 0;
}

int zw_dataset_finish(struct zw_dataset *ds)
{
	struct zw_pipeline *pipeline = &ds->pool->pipeline;
	struct objset_roots roots = { 0 };
	struct zw_userspace us = { 0 };
	int ret = directories_write(ds);

	if (ret == 0)
		ret = system_objects_write(ds);
	if (ret == 0) /* all that changes dnodes has to be through */
		ret = zw_pipeline_drain(pipeline);
	if (ret == 0)
		ret = dnodes_write(ds, &us, &roots);
	if (ret == 0)
		ret = userspace_write(ds, &us, &roots);
	zw_userspace_done(&us);
	if (ret == 0)
		ret = zw_pipeline_drain(pipeline);
	if (ret == 0)
		ret = objset_write(ds, &roots);
	if (ret == 0)
		ret = zw_pipeline_drain(pipeline);
	zw_names_done(&ds->names);
	zw_spill_done(&ds->dnodes);
	return ret;
}
