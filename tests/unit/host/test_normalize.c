/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "host/normalize.h"
#include "read/read.h"

#define FORM_C	(ZR_NORMAL_DECOMPOSE | ZR_NORMAL_COMPOSE)
#define FORM_D	ZR_NORMAL_DECOMPOSE
#define FORM_KC (ZR_NORMAL_COMPATIBLE | ZR_NORMAL_COMPOSE)
#define FORM_KD ZR_NORMAL_COMPATIBLE

static void check(const char *name, unsigned int flags, const char *expected)
{
	char out[64];

	assert_int_equal(zh_normalize(NULL, name, flags, out, sizeof(out)), 0);
	assert_string_equal(out, expected);
}

static void normal_forms_are_those_of_unicode(void **state)
{
	check("caf\u00e9", FORM_D, "cafe\u0301");
	check("cafe\u0301", FORM_C, "caf\u00e9");
	check("\ufb01ne", FORM_C, "\ufb01ne");
	check("\ufb01ne", FORM_KC, "fine");
	check("\u212b", FORM_KD, "A\u030a");
	check("\ud55c", FORM_D, "\u1112\u1161\u11ab");
}

static void upper_case_is_simple_and_comes_first(void **state)
{
	check("caf\u00e9", ZR_NORMAL_UPPER, "CAF\u00c9");
	check("stra\u00dfe", ZR_NORMAL_UPPER, "STRA\u00dfE");
	check("\u03c3\u03c2", ZR_NORMAL_UPPER, "\u03a3\u03a3");
	check("caf\u00e9", ZR_NORMAL_UPPER | FORM_D, "CAFE\u0301");
	check("caf\u00e9", 0, "caf\u00e9");
}

static void bytes_that_are_no_utf8_stay(void **state)
{
	check("a\xff\xc3", ZR_NORMAL_UPPER, "A\xff\xc3");
	check("a\xff", FORM_C, "a\xff");
}

static void what_does_not_fit_is_refused(void **state)
{
	char out[8];

	assert_int_equal(zh_normalize(NULL, "12345678", 0, out, sizeof(out)),
			 ZB_ENAMETOOLONG);
	assert_int_equal(zh_normalize(NULL, "\u212b\u212b", FORM_D, out, 7), 0);
	assert_int_equal(zh_normalize(NULL, "\u00e9\u00e9\u00e9", FORM_D, out, 8),
			 ZB_ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(normal_forms_are_those_of_unicode),
		cmocka_unit_test(upper_case_is_simple_and_comes_first),
		cmocka_unit_test(bytes_that_are_no_utf8_stay),
		cmocka_unit_test(what_does_not_fit_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
