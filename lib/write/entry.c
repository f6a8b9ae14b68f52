/* SPDX-License-Identifier: BSD-2-Clause */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fmt/encode.h"
#include "write/path.h"

static int entry_check(const struct zw_entry *e, struct zb_diag *diag)
{
	switch (e->mode & S_IFMT) {
	case S_IFREG:
		if (e->size > 0 && !e->data)
			return zb_fail(diag, ZB_EINVAL, e->path, ZB_DIAG_NO_OFFSET,
				       "a file without its contents");
		if (e->size > INT64_MAX)
			return zb_fail(diag, ZB_E2BIG, e->path, ZB_DIAG_NO_OFFSET,
				       "a file larger than 8 EiB");
		break;
	case S_IFLNK:
		if (!e->target || e->target[0] == '\0')
			return zb_fail(diag, ZB_EINVAL, e->path, ZB_DIAG_NO_OFFSET,
				       "a symbolic link without a target");
		if (strlen(e->target) >= 4096)
			return zb_fail(diag, ZB_ENAMETOOLONG, e->path, ZB_DIAG_NO_OFFSET,
				       "a symbolic link of 4096 bytes or more");
		break;
	case S_IFDIR:
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		break;
	default:
		return zb_fail(diag, ZB_EINVAL, e->path, ZB_DIAG_NO_OFFSET,
			       "mode %o says no type of file", e->mode);
	}
	return 0;
}

static uint8_t dirent_type(uint32_t mode)
{
	return (mode & S_IFMT) >> 12;
}

/* Spilled attributes: a block of their own, whose pointer ends the dnode. */
static int spill_retired(void *ctx, const struct zw_block *block,
			 const struct zw_block_result *r)
{
	struct zw_dataset *ds = ctx;
	uint64_t object = block->cookie, at = object * ZF_DNODE_SIZE;
	uint8_t used[8];
	const struct zw_usage u = { .used = r->asize,
				    .compressed = r->psize,
				    .uncompressed = r->ucsize };
	int ret = zw_spill_read(&ds->dnodes, at + 24, used, sizeof(used));

	if (ret < 0)
		return ret;
	zb_store64(used, ZB_LE, zb_load64(used, ZB_LE) + r->asize);
	ret = zw_spill_write(&ds->dnodes, at + 24, used, sizeof(used));
	if (ret < 0)
		return ret;
	zw_usage_add(&ds->usage, &u);
	return zw_spill_write(&ds->dnodes,
			      at + (uint64_t)ds->policy.dnode_slots * ZF_DNODE_SIZE -
				      ZF_BLKPTR_SIZE,
			      r->bp, ZF_BLKPTR_SIZE);
}

static int spill_submit(struct zw_dataset *ds, uint64_t object)
{
	const struct zw_tree_options o = zw_dataset_meta_options(ds, ZF_OT_SA);
	struct zw_block b = {
		.data = ds->sa.spill,
		.lsize = ds->sa.spill_len,
		.type = ZF_OT_SA,
		.copies = o.meta_copies,
		.metadata = true,
		.codec = o.codec,
		.fill = 1,
		.done = spill_retired,
		.ctx = ds,
		.cookie = object,
	};

	ds->sa.spill = NULL;
	return zw_pipeline_submit(&ds->pool->pipeline, &b);
}

