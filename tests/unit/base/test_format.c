/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/diag.h"
#include "base/format.h"

static void formats_like_printf(void **state)
{
	char b[96];

	zb_format(b, sizeof(b), "%s|%5d|%-4u|%04x|%llu|%.*s|%c|%%|%zu", "ab", -12, 7u,
		  0xbeu, UINT64_C(18446744073709551615) + 0ULL, 2, "xyz", 'q', (size_t)9);
	assert_string_equal(b, "ab|  -12|7   |00be|18446744073709551615|xy|q|%|9");
}

static void the_smallest_number_prints(void **state)
{
	char b[32];

	zb_format(b, sizeof(b), "%lld", (long long)INT64_MIN);
	assert_string_equal(b, "-9223372036854775808");
}

static void what_does_not_fit_is_cut_and_counted(void **state)
{
	char b[5] = "zzzz";

	assert_int_equal(zb_format(b, sizeof(b), "%s", "abcdefgh"), 8);
	assert_string_equal(b, "abcd");
}

static void a_diag_names_object_reason_and_offset(void **state)
{
	struct zb_diag d;
	char b[128];

	assert_int_equal(
		zb_fail(&d, ZB_EIO, "/dev/sdb", 4096, "read of %u bytes failed", 512u),
		ZB_EIO);
	zb_diag_text(&d, b, sizeof(b));
	assert_string_equal(b, "/dev/sdb: read of 512 bytes failed (at byte 4096)");
	assert_int_equal(zb_fail(NULL, ZB_EIO, "x", 0, "y"), ZB_EIO);
}

static void what_a_terminal_would_obey_is_not_in_a_diag(void **state)
{
	struct zb_diag d;
	char b[128];

	zb_fail(&d, ZB_EIO, "po\033[2Jol", ZB_DIAG_NO_OFFSET, "feature\n\x7f\xc3\xa4");
	zb_diag_text(&d, b, sizeof(b));
	assert_string_equal(b, "po?[2Jol: feature??\xc3\xa4");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_like_printf),
		cmocka_unit_test(the_smallest_number_prints),
		cmocka_unit_test(what_does_not_fit_is_cut_and_counted),
		cmocka_unit_test(a_diag_names_object_reason_and_offset),
		cmocka_unit_test(what_a_terminal_would_obey_is_not_in_a_diag),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
