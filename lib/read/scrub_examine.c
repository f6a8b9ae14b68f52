/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/label.h"
#include "read/scrub_batch.h"
#include "read/verify.h"

/* What is bad about a block: copy by copy, slowly, for those few that need it. */

struct examine {
	struct zr_pool *pool;
	struct zr_damage *damage;
	uint64_t *read;
	uint8_t *buf;
};

static void add_bad(struct zr_damage *d, const struct zr_side *side, uint64_t offset,
		    uint64_t len, int error)
{
	if (d->n_bad < ZR_BAD_COPIES)
		d->bad[d->n_bad] = (struct zr_bad_copy){
			.dev = side ? side->dev : NULL,
			.guid = side ? side->guid : 0,
			.offset = offset,
			.len = len,
			.error = error,
		};
	d->n_bad++;
}

static void examine_side(struct examine *x, const struct zf_blkptr *bp, uint64_t offset,
			 const struct zr_side *side)
{
	size_t len = (size_t)bp->psize;
	int error = ZB_ENODEV;

	if (side->dev) {
		error = zr_dev_read(x->pool->host, side->dev, NULL, offset, x->buf, len);
		*x->read += len;
	}
	if (!error)
		error = zr_verify_block(&x->pool->verifier, bp, zb_span(x->buf, len));
	if (error)
		add_bad(x->damage, side, offset, len, error);
	else
		x->damage->good++;
}

static void examine_dva(struct examine *x, const struct zf_blkptr *bp,
			const struct zf_dva *dva)
{
	const struct zr_vdev *vdev =
		dva->vdev < x->pool->n_vdevs ? &x->pool->vdevs[dva->vdev] : NULL;
	uint64_t offset;

	if (!vdev || vdev->kind != ZR_VDEV_MIRROR ||
	    !zb_add64(dva->offset, ZF_VDEV_DATA_START, &offset)) {
		add_bad(x->damage, NULL, dva->offset, bp->psize, ZB_ECORRUPT);
		return;
	}
	for (unsigned int i = 0; i < vdev->n_sides; i++)
		examine_side(x, bp, offset, &vdev->sides[i]);
}

int zr_scrub_examine(struct zr_pool *pool, const struct zr_visit *visit,
		     struct zr_damage *ret_damage, uint64_t *read)
{
	const struct zf_blkptr *bp = &visit->bp;
	struct examine x = { pool, ret_damage, read, NULL };
	int error;

	*ret_damage = (struct zr_damage){ .visit = *visit };
	x.buf = zr_alloc(pool->host, (size_t)bp->psize);
	if (!x.buf)
		return ZB_ENOMEM;
	for (unsigned int i = 0; i < bp->ndvas; i++) {
		if (!bp->dva[i].gang) {
			examine_dva(&x, bp, &bp->dva[i]);
			continue;
		}
		error = zr_gang_read(pool, bp, i, x.buf, 0);
		*read += bp->psize;
		if (error)
			add_bad(ret_damage, NULL, bp->dva[i].offset, bp->psize, error);
		else
			ret_damage->good++;
	}
	ret_damage->lost = ret_damage->good == 0;
	zr_free(pool->host, x.buf);
	return 0;
}
