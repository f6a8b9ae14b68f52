/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/scrub.h"
#include "read/scrub_batch.h"

struct scrub {
	struct zr_pool *pool;
	const struct zr_scrub_events *events;
	struct zr_scrub_totals *totals;
	struct zr_traverse *walk;
	struct zr_scrub_batch batches[2];
	struct zr_scrub_batch *fill, *work; /* these two, in turns; NULL: nothing to do */
	struct zr_scrub_worker workers[ZR_SCRUB_WORKERS];
	struct zr_damage damage;
};

/* Job 0 collects the next batch while the others work on this one. */
static void job(void *arg, unsigned int i)
{
	struct scrub *s = arg;

	if (i == 0 && s->fill)
		zr_scrub_batch_fill(s->fill, s->walk);
	else if (i > 0 && s->work)
		zr_scrub_batch_work(s->work, &s->workers[i - 1]);
}

static void run_jobs(struct scrub *s)
{
	const struct zr_host *host = s->pool->host;

	if (host->run) {
		host->run(host->ctx, job, s, 1 + ZR_SCRUB_WORKERS);
		return;
	}
	job(s, 0);
	job(s, 1);
}

/* False if there is nothing to verify: the pointer was verified with the block it is in. */
static bool count(struct scrub *s, const struct zr_visit *v)
{
	struct zr_scrub_totals *t = s->totals;
	const struct zf_blkptr *bp = &v->bp;

	if (bp->encrypted && !bp->embedded && bp->level == 0 &&
	    bp->type != ZF_OT_INTENT_LOG) {
		t->authenticated += bp->key != NULL;
		t->locked += bp->key == NULL;
	}
	if (v->level == ZR_LEVEL_LOG) {
		t->log_blocks++;
		return true;
	}
	t->logical += v->bp.lsize;
	if (v->bp.embedded) {
		t->embedded++;
		return false;
	}
	t->blocks++;
	t->physical += v->bp.psize;
	for (unsigned int i = 0; i < v->bp.ndvas; i++) {
		t->allocated += v->bp.dva[i].asize;
		t->gangs += v->bp.dva[i].gang;
	}
	return true;
}

static int examine(struct scrub *s, const struct zr_visit *v)
{
	const struct zr_bad_copy *bad = s->damage.bad;
	unsigned int missing = 0, lacking = 0;
	int error = zr_scrub_examine(s->pool, v, &s->damage, &s->totals->read);

	if (error)
		return error;
	for (unsigned int i = 0; i < s->damage.n_bad && i < ZR_BAD_COPIES; i++) {
		missing += bad[i].error == ZB_ENODEV;
		lacking += bad[i].error != ZB_ENODEV && bad[i].lacks.end;
	}
	if (!s->damage.lost && missing + lacking == s->damage.n_bad) {
		s->totals->degraded += missing > 0;
		s->totals->lacking += lacking > 0;
		if (lacking && s->events->lacking)
			s->events->lacking(s->events->ctx, &s->damage);
		return 0;
	}
	if (s->damage.lost)
		s->totals->lost++;
	else
		s->totals->repairable++;
	if (s->events->damage)
		s->events->damage(s->events->ctx, &s->damage);
	return 0;
}

/* Which items need a closer look, from what became of their pieces. */
static int judge(struct scrub *s, struct zr_scrub_batch *b)
{
	enum {
		GOOD = 1,
		BAD = 2,
		MISSING = 4,
	};
	uint8_t *state = zr_zalloc(s->pool->host, ZR_SCRUB_ITEMS);
	int error = 0;

	if (!state)
		return ZB_ENOMEM;
	for (uint32_t i = 0; i < b->n_pieces; i++) {
		const struct zr_scrub_piece *p = &b->pieces[i];

		state[p->item] |= (p->good ? GOOD : 0) | (p->bad ? BAD : 0) |
				  (p->missing ? MISSING : 0);
	}
	for (uint32_t i = 0; !error && i < b->n_items; i++) {
		if (!count(s, &b->items[i]))
			continue;
		if (state[i] == (GOOD | MISSING))
			s->totals->degraded++;
		else if (state[i] != GOOD)
			error = examine(s, &b->items[i]);
	}
	zr_free(s->pool->host, state);
	return error;
}

