/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "boot/common/version.h"

static void versions_sort_as_the_specification_orders_them(void **state)
{
	static const char *const ascending[] = {
		"~~",
		"~",
		"",
		"5.10",
		"6.1~rc1",
		"6.1",
		"6.1-1",
		"6.1-2",
		"6.1^post1",
		"6.1.9",
		"6.1.10",
		"6.1.10a",
		"6.12.48+deb13",
		"6.12.117+deb13-amd64",
		"6.12.117+deb13-rt-amd64",
	};
	const int n = sizeof(ascending) / sizeof(ascending[0]);

	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++) {
			int order = bt_version_compare(ascending[i], ascending[j]);

			if ((order > 0) != (i > j) || (order < 0) != (i < j))
				fail_msg("'%s' against '%s' gives %d", ascending[i],
					 ascending[j], order);
		}
}

static void leading_zeros_and_foreign_characters_do_not_count(void **state)
{
	assert_int_equal(bt_version_compare("6.01", "6.1"), 0);
	assert_int_equal(bt_version_compare("6+1_2", "6 1 2"), 0);
	assert_int_equal(bt_version_compare("0", "000"), 0);
}

static void numbers_of_any_length_compare(void **state)
{
	assert_true(bt_version_compare("99999999999999999999999999999999",
				       "100000000000000000000000000000000") < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_sort_as_the_specification_orders_them),
		cmocka_unit_test(leading_zeros_and_foreign_characters_do_not_count),
		cmocka_unit_test(numbers_of_any_length_compare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
