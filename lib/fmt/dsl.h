/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZF_DSL_H
#define ZF_DSL_H

#include "fmt/blkptr.h"

/*
 * Bonus buffers of the objects of the dataset layer. Source: OpenZFS dsl_dir.h, dsl_dataset.h.
 * All are u64 but the block pointer.
 *
 *	dsl_dir_phys_t, 256 bytes:
 *	0 creation_time (unused)  8 head_dataset_obj  16 parent_obj  24 origin_obj
 *	32 child_dir_zapobj  40 used_bytes  48 compressed_bytes  56 uncompressed_bytes
 *	64 quota  72 reserved  80 props_zapobj  88 deleg_zapobj  96 flags
 *	104 used_breakdown[5]  144 clones
 *
 *	dsl_dataset_phys_t, 320 bytes:
 *	0 dir_obj  8 prev_snap_obj  16 prev_snap_txg  24 next_snap_obj  32 snapnames_zapobj
 *	40 num_children  48 creation_time  56 creation_txg  64 deadlist_obj
 *	72 referenced_bytes  80 compressed_bytes  88 uncompressed_bytes  96 unique_bytes
 *	104 fsid_guid  112 guid  120 flags  128 bp (128)
 *	256 next_clones_obj  264 props_obj  272 userrefs_obj
 */
#define ZF_DSL_DIR_SIZE	    256
#define ZF_DSL_DATASET_SIZE 320

struct zf_dsl_dir {
	uint64_t head_dataset_obj;
	uint64_t parent_obj; /* 0 at the pool's root */
	uint64_t origin_obj; /* of a clone: the snapshot's dataset object */
	uint64_t child_dir_zapobj;
	uint64_t used_bytes;
	uint64_t compressed_bytes;
	uint64_t props_zapobj;
};

struct zf_dsl_dataset {
	uint64_t dir_obj;
	uint64_t prev_snap_obj;
	uint64_t prev_snap_txg;
	uint64_t next_snap_obj;
	uint64_t snapnames_zapobj; /* 0 of a snapshot */
	uint64_t num_children;
	uint64_t creation_time;
	uint64_t creation_txg;
	uint64_t referenced_bytes;
	uint64_t compressed_bytes;
	uint64_t uncompressed_bytes;
	uint64_t guid;
	uint64_t flags;		  /* enum zf_dsl_dataset_flag */
	struct zf_blkptr bp;	  /* of the objset; a hole if there is none yet */
	uint64_t next_clones_obj; /* of a snapshot: a ZAP of its clones, or 0 */
	uint64_t props_obj;	  /* of a snapshot: its own properties, or 0 */
};

enum zf_dsl_dataset_flag {
	ZF_DS_FLAG_INCONSISTENT = 1, /* being received or destroyed */
};

ZB_MUST_CHECK int zf_dsl_dir_decode(struct zb_span bonus, enum zb_endian e,
				    struct zf_dsl_dir *ret_dir);
ZB_MUST_CHECK int zf_dsl_dataset_decode(struct zb_span bonus, enum zb_endian e,
					struct zf_dsl_dataset *ret_ds);

#endif
