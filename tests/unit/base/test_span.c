/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/span.h"

static const uint8_t bytes[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };

static void sub_span_stays_inside(void **state)
{
	struct zb_span s = zb_span(bytes, sizeof(bytes)), sub = { 0 };

	assert_int_equal(zb_span_sub(s, 2, 7, &sub), 0);
	assert_ptr_equal(sub.ptr, bytes + 2);
	assert_int_equal(sub.len, 7);
	assert_int_equal(zb_span_sub(s, 9, 0, &sub), 0);
}

static void sub_span_beyond_the_end_is_refused_and_result_untouched(void **state)
{
	struct zb_span s = zb_span(bytes, sizeof(bytes)),
		       sub = { .ptr = NULL, .len = 77 };

	assert_int_equal(zb_span_sub(s, 2, 8, &sub), ZB_ECORRUPT);
	assert_int_equal(zb_span_sub(s, 10, 0, &sub), ZB_ECORRUPT);
	assert_int_equal(zb_span_sub(s, UINT64_MAX, 2, &sub), ZB_ECORRUPT);
	assert_int_equal(zb_span_sub(s, 2, UINT64_MAX, &sub), ZB_ECORRUPT);
	assert_null(sub.ptr);
	assert_int_equal(sub.len, 77);
}

static void loads_honour_the_byte_order_at_odd_addresses(void **state)
{
	assert_int_equal(zb_load16(bytes + 1, ZB_LE), 0x0302);
	assert_int_equal(zb_load16(bytes + 1, ZB_BE), 0x0203);
	assert_int_equal(zb_load32(bytes + 1, ZB_LE), 0x05040302);
	assert_int_equal(zb_load32(bytes + 1, ZB_BE), 0x02030405);
	assert_true(zb_load64(bytes + 1, ZB_LE) == 0x0908070605040302ULL);
	assert_true(zb_load64(bytes + 1, ZB_BE) == 0x0203040506070809ULL);
}

static void checked_loads_fail_at_every_truncation(void **state)
{
	uint64_t v64 = 7;
	uint32_t v32 = 7;

	for (size_t len = 0; len < 8; len++)
		assert_int_equal(zb_span_u64(zb_span(bytes, len), 0, ZB_LE, &v64),
				 ZB_ECORRUPT);
	for (size_t len = 0; len < 4; len++)
		assert_int_equal(zb_span_u32(zb_span(bytes, len), 0, ZB_LE, &v32),
				 ZB_ECORRUPT);
	assert_int_equal(v64, 7);
	assert_int_equal(v32, 7);
}

static void stores_are_the_inverse_of_loads(void **state)
{
	uint8_t b[9];

	zb_store64(b + 1, ZB_BE, 0x0102030405060708ULL);
	assert_int_equal(b[1], 1);
	assert_true(zb_load64(b + 1, ZB_BE) == 0x0102030405060708ULL);
	zb_store16(b + 1, ZB_LE, 0x1234);
	assert_int_equal(b[1], 0x34);
	assert_int_equal(zb_load16(b + 1, ZB_LE), 0x1234);
}

static void checked_arithmetic_sees_overflow(void **state)
{
	uint64_t v = 7;

	assert_false(zb_add64(UINT64_MAX, 1, &v));
	assert_false(zb_shl64(1, 64, &v));
	assert_false(zb_shl64(3, 63, &v));
	assert_int_equal(v, 7);
	assert_true(zb_shl64(1, 63, &v));
	assert_true(v == 1ULL << 63);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sub_span_stays_inside),
		cmocka_unit_test(sub_span_beyond_the_end_is_refused_and_result_untouched),
		cmocka_unit_test(loads_honour_the_byte_order_at_odd_addresses),
		cmocka_unit_test(checked_loads_fail_at_every_truncation),
		cmocka_unit_test(stores_are_the_inverse_of_loads),
		cmocka_unit_test(checked_arithmetic_sees_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
