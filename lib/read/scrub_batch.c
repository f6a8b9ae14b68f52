/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/sort.h"
#include "fmt/label.h"
#include "read/keys.h"
#include "read/scrub_batch.h"
#include "read/verify.h"

int zr_scrub_batch_init(struct zr_scrub_batch *b, struct zr_pool *pool)
{
	*b = (struct zr_scrub_batch){ .pool = pool };
	b->items = zr_alloc(pool->host, ZR_SCRUB_ITEMS * sizeof(*b->items));
	b->gangs = zr_alloc(pool->host, ZR_SCRUB_GANGS * sizeof(*b->gangs));
	b->pieces = zr_alloc(pool->host, ZR_SCRUB_PIECES * sizeof(*b->pieces));
	b->runs = zr_alloc(pool->host, ZR_SCRUB_PIECES * sizeof(*b->runs));
	return b->items && b->gangs && b->pieces && b->runs ? 0 : ZB_ENOMEM;
}

void zr_scrub_batch_done(struct zr_scrub_batch *b)
{
	if (!b->pool)
		return;
	zr_free(b->pool->host, b->items);
	zr_free(b->pool->host, b->gangs);
	zr_free(b->pool->host, b->pieces);
	zr_free(b->pool->host, b->runs);
}

/* ---- collecting ---- */

/* What cannot be read in a run, or not all of its copies, has no vdev then. */
static bool add_piece(struct zr_scrub_batch *b, uint32_t item, const struct zf_blkptr *at,
		      unsigned int dva, struct zr_scrub_piece **ret_piece)
{
	struct zr_scrub_piece *p = &b->pieces[b->n_pieces];

	if (b->n_pieces == ZR_SCRUB_PIECES)
		return false;
	b->n_pieces++;
	*p = (struct zr_scrub_piece){ .item = item, .len = (uint32_t)at->psize };
	if (!zr_extent_of(b->pool, at, dva, &p->from) ||
	    (p->from.vdev->kind != ZR_VDEV_MIRROR && !zr_scrub_raid_can(p->from.vdev)) ||
	    (p->from.vdev->kind != ZR_VDEV_MIRROR && p->from.lacking))
		p->from.vdev = NULL;
	p->bad = !p->from.vdev;
	b->bytes += at->psize;
	*ret_piece = p;
	return true;
}

bool zr_scrub_batch_add(struct zr_scrub_batch *b, uint32_t item,
			const struct zf_blkptr *bp)
{
	struct zr_scrub_piece *p;

	for (unsigned int i = 0; i < bp->ndvas; i++) {
		if (bp->dva[i].gang)
			continue;
		if (!add_piece(b, item, bp, i, &p))
			return false;
		p->bp = bp;
	}
	return true;
}

bool zr_scrub_batch_add_header(struct zr_scrub_batch *b, uint32_t item,
			       const struct zf_blkptr *bp, unsigned int dva, size_t size)
{
	struct zf_blkptr at = *bp;
	struct zr_scrub_piece *p;

	at.dva[dva].gang = false;
	at.psize = size;
	if (!add_piece(b, item, &at, dva, &p))
		return false;
	p->bp = bp;
	p->header = true;
	return true;
}

static bool is_gang(const struct zf_blkptr *bp)
{
	for (unsigned int i = 0; i < bp->ndvas; i++)
		if (bp->dva[i].gang)
			return true;
	return false;
}

/* A gang block that is damaged, or too large for the batch, is looked at by itself. */
static int add_item(struct zr_scrub_batch *b)
{
	uint32_t item = b->n_items++, pieces = b->n_pieces, gangs = b->n_gangs;
	const struct zf_blkptr *bp = &b->items[item].bp;
	int error;

	if (!is_gang(bp))
		return zr_scrub_batch_add(b, item, bp) ? 0 : ZB_E2BIG;
	if (bp->key)
		return 0; /* its MAC is of all pieces together */
	error = zr_scrub_gang(b, item, bp, 0);
	if (!error || error == ZB_ENOMEM)
		return error;
	b->n_pieces = pieces;
	b->n_gangs = gangs;
	return 0;
}

static bool piece_before(void *ctx, size_t a, size_t b)
{
	const struct zr_scrub_piece *pieces = ctx;
	const struct zr_extent *x = &pieces[a].from, *y = &pieces[b].from;

	if (x->vdev != y->vdev)
		return (uintptr_t)x->vdev < (uintptr_t)y->vdev;
	return x->start < y->start;
}

static void piece_swap(void *ctx, size_t a, size_t b)
{
	struct zr_scrub_piece *pieces = ctx, moving = pieces[a];

	pieces[a] = pieces[b];
	pieces[b] = moving;
}

/* Takes a piece into a run, if it may join. */
static bool join(struct zr_scrub_run *run, const struct zr_extent *from)
{
	struct zr_extent whole = run->from;

	if (!zr_extent_goes_with(from, &whole) ||
	    (from->start > whole.end && from->start - whole.end > ZR_SCRUB_GAP))
		return false;
	if (from->end > whole.end)
		whole.end = from->end;
	if (zr_extent_stage(&whole) > ZR_SCRUB_RUN)
		return false;
	run->from = whole;
	return true;
}

static void make_runs(struct zr_scrub_batch *b)
{
	struct zr_scrub_run *run = NULL;

	for (uint32_t i = 0; i < b->n_pieces; i++) {
		const struct zr_scrub_piece *p = &b->pieces[i];

		if (!p->from.vdev)
			continue;
		if (!run || !join(run, &p->from)) {
			run = &b->runs[b->n_runs++];
			*run = (struct zr_scrub_run){ .first = i, .from = p->from };
		}
		run->last = i + 1;
	}
}

