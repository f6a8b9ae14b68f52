/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "read/share.h"
#include "tests/support/small_pool.h"

/* Who shares a block, as against all blocks of each dataset by itself. */

#define MAX_VISITS   20000
#define MAX_OBJECTS  1000 /* of the MOS */
#define MAX_DATASETS 64

struct fixture {
	struct small_pool pool;
	struct small_host host;
	struct zr_pool *open;
	struct zb_diag diag;
	struct zr_visit *all; /* what the walk through the pool visits: each block once */
	size_t n_all;
	struct zr_visit *each; /* what each dataset has */
	size_t n_each;
	uint64_t found; /* sharers, by their number */
};

static void remember(struct zr_visit *list, size_t *n, const struct zr_visit *v)
{
	if (v->bp.embedded || v->level == ZR_LEVEL_LOG)
		return;
	assert_true(*n < MAX_VISITS);
	list[(*n)++] = *v;
}

static void collect(struct fixture *f, struct zr_traverse *t, struct zr_visit *list,
		    size_t *n)
{
	struct zr_visit v;
	int r;

	while ((r = zr_traverse_next(t, &v, &f->diag)) != ZR_TRAVERSE_END)
		if (r == ZR_TRAVERSE_BLOCK)
			remember(list, n, &v);
		else /* of a few objects the sectors are not here */
			assert_true(r == ZR_TRAVERSE_OBJECT || r == ZR_TRAVERSE_FAULT);
	zr_traverse_destroy(t);
}

static void collect_all(struct fixture *f)
{
	struct zr_traverse *t;

	assert_int_equal(zr_traverse_create(f->open, &t, &f->diag), 0);
	collect(f, t, f->all, &f->n_all);
	/* Some have no block of their own: objects are tried one after the other. */
	for (uint64_t object = 1; object < MAX_OBJECTS; object++)
		if (zr_traverse_objset(f->open, object, &t, &f->diag) == 0)
			collect(f, t, f->each, &f->n_each);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	small_pool_init(&f->pool);
	f->all = calloc(MAX_VISITS, sizeof(*f->all));
	f->each = calloc(MAX_VISITS, sizeof(*f->each));
	assert_non_null(f->all);
	assert_non_null(f->each);
	*state = f;
	if (small_pool_open(&f->pool, &f->host, &f->open, &f->diag))
		return -1;
	collect_all(f);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	int error = small_pool_close(&f->pool, &f->host, f->open);

	free(f->all);
	free(f->each);
	free(f);
	return error;
}

static bool is_same(const struct zr_visit *a, const struct zr_visit *b)
{
	return a->object == b->object && a->level == b->level && a->blkid == b->blkid &&
	       a->bp.dva[0].offset == b->bp.dva[0].offset &&
	       zf_blkptr_birth(&a->bp) == zf_blkptr_birth(&b->bp);
}

/* Datasets beside its own that have the block: a bit for each number. */
static uint64_t expected(const struct fixture *f, const struct zr_visit *v)
{
	uint64_t found = 0;

	for (size_t i = 0; i < f->n_each; i++)
		if (f->each[i].dataset != v->dataset && is_same(&f->each[i], v))
			found |= 1ULL << f->each[i].dataset % MAX_DATASETS;
	return found;
}

static int on_sharer(void *ctx, uint64_t dataset, uint64_t blocks)
{
	struct fixture *f = ctx;

	assert_int_equal(blocks, 1);
	f->found |= 1ULL << dataset % MAX_DATASETS;
	return 0;
}

static void each_dataset_that_has_it_is_found(void **state)
{
	struct fixture *f = *state;
	size_t shared = 0, alone = 0;
	bool all;

	for (size_t i = 0; i < f->n_all; i++) {
		const struct zr_visit *v = &f->all[i];
		uint64_t budget = 1000, want = v->dataset ? expected(f, v) : 0;

		f->found = 0;
		assert_int_equal(zr_sharers(f->open, v, 1, &budget, on_sharer, f, &all),
				 0);
		assert_int_equal(f->found & ~want, 0);
		if (!all)
			continue;
		assert_int_equal(f->found, want);
		shared += want != 0;
		alone += want == 0;
	}
	assert_true(shared > 10 && alone > 10);
}

static const struct zr_visit *a_shared_block(const struct fixture *f)
{
	for (size_t i = 0; i < f->n_all; i++)
		if (f->all[i].dataset && f->all[i].level == 0 && expected(f, &f->all[i]))
			return &f->all[i];
	fail();
	return NULL;
}

static void without_a_budget_that_is_said(void **state)
{
	struct fixture *f = *state;
	const struct zr_visit *v = a_shared_block(f);
	uint64_t budget;
	bool all = false;

	for (uint64_t n = 0; !all; n++) {
		budget = n;
		f->found = 0;
		assert_int_equal(zr_sharers(f->open, v, 1, &budget, on_sharer, f, &all),
				 0);
		assert_true(budget <= n && n < 100);
		assert_true(n > 1 || !all);
	}
	assert_int_equal(f->found, expected(f, v));
}

static int stop(void *ctx, uint64_t dataset, uint64_t blocks)
{
	return 7;
}

static void the_caller_can_end_it(void **state)
{
	struct fixture *f = *state;
	uint64_t budget = 1000;
	bool all;

	assert_int_equal(
		zr_sharers(f->open, a_shared_block(f), 1, &budget, stop, f, &all), 7);
}

static void memory_may_end_anywhere(void **state)
{
	struct fixture *f = *state;
	const struct zr_visit *v = a_shared_block(f);
	uint64_t budget;
	int error = ZB_ENOMEM;
	bool all;

	for (size_t at = 1; error; at++) {
		zr_pool_close(f->open);
		assert_int_equal(small_pool_open(&f->pool, &f->host, &f->open, &f->diag),
				 0);
		f->host.allocs = 0;
		f->host.fail_at = at;
		budget = 1000;
		f->found = 0;
		error = zr_sharers(f->open, v, 1, &budget, on_sharer, f, &all);
		f->host.fail_at = 0;
		assert_true(error == 0 || error == ZB_ENOMEM);
		assert_true(at < 1000);
		/* What a cache has no room for is no error. */
		if (!error && f->host.allocs >= at)
			error = ZB_ENOMEM;
	}
	assert_int_equal(f->found, expected(f, v));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_dataset_that_has_it_is_found, setup,
						teardown),
		cmocka_unit_test_setup_teardown(without_a_budget_that_is_said, setup,
						teardown),
		cmocka_unit_test_setup_teardown(the_caller_can_end_it, setup, teardown),
		cmocka_unit_test_setup_teardown(memory_may_end_anywhere, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
