/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "write/alloc.h"

#define MIB	 (1ULL << 20)
#define METASLAB (64 * MIB)
#define SIZE	 (15 * METASLAB)

static void blocks_of_an_area_lie_side_by_side(void **state)
{
	struct zw_alloc a;
	uint64_t first, second, other, third;

	zw_alloc_init(&a, SIZE, SIZE, METASLAB);
	assert_int_equal(zw_alloc_get(&a, ZW_AREA_DATA, 8192, &first), 0);
	assert_int_equal(zw_alloc_get(&a, ZW_AREA_META, 4096, &other), 0);
	assert_int_equal(zw_alloc_get(&a, ZW_AREA_DATA, 4096, &second), 0);
	assert_int_equal(zw_alloc_get(&a, ZW_AREA_DATA, 4096, &third), 0);
	assert_int_equal(second, first + 8192);
	assert_int_equal(third, second + 4096);
	assert_int_equal(a.allocated, 8192 + 3 * 4096);
	zw_alloc_done(&a);
}

static void copies_are_an_eighth_apart(void **state)
{
	struct zw_alloc a;
	uint64_t at[ZW_AREAS];

	zw_alloc_init(&a, SIZE, SIZE, METASLAB);
	for (unsigned int i = 0; i < ZW_AREAS; i++)
		assert_int_equal(zw_alloc_get(&a, i, 4096, &at[i]), 0);
	for (unsigned int i = 0; i < ZW_AREAS; i++)
		for (unsigned int k = 0; k < i; k++)
			if (i / 3 == k / 3) {
				assert_true(at[i] > at[k] + SIZE / 8);
				assert_true(at[i] / METASLAB != at[k] / METASLAB);
			}
	zw_alloc_done(&a);
}

static void no_block_crosses_into_the_next_metaslab(void **state)
{
	struct zw_alloc a;
	uint64_t at, total = 0;

	zw_alloc_init(&a, SIZE, SIZE, METASLAB);
	while (zw_alloc_get(&a, ZW_AREA_DATA, 1044480, &at) == 0) {
		assert_int_equal(at / METASLAB, (at + 1044479) / METASLAB);
		total += 1044480;
	}
	/* what was left at the ends of metaslabs is still there for smaller blocks */
	while (zw_alloc_get(&a, ZW_AREA_META, 4096, &at) == 0)
		total += 4096;
	assert_int_equal(total, SIZE);
	zw_alloc_done(&a);
}

static void areas_use_up_all_space_without_overlap(void **state)
{
	uint8_t *used = calloc(1, SIZE / 65536);
	struct zw_range *ranges;
	struct zw_alloc a;
	size_t n;
	uint64_t at;

	zw_alloc_init(&a, SIZE, SIZE, METASLAB);
	for (uint64_t i = 0; i < SIZE / 65536; i++) {
		unsigned int area = i % 7 < 4 ? ZW_AREA_DATA : i % 7 - 1;

		assert_int_equal(zw_alloc_get(&a, area, 65536, &at), 0);
		assert_int_equal(at % 65536, 0);
		assert_int_equal(used[at / 65536]++, 0);
	}
	assert_int_equal(zw_alloc_get(&a, ZW_AREA_META, 65536, &at), ZB_ENOSPC);
	assert_int_equal(zw_alloc_ranges(&a, &ranges, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(ranges[0].start, 0);
	assert_int_equal(ranges[0].end, SIZE);
	free(ranges);
	free(used);
	zw_alloc_done(&a);
}

static void the_limit_is_kept(void **state)
{
	struct zw_alloc a;
	uint64_t at;

	zw_alloc_init(&a, SIZE, 3 * 4096, METASLAB);
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(zw_alloc_get(&a, i, 4096, &at), 0);
	assert_int_equal(zw_alloc_get(&a, 0, 4096, &at), ZB_ENOSPC);
	zw_alloc_done(&a);
}

static void a_stretch_is_found_beyond_what_is_in_the_way(void **state)
{
	struct zw_alloc a;
	uint64_t at, meta, first;

	zw_alloc_init(&a, SIZE, SIZE, METASLAB);
	assert_int_equal(zw_alloc_get(&a, ZW_AREA_META, 4096, &meta), 0);
	for (at = 0; at + 10 * MIB < meta;)
		assert_int_equal(zw_alloc_get(&a, ZW_AREA_DATA, MIB, &at), 0);
	assert_int_equal(zw_alloc_prepare(&a, ZW_AREA_DATA, 30 * MIB), 0);
	assert_int_equal(zw_alloc_get(&a, ZW_AREA_DATA, MIB, &first), 0);
	assert_true(first > meta);
	for (unsigned int i = 1; i < 30; i++) {
		assert_int_equal(zw_alloc_get(&a, ZW_AREA_DATA, MIB, &at), 0);
		assert_int_equal(at, first + i * MIB);
	}
	zw_alloc_done(&a);
}

static void what_is_freed_is_not_in_the_ranges(void **state)
{
	struct zw_range *ranges;
	struct zw_alloc a;
	uint64_t at[4];
	size_t n;

	zw_alloc_init(&a, SIZE, SIZE, METASLAB);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(zw_alloc_get(&a, ZW_AREA_DATA, 4096, &at[i]), 0);
	assert_int_equal(zw_alloc_free(&a, at[2], 4096), 0);
	assert_int_equal(zw_alloc_free(&a, at[0], 4096), 0);
	assert_int_equal(zw_alloc_ranges(&a, &ranges, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(ranges[0].start, at[1]);
	assert_int_equal(ranges[0].end, at[2]);
	assert_int_equal(ranges[1].start, at[3]);
	assert_int_equal(a.allocated, 2 * 4096);
	free(ranges);
	zw_alloc_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_of_an_area_lie_side_by_side),
		cmocka_unit_test(copies_are_an_eighth_apart),
		cmocka_unit_test(no_block_crosses_into_the_next_metaslab),
		cmocka_unit_test(areas_use_up_all_space_without_overlap),
		cmocka_unit_test(the_limit_is_kept),
		cmocka_unit_test(a_stretch_is_found_beyond_what_is_in_the_way),
		cmocka_unit_test(what_is_freed_is_not_in_the_ranges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