/* Room for a block, and for a gang block of usual size. */
static bool has_room(const struct zr_scrub_batch *b)
{
	return b->n_items < ZR_SCRUB_ITEMS && b->bytes < ZR_SCRUB_BYTES &&
	       b->n_gangs < ZR_SCRUB_GANGS / 2;
}

void zr_scrub_batch_fill(struct zr_scrub_batch *b, struct zr_traverse *t)
{
	int r = ZR_TRAVERSE_BLOCK, error = 0;

	b->n_items = b->n_gangs = b->n_pieces = b->n_runs = b->next_run = 0;
	b->bytes = 0;
	b->faulty = b->last = false;
	while (!error && has_room(b)) {
		r = zr_traverse_next(t, &b->items[b->n_items], &b->diag);
		if (r != ZR_TRAVERSE_BLOCK)
			break;
		error = add_item(b);
	}
	b->error = r < 0 ? r : 0;
	if (error)
		b->error = zb_fail(&b->diag, error, b->pool->info.name, ZB_DIAG_NO_OFFSET,
				   "no memory to verify it");
	b->last = r == ZR_TRAVERSE_END;
	b->faulty = r == ZR_TRAVERSE_FAULT;
	if (b->faulty)
		b->at = b->items[b->n_items];
	zb_sort(&(struct zb_sort){ b->pieces, piece_before, piece_swap }, b->n_pieces);
	make_runs(b);
}

/* ---- reading and verifying ---- */

/* The MACs in indirect blocks take no key: the walk has compared them. */
static int authenticate(const struct zr_pool *pool, const struct zf_blkptr *bp,
			struct zb_span data)
{
	uint8_t *plain;
	int error;

	if (!bp->encrypted || !bp->key || bp->level > 0)
		return 0;
	if (!zf_blkptr_is_encrypted(bp))
		return zr_crypt_authenticate(bp, data);
	plain = zr_alloc(pool->host, data.len);
	if (!plain)
		return ZB_ENOMEM;
	error = bp->type == ZF_OT_INTENT_LOG ? zr_crypt_decrypt_log(pool, bp, data, plain)
					     : zr_crypt_decrypt(pool, bp, data, plain);
	zr_free(pool->host, plain);
	return error;
}

int zr_scrub_check(const struct zr_pool *pool, const struct zf_blkptr *bp,
		   struct zb_span data)
{
	int error = zr_verify_any(&pool->verifier, bp, data);

	return error ? error : authenticate(pool, bp, data);
}

int zr_scrub_piece_check(const struct zr_pool *pool, const struct zr_scrub_piece *p,
			 struct zb_span data)
{
	enum zb_endian unused;

	return p->header ? zr_gang_verify_header(p->bp, data, &unused)
			 : zr_scrub_check(pool, p->bp, data);
}

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

static void settle(struct zr_scrub_worker *w, struct zr_scrub_piece *p, int error)
{
	if (error == ZB_ENOMEM)
		w->error = error;
	if (error)
		p->bad = true;
	else
		p->good++;
}

/* A side that lacks what has no checksum looks right. */
static bool is_doubtful(const struct zr_scrub_piece *p)
{
	return p->from.lacking && !p->header && p->bp->checksum == ZF_CHECKSUM_OFF;
}

static void work_side(struct zr_scrub_batch *b, const struct zr_scrub_run *run,
		      const struct zr_dev *dev, struct zr_scrub_worker *w)
{
	size_t len = zr_extent_stage(&run->from);
	uint64_t offset;
	int error = ZB_ECORRUPT;

	if (zb_add64(run->from.start, ZF_VDEV_DATA_START, &offset) && dev)
		error = zr_dev_read(b->pool->host, dev, &w->stats, offset, w->buf, len);
	for (uint32_t i = run->first; i < run->last; i++) {
		struct zr_scrub_piece *p = &b->pieces[i];
		const uint8_t *data = w->buf + (p->from.start - run->from.start);

		if (!dev)
			p->missing++;
		else if (error || p->bad || is_doubtful(p))
			p->bad = true;
		else
			settle(w, p,
			       zr_scrub_piece_check(b->pool, p, zb_span(data, p->len)));
	}
}

static void work_mirror(struct zr_scrub_batch *b, const struct zr_scrub_run *run,
			struct zr_scrub_worker *w)
{
	const struct zr_vdev *vdev = run->from.vdev;

	for (unsigned int i = 0; i < vdev->n_sides; i++)
		work_side(b, run, vdev->sides[i].dev, w);
}

static void work_raid(struct zr_scrub_batch *b, const struct zr_scrub_run *run,
		      struct zr_scrub_worker *w)
{
	struct zr_run stage;
	int error = zr_extent_read(b->pool, &run->from, 0, w->buf, &w->stats, &stage);

	for (uint32_t i = run->first; i < run->last; i++) {
		struct zr_scrub_piece *p = &b->pieces[i];

		settle(w, p, error ? error : zr_scrub_raid_piece(&stage, p));
	}
}

static void work_run(struct zr_scrub_batch *b, const struct zr_scrub_run *run,
		     struct zr_scrub_worker *w)
{
	if (!reserve(b, w, zr_extent_stage(&run->from)))
		w->error = ZB_ENOMEM;
	else if (run->from.vdev->kind == ZR_VDEV_MIRROR)
		work_mirror(b, run, w);
	else
		work_raid(b, run, w);
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
