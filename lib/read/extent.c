/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/label.h"
#include "read/indirect.h"
#include "read/pool.h"
#include "read/raid.h"
#include "read/ways.h"

/*
 * Large reads. On raidz and dRAID an extent is whole rows: one request for each child, and the
 * stage holds what they give one after the other, parity included. So a block of a child that is
 * missing needs no further request.
 */

static bool is_raid(const struct zr_vdev *vdev)
{
	return vdev->kind == ZR_VDEV_RAIDZ || vdev->kind == ZR_VDEV_DRAID;
}

static uint64_t divide_up(uint64_t a, uint64_t b)
{
	return (a + b - 1) / b;
}

/* The end of a block in the address space. While an expansion goes on rows may lie anywhere. */
static bool raid_end(struct zr_extent *e, uint64_t len)
{
	const struct zr_vdev *vdev = e->vdev;
	const struct zr_draid *d = vdev->raid.draid;
	unsigned int p = vdev->raid.nparity, ndata;
	uint64_t sectors = divide_up(len, 1ULL << vdev->ashift), size;

	if (d) {
		size = divide_up(sectors, d->ndata) * d->groupwidth << vdev->ashift;
		e->zone = e->start / d->group_size;
		return zb_add64(e->start, size, &e->end) &&
		       e->end <= (e->zone + 1) * d->group_size;
	}
	ndata = zr_raidz_width(vdev, e->birth) - p;
	size = sectors + p * divide_up(sectors, ndata);
	return !vdev->raid.expanding && zb_add64(e->start, size << vdev->ashift, &e->end);
}

/* Blocks that the same sides lack can be read together, if there is a bit for each side. */
static bool set_lacking(struct zr_extent *e)
{
	e->lacking = zr_vdev_lacking(e->vdev, e->birth);
	return !e->lacking || e->vdev->n_sides <= ZR_LACKING_BITS;
}

bool zr_extent_of(const struct zr_pool *pool, const struct zf_blkptr *bp, unsigned int i,
		  struct zr_extent *ret_extent)
{
	const struct zf_dva *dva = &bp->dva[i];
	struct zr_extent e = {
		.vdev = zr_dva_vdev(pool, dva),
		.start = dva->offset,
		.birth = zf_blkptr_birth(bp),
	};
	struct zr_split split;
	unsigned int n;
	bool ok;

	if (!e.vdev || dva->gang)
		return false;
	if (e.vdev->kind == ZR_VDEV_INDIRECT) {
		if (zr_indirect_resolve(pool, dva, (size_t)bp->psize, &split, 1, &n))
			return false;
		e.vdev = zr_dva_vdev(pool, &split.dva);
		e.start = split.dva.offset;
	}
	ok = is_raid(e.vdev) ? raid_end(&e, bp->psize)
			     : zb_add64(e.start, bp->psize, &e.end);
	if (!ok || e.end > UINT64_MAX / 2 || !set_lacking(&e))
		return false;
	*ret_extent = e;
	return true;
}

unsigned int zr_extent_copies(const struct zr_extent *run)
{
	return is_raid(run->vdev) ? 1 : run->vdev->slots[0].n;
}

/* ---- rows ---- */

/* The rows of an extent: in each of `cols` columns the `len` bytes from `start` on. */
struct rows {
	unsigned int cols;
	uint64_t start; /* past where the column starts on its device */
	size_t len;
};

static struct rows rows_of(const struct zr_extent *e)
{
	const struct zr_vdev *vdev = e->vdev;
	const struct zr_draid *d = vdev->raid.draid;
	struct rows r = { .cols = d ? d->groupwidth : vdev->n_slots };
	uint64_t base = d ? e->zone * d->group_size : 0;
	uint64_t first = ((e->start - base) >> vdev->ashift) / r.cols;
	uint64_t end = divide_up(divide_up(e->end - base, 1ULL << vdev->ashift), r.cols);

	r.start = first << vdev->ashift;
	r.len = (size_t)((end - first) << vdev->ashift);
	return r;
}

size_t zr_extent_stage(const struct zr_extent *run)
{
	struct rows rows;

	if (!is_raid(run->vdev))
		return (size_t)(run->end - run->start);
	rows = rows_of(run);
	return rows.cols * rows.len;
}

/* Calls back with the slot and the place on its device of each column. */
typedef void (*column_fn)(void *ctx, unsigned int column, unsigned int slot,
			  uint64_t offset);

static int for_columns(const struct zr_extent *e, const struct rows *rows, column_fn fn,
		       void *ctx)
{
	uint64_t start = ZF_VDEV_DATA_START + rows->start;
	struct zr_draid_group group;
	int error;

	if (e->vdev->raid.draid) {
		error = zr_draid_group(e->vdev->raid.draid, e->start, &group);
		if (error)
			return error;
	}
	for (unsigned int i = 0; i < rows->cols; i++)
		if (e->vdev->raid.draid)
			fn(ctx, i, group.slot[i], start + group.offset[i]);
		else
			fn(ctx, i, i, start);
	return 0;
}

struct reading {
	const struct zr_pool *pool;
	struct zr_run *run;
	struct zr_io_stats *stats;
	struct rows rows;
	unsigned int missing;
	int error;
};

