/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include "read/scrub.h"
#include "read/share.h"
#include "tests/fuzz/changed.h"

/*
 * What `zlive verify` does with a whole pool with changes: every block that the uberblock leads
 * to, each copy of it, and the names of those that are not as they should be. Input: see
 * changed.h.
 */
#define MAX_NAMES  16
#define SHARED	   3
#define MAX_BLOCKS 20000 /* of a pool that was changed so as to have many more */

struct state {
	struct zr_pool *pool;
	struct zr_scrub_totals seen;
	unsigned int names, rounds;
	uint64_t share_budget;
};

static void name(struct state *s, const struct zr_visit *v)
{
	char dataset[ZR_NAME_MAX], path[300];
	struct zr_dataset *ds;
	struct zb_diag diag;
	struct zr_fs *fs;

	if (s->names++ >= MAX_NAMES || v->dataset == 0 ||
	    zr_dataset_name(s->pool, v->dataset, dataset, &diag))
		return;
	if (zr_dataset_open(s->pool, dataset, &ds, &diag))
		return;
	if (zr_fs_open(ds, &fs, &diag) == 0) {
		(void)!zr_fs_path(fs, v->object, path, sizeof(path), &diag);
		zr_fs_close(fs);
	}
	zr_dataset_close(ds);
}

static int on_sharer(void *ctx, uint64_t dataset, uint64_t blocks)
{
	FUZZ_ASSERT(blocks > 0 && blocks <= SHARED);
	return 0;
}

/* Who has this block, and those behind it. */
static void share(struct state *s, const struct zr_visit *v)
{
	uint64_t before = s->share_budget;
	bool all;

	FUZZ_ASSERT(zr_sharers(s->pool, v, SHARED, &s->share_budget, on_sharer, s,
			       &all) <= 0);
	FUZZ_ASSERT(s->share_budget <= before);
}

static void on_lacking(void *ctx, const struct zr_damage *d)
{
	FUZZ_ASSERT(d->n_bad > 0 && !d->lost);
}

static void on_damage(void *ctx, const struct zr_damage *d)
{
	struct state *s = ctx;

	FUZZ_ASSERT(d->n_bad > 0);
	FUZZ_ASSERT(d->lost == (d->good == 0));
	for (unsigned int i = 0; i < d->n_bad && i < ZR_BAD_COPIES; i++)
		FUZZ_ASSERT(d->bad[i].error < 0);
	s->seen.lost += d->lost;
	s->seen.repairable += !d->lost;
	name(s, &d->visit);
	share(s, &d->visit);
}

static void on_fault(void *ctx, const struct zr_visit *visit, const struct zb_diag *diag)
{
	struct state *s = ctx;

	FUZZ_ASSERT(diag->error < 0 && diag->reason[0]);
	s->seen.faults++;
	name(s, visit);
}

static int on_progress(void *ctx, uint64_t bytes)
{
	struct state *s = ctx;

	return ++s->rounds > MAX_BLOCKS ? 1 : 0;
}

/* So that MACs are computed, too. */
static void unlock(struct zr_pool *pool)
{
	struct zr_pool_info info;
	struct zb_diag diag;

	zr_pool_info(pool, &info);
	if (strcmp(info.name, "secret") != 0)
		return;
	(void)!zr_pool_unlock(pool, "secret/gcm", small_secret_key("hex"), &diag);
	(void)!zr_pool_unlock(pool, "secret/ccm", small_secret_key("raw"), &diag);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct state s = { .share_budget = 500 };
	const struct zr_scrub_events events = { .ctx = &s,
						.damage = on_damage,
						.lacking = on_lacking,
						.fault = on_fault,
						.progress = on_progress };
	struct zr_scrub_totals t;
	struct fuzz_changed c;
	struct zb_diag diag;

	if (!fuzz_changed_init(&c, data, size))
		return 0;
	if (zr_pool_open(&c.host.host, c.devs, c.n, 0, &s.pool, &diag) == 0) {
		unlock(s.pool);
		if (zr_scrub(s.pool, &events, &t, &diag) == 0) {
			FUZZ_ASSERT(t.lost == s.seen.lost);
			FUZZ_ASSERT(t.repairable == s.seen.repairable);
			FUZZ_ASSERT(t.faults == s.seen.faults);
		}
		zr_pool_close(s.pool);
	}
	fuzz_changed_done(&c);
	return 0;
}
