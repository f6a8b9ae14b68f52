/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/label.h"
#include "read/indirect.h"
#include "read/pool.h"
#include "read/scrub_examine.h"
#include "read/ways.h"

const struct zr_vdev *zr_dva_vdev(const struct zr_pool *pool, const struct zf_dva *dva)
{
	const struct zr_vdev *vdev;

	if (dva->vdev >= pool->n_vdevs)
		return NULL;
	vdev = &pool->vdevs[dva->vdev];
	return vdev->kind == ZR_VDEV_ABSENT || vdev->kind == ZR_VDEV_HOLE ? NULL : vdev;
}

static int init_raid(struct zr_ways *w)
{
	int error;

	w->raid = zr_alloc(w->pool->host, sizeof(*w->raid));
	if (!w->raid)
		return ZB_ENOMEM;
	error = zr_raid_open(w->raid, w->pool, w->vdev, w->offset, w->len, w->birth);
	w->raid->windows = &w->pool->windows;
	w->raid->exhausted = &w->pool->exhausted;
	if (error)
		zr_ways_done(w);
	else
		w->copies = w->raid->copies;
	return error;
}

int zr_ways_init(struct zr_ways *w, struct zr_pool *pool, const struct zf_dva *dva,
		 uint64_t birth, size_t len)
{
	const struct zr_vdev *vdev = zr_dva_vdev(pool, dva);

	if (!vdev)
		return ZB_ENODEV;
	*w = (struct zr_ways){
		.pool = pool,
		.vdev = vdev,
		.offset = dva->offset,
		.birth = birth,
		.len = len,
	};
	if (vdev->kind == ZR_VDEV_RAIDZ || vdev->kind == ZR_VDEV_DRAID)
		return init_raid(w);
	if (vdev->kind == ZR_VDEV_INDIRECT)
		return zr_splits_open(w, dva);
	w->copies = vdev->slots[0].n;
	return w->copies ? 0 : ZB_ENODEV;
}

void zr_ways_done(struct zr_ways *w)
{
	zr_splits_close(w);
	if (!w->raid)
		return;
	zr_raid_close(w->raid);
	zr_free(w->pool->host, w->raid);
	w->raid = NULL;
}

static int read_side(struct zr_ways *w, unsigned int i, void *dst)
{
	const struct zr_slot *slot = &w->vdev->slots[0];
	const struct zr_dev *dev =
		zr_slot_side(w->vdev, slot, i, w->offset, w->birth)->dev;
	uint64_t offset;

	if (!dev)
		return ZB_ENODEV;
	w->source = dev->name;
	if (!zb_add64(w->offset, ZF_VDEV_DATA_START, &offset))
		return ZB_ECORRUPT;
	return zr_windows_read(&w->pool->windows, dev, offset, dst, w->len);
}

int zr_ways_copy(struct zr_ways *w, unsigned int i, void *dst)
{
	if (i >= w->copies)
		return ZB_ENOENT;
	if (w->splits)
		return zr_splits_copy(w, i, dst);
	return w->raid ? zr_raid_copy(w->raid, i, dst) : read_side(w, i, dst);
}

int zr_ways_next(struct zr_ways *w, void *dst)
{
	if (w->splits)
		return zr_splits_next(w, dst);
	return w->raid ? zr_raid_next(w->raid, dst) : zr_ways_copy(w, w->next++, dst);
}

int zr_worse(int a, int b)
{
	static const int order[] = { ZB_ENOMEM, ZB_ENOTSUP,  ZB_ECKSUM,
				     ZB_EIO,	ZB_ECORRUPT, ZB_E2BIG };

	for (unsigned int i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (a == order[i] || b == order[i])
			return order[i];
	return a ? a : b;
}

/* What did not do, to be told once it is known whether something else did. */
#define MAX_FAILED 4

struct failed_way {
	const char *source;
	int error;
};

static void note_way(const struct zr_ways *w, const struct zf_dva *dva,
		     const struct failed_way *failed, bool good)
{
	const char *name = w->pool->info.name;
	struct zb_diag diag;

	zb_fail(&diag, failed->error, failed->source ? failed->source : name,
		ZB_DIAG_NO_OFFSET, "the block at %u:%llx of %s: %s%s%s%s",
		(unsigned int)dva->vdev, (unsigned long long)dva->offset, name,
		zb_error_text(failed->error),
		!good	    ? ""
		: w->source ? "; read from "
			    : "; made up for by redundancy",
		good && w->source ? w->source : "", good && w->source ? " instead" : "");
	zr_note(w->pool->host, &diag);
}

/* Whether parity had to make up for what some device does not read. */
static bool had_errors(const struct zr_raid *raid)
{
	for (unsigned int i = 0; i < raid->map.vdev->n_slots; i++)
		if (raid->source[i].error && raid->source[i].error != ZB_ENODEV)
			return true;
	return false;
}

/*
 * Parity has made up for sectors of a block. Which devices were wrong a comparison with the right
 * data tells; false if it cannot.
 */
static bool note_sectors(const struct zr_ways *w, const struct zf_dva *dva,
			 struct zb_span data)
{
	const char *name = w->pool->info.name;
	struct zr_damage d = { 0 };
	struct zb_diag diag;
	uint64_t read = 0;
	struct zr_examine x = { .pool = w->pool, .damage = &d, .read = &read };
	bool told = false;

	if (zr_examine_raid(&x, w->vdev, dva, data, w->birth))
		return false;
	for (unsigned int i = 0; i < d.n_bad && i < ZR_BAD_COPIES; i++) {
		const struct zr_bad_copy *bad = &d.bad[i];

		if (!bad->dev || bad->lacks.end)
			continue;
		zb_fail(&diag, bad->error, bad->dev->name, bad->offset,
			"a part of the block at %u:%llx of %s: %s; made up for by parity",
			(unsigned int)dva->vdev, (unsigned long long)dva->offset, name,
			zb_error_text(bad->error));
		zr_note(w->pool->host, &diag);
		told = true;
	}
	return told;
}

int zr_dva_read(struct zr_pool *pool, const struct zf_dva *dva, uint64_t birth,
		uint8_t *dst, size_t len, zr_check_fn check, void *ctx)
{
	struct failed_way failed[MAX_FAILED];
	unsigned int n = 0;
	struct zr_ways w;
	int error = zr_ways_init(&w, pool, dva, birth, len), all = ZB_ENODEV;

	if (error)
		return error;
	while ((error = zr_ways_next(&w, dst)) != ZB_ENOENT) {
		if (!error)
			error = check(ctx, zb_span(dst, len));
		if (!error)
			break;
		if (n < MAX_FAILED && error != ZB_ENODEV && error != ZB_ENOMEM)
			failed[n++] = (struct failed_way){ w.source, error };
		all = zr_worse(all, error);
	}
	if (!error && pool->host->note && w.raid && (n > 0 || had_errors(w.raid)) &&
	    note_sectors(&w, dva, zb_span(dst, len)))
		n = 0;
	for (unsigned int i = 0; i < n && pool->host->note; i++)
		note_way(&w, dva, &failed[i], error == 0);
	zr_ways_done(&w);
	return error ? all : 0;
}