/* Writes core and attributes of an object; a directory's entries stay. */
static int object_write(struct zw_dataset *ds, uint64_t object, const struct zw_entry *e,
			uint64_t parent, uint64_t links, struct zb_diag *diag)
{
	bool is_dir = S_ISDIR(e->mode);
	struct zf_dnode_core core = {
		.type = is_dir ? ZF_OT_DIRECTORY_CONTENTS : ZF_OT_PLAIN_FILE_CONTENTS,
		.indblkshift = ZW_INDIRECT_SHIFT,
		.nlevels = 1,
		.nblkptr = 1,
		.bonustype = ZF_OT_SA,
		.flags = ZF_DNODE_FLAG_USED_BYTES | ZF_DNODE_FLAG_USERUSED_ACCOUNTED |
			 ZF_DNODE_FLAG_USEROBJUSED_ACCOUNTED,
		.slots = ds->policy.dnode_slots,
		.datablksz = 512,
	};
	uint64_t size = S_ISREG(e->mode)   ? e->size
			: S_ISLNK(e->mode) ? strlen(e->target)
					   : 0;
	int ret = zw_sa_build(&ds->layouts, e, parent, size, links,
			      zf_dnode_bonus_room(core.slots, 1), &ds->sa, diag);

	if (ret < 0)
		return ret;
	core.bonuslen = ds->sa.bonus_len;
	if (ds->sa.spill)
		core.flags |= ZF_DNODE_FLAG_SPILL_BLKPTR;
	ret = zw_dnode_core_write(ds, object, &core);
	if (ret == 0)
		ret = zw_spill_write(&ds->dnodes,
				     object * ZF_DNODE_SIZE + ZF_DNODE_CORE +
					     ZF_BLKPTR_SIZE,
				     ds->sa.bonus, ds->sa.bonus_len);
	if (ret == 0 && ds->sa.spill)
		ret = spill_submit(ds, object);
	free(ds->sa.spill);
	ds->sa.spill = NULL;
	return ret;
}

int zw_object_create(struct zw_dataset *ds, const struct zw_entry *e, uint64_t parent,
		     uint64_t links, uint64_t *ret_object, struct zb_diag *diag)
{
	uint64_t object = ds->next_object;
	int ret = object_write(ds, object, e, parent ? parent : object, links, diag);

	if (ret < 0)
		return ret;
	ds->next_object = object + ds->policy.dnode_slots;
	*ret_object = object;
	return 0;
}

int zw_object_create_dir(struct zw_dataset *ds, uint64_t parent, uint64_t *ret_object,
			 struct zb_diag *diag)
{
	const struct zw_time now = { .sec = (int64_t)ds->pool->options.time };
	const struct zw_entry e = {
		.path = "",
		.mode = S_IFDIR | 0755,
		.atime = now,
		.mtime = now,
		.ctime = now,
	};

	return zw_object_create(ds, &e, parent, 2, ret_object, diag);
}

/* The space of the block pointer in a dnode, at that byte of the spill, is free again. */
static int blkptr_free(struct zw_dataset *ds, uint64_t at)
{
	uint8_t raw[ZF_BLKPTR_SIZE];
	struct zf_blkptr bp;
	uint64_t data, asize = 0;
	int ret = zw_spill_read(&ds->dnodes, at, raw, sizeof(raw));

	if (ret == 0)
		ret = zf_blkptr_decode(zb_span(raw, sizeof(raw)), ZB_LE, &bp);
	if (ret < 0 || zf_blkptr_is_hole(&bp))
		return ret;
	for (unsigned int i = 0; ret == 0 && i < bp.ndvas; i++) {
		ret = zw_alloc_free(&ds->pool->alloc, bp.dva[i].offset, bp.dva[i].asize);
		asize += bp.dva[i].asize;
	}
	data = bp.type == ZF_OT_PLAIN_FILE_CONTENTS ? bp.lsize : bp.psize;
	ds->usage.used -= asize;
	ds->usage.compressed -= bp.psize;
	ds->usage.uncompressed -= data;
	return ret;
}

/* Frees the spill block of an object, and clears its attributes for new ones. */
static int spill_forget(struct zw_dataset *ds, uint64_t object)
{
	uint64_t at = object * ZF_DNODE_SIZE;
	uint64_t end = at + (uint64_t)ds->policy.dnode_slots * ZF_DNODE_SIZE;
	const uint8_t zeros[ZF_DNODE_SIZE] = { 0 };
	uint8_t flags;
	int ret = zw_spill_read(&ds->dnodes, at + 7, &flags, 1);

	if (ret == 0 && flags & ZF_DNODE_FLAG_SPILL_BLKPTR) {
		ret = zw_pipeline_drain(&ds->pool->pipeline);
		if (ret == 0)
			ret = blkptr_free(ds, end - ZF_BLKPTR_SIZE);
	}
	at += ZF_DNODE_CORE + ZF_BLKPTR_SIZE;
	while (ret == 0 && at < end) {
		size_t part = end - at < sizeof(zeros) ? end - at : sizeof(zeros);

		ret = zw_spill_write(&ds->dnodes, at, zeros, part);
		at += part;
	}
	return ret;
}

