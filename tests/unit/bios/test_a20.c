/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "fake_bios.h"

static int setup(void **state)
{
	*state = fake_pc_create();
	return 0;
}

static int teardown(void **state)
{
	fake_pc_destroy(*state);
	return 0;
}

static void an_open_line_is_left_alone(void **state)
{
	struct fake_pc *pc = *state;

	assert_int_equal(bi_a20_enable(&pc->machine, NULL), 0);
}

static void closed_until(struct fake_pc *pc, int by)
{
	pc->a20_by = by;
	fake_pc_a20(pc, false);
	assert_int_equal(bi_a20_enable(&pc->machine, NULL), 0);
}

static void the_bios_opens_it(void **state)
{
	closed_until(*state, FAKE_A20_BIOS);
}

static void port_92_opens_it(void **state)
{
	closed_until(*state, FAKE_A20_PORT92);
}

static void the_keyboard_controller_opens_it(void **state)
{
	closed_until(*state, FAKE_A20_KBC);
}

static void a_stuck_line_is_refused(void **state)
{
	struct fake_pc *pc = *state;
	struct zb_diag why;

	fake_pc_a20(pc, false);
	assert_int_equal(bi_a20_enable(&pc->machine, &why), ZB_EIO);
	assert_non_null(strstr(why.reason, "A20"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_open_line_is_left_alone), TEST(the_bios_opens_it),
		TEST(port_92_opens_it),		  TEST(the_keyboard_controller_opens_it),
		TEST(a_stuck_line_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
