/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "write/spill.h"

#define CACHE_PAGES 8
#define CACHE_BYTES (CACHE_PAGES * (ZW_SPILL_PAGE + 64))

static void unwritten_bytes_are_zeros(void **state)
{
	struct zw_spill_cache cache;
	struct zw_spill s;
	uint64_t v = 1;

	zw_spill_cache_init(&cache, "/tmp", CACHE_BYTES);
	zw_spill_init(&s, &cache);
	assert_int_equal(zw_spill_read64(&s, 1ULL << 30, &v), 0);
	assert_int_equal(v, 0);
	assert_int_equal(s.fd, -1);
	zw_spill_done(&s);
	zw_spill_cache_done(&cache);
}

static void data_survives_eviction(void **state)
{
	struct zw_spill_cache cache;
	struct zw_spill a, b;
	uint64_t v;

	zw_spill_cache_init(&cache, "/tmp", CACHE_BYTES);
	zw_spill_init(&a, &cache);
	zw_spill_init(&b, &cache);
	for (uint64_t i = 0; i < 50000; i++) {
		assert_int_equal(zw_spill_write64(&a, i * 8, i), 0);
		assert_int_equal(zw_spill_write64(&b, i * 808, ~i), 0);
	}
	assert_true(cache.n <= CACHE_PAGES);
	assert_true(a.fd >= 0 && b.fd >= 0);
	for (uint64_t i = 0; i < 50000; i++) {
		assert_int_equal(zw_spill_read64(&a, i * 8, &v), 0);
		assert_int_equal(v, i);
		assert_int_equal(zw_spill_read64(&b, i * 808, &v), 0);
		assert_int_equal(v, ~i);
	}
	zw_spill_done(&a);
	assert_int_equal(zw_spill_read64(&b, 0, &v), 0);
	assert_int_equal(v, ~0ULL);
	zw_spill_done(&b);
	assert_int_equal(cache.n, 0);
	zw_spill_cache_done(&cache);
}

static void records_may_cross_pages(void **state)
{
	uint8_t in[3 * ZW_SPILL_PAGE], out[sizeof(in)];
	struct zw_spill_cache cache;
	struct zw_spill s;

	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = i * 7;
	zw_spill_cache_init(&cache, "/tmp", 2 * CACHE_BYTES / CACHE_PAGES);
	zw_spill_init(&s, &cache);
	assert_int_equal(zw_spill_write(&s, ZW_SPILL_PAGE - 5, in, sizeof(in)), 0);
	assert_int_equal(zw_spill_read(&s, ZW_SPILL_PAGE - 5, out, sizeof(out)), 0);
	assert_memory_equal(in, out, sizeof(in));
	zw_spill_done(&s);
	zw_spill_cache_done(&cache);
}

static void a_missing_folder_is_an_error(void **state)
{
	struct zw_spill_cache cache;
	struct zw_spill s;
	int ret = 0;

	zw_spill_cache_init(&cache, "/nonexistent/folder", CACHE_BYTES);
	zw_spill_init(&s, &cache);
	for (uint64_t i = 0; i < 2 * CACHE_PAGES && ret == 0; i++)
		ret = zw_spill_write64(&s, i * ZW_SPILL_PAGE, i);
	assert_int_equal(ret, ZB_ENOENT);
	zw_spill_done(&s);
	zw_spill_cache_done(&cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unwritten_bytes_are_zeros),
		cmocka_unit_test(data_survives_eviction),
		cmocka_unit_test(records_may_cross_pages),
		cmocka_unit_test(a_missing_folder_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