/* Frees an object whose blocks are all known to its dnode. */
static int object_free(struct zw_dataset *ds, uint64_t object)
{
	const uint8_t zeros[ZF_DNODE_CORE + ZF_BLKPTR_SIZE] = { 0 };
	int ret = spill_forget(ds, object);

	if (ret == 0)
		ret = blkptr_free(ds, object * ZF_DNODE_SIZE + ZF_DNODE_CORE);
	if (ret == 0)
		ret = zw_spill_write(&ds->dnodes, object * ZF_DNODE_SIZE, zeros,
				     sizeof(zeros));
	return ret;
}

/*
 * A name of the object is gone. An object without a name is freed if it has no more than one
 * block; a larger one, whose blocks are written already, goes into the delete queue, from
 * which OpenZFS frees it at the next mount, as after a crash.
 */
static int object_unlink(struct zw_dataset *ds, uint64_t object, bool is_dir)
{
	uint64_t links;
	int ret = zw_dnode_sa_read(ds, object, ZW_SA_OFFSET_LINKS, &links);

	if (ret < 0)
		return ret;
	links = is_dir || links == 0 ? 0 : links - 1;
	if (links == 0) {
		uint8_t nlevels;

		ret = zw_pipeline_drain(&ds->pool->pipeline);
		if (ret == 0)
			ret = zw_spill_read(&ds->dnodes, object * ZF_DNODE_SIZE + 2,
					    &nlevels, 1);
		if (ret == 0 && nlevels == 1)
			return object_free(ds, object);
		if (ret < 0)
			return ret;
		zw_map_add_int(&ds->orphans, object, object);
	}
	return zw_dnode_sa_write(ds, object, ZW_SA_OFFSET_LINKS, links);
}

/* Gives the name at a place to an object, in the stead of what is there. */
static int place_fill(struct zw_dataset *ds, const struct zw_place *at, uint64_t object,
		      uint32_t mode)
{
	bool was_dir = at->exists && at->at.type == DT_DIR;
	struct zw_dir dir;
	int ret = zw_dnode_dir_read(ds, at->parent, &dir);

	if (ret == 0 && at->exists) {
		ret = object_unlink(ds, at->at.object, was_dir);
		if (ret == 0)
			ret = zw_names_set(&ds->names, at->at.ref, object,
					   dirent_type(mode));
	} else if (ret == 0) {
		ret = zw_names_add(&ds->names, at->parent, &dir, at->name, at->len,
				   object, dirent_type(mode));
	}
	if (ret < 0)
		return ret;
	dir.subdirs += S_ISDIR(mode);
	dir.subdirs -= was_dir;
	return zw_dnode_dir_write(ds, at->parent, &dir);
}

/* What is at the place has to make room for something that is no directory. */
static int replace_check(struct zw_dataset *ds, const struct zw_place *at,
			 const char *path, struct zb_diag *diag)
{
	struct zw_dir dir;
	int ret;

	if (!at->exists || at->at.type != DT_DIR)
		return 0;
	ret = at->name ? zw_dnode_dir_read(ds, at->at.object, &dir) : 0;
	if (ret < 0)
		return ret;
	if (!at->name || dir.entries > 0)
		return zb_fail(diag, ZB_EISDIR, path, ZB_DIAG_NO_OFFSET,
			       "a directory that is not empty is there already");
	free(ds->cached_path);
	ds->cached_path = NULL;
	return 0;
}