/* Faults in reading are the damage of a block, which is told of by itself. */
static void tell_fault(struct scrub *s, struct zr_scrub_batch *b)
{
	int error = b->diag.error;

	if (error == ZB_ECKSUM || error == ZB_EIO || error == ZB_ENODEV)
		return;
	s->totals->faults++;
	if (s->events->fault)
		s->events->fault(s->events->ctx, &b->at, &b->diag);
}

static int finish_batch(struct scrub *s, struct zr_scrub_batch *b)
{
	int error = 0;

	for (unsigned int i = 0; i < ZR_SCRUB_WORKERS && !error; i++)
		error = s->workers[i].error;
	if (!error)
		error = judge(s, b);
	if (!error && b->faulty)
		tell_fault(s, b);
	if (!error && s->events->progress)
		error = s->events->progress(s->events->ctx, s->totals->physical);
	return error;
}

static int scrub_batches(struct scrub *s, struct zb_diag *diag)
{
	struct zr_scrub_batch *filled;
	int error = 0;

	s->fill = &s->batches[0];
	while (!error && (s->fill || s->work)) {
		run_jobs(s);
		if (s->work)
			error = finish_batch(s, s->work);
		filled = s->fill;
		if (!error && filled && filled->error) {
			*diag = filled->diag;
			return filled->error;
		}
		s->fill = filled && !filled->last ? &s->batches[filled == s->batches]
						  : NULL;
		s->work = filled;
	}
	return error ? zb_fail(diag, error, s->pool->info.name, ZB_DIAG_NO_OFFSET,
			       "not verified to the end: %s", zb_error_text(error))
		     : 0;
}

static void tell_missing(const struct zr_pool *pool, const struct zr_scrub_events *events)
{
	for (unsigned int id = 0; events->missing && id < pool->n_vdevs; id++) {
		const struct zr_vdev *vdev = &pool->vdevs[id];

		for (unsigned int i = 0; i < vdev->n_sides; i++)
			if (!vdev->sides[i].dev)
				events->missing(events->ctx, vdev->sides[i].guid);
	}
}

int zr_scrub(struct zr_pool *pool, const struct zr_scrub_events *events,
	     struct zr_scrub_totals *ret_totals, struct zb_diag *diag)
{
	struct scrub *s = zr_zalloc(pool->host, sizeof(*s));
	int error = ZB_ENOMEM;

	*ret_totals = (struct zr_scrub_totals){ 0 };
	if (!s)
		return zb_fail(diag, ZB_ENOMEM, pool->info.name, ZB_DIAG_NO_OFFSET,
			       "no memory to verify it");
	s->pool = pool;
	s->events = events;
	s->totals = ret_totals;
	tell_missing(pool, events);
	if (zr_scrub_batch_init(&s->batches[0], pool) ||
	    zr_scrub_batch_init(&s->batches[1], pool))
		zb_fail(diag, ZB_ENOMEM, pool->info.name, ZB_DIAG_NO_OFFSET,
			"no memory to verify it");
	else
		error = zr_traverse_create(pool, &s->walk, diag);
	if (!error)
		error = scrub_batches(s, diag);
	if (s->walk)
		ret_totals->datasets = zr_traverse_datasets(s->walk);
	for (unsigned int i = 0; i < ZR_SCRUB_WORKERS; i++) {
		ret_totals->read += s->workers[i].stats.bytes;
		zr_free(pool->host, s->workers[i].buf);
	}
	zr_traverse_destroy(s->walk);
	zr_scrub_batch_done(&s->batches[0]);
	zr_scrub_batch_done(&s->batches[1]);
	zr_free(pool->host, s);
	return error;
}
