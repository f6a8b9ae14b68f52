/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/span.h"
#include "fake_bios.h"

struct fixture {
	struct fake_pc *pc;
	struct bi_context *c;
	struct bt_screen screen;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->pc = fake_pc_create();
	f->c = fake_context_create(f->pc, 4096);
	bt_screen_clear(&f->screen);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	fake_context_destroy(f->c);
	fake_pc_destroy(f->pc);
	free(f);
	return 0;
}

static void expect_cell(const struct fixture *f, unsigned int row, unsigned int column,
			uint8_t attribute, uint8_t ch)
{
	assert_int_equal(f->pc->cells[row][column], attribute << 8 | ch);
}

static void the_screen_is_shown_by_the_bios_and_the_serial_port(void **state)
{
	struct fixture *f = *state;

	bi_console_init(f->c);
	bt_screen_text(&f->screen, 5, 10, 80, BT_BRIGHT, "The pool cannot be read");
	bt_screen_fill(&f->screen, 23, 79, 1, 0x2588, BT_ACCENT);
	bi_console_show(f->c, &f->screen);
	expect_cell(f, 5, 10, BT_BRIGHT, 'T');
	expect_cell(f, 5, 32, BT_BRIGHT, 'd');
	expect_cell(f, 23, 79, BT_ACCENT, 0xdb);
	expect_cell(f, 0, 0, BT_NORMAL, ' ');
	assert_non_null(strstr(f->pc->serial_out, "The pool cannot be read"));
}

static void only_changes_are_shown(void **state)
{
	struct fixture *f = *state;
	size_t len;

	bi_console_init(f->c);
	bt_screen_text(&f->screen, 1, 1, 80, BT_NORMAL, "same");
	bi_console_show(f->c, &f->screen);
	len = f->pc->serial_out_len;
	bi_console_show(f->c, &f->screen);
	assert_int_equal(f->pc->serial_out_len, len);
	bt_screen_text(&f->screen, 2, 1, 80, BT_NORMAL, "new");
	bi_console_show(f->c, &f->screen);
	assert_null(strstr(f->pc->serial_out + len, "same"));
	assert_non_null(strstr(f->pc->serial_out + len, "new"));
	expect_cell(f, 2, 3, BT_NORMAL, 'w');
}

static void lines_are_printed(void **state)
{
	struct fixture *f = *state;

	bi_console_init(f->c);
	bi_console_print(f->c, "zlive: starting");
	assert_string_equal(f->pc->text, "zlive: starting\r\n");
	assert_string_equal(f->pc->serial_out, "zlive: starting\r\n");
}

static void no_serial_port_is_no_harm(void **state)
{
	struct fixture *f = *state;

	f->pc->serial_present = false;
	bi_console_init(f->c);
	bi_console_print(f->c, "x");
	assert_string_equal(f->pc->text, "x\r\n");
	assert_int_equal(bi_console_key(f->c, 100), BT_KEY_NONE);
}

static void a_stuck_serial_port_is_given_up(void **state)
{
	struct fixture *f = *state;

	f->pc->serial_stuck = true;
	bi_console_init(f->c);
	bi_console_print(f->c, "x");
	assert_false(f->c->console.serial.present);
}

static void press(struct fixture *f, uint16_t key)
{
	f->pc->keys[f->pc->n_keys++] = key;
}

static void keys_of_the_keyboard(void **state)
{
	struct fixture *f = *state;

	bi_console_init(f->c);
	press(f, 0x1265);
	press(f, 0x1c0d);
	press(f, 0x4800);
	press(f, 0x50e0);
	press(f, 0x3b00);
	assert_int_equal(bi_console_key(f->c, -1), 'e');
	assert_int_equal(bi_console_key(f->c, -1), BT_KEY_ENTER);
	assert_int_equal(bi_console_key(f->c, -1), BT_KEY_UP);
	assert_int_equal(bi_console_key(f->c, -1), BT_KEY_DOWN);
	assert_int_equal(bi_console_key(f->c, 0), BT_KEY_NONE);
}

static void keys_of_the_serial_port(void **state)
{
	struct fixture *f = *state;

	bi_console_init(f->c);
	f->pc->serial_in = "a\033[A\033[3~\033[1;5C\r\177\033";
	assert_int_equal(bi_console_key(f->c, -1), 'a');
	assert_int_equal(bi_console_key(f->c, -1), BT_KEY_UP);
	assert_int_equal(bi_console_key(f->c, -1), BT_KEY_DELETE);
	assert_int_equal(bi_console_key(f->c, -1), BT_KEY_RIGHT);
	assert_int_equal(bi_console_key(f->c, -1), BT_KEY_ENTER);
	assert_int_equal(bi_console_key(f->c, -1), BT_KEY_BACKSPACE);
	assert_int_equal(bi_console_key(f->c, -1), BT_KEY_ESC);
}

static void a_wait_ends_by_the_clock_also_at_midnight(void **state)
{
	struct fixture *f = *state;

	bi_console_init(f->c);
	assert_int_equal(bi_console_key(f->c, 1000), BT_KEY_NONE);
	assert_in_range(f->pc->halts, 18, 20);
	f->pc->halts = 0;
	zb_store32(f->pc->low + BI_BDA_TICKS, ZB_LE, 0x1800b0 - 5);
	assert_int_equal(bi_console_key(f->c, 1000), BT_KEY_NONE);
	assert_in_range(f->pc->halts, 18, 20);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_screen_is_shown_by_the_bios_and_the_serial_port),
		TEST(only_changes_are_shown),
		TEST(lines_are_printed),
		TEST(no_serial_port_is_no_harm),
		TEST(a_stuck_serial_port_is_given_up),
		TEST(keys_of_the_keyboard),
		TEST(keys_of_the_serial_port),
		TEST(a_wait_ends_by_the_clock_also_at_midnight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