static int directory_add(struct zw_dataset *ds, const struct zw_place *at,
			 const struct zw_entry *e, struct zb_diag *diag)
{
	uint64_t object;
	int ret;

	if (at->exists && at->at.type == DT_DIR) {
		ret = spill_forget(ds, at->at.object);
		return ret < 0 ? ret
			       : object_write(ds, at->at.object, e,
					      at->name ? at->parent : ds->root, 2, diag);
	}
	ret = zw_object_create(ds, e, at->parent, 2, &object, diag);
	return ret < 0 ? ret : place_fill(ds, at, object, e->mode);
}

static int entry_add(struct zw_dataset *ds, const struct zw_entry *e,
		     struct zb_diag *diag)
{
	struct zw_place at;
	uint64_t object;
	int ret = entry_check(e, diag);

	if (ret == 0)
		ret = zw_path_place(ds, e->path, &at, diag);
	if (ret < 0)
		return ret;
	if (S_ISDIR(e->mode))
		return directory_add(ds, &at, e, diag);
	ret = replace_check(ds, &at, e->path, diag);
	if (ret == 0)
		ret = zw_object_create(ds, e, at.parent, 1, &object, diag);
	if (ret == 0)
		ret = place_fill(ds, &at, object, e->mode);
	if (ret == 0 && S_ISREG(e->mode) && e->size > 0)
		ret = zw_file_write(ds, object, e, diag);
	return ret;
}

int zw_entry_add(struct zw_dataset *ds, const struct zw_entry *entry,
		 struct zb_diag *diag)
{
	struct zb_diag own = { 0 };
	int ret = ds->pool->error;

	if (ret == 0 && ds->pool->finished)
		ret = zb_fail(&own, ZB_EINVAL, entry->path, ZB_DIAG_NO_OFFSET,
			      "the pool is finished");
	if (ret == 0)
		ret = entry_add(ds, entry, &own);
	if (ret < 0 && own.error == 0)
		zb_fail(&own, ret, entry->path, ZB_DIAG_NO_OFFSET, "%s",
			zb_error_text(ret));
	if (ret < 0 && diag)
		*diag = own;
	return zw_pool_return(ds->pool, ret, diag);
}

static int entry_link(struct zw_dataset *ds, const char *path, const char *target,
		      struct zb_diag *diag)
{
	struct zw_place from, at;
	uint64_t links;
	int ret = zw_path_place(ds, target, &from, diag);

	if (ret < 0)
		return ret;
	if (!from.exists)
		return zb_fail(diag, ZB_ENOENT, path, ZB_DIAG_NO_OFFSET,
			       "a hard link to %s, which is not there", target);
	if (from.at.type == DT_DIR)
		return zb_fail(diag, ZB_EISDIR, path, ZB_DIAG_NO_OFFSET,
			       "a hard link to the directory %s", target);
	ret = zw_path_place(ds, path, &at, diag);
	if (ret < 0)
		return ret;
	if (at.exists && at.at.object == from.at.object)
		return 0;
	ret = replace_check(ds, &at, path, diag);
	if (ret == 0)
		ret = zw_dnode_sa_read(ds, from.at.object, ZW_SA_OFFSET_LINKS, &links);
	if (ret == 0)
		ret = zw_dnode_sa_write(ds, from.at.object, ZW_SA_OFFSET_LINKS,
					links + 1);
	if (ret == 0)
		ret = place_fill(ds, &at, from.at.object, (uint32_t)from.at.type << 12);
	return ret;
}

int zw_entry_link(struct zw_dataset *ds, const char *path, const char *target,
		  struct zb_diag *diag)
{
	struct zb_diag own = { 0 };
	int ret = ds->pool->error;

	if (ret == 0)
		ret = entry_link(ds, path, target, &own);
	if (ret < 0 && own.error == 0)
		zb_fail(&own, ret, path, ZB_DIAG_NO_OFFSET, "%s", zb_error_text(ret));
	if (ret < 0 && diag)
		*diag = own;
	return zw_pool_return(ds->pool, ret, diag);
}
