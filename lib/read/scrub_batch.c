/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/sort.h"
#include "fmt/label.h"
#include "read/scrub_batch.h"
#include "read/verify.h"

int zr_scrub_batch_init(struct zr_scrub_batch *b, struct zr_pool *pool)
{
	*b = (struct zr_scrub_batch){ .pool = pool };
	b->items = zr_alloc(pool->host, ZR_SCRUB_ITEMS * sizeof(*b->items));
	b->pieces = zr_alloc(pool->host, ZR_SCRUB_PIECES * sizeof(*b->pieces));
	b->runs = zr_alloc(pool->host, ZR_SCRUB_PIECES * sizeof(*b->runs));
	return b->items && b->pieces && b->runs ? 0 : ZB_ENOMEM;
}

void zr_scrub_batch_done(struct zr_scrub_batch *b)
{
	if (!b->pool)
		return;
	zr_free(b->pool->host, b->items);
	zr_free(b->pool->host, b->pieces);
	zr_free(b->pool->host, b->runs);
}

/* ---- collecting ---- */

/* Gang blocks have no pieces here: they are examined by themselves. */
static void add_pieces(struct zr_scrub_batch *b, uint32_t item)
{
	const struct zf_blkptr *bp = &b->items[item].bp;

	for (unsigned int i = 0; i < bp->ndvas; i++) {
		if (bp->dva[i].gang)
			continue;
		b->pieces[b->n_pieces++] = (struct zr_scrub_piece){
			.item = item,
			.vdev = bp->dva[i].vdev,
			.offset = bp->dva[i].offset,
			.len = (uint32_t)bp->psize,
		};
		b->bytes += bp->psize;
	}
}

static bool piece_before(void *ctx, size_t a, size_t b)
{
	const struct zr_scrub_piece *pieces = ctx;

	if (pieces[a].vdev != pieces[b].vdev)
		return pieces[a].vdev < pieces[b].vdev;
	return pieces[a].offset < pieces[b].offset;
}

static void piece_swap(void *ctx, size_t a, size_t b)
{
	struct zr_scrub_piece *pieces = ctx, moving = pieces[a];

	pieces[a] = pieces[b];
	pieces[b] = moving;
}

static bool joins(const struct zr_scrub_batch *b, const struct zr_scrub_run *run,
		  const struct zr_scrub_piece *p, uint64_t end)
{
	return p->vdev == b->pieces[run->first].vdev &&
	       end - run->start <= ZR_SCRUB_RUN &&
	       (p->offset <= run->end || p->offset - run->end <= ZR_SCRUB_GAP);
}

static void make_runs(struct zr_scrub_batch *b)
{
	struct zr_scrub_run *run = NULL;
	uint64_t end;

	for (uint32_t i = 0; i < b->n_pieces; i++) {
		struct zr_scrub_piece *p = &b->pieces[i];

		if (!zb_add64(p->offset, p->len, &end)) {
			p->bad = true;
			p->offset = 0;
			end = p->len;
		}
		if (!run || !joins(b, run, p, end)) {
			run = &b->runs[b->n_runs++];
			*run = (struct zr_scrub_run){ .first = i,
						      .start = p->offset,
						      .end = end };
		}
		run->last = i + 1;
		if (end > run->end)
			run->end = end;
	}
}

void zr_scrub_batch_fill(struct zr_scrub_batch *b, struct zr_traverse *t)
{
	int r = ZR_TRAVERSE_BLOCK;

	b->n_items = b->n_pieces = b->n_runs = b->next_run = 0;
	b->bytes = 0;
	b->faulty = b->last = false;
	while (b->n_items < ZR_SCRUB_ITEMS && b->bytes < ZR_SCRUB_BYTES) {
		r = zr_traverse_next(t, &b->items[b->n_items], &b->diag);
		if (r != ZR_TRAVERSE_BLOCK)
			break;
		add_pieces(b, b->n_items++);
	}
	b->error = r < 0 ? r : 0;
	b->last = r == ZR_TRAVERSE_END;
	b->faulty = r == ZR_TRAVERSE_FAULT;
	if (b->faulty)
		b->at = b->items[b->n_items];
	zb_sort(&(struct zb_sort){ b->pieces, piece_before, piece_swap }, b->n_pieces);
	make_runs(b);
}

/* ---- reading and verifying ---- */

static bool reserve(struct zr_scrub_batch *b, struct zr_scrub_worker *w, uint64_t size)
{
	if (size <= w->size)
		return true;
	if (size < ZR_SCRUB_RUN)
		size = ZR_SCRUB_RUN;
	zr_free(b->pool->host, w->buf);
	w->buf = zr_alloc(b->pool->host, (size_t)size);
	w->size = w->buf ? (size_t)size : 0;
	return w->buf != NULL;
}

static void verify_piece(struct zr_scrub_batch *b, const struct zr_scrub_run *run,
			 struct zr_scrub_piece *p, const uint8_t *data)
{
	const struct zf_blkptr *bp = &b->items[p->item].bp;

	if (zr_verify_block(&b->pool->verifier, bp,
			    zb_span(data + (p->offset - run->start), p->len)))
		p->bad = true;
	else
		p->good++;
}

static void work_side(struct zr_scrub_batch *b, const struct zr_scrub_run *run,
		      const struct zr_dev *dev, struct zr_scrub_worker *w)
{
	size_t len = (size_t)(run->end - run->start);
	uint64_t offset;
	int error = ZB_ECORRUPT;

	if (zb_add64(run->start, ZF_VDEV_DATA_START, &offset) && dev) {
		error = zr_dev_read(b->pool->host, dev, NULL, offset, w->buf, len);
		w->read += len;
	}
	for (uint32_t i = run->first; i < run->last; i++) {
		struct zr_scrub_piece *p = &b->pieces[i];

		if (!dev)
			p->missing++;
		else if (error)
			p->bad = true;
		else if (!p->bad)
			verify_piece(b, run, p, w->buf);
	}
}

static void work_run(struct zr_scrub_batch *b, const struct zr_scrub_run *run,
		     struct zr_scrub_worker *w)
{
	uint32_t id = b->pieces[run->first].vdev;
	const struct zr_vdev *vdev = id < b->pool->n_vdevs ? &b->pool->vdevs[id] : NULL;

	if (!vdev || vdev->kind != ZR_VDEV_MIRROR)
		return;
	if (!reserve(b, w, run->end - run->start)) {
		w->error = ZB_ENOMEM;
		return;
	}
	for (unsigned int i = 0; i < vdev->n_sides; i++)
		work_side(b, run, vdev->sides[i].dev, w);
}

void zr_scrub_batch_work(struct zr_scrub_batch *b, struct zr_scrub_worker *w)
{
	uint32_t i;

	for (;;) {
		i = __atomic_fetch_add(&b->next_run, 1, __ATOMIC_RELAXED);
		if (i >= b->n_runs || w->error)
			return;
		work_run(b, &b->runs[i], w);
	}
}
