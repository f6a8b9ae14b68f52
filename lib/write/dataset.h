/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZW_DATASET_H
#define ZW_DATASET_H

#include "write/names.h"
#include "write/pool.h"
#include "write/sa.h"
#include "write/tree.h"

/* Objects that every file system has; the root directory is the first that its slots allow. */
enum zw_zpl_object {
	ZW_OBJ_MASTER = 1, /* ZF_MASTER_NODE_OBJ */
	ZW_OBJ_SA_MASTER,
	ZW_OBJ_DELETE_QUEUE,
	ZW_OBJ_SA_REGISTRY,
	ZW_OBJ_SA_LAYOUTS,
	ZW_OBJ_FIRST_FREE,
};

/* What properties, own or inherited, mean for the writer. */
struct zw_policy {
	struct zw_codec codec;
	uint32_t recordsize;
	unsigned int copies;
	unsigned int dnode_slots;
};

struct zw_dataset {
	struct zw_pool *pool;
	struct zw_dataset *next;
	struct zw_dataset *parent; /* NULL: the pool's root */
	char *name;
	struct zw_policy policy;
	struct zw_map props; /* local ones, as they go into the props ZAP */
	struct zw_usage usage;
	struct zw_spill dnodes; /* the dnode object's data */
	uint64_t next_object;
	uint64_t root;
	struct zw_names names;
	struct zw_sa_layouts layouts;
	struct zw_sa sa;       /* of the entry being added */
	struct zw_map orphans; /* replaced entries whose blocks are written already */
	/* the directory of the last entry, which is mostly that of the next one too */
	char *cached_path;
	uint64_t cached_dir;
	/* at the end: */
	uint8_t bp[ZF_BLKPTR_SIZE]; /* of the objset */
	uint64_t dir_obj, obj;	    /* in the MOS */
	struct zw_usage total;	    /* with its descendants */
};

/* ---- dnodes in the spill ---- */

ZB_MUST_CHECK int zw_dnode_core_write(struct zw_dataset *ds, uint64_t object,
				      const struct zf_dnode_core *core);

/* A directory's entries are kept where its block pointer will be. */
ZB_MUST_CHECK int zw_dnode_dir_read(struct zw_dataset *ds, uint64_t object,
				    struct zw_dir *ret_dir);
ZB_MUST_CHECK int zw_dnode_dir_write(struct zw_dataset *ds, uint64_t object,
				     const struct zw_dir *dir);

/* A value behind the SA header in the bonus, ZW_SA_OFFSET_... */
ZB_MUST_CHECK int zw_dnode_sa_read(struct zw_dataset *ds, uint64_t object,
				   unsigned int offset, uint64_t *ret_v);
ZB_MUST_CHECK int zw_dnode_sa_write(struct zw_dataset *ds, uint64_t object,
				    unsigned int offset, uint64_t v);

/* A tree's done function: its root into the dnode of object `cookie`; ctx is the dataset. */
int zw_dnode_root_done(void *ctx, uint64_t cookie, const struct zw_root *root);

/* ---- parts of an entry ---- */

/* The contents of a regular file whose dnode exists. */
ZB_MUST_CHECK int zw_file_write(struct zw_dataset *ds, uint64_t object,
				const struct zw_entry *e, struct zb_diag *diag);

/* Sets policy and props from one property. ZB_EINVAL with the reason. */
ZB_MUST_CHECK int zw_property_apply(struct zw_dataset *ds, const struct zw_property *p,
				    struct zb_diag *diag);

/* A new file system with its root directory. */
ZB_MUST_CHECK int zw_zpl_init(struct zw_dataset *ds);

/* Writes directories, dnodes and objset. */
ZB_MUST_CHECK int zw_dataset_finish(struct zw_dataset *ds);

/* Tree options of a file system's metadata objects. */
struct zw_tree_options zw_dataset_meta_options(const struct zw_dataset *ds, uint8_t type);

void zw_dataset_destroy(struct zw_dataset *ds);

#endif
