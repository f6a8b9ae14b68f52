/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include "fmt/label.h"
#include "init/plan.h"
#include "read/pool.h"
#include "read/traverse.h"

static uint64_t units(const struct zi_plan *plan)
{
	return (plan->size + ZI_PLAN_UNIT - 1) / ZI_PLAN_UNIT;
}

static bool has(const struct zi_plan *plan, uint64_t unit)
{
	return plan->bits[unit / 8] >> unit % 8 & 1;
}

/* The last unit may be a shorter one. */
static uint64_t unit_end(const struct zi_plan *plan, uint64_t unit)
{
	uint64_t end = (unit + 1) * ZI_PLAN_UNIT;

	return end < plan->size ? end : plan->size;
}

void zi_plan_add(struct zi_plan *plan, uint64_t offset, uint64_t len)
{
	if (offset >= plan->size || len == 0)
		return;
	if (len > plan->size - offset)
		len = plan->size - offset;
	for (uint64_t u = offset / ZI_PLAN_UNIT; u <= (offset + len - 1) / ZI_PLAN_UNIT;
	     u++) {
		if (has(plan, u))
			continue;
		plan->bits[u / 8] |= (uint8_t)(1 << u % 8);
		plan->bytes += unit_end(plan, u) - u * ZI_PLAN_UNIT;
	}
}

int zi_plan_init(struct zi_plan *plan, uint64_t size)
{
	*plan = (struct zi_plan){ .size = size };
	plan->bits = calloc(1, units(plan) / 8 + 1);
	if (!plan->bits)
		return ZB_ENOMEM;
	for (unsigned int i = 0; size >= ZF_VDEV_DATA_START && i < ZF_LABEL_COUNT; i++)
		zi_plan_add(plan, zf_label_offset(i, size), ZF_LABEL_SIZE);
	return 0;
}

void zi_plan_done(struct zi_plan *plan)
{
	free(plan->bits);
	plan->bits = NULL;
}

uint64_t zi_plan_next(const struct zi_plan *plan, uint64_t *offset)
{
	uint64_t n = units(plan), first = *offset / ZI_PLAN_UNIT, last;

	while (first < n && !has(plan, first))
		first++;
	if (first >= n)
		return 0;
	for (last = first; last + 1 < n && has(plan, last + 1);)
		last++;
	if (first * ZI_PLAN_UNIT > *offset)
		*offset = first * ZI_PLAN_UNIT;
	return unit_end(plan, last) - *offset;
}

static int not_at_one_place(struct zb_diag *diag)
{
	return zb_fail(diag, ZB_ENOTSUP, NULL, ZB_DIAG_NO_OFFSET,
		       "its blocks are not each at one place");
}

/*
 * A block of a simple disk or a mirror is at its place on each side. One of raidz is a piece of an
 * address space that goes round the disks sector by sector, so that it takes about the same rows
 * of each; while an expansion moves them, there are two such spaces.
 */
static int add_dva(const struct zr_pool *pool, const struct zf_dva *dva,
		   const struct zr_dev *const *devs, struct zi_plan *plans,
		   unsigned int n, struct zb_diag *diag)
{
	const struct zr_vdev *vdev;
	uint64_t first, last;

	if (dva->vdev >= pool->n_vdevs || dva->gang)
		return not_at_one_place(diag);
	vdev = &pool->vdevs[dva->vdev];
	if ((vdev->kind != ZR_VDEV_MIRROR && vdev->kind != ZR_VDEV_RAIDZ) ||
	    vdev->raid.expanding || vdev->n_slots == 0)
		return not_at_one_place(diag);
	first = (dva->offset >> vdev->ashift) / vdev->n_slots;
	last = ((dva->offset + dva->asize - 1) >> vdev->ashift) / vdev->n_slots;
	for (unsigned int s = 0; s < vdev->n_sides; s++)
		for (unsigned int i = 0; i < n; i++)
			if (vdev->sides[s].dev == devs[i])
				zi_plan_add(&plans[i],
					    (first << vdev->ashift) + ZF_VDEV_DATA_START,
					    (last - first + 1) << vdev->ashift);
	return 0;
}

static int add_visit(const struct zr_pool *pool, const struct zr_visit *v,
		     const struct zr_dev *const *devs, struct zi_plan *plans,
		     unsigned int n, struct zb_diag *diag)
{
	int r = 0;

	for (unsigned int i = 0; r == 0 && i < v->bp.ndvas; i++)
		r = add_dva(pool, &v->bp.dva[i], devs, plans, n, diag);
	return r;
}

int zi_plan_pool(struct zr_pool *pool, const struct zr_dev *const *devs,
		 struct zi_plan *plans, unsigned int n, struct zb_diag *diag)
{
	struct zr_traverse *t;
	struct zr_visit v;
	struct zb_diag why;
	int r, error = zr_traverse_create(pool, &t, diag);

	if (error)
		return error;
	while ((r = zr_traverse_next(t, &v, &why)) != ZR_TRAVERSE_END) {
		if (r == ZR_TRAVERSE_BLOCK)
			r = add_visit(pool, &v, devs, plans, n, &why);
		else if (r == ZR_TRAVERSE_FAULT)
			r = ZB_ECORRUPT;
		if (r == 0)
			continue;
		*diag = why;
		error = r;
		if (error != ZB_ECORRUPT)
			break;
	}
	zr_traverse_destroy(t);
	return error;
}
