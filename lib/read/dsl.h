/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZR_DSL_H
#define ZR_DSL_H

#include "fmt/dsl.h"
#include "read/pool.h"

/* Components of a dataset name: its length bounds them. */
#define ZR_DATASET_DEPTH (ZR_NAME_MAX / 2)

struct zr_dataset {
	struct zr_pool *pool;
	uint64_t object;
	struct zf_dsl_dataset phys;
	bool is_snapshot;
	unsigned int n_dirs;
	uint64_t dirs
		[ZR_DATASET_DEPTH]; /* DSL directories from the pool's root to its own */
	char name[ZR_NAME_MAX];
};

ZB_MUST_CHECK int zr_dsl_dir_get(struct zr_pool *pool, uint64_t object,
				 struct zf_dsl_dir *ret_dir, struct zb_diag *diag);

ZB_MUST_CHECK int zr_dsl_dataset_get(struct zr_pool *pool, uint64_t object,
				     struct zf_dsl_dataset *ret_ds, struct zb_diag *diag);

/* The key object of the directory's datasets; 0 if they are not encrypted. */
ZB_MUST_CHECK int zr_dsl_dir_key(struct zr_pool *pool, uint64_t object, uint64_t *ret_key,
				 struct zb_diag *diag);

#endif
