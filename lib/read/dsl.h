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

/* Whether the directory's datasets are encrypted: it names a key object. */
ZB_MUST_CHECK int zr_dsl_dir_encrypted(struct zr_pool *pool, uint64_t object,
				       bool *ret_encrypted, struct zb_diag *diag);

#endif
