/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/dsl.h"

enum {
	DIR_OFF_HEAD_DATASET = 8,
	DIR_OFF_PARENT = 16,
	DIR_OFF_ORIGIN = 24,
	DIR_OFF_CHILDREN = 32,
	DIR_OFF_USED = 40,
	DIR_OFF_COMPRESSED = 48,
	DIR_OFF_PROPS = 80,

	DS_OFF_DIR = 0,
	DS_OFF_PREV_SNAP = 8,
	DS_OFF_PREV_SNAP_TXG = 16,
	DS_OFF_NEXT_SNAP = 24,
	DS_OFF_SNAPNAMES = 32,
	DS_OFF_NUM_CHILDREN = 40,
	DS_OFF_CREATION_TIME = 48,
	DS_OFF_CREATION_TXG = 56,
	DS_OFF_REFERENCED = 72,
	DS_OFF_COMPRESSED = 80,
	DS_OFF_UNCOMPRESSED = 88,
	DS_OFF_GUID = 112,
	DS_OFF_FLAGS = 120,
	DS_OFF_BP = 128,
	DS_OFF_NEXT_CLONES = 256,
	DS_OFF_PROPS = 264,
};

int zf_dsl_dir_decode(struct zb_span bonus, enum zb_endian e, struct zf_dsl_dir *ret_dir)
{
	const uint8_t *p = bonus.ptr;

	if (bonus.len < ZF_DSL_DIR_SIZE)
		return ZB_ECORRUPT;
	ret_dir->head_dataset_obj = zb_load64(p + DIR_OFF_HEAD_DATASET, e);
	ret_dir->parent_obj = zb_load64(p + DIR_OFF_PARENT, e);
	ret_dir->origin_obj = zb_load64(p + DIR_OFF_ORIGIN, e);
	ret_dir->child_dir_zapobj = zb_load64(p + DIR_OFF_CHILDREN, e);
	ret_dir->used_bytes = zb_load64(p + DIR_OFF_USED, e);
	ret_dir->compressed_bytes = zb_load64(p + DIR_OFF_COMPRESSED, e);
	ret_dir->props_zapobj = zb_load64(p + DIR_OFF_PROPS, e);
	return 0;
}

int zf_dsl_dataset_decode(struct zb_span bonus, enum zb_endian e,
			  struct zf_dsl_dataset *ret_ds)
{
	struct zf_dsl_dataset ds;
	const uint8_t *p = bonus.ptr;
	struct zb_span bp;
	int error;

	if (bonus.len < ZF_DSL_DATASET_SIZE)
		return ZB_ECORRUPT;
	error = zb_span_sub(bonus, DS_OFF_BP, ZF_BLKPTR_SIZE, &bp);
	if (!error)
		error = zf_blkptr_decode(bp, e, &ds.bp);
	if (error)
		return error;
	ds.dir_obj = zb_load64(p + DS_OFF_DIR, e);
	ds.prev_snap_obj = zb_load64(p + DS_OFF_PREV_SNAP, e);
	ds.prev_snap_txg = zb_load64(p + DS_OFF_PREV_SNAP_TXG, e);
	ds.next_snap_obj = zb_load64(p + DS_OFF_NEXT_SNAP, e);
	ds.snapnames_zapobj = zb_load64(p + DS_OFF_SNAPNAMES, e);
	ds.num_children = zb_load64(p + DS_OFF_NUM_CHILDREN, e);
	ds.creation_time = zb_load64(p + DS_OFF_CREATION_TIME, e);
	ds.creation_txg = zb_load64(p + DS_OFF_CREATION_TXG, e);
	ds.referenced_bytes = zb_load64(p + DS_OFF_REFERENCED, e);
	ds.compressed_bytes = zb_load64(p + DS_OFF_COMPRESSED, e);
	ds.uncompressed_bytes = zb_load64(p + DS_OFF_UNCOMPRESSED, e);
	ds.guid = zb_load64(p + DS_OFF_GUID, e);
	ds.flags = zb_load64(p + DS_OFF_FLAGS, e);
	ds.next_clones_obj = zb_load64(p + DS_OFF_NEXT_CLONES, e);
	ds.props_obj = zb_load64(p + DS_OFF_PROPS, e);
	*ret_ds = ds;
	return 0;
}
