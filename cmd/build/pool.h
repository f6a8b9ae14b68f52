/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_BUILD_POOL_H
#define ZLIVE_BUILD_POOL_H

#include "cmd/build/options.h"
#include "cmd/build/tree.h"
#include "host/interrupt.h"
#include "host/progress.h"
#include "host/seed.h"
#include "host/target.h"

/*
 * The pool of a stick, with DESIGN's datasets: what comes into its sink goes to the boot
 * environment, what lies below /home to the dataset that all of them share.
 */
struct build_pool;

struct build_pool_place {
	struct zh_target *target;
	uint64_t offset, size; /* of the vdev in it, bytes */
	const struct zh_interrupt *intr;
	struct zh_progress *progress;
	uint64_t time;
};

ZB_MUST_CHECK int build_pool_create(const struct build_options *o,
				    const struct zh_seed *seed,
				    const struct build_pool_place *place,
				    struct build_pool **ret_pool, struct zb_diag *diag);
void build_pool_destroy(struct build_pool *p);

const struct tree_sink *build_pool_sink(struct build_pool *p);

ZB_MUST_CHECK int build_pool_finish(struct build_pool *p, struct zb_diag *diag);

#endif
