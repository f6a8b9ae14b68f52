/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "host/size.h"

static void parses(const char *text, uint64_t want)
{
	uint64_t got = 7;

	assert_int_equal(zh_size_parse(text, &got), 0);
	assert_true(got == want);
}

static void refuses(const char *text)
{
	uint64_t got = 7;

	assert_int_equal(zh_size_parse(text, &got), ZB_EINVAL);
	assert_true(got == 7);
}

static void letters_are_powers_of_1024(void **state)
{
	parses("4G", 4ULL << 30);
	parses("64M", 64ULL << 20);
	parses("16T", 16ULL << 40);
	parses("100k", 100ULL << 10);
	parses("3GiB", 3ULL << 30);
}

static void a_b_makes_powers_of_1000(void **state)
{
	parses("32GB", 32000000000ULL);
	parses("1kB", 1000);
}

static void plain_numbers_are_bytes(void **state)
{
	parses("0", 0);
	parses("18446744073709551615", UINT64_MAX);
	parses("512B", 512);
}

static void fractions_are_exact_where_they_can_be(void **state)
{
	parses("1.5G", 3ULL << 29);
	parses("0.25M", 256 << 10);
}

static void nonsense_is_refused(void **state)
{
	refuses("");
	refuses("G");
	refuses("-1G");
	refuses(" 1G");
	refuses("1.G");
	refuses("1.5");
	refuses("4GX");
	refuses("4iB");
	refuses("4 G");
}

static void overflow_is_refused(void **state)
{
	refuses("18446744073709551616");
	refuses("99999999999T");
}

static void sizes_print_short(void **state)
{
	char b[ZH_SIZE_TEXT];

	zh_size_text(991ULL << 20, b);
	assert_string_equal(b, "991 MiB");
	zh_size_text(4ULL << 30, b);
	assert_string_equal(b, "4.0 GiB");
	zh_size_text(17, b);
	assert_string_equal(b, "17 B");
	zh_size_text(UINT64_MAX, b);
	assert_string_equal(b, "16 EiB");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters_are_powers_of_1024),
		cmocka_unit_test(a_b_makes_powers_of_1000),
		cmocka_unit_test(plain_numbers_are_bytes),
		cmocka_unit_test(fractions_are_exact_where_they_can_be),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(overflow_is_refused),
		cmocka_unit_test(sizes_print_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
