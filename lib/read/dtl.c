/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/spacemap.h"
#include "read/dtl.h"

#define MAX_RANGES 4096		       /* of one device; more are merged */
#define MAX_LENGTH ((uint64_t)1 << 20) /* of one log */
#define MAX_SUM	   ((uint64_t)8 << 20) /* of all logs of a pool */

struct loading {
	struct zr_pool *pool;
	uint64_t budget; /* bytes of logs that may still be read */
	unsigned int n;
	struct zr_txgs at[MAX_RANGES];
};

unsigned int zr_txgs_add(struct zr_txgs *at, unsigned int n, unsigned int max,
			 struct zr_txgs new)
{
	while (n > 0 && (new.start <= at[n - 1].end || n == max)) {
		const struct zr_txgs *last = &at[--n];

		if (last->start < new.start)
			new.start = last->start;
		if (last->end > new.end)
			new.end = last->end;
	}
	at[n] = new;
	return n + 1;
}

/* A log is rewritten as a whole each time: nothing is ever taken out of it. */
static int add_block(struct loading *l, struct zb_span words, enum zb_endian e)
{
	struct zf_spacemap_entry entry;
	size_t pos = 0;
	int r;

	while ((r = zf_spacemap_next(words, e, &pos, &entry)) > 0) {
		if (entry.free)
			return ZB_ECORRUPT;
		l->n = zr_txgs_add(
			l->at, l->n, MAX_RANGES,
			(struct zr_txgs){ entry.offset, entry.offset + entry.run });
	}
	return r;
}

static int read_entries(struct loading *l, struct zr_object *obj, uint64_t length,
			struct zb_diag *diag)
{
	struct zr_buf *buf;
	int error = 0;

	for (uint64_t blk = 0; length > 0 && !error; blk++) {
		struct zb_span words;

		error = zr_object_block(obj, blk, &buf, diag);
		if (error)
			return error;
		words = zr_buf_span(buf);
		if (words.len > length)
			words.len = (size_t)length;
		length -= words.len;
		error = add_block(l, words, buf->endian);
		zr_buf_put(l->pool, buf);
	}
	return error ? zr_object_fail(obj, error, diag, "its entries make no sense") : 0;
}

static int read_object(struct loading *l, struct zr_object *obj, struct zb_diag *diag)
{
	uint64_t length;

	if (obj->dn.type != ZF_OT_SPACE_MAP ||
	    obj->dn.bonustype != ZF_OT_SPACE_MAP_HEADER ||
	    zf_spacemap_length(obj->dn.bonus, obj->dn.endian, &length) ||
	    length > zf_dnode_end(&obj->dn))
		return zr_object_fail(obj, ZB_ECORRUPT, diag, "it is no space map");
	if (length > MAX_LENGTH || length > l->budget)
		return zr_object_fail(obj, ZB_E2BIG, diag, "it is too long");
	l->budget -= length;
	return read_entries(l, obj, length, diag);
}

static void note_unread(const struct loading *l, const struct zr_side *side,
			const struct zb_diag *why)
{
	struct zb_diag what;

	zb_fail(&what, why->error, side->dev ? side->dev->name : l->pool->info.name,
		ZB_DIAG_NO_OFFSET,
		"what it lacks cannot be read, so it is read last (%s)", why->reason);
	zr_note(l->pool->host, &what);
}

/* What was loaded takes the place of what the side's config said. */
static int keep(struct loading *l, struct zr_side *side)
{
	zr_free(l->pool->host, side->lacks);
	side->lacks = NULL;
	side->n_lacks = 0;
	if (l->n == 0)
		return 0;
	side->lacks = zr_alloc(l->pool->host, l->n * sizeof(*side->lacks));
	if (!side->lacks)
		return ZB_ENOMEM;
	__builtin_memcpy(side->lacks, l->at, l->n * sizeof(*side->lacks));
	side->n_lacks = l->n;
	return 0;
}

static int load_side(struct loading *l, struct zr_side *side, struct zb_diag *diag)
{
	struct zr_object obj;
	struct zb_diag why;
	int error = zr_object_open(&l->pool->mos, side->dtl, &obj, &why);

	l->n = 0;
	if (!error) {
		error = read_object(l, &obj, &why);
		zr_object_close(&obj);
	}
	if (!error) {
		error = keep(l, side);
	} else if (error != ZB_ENOMEM) {
		note_unread(l, side, &why);
		error = zr_side_lacks_all(l->pool->host, side);
	}
	return error ? zb_fail(diag, error, l->pool->info.name, ZB_DIAG_NO_OFFSET,
			       "no memory for what its devices lack")
		     : 0;
}

/* Does it matter what the device lacks? */
static bool is_wanted(const struct zr_vdev *vdev, const struct zr_side *side)
{
	return side->dtl && vdev->n_sides > 1 &&
	       (side->dev || side->spare != ZR_NOT_A_SPARE);
}

static int load_vdev(struct loading *l, struct zr_vdev *vdev, struct zb_diag *diag)
{
	int error = 0;

	for (unsigned int i = 0; i < vdev->n_sides && !error; i++) {
		if (!is_wanted(vdev, &vdev->sides[i]))
			continue;
		error = load_side(l, &vdev->sides[i], diag);
	}
	zr_vdev_count_lacks(vdev);
	return error;
}

static bool is_any_wanted(const struct zr_pool *pool)
{
	for (unsigned int id = 0; id < pool->n_vdevs; id++)
		for (unsigned int i = 0; i < pool->vdevs[id].n_sides; i++)
			if (is_wanted(&pool->vdevs[id], &pool->vdevs[id].sides[i]))
				return true;
	return false;
}

int zr_dtl_load(struct zr_pool *pool, struct zb_diag *diag)
{
	struct loading *l;
	int error = 0;

	if (!is_any_wanted(pool))
		return 0;
	l = zr_alloc(pool->host, sizeof(*l));
	if (!l)
		return zb_fail(diag, ZB_ENOMEM, pool->info.name, ZB_DIAG_NO_OFFSET,
			       "no memory for what its devices lack");
	l->pool = pool;
	l->budget = MAX_SUM;
	for (unsigned int id = 0; id < pool->n_vdevs && !error; id++)
		error = load_vdev(l, &pool->vdevs[id], diag);
	zr_free(pool->host, l);
	return error;
}
