/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "write/spacemap.h"

#define ASHIFT	 12
#define MS_SHIFT 30
#define MS_SIZE	 (1ULL << MS_SHIFT)

static uint64_t entry(const uint8_t *block, unsigned int i)
{
	return zb_load64(block + 8 * i, ZB_LE);
}

static void ranges_are_cut_at_metaslabs_and_runs(void **state)
{
	uint8_t block[4096] = { 0 }, bonus[ZW_SPACEMAP_BONUS];
	struct zw_spacemaps m;
	struct zw_alloc a;
	uint64_t at;

	zw_alloc_init(&a, 4 * MS_SIZE, 4 * MS_SIZE, MS_SIZE);
	for (uint64_t i = 0; i < MS_SIZE + (1 << 20); i += 1 << 20)
		assert_int_equal(zw_alloc_get(&a, ZW_AREA_DATA, 1 << 20, &at), 0);
	assert_int_equal(zw_alloc_free(&a, 8192, 4096), 0);
	assert_int_equal(zw_spacemaps_build(&m, &a, MS_SHIFT, 4, ASHIFT), 0);
	assert_int_equal(m.n, 2);

	/* 8 KiB; then 128 MiB at a time: seven whole runs and the rest */
	assert_int_equal(zw_spacemap_length(&m, &m.map[0]), 8 * 9);
	assert_int_equal(
		zw_spacemap_encode(&m.map[0], &m, 77, block, sizeof(block), bonus), 0);
	assert_int_equal(entry(block, 0), 0 << 16 | (2 - 1));
	assert_int_equal(entry(block, 1), 3 << 16 | 0x7fff);
	assert_int_equal(entry(block, 2), (3ULL + 0x8000) << 16 | 0x7fff);
	assert_int_equal(entry(block, 8), (3ULL + 7 * 0x8000) << 16 | (0x7ffd - 1));
	assert_int_equal(zb_load64(bonus, ZB_LE), 77);
	assert_int_equal(zb_load64(bonus + 8, ZB_LE), 8 * 9);
	assert_int_equal(zb_load64(bonus + 16, ZB_LE), MS_SIZE - 4096);
	assert_int_equal(zb_load64(bonus + 64, ZB_LE), 1); /* one free sector */

	memset(block, 0, sizeof(block));
	assert_int_equal(m.map[1].metaslab, 1);
	assert_int_equal(
		zw_spacemap_encode(&m.map[1], &m, 78, block, sizeof(block), bonus), 0);
	assert_int_equal(entry(block, 0), 0 << 16 | (256 - 1));
	assert_int_equal(entry(block, 1), 0);
	assert_int_equal(zb_load64(bonus + 64 + 8 * 17, ZB_LE), 1); /* the 1023 MiB */
	zw_spacemaps_done(&m);
	zw_alloc_done(&a);
}

static void a_map_that_does_not_fit_its_block_is_refused(void **state)
{
	uint8_t block[16] = { 0 }, bonus[ZW_SPACEMAP_BONUS];
	struct zw_spacemaps m;
	struct zw_alloc a;
	uint64_t at;

	zw_alloc_init(&a, MS_SIZE, MS_SIZE, MS_SIZE);
	assert_int_equal(zw_alloc_get(&a, ZW_AREA_DATA, 4096, &at), 0);
	assert_int_equal(zw_alloc_get(&a, ZW_AREA_META, 4096, &at), 0);
	assert_int_equal(zw_spacemaps_build(&m, &a, MS_SHIFT, 1, ASHIFT), 0);
	assert_int_equal(
		zw_spacemap_encode(&m.map[0], &m, 1, block, sizeof(block), bonus), 0);
	assert_int_equal(zw_spacemap_encode(&m.map[0], &m, 1, block, 8, bonus), ZB_E2BIG);
	zw_spacemaps_done(&m);
	zw_alloc_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_are_cut_at_metaslabs_and_runs),
		cmocka_unit_test(a_map_that_does_not_fit_its_block_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
