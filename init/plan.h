/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_INIT_PLAN_H
#define ZLIVE_INIT_PLAN_H

#include "read/read.h"

/*
 * Which parts of a device a copy of its pool needs, in units: a bit for each. Reading in larger
 * pieces than blocks costs a little memory and saves most of the requests.
 */
#define ZI_PLAN_UNIT (64ULL << 10)

struct zi_plan {
	uint64_t size;	/* of the device, bytes */
	uint64_t bytes; /* that are needed */
	uint8_t *bits;
};

/* A plan with nothing but the labels in it. */
ZB_MUST_CHECK int zi_plan_init(struct zi_plan *plan, uint64_t size);
void zi_plan_done(struct zi_plan *plan);

void zi_plan_add(struct zi_plan *plan, uint64_t offset, uint64_t len);

/* The next part at or behind *offset, which becomes its start. Its length; 0: there is none. */
uint64_t zi_plan_next(const struct zi_plan *plan, uint64_t *offset);

/*
 * Adds to plans[i] what the pool's newest state has on devs[i]. ZB_ENOTSUP where a block is not
 * simply at one place (dRAID, raidz that is being expanded, a removed vdev, gang blocks),
 * ZB_ECORRUPT where not all of the pool can be walked: the plans then have what can.
 */
ZB_MUST_CHECK int zi_plan_pool(struct zr_pool *pool, const struct zr_dev *const *devs,
			       struct zi_plan *plans, unsigned int n,
			       struct zb_diag *diag);

#endif
