/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "boot/common/edit.h"

static void type(struct bt_edit *e, const char *text)
{
	for (; *text; text++)
		assert_int_equal(bt_edit_key(e, (unsigned char)*text), BT_EDIT_GOES_ON);
}

static void typing_inserts_at_the_cursor(void **state)
{
	struct bt_edit e;

	bt_edit_init(&e, "root=x");
	type(&e, " quiet");
	assert_string_equal(e.text, "root=x quiet");
	(void)bt_edit_key(&e, BT_KEY_HOME);
	type(&e, "a ");
	assert_string_equal(e.text, "a root=x quiet");
	(void)bt_edit_key(&e, BT_KEY_RIGHT);
	(void)bt_edit_key(&e, BT_KEY_DELETE);
	assert_string_equal(e.text, "a rot=x quiet");
	(void)bt_edit_key(&e, BT_KEY_LEFT);
	(void)bt_edit_key(&e, BT_KEY_BACKSPACE);
	assert_string_equal(e.text, "arot=x quiet");
}

static void whole_parts_can_be_deleted(void **state)
{
	struct bt_edit e;

	bt_edit_init(&e, "one two  three");
	(void)bt_edit_key(&e, BT_CTRL('w'));
	assert_string_equal(e.text, "one two  ");
	(void)bt_edit_key(&e, BT_CTRL('w'));
	assert_string_equal(e.text, "one ");
	(void)bt_edit_key(&e, BT_CTRL('a'));
	(void)bt_edit_key(&e, BT_CTRL('k'));
	assert_string_equal(e.text, "");
	type(&e, "abc");
	(void)bt_edit_key(&e, BT_KEY_LEFT);
	(void)bt_edit_key(&e, BT_CTRL('u'));
	assert_string_equal(e.text, "c");
}

static void the_ends_are_firm(void **state)
{
	struct bt_edit e;

	bt_edit_init(&e, "");
	(void)bt_edit_key(&e, BT_KEY_LEFT);
	(void)bt_edit_key(&e, BT_KEY_RIGHT);
	(void)bt_edit_key(&e, BT_KEY_UP);
	(void)bt_edit_key(&e, BT_KEY_DOWN);
	(void)bt_edit_key(&e, BT_KEY_BACKSPACE);
	(void)bt_edit_key(&e, BT_KEY_DELETE);
	(void)bt_edit_key(&e, BT_CTRL('w'));
	assert_int_equal(e.length, 0);
	assert_int_equal(e.at, 0);
}

static void the_text_grows_to_its_limit_only(void **state)
{
	struct bt_edit e;
	struct bt_screen s;

	bt_edit_init(&e, "");
	for (int i = 0; i < BT_CMDLINE_MAX + 100; i++)
		(void)bt_edit_key(&e, 'x');
	assert_int_equal(e.length, BT_CMDLINE_MAX - 1);
	assert_int_equal(strlen(e.text), BT_CMDLINE_MAX - 1);
	bt_edit_draw(&e, &s, "t", "w");
}

static void enter_accepts_and_escape_cancels(void **state)
{
	struct bt_edit e;

	bt_edit_init(&e, "x");
	assert_int_equal(bt_edit_key(&e, BT_KEY_ENTER), BT_EDIT_ACCEPTED);
	assert_int_equal(bt_edit_key(&e, BT_KEY_ESC), BT_EDIT_CANCELLED);
}

static void the_cursor_is_drawn_where_it_is(void **state)
{
	struct bt_edit e;
	struct bt_screen s;
	unsigned int marked = 0;

	bt_edit_init(&e, "abc");
	(void)bt_edit_key(&e, BT_KEY_LEFT);
	bt_edit_draw(&e, &s, "t", "w");
	for (unsigned int row = 1; row < BT_ROWS; row++)
		for (unsigned int i = 0; i < BT_COLUMNS; i++)
			if (s.cells[row][i].attribute == BT_SELECTED) {
				assert_int_equal(s.cells[row][i].ch, 'c');
				marked++;
			}
	assert_int_equal(marked, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(typing_inserts_at_the_cursor),
		cmocka_unit_test(whole_parts_can_be_deleted),
		cmocka_unit_test(the_ends_are_firm),
		cmocka_unit_test(the_text_grows_to_its_limit_only),
		cmocka_unit_test(enter_accepts_and_escape_cancels),
		cmocka_unit_test(the_cursor_is_drawn_where_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
