/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "boot/common/screen.h"

static void utf8_becomes_cells(void **state)
{
	struct bt_screen s;

	bt_screen_clear(&s);
	assert_int_equal(
		bt_screen_text(&s, 1, 2, 80, BT_NORMAL, "a\xc3\xbc\xe2\x94\x80z"), 4);
	assert_int_equal(s.cells[1][2].ch, 'a');
	assert_int_equal(s.cells[1][3].ch, 0xfc);
	assert_int_equal(s.cells[1][4].ch, 0x2500);
	assert_int_equal(s.cells[1][5].ch, 'z');
}

static void what_is_no_text_becomes_question_marks(void **state)
{
	static const char *const bad[] = {
		"\033",	    "\x80", "\xff",	   "\xc3", "\xf0\x9f\x98\x80",
		"\xe2\x94", "\x7f", "\xed\xa0\x80"
	};
	struct bt_screen s;

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		bt_screen_clear(&s);
		assert_true(bt_screen_text(&s, 0, 0, 80, BT_NORMAL, bad[i]) >= 1);
		assert_int_equal(s.cells[0][0].ch, '?');
	}
}

static void nothing_is_drawn_beyond_the_edges(void **state)
{
	struct bt_screen s[2];
	char text[200];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	bt_screen_clear(&s[0]);
	bt_screen_clear(&s[1]);
	assert_int_equal(bt_screen_text(&s[0], BT_ROWS - 1, 70, 200, BT_NORMAL, text),
			 10);
	assert_int_equal(bt_screen_text(&s[0], BT_ROWS, 0, 200, BT_NORMAL, text),
			 BT_COLUMNS);
	bt_screen_fill(&s[0], BT_ROWS - 1, 79, 500, 'y', BT_NORMAL);
	assert_int_equal(s[1].cells[0][0].ch, ' ');
}

static void text_wraps_at_blanks_and_breaks_long_words(void **state)
{
	struct bt_screen s;

	bt_screen_clear(&s);
	assert_int_equal(bt_screen_wrap(&s, 2, 0, 10, 9, BT_NORMAL,
					"hello big world abcdefghijkl"),
			 4);
	assert_int_equal(s.cells[2][0].ch, 'h');
	assert_int_equal(s.cells[2][8].ch, 'g');
	assert_int_equal(s.cells[3][0].ch, 'w');
	assert_int_equal(s.cells[4][0].ch, 'a');
	assert_int_equal(s.cells[4][9].ch, 'j');
	assert_int_equal(s.cells[5][0].ch, 'k');
}

static void new_lines_and_the_row_limit_hold(void **state)
{
	struct bt_screen s;

	bt_screen_clear(&s);
	assert_int_equal(bt_screen_wrap(&s, 0, 0, 20, 9, BT_NORMAL, "a\nb\n"), 2);
	assert_int_equal(s.cells[1][0].ch, 'b');
	assert_int_equal(bt_screen_wrap(&s, 0, 0, 20, 2, BT_NORMAL, "a\nb\nc\nd"), 2);
	assert_int_equal(s.cells[2][0].ch, ' ');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf8_becomes_cells),
		cmocka_unit_test(what_is_no_text_becomes_question_marks),
		cmocka_unit_test(nothing_is_drawn_beyond_the_edges),
		cmocka_unit_test(text_wraps_at_blanks_and_breaks_long_words),
		cmocka_unit_test(new_lines_and_the_row_limit_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
