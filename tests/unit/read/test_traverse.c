/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "fmt/label.h"
#include "read/scrub.h"
#include "tests/support/small_pool.h"

/*
 * The small pool's sectors are those that reading its files needs: first copies, mostly. All
 * others read as zeros, which makes second copies bad.
 */
struct fixture {
	struct small_pool pool;
	struct small_host host;
	struct zr_pool *open;
	struct zb_diag diag;
	struct zr_visit target;
	struct zr_damage damage; /* of the target */
	unsigned int damages;	 /* of it */
};

static int setup(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	small_pool_init(&f.pool);
	*state = &f;
	return small_pool_open(&f.pool, &f.host, &f.open, &f.diag);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	return small_pool_close(&f->pool, &f->host, f->open);
}

static void on_damage(void *ctx, const struct zr_damage *damage)
{
	struct fixture *f = ctx;

	if (damage->visit.dataset != f->target.dataset ||
	    damage->visit.object != f->target.object ||
	    damage->visit.level != f->target.level ||
	    damage->visit.blkid != f->target.blkid)
		return;
	f->damage = *damage;
	f->damages++;
}

static int scrub(struct fixture *f, struct zr_scrub_totals *t)
{
	const struct zr_scrub_events events = { .ctx = f, .damage = on_damage };

	return zr_scrub(f->open, &events, t, &f->diag);
}

/* A block with two copies, the first of which is there, and no children. */
static void find_target(struct fixture *f)
{
	struct zr_traverse *t;
	struct zr_visit v;
	int r;

	assert_int_equal(zr_traverse_create(f->open, &t, &f->diag), 0);
	do
		r = zr_traverse_next(t, &v, &f->diag);
	while (r == ZR_TRAVERSE_FAULT ||
	       (r == ZR_TRAVERSE_BLOCK &&
		(v.level != 0 || v.object == ZR_VISIT_DNODES || v.bp.ndvas != 2 ||
		 !small_pool_sector(&f->pool, ZF_VDEV_DATA_START + v.bp.dva[0].offset))));
	assert_int_equal(r, ZR_TRAVERSE_BLOCK);
	zr_traverse_destroy(t);
	f->target = v;
	/* If the second is there, too. */
	small_pool_damage(&f->pool, ZF_VDEV_DATA_START + v.bp.dva[1].offset, v.bp.psize);
}

static void visits_datasets_and_counts(void **state)
{
	struct fixture *f = *state;
	struct zr_scrub_totals t;

	assert_int_equal(scrub(f, &t), 0);
	assert_true(t.blocks > 20 && t.logical >= t.physical);
	assert_true(t.datasets > 1);
	assert_int_equal(t.faults, 0);
	assert_int_equal(t.degraded, 0);
}

static void bad_copy_is_repairable_all_bad_lost(void **state)
{
	struct fixture *f = *state;
	struct zr_scrub_totals one, both;
	uint64_t first;

	find_target(f);
	first = ZF_VDEV_DATA_START + f->target.bp.dva[0].offset;
	assert_int_equal(scrub(f, &one), 0);
	assert_int_equal(f->damages, 1);
	assert_false(f->damage.lost);
	assert_int_equal(f->damage.good, 1);
	assert_int_equal(f->damage.n_bad, 1);
	assert_int_equal(f->damage.bad[0].offset,
			 ZF_VDEV_DATA_START + f->target.bp.dva[1].offset);
	assert_int_equal(f->damage.bad[0].error, ZB_ECKSUM);

	small_pool_damage(&f->pool, first, f->target.bp.psize);
	assert_int_equal(scrub(f, &both), 0);
	assert_int_equal(f->damages, 2);
	assert_true(f->damage.lost);
	assert_int_equal(f->damage.bad[0].offset, first);
	assert_int_equal(both.lost, one.lost + 1);
	assert_int_equal(both.repairable, one.repairable - 1);
}

static void read_error_is_told_as_such(void **state)
{
	struct fixture *f = *state;
	struct zr_scrub_totals t;

	find_target(f);
	f->pool.fail_from = ZF_VDEV_DATA_START + f->target.bp.dva[0].offset;
	f->pool.fail_to = f->pool.fail_from + 1;
	assert_int_equal(scrub(f, &t), 0);
	assert_true(f->damage.lost);
	assert_int_equal(f->damage.bad[0].error, ZB_EIO);
}

static void every_failed_allocation_is_an_error_or_harmless(void **state)
{
	struct fixture *f = *state;
	struct zr_scrub_totals t;
	unsigned int i;
	int error = ZB_ENOMEM;

	for (i = 1; error && i < 10000; i++) {
		f->host.allocs = 0;
		f->host.fail_at = i;
		error = scrub(f, &t);
		assert_true(error == 0 || error == ZB_ENOMEM);
		if (f->host.allocs < i)
			break;
		error = ZB_ENOMEM;
	}
	f->host.fail_at = 0;
	assert_true(i > 5 && i < 10000);
}

static int stop(void *ctx, uint64_t bytes)
{
	return ZB_EINTR;
}

static void progress_can_end_it(void **state)
{
	struct fixture *f = *state;
	const struct zr_scrub_events events = { .progress = stop };
	struct zr_scrub_totals t;

	assert_int_equal(zr_scrub(f->open, &events, &t, &f->diag), ZB_EINTR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(visits_datasets_and_counts, setup,
						teardown),
		cmocka_unit_test_setup_teardown(bad_copy_is_repairable_all_bad_lost,
						setup, teardown),
		cmocka_unit_test_setup_teardown(read_error_is_told_as_such, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			every_failed_allocation_is_an_error_or_harmless, setup, teardown),
		cmocka_unit_test_setup_teardown(progress_can_end_it, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
