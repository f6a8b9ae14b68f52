/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZR_FS_H
#define ZR_FS_H

#include "fmt/sa.h"
#include "fmt/zpl.h"
#include "read/dsl.h"

/* An attribute of the objset's registry. */
struct zr_sa_attr {
	bool known;	 /* the registry has this number */
	uint16_t length; /* 0: variable */
};

struct zr_sa_layout {
	uint16_t *attrs; /* NULL: there is no such layout */
	unsigned int n;
};

/* The attribute registry and layouts of an objset. */
struct zr_sa {
	struct zr_sa_attr *attrs; /* by number */
	unsigned int n_attrs;
	struct zr_sa_layout *layouts;  /* by number, ZF_SA_LAYOUT_MAX */
	uint16_t number[ZF_ZPL_ATTRS]; /* of each attribute that we look for */
	bool has[ZF_ZPL_ATTRS];
};

struct zr_fs {
	struct zr_pool *pool;
	struct zr_objset os;
	uint64_t root;
	bool mixed_case; /* names that differ in case only are different */
	struct zr_sa sa;
	char name[ZR_NAME_MAX];
};

/* A file's object with its attributes at hand. */
struct zr_node {
	struct zr_object obj;
	struct zr_buf *spill; /* held once something was looked for in it */
};

/*
 * Loads registry and layouts; pools older than system attributes have none. Number 0 as
 * `master` means that.
 */
ZB_MUST_CHECK int zr_sa_load(struct zr_fs *fs, uint64_t master, struct zb_diag *diag);
void zr_sa_done(struct zr_fs *fs);

/* ZB_ENOENT if there is no such object, ZB_ECORRUPT if it is no file system object. */
ZB_MUST_CHECK int zr_node_open(struct zr_fs *fs, uint64_t number,
			       struct zr_node *ret_node, struct zb_diag *diag);
void zr_node_close(struct zr_node *node);

/*
 * An attribute of a file: its bytes, valid while the node is open, and their byte order.
 * ZB_ENOENT, without touching diag, if the file does not have it.
 */
ZB_MUST_CHECK int zr_node_attr(struct zr_fs *fs, struct zr_node *node,
			       enum zf_zpl_attr attr, struct zb_span *ret_value,
			       enum zb_endian *ret_endian, struct zb_diag *diag);

/* Word i of an attribute of 8-byte integers. */
ZB_MUST_CHECK int zr_node_u64(struct zr_fs *fs, struct zr_node *node,
			      enum zf_zpl_attr attr, unsigned int i, uint64_t *ret_v,
			      struct zb_diag *diag);

/* diag for a fault in a file: "dataset: object N: reason". */
int zr_fs_fail(const struct zr_fs *fs, uint64_t object, int error, struct zb_diag *diag,
	       const char *reason);

/* All of stat but the object's number, from an open node. */
ZB_MUST_CHECK int zr_node_stat(struct zr_fs *fs, struct zr_node *node,
			       struct zr_stat *ret_stat, struct zb_diag *diag);

/*
 * Opens the objset of a dataset, which must be of that type: ZB_EINVAL with the reason in diag
 * if it is not, ZB_EKEY if it is encrypted and not unlocked.
 */
ZB_MUST_CHECK int zr_dataset_objset(struct zr_dataset *ds, uint64_t type,
				    struct zr_objset *ret_os, struct zb_diag *diag);

/* File types of st_mode. */
#define ZR_MODE_TYPE 0170000U
#define ZR_MODE_DIR  0040000U
#define ZR_MODE_LINK 0120000U
#define ZR_MODE_FILE 0100000U

#endif
