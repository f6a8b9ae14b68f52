/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "fmt/label.h"
#include "init/plan.h"
#include "tests/support/small_pool.h"
#include "tests/support/walk.h"

extern const uint8_t base_mirror_start[], base_mirror_end[];
extern const uint8_t base_raidz_start[], base_raidz_end[];
extern const uint8_t base_expanded_start[], base_expanded_end[];
extern const uint8_t base_draid2_start[], base_draid2_end[];

static bool planned(const struct zi_plan *plan, uint64_t offset)
{
	uint64_t at = offset;

	return zi_plan_next(plan, &at) > 0 && at == offset;
}

static void labels_are_always_needed(void **state)
{
	struct zi_plan plan;
	uint64_t at = 0;

	assert_int_equal(zi_plan_init(&plan, (64 << 20) + 512), 0);
	assert_int_equal(plan.bytes, 4 * ZF_LABEL_SIZE);
	assert_int_equal(zi_plan_next(&plan, &at), 2 * ZF_LABEL_SIZE);
	assert_int_equal(at, 0);
	at = 2 * ZF_LABEL_SIZE;
	assert_int_equal(zi_plan_next(&plan, &at), 2 * ZF_LABEL_SIZE);
	assert_int_equal(at, (64 << 20) - 2 * ZF_LABEL_SIZE);
	at = 64 << 20;
	assert_int_equal(zi_plan_next(&plan, &at), 0);
	zi_plan_done(&plan);
}

static void parts_are_whole_units_within_the_device(void **state)
{
	const uint64_t size = (64 << 20) + 512, far = 10 << 20;
	struct zi_plan plan;
	uint64_t at = 1 << 20;

	assert_int_equal(zi_plan_init(&plan, size), 0);
	zi_plan_add(&plan, far + ZI_PLAN_UNIT - 1, 2);
	zi_plan_add(&plan, far, 1);
	assert_int_equal(plan.bytes, 4 * ZF_LABEL_SIZE + 2 * ZI_PLAN_UNIT);
	assert_int_equal(zi_plan_next(&plan, &at), 2 * ZI_PLAN_UNIT);
	assert_int_equal(at, far);
	/* going on in the middle of a part */
	at = far + 512;
	assert_int_equal(zi_plan_next(&plan, &at), 2 * ZI_PLAN_UNIT - 512);
	assert_int_equal(at, far + 512);
	zi_plan_add(&plan, size, 1);
	zi_plan_add(&plan, size - 1, UINT64_MAX);
	assert_int_equal(plan.bytes, 4 * ZF_LABEL_SIZE + 2 * ZI_PLAN_UNIT + 512);
	zi_plan_add(&plan, 0, UINT64_MAX);
	assert_int_equal(plan.bytes, size);
	at = 0;
	assert_int_equal(zi_plan_next(&plan, &at), size);
	zi_plan_done(&plan);
}

/* What a copy that follows the plan would have: zeros in all other places. */
static void clear_rest(struct small_pool *pool, const struct zi_plan *plan)
{
	for (uint64_t at = 0; at < pool->dev.size; at += SMALL_POOL_SECTOR) {
		uint8_t *sector = small_pool_sector(pool, at);

		if (sector && !planned(plan, at))
			memset(sector, 0, SMALL_POOL_SECTOR);
	}
}

static void make_plans(const struct small_host *host, const struct zr_dev *const *devs,
		       struct zi_plan *plans, unsigned int n, int wanted)
{
	struct zr_pool *pool;
	struct zb_diag diag;

	for (unsigned int i = 0; i < n; i++)
		assert_int_equal(zi_plan_init(&plans[i], devs[i]->size), 0);
	assert_int_equal(zr_pool_open(&host->host, devs, n, 0, &pool, &diag), 0);
	assert_int_equal(zi_plan_pool(pool, devs, plans, n, &diag), wanted);
	zr_pool_close(pool);
}

static void check_copy(const uint8_t *start, const uint8_t *end)
{
	struct walk_counts before, after;
	struct zi_plan plans[SMALL_POOLS_MAX];
	struct small_pools pools;
	struct small_host host;

	small_pools_init(&pools, start, end);
	small_host_init(&host);
	assert_true(pools.n > 1);
	make_plans(&host, pools.list, plans, pools.n, 0);
	assert_true(plans[0].bytes < pools.at[0].dev.size / 4);
	assert_int_equal(plans[0].bytes, plans[1].bytes);
	assert_int_equal(walk_pool(&host.host, pools.list, pools.n, &before), 0);
	for (unsigned int i = 0; i < pools.n; i++) {
		clear_rest(&pools.at[i], &plans[i]);
		zi_plan_done(&plans[i]);
	}
	assert_int_equal(walk_pool(&host.host, pools.list, pools.n, &after), 0);
	assert_true(before.files > 0 && before.bytes > 0);
	assert_memory_equal(&before, &after, sizeof(before));
	small_pools_done(&pools);
	assert_int_equal(host.held, 0);
}

static void a_copy_by_the_plan_has_all_files(void **state)
{
	check_copy(base_mirror_start, base_mirror_end);
}

static void so_has_one_of_raidz(void **state)
{
	check_copy(base_raidz_start, base_raidz_end);
}

/* Old blocks have fewer columns than it has disks. */
static void so_has_one_of_expanded_raidz(void **state)
{
	check_copy(base_expanded_start, base_expanded_end);
}

/* The small pool has some. */
static void gang_blocks_are_refused(void **state)
{
	struct small_pool pool;
	struct small_host host;
	const struct zr_dev *devs[] = { &pool.dev };
	struct zi_plan plan;

	small_pool_init(&pool);
	small_host_init(&host);
	make_plans(&host, devs, &plan, 1, ZB_ENOTSUP);
	zi_plan_done(&plan);
	small_pool_done(&pool);
}

static void draid_is_refused(void **state)
{
	struct zi_plan plans[SMALL_POOLS_MAX];
	struct small_pools pools;
	struct small_host host;

	small_pools_init(&pools, base_draid2_start, base_draid2_end);
	small_host_init(&host);
	make_plans(&host, pools.list, plans, pools.n, ZB_ENOTSUP);
	for (unsigned int i = 0; i < pools.n; i++)
		zi_plan_done(&plans[i]);
	small_pools_done(&pools);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_are_always_needed),
		cmocka_unit_test(parts_are_whole_units_within_the_device),
		cmocka_unit_test(a_copy_by_the_plan_has_all_files),
		cmocka_unit_test(so_has_one_of_raidz),
		cmocka_unit_test(so_has_one_of_expanded_raidz),
		cmocka_unit_test(gang_blocks_are_refused),
		cmocka_unit_test(draid_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