/* A side that lacks the blocks is as good as missing: there is parity. */
static void read_column(void *ctx, unsigned int column, unsigned int slot,
			uint64_t offset)
{
	struct reading *r = ctx;
	const struct zr_vdev *vdev = r->run->extent.vdev;
	const struct zr_slot *sl = &vdev->slots[slot];
	uint64_t birth = r->run->extent.birth;
	uint8_t *buf = r->run->stage + column * r->rows.len;
	int error = ZB_ENODEV;

	if (r->missing > vdev->raid.nparity)
		return;
	for (unsigned int i = 0; error && i < sl->n; i++) {
		const struct zr_side *side = &vdev->sides[sl->first + i];
		const struct zr_dev *dev =
			zr_side_dev(vdev, side, offset - ZF_VDEV_DATA_START);

		if (dev && !zr_side_lacks(vdev, side, offset - ZF_VDEV_DATA_START, birth))
			error = zr_dev_read(r->pool->host, dev, r->stats, offset, buf,
					    r->rows.len);
		if (error && error != ZB_ENODEV && !r->run->bad_dev) {
			r->run->bad_dev = dev;
			r->run->bad_at = offset;
			r->run->bad_error = error;
		}
	}
	if (!error)
		return;
	r->run->missing[column / 8] |= 1U << column % 8;
	r->missing++;
	r->error = zr_worse(r->error, error);
}

static int read_raid(const struct zr_pool *pool, struct zr_io_stats *stats,
		     struct zr_run *run)
{
	struct reading r = { .pool = pool, .run = run, .stats = stats };
	int error;

	r.rows = rows_of(&run->extent);
	error = for_columns(&run->extent, &r.rows, read_column, &r);
	if (error)
		return error;
	return r.missing > run->extent.vdev->raid.nparity ? r.error : 0;
}

int zr_extent_read(const struct zr_pool *pool, const struct zr_extent *run,
		   unsigned int copy, uint8_t *stage, struct zr_io_stats *stats,
		   struct zr_run *ret_run)
{
	const struct zr_slot *slot = &run->vdev->slots[0];
	const struct zr_dev *dev;
	uint64_t offset;

	*ret_run = (struct zr_run){ .extent = *run, .stage = stage, .pool = pool };
	if (copy >= zr_extent_copies(run))
		return ZB_ENOENT;
	if (is_raid(run->vdev))
		return read_raid(pool, stats, ret_run);
	dev = zr_slot_side(run->vdev, slot, copy, run->start, run->birth)->dev;
	if (!dev)
		return ZB_ENODEV;
	if (!zb_add64(run->start, ZF_VDEV_DATA_START, &offset))
		return ZB_ECORRUPT;
	return zr_dev_read(pool->host, dev, stats, offset, stage, zr_extent_stage(run));
}

/* ---- from a run to its blocks ---- */

struct sourcing {
	const struct zr_run *run;
	struct zr_raid *raid;
	struct rows rows;
};

static void set_source(void *ctx, unsigned int column, unsigned int slot, uint64_t offset)
{
	const struct sourcing *s = ctx;
	struct zr_raid_source *source = &s->raid->source[slot];

	*source = (struct zr_raid_source){ .start = offset, .end = offset + s->rows.len };
	if (s->run->missing[column / 8] >> column % 8 & 1)
		source->error = ZB_EIO;
	else
		source->ptr = s->run->stage + column * s->rows.len;
}

static int open_raid(const struct zr_run *run, const struct zr_extent *block, size_t len,
		     struct zr_raid *raid)
{
	struct sourcing s = { .run = run, .raid = raid, .rows = rows_of(&run->extent) };
	int error = zr_raid_open(raid, run->pool, block->vdev, block->start, len,
				 block->birth);

	return error ? error : for_columns(&run->extent, &s.rows, set_source, &s);
}

static int gather_raid(struct zr_raid *raid, uint8_t *gather)
{
	uint8_t *out = gather;
	int error;

	if (raid->size != raid->len)
		out = raid->data = zr_alloc(raid->host, raid->size);
	if (!out)
		return ZB_ENOMEM;
	error = zr_raid_gather(raid, out, false);
	if (!error && out != gather)
		__builtin_memcpy(gather, out, raid->len);
	return error;
}

int zr_run_block(const struct zr_run *run, const struct zr_extent *block, size_t len,
		 uint8_t *gather, struct zb_span *ret_data)
{
	struct zb_span stage = zb_span(run->stage, zr_extent_stage(&run->extent));
	struct zr_raid *raid;
	int error;

	if (!is_raid(block->vdev))
		return zb_span_sub(stage, block->start - run->extent.start, len,
				   ret_data);
	raid = zr_alloc(run->pool->host, sizeof(*raid));
	if (!raid)
		return ZB_ENOMEM;
	error = open_raid(run, block, len, raid);
	if (!error)
		error = gather_raid(raid, gather);
	zr_raid_close(raid);
	zr_free(run->pool->host, raid);
	if (!error)
		*ret_data = zb_span(gather, len);
	return error;
}

int zr_run_codewords(const struct zr_run *run, const struct zr_extent *block, size_t len,
		     struct zr_raid *raid)
{
	int error = open_raid(run, block, len, raid);

	if (!error)
		raid->data = zr_alloc(raid->host, raid->size);
	if (!error && !raid->data)
		error = ZB_ENOMEM;
	return error ? error : zr_raid_gather(raid, raid->data, true);
}
