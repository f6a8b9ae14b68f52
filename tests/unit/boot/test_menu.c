/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "boot/common/menu.h"

static const struct bt_menu_item items[] = {
	{ .name = "one",
	  .value = "6.12",
	  .detail = "about one",
	  .action = BT_ACTION_BOOT },
	{ .name = "two", .value = "6.1", .mark = "default", .action = BT_ACTION_BOOT },
	{ .name = "off", .action = BT_ACTION_POWER_OFF },
};
static const struct bt_menu_key keys[] = {
	{ 'e', BT_ACTION_EDIT, "e", "edit" },
	{ BT_KEY_ESC, BT_ACTION_BACK, NULL, NULL },
};

static struct bt_menu make(void)
{
	return (struct bt_menu){
		.title = "zlive",
		.items = items,
		.n_items = 3,
		.keys = keys,
		.n_keys = 2,
		.seconds = 3,
		.counting = "Starting",
	};
}

static const char *row_text(const struct bt_screen *s, unsigned int row)
{
	static char text[BT_COLUMNS + 1];

	for (unsigned int i = 0; i < BT_COLUMNS; i++)
		text[i] = s->cells[row][i].ch < 0x7f ? (char)s->cells[row][i].ch : '#';
	return text;
}

static int row_of(const struct bt_screen *s, const char *needle)
{
	for (unsigned int row = 0; row < BT_ROWS; row++)
		if (strstr(row_text(s, row), needle))
			return (int)row;
	return -1;
}

static void the_countdown_ends_in_the_selected_action(void **state)
{
	struct bt_menu m = make();

	m.selected = 2;
	assert_int_equal(bt_menu_tick(&m), BT_ACTION_NONE);
	assert_int_equal(bt_menu_tick(&m), BT_ACTION_NONE);
	assert_int_equal(bt_menu_tick(&m), BT_ACTION_POWER_OFF);
	assert_int_equal(bt_menu_tick(&m), BT_ACTION_NONE);
}

static void any_key_stops_the_countdown(void **state)
{
	static const uint32_t some[] = { 'x', ' ', BT_KEY_DOWN, BT_KEY_ESC };

	for (unsigned int i = 0; i < 4; i++) {
		struct bt_menu m = make();

		(void)bt_menu_key(&m, some[i]);
		assert_int_equal(m.seconds, -1);
		assert_int_equal(bt_menu_tick(&m), BT_ACTION_NONE);
	}
}

static void no_key_changes_nothing(void **state)
{
	struct bt_menu m = make();

	assert_int_equal(bt_menu_key(&m, BT_KEY_NONE), BT_ACTION_NONE);
	assert_int_equal(m.seconds, 3);
}

static void arrows_move_and_stop_at_the_ends(void **state)
{
	struct bt_menu m = make();

	(void)bt_menu_key(&m, BT_KEY_UP);
	assert_int_equal(m.selected, 0);
	(void)bt_menu_key(&m, BT_KEY_DOWN);
	assert_int_equal(m.selected, 1);
	(void)bt_menu_key(&m, BT_KEY_END);
	(void)bt_menu_key(&m, BT_KEY_DOWN);
	assert_int_equal(m.selected, 2);
	(void)bt_menu_key(&m, BT_KEY_PAGE_UP);
	assert_int_equal(m.selected, 0);
	(void)bt_menu_key(&m, BT_KEY_PAGE_DOWN);
	assert_int_equal(m.selected, 2);
	(void)bt_menu_key(&m, BT_KEY_HOME);
	assert_int_equal(m.selected, 0);
}

static void enter_and_letters_act(void **state)
{
	struct bt_menu m = make();

	assert_int_equal(bt_menu_key(&m, BT_KEY_ENTER), BT_ACTION_BOOT);
	assert_int_equal(bt_menu_key(&m, 'e'), BT_ACTION_EDIT);
	assert_int_equal(bt_menu_key(&m, 'E'), BT_ACTION_EDIT);
	assert_int_equal(bt_menu_key(&m, BT_KEY_ESC), BT_ACTION_BACK);
	assert_int_equal(bt_menu_key(&m, 'z'), BT_ACTION_NONE);
}

static void an_empty_menu_is_harmless(void **state)
{
	struct bt_menu m = make();
	struct bt_screen s;

	m.n_items = 0;
	(void)bt_menu_key(&m, BT_KEY_DOWN);
	assert_int_equal(bt_menu_key(&m, BT_KEY_ENTER), BT_ACTION_NONE);
	bt_menu_draw(&m, &s);
	assert_int_equal(m.selected, 0);
}

static void the_screen_shows_items_detail_and_countdown(void **state)
{
	struct bt_menu m = make();
	struct bt_screen s;
	int row;

	bt_menu_draw(&m, &s);
	row = row_of(&s, "one");
	assert_true(row > 0);
	assert_non_null(strstr(row_text(&s, (unsigned int)row), "6.12"));
	assert_int_equal(s.cells[row][10].attribute, BT_SELECTED);
	assert_int_equal(row_of(&s, "two"), row + 1);
	assert_int_equal(s.cells[row + 1][10].attribute, BT_NORMAL);
	assert_true(row_of(&s, "about one") > row);
	assert_true(row_of(&s, "Starting in 3 s. Any key stops it.") > 0);
	assert_true(row_of(&s, "e edit") == BT_ROWS - 1);
	(void)bt_menu_key(&m, BT_KEY_DOWN);
	bt_menu_draw(&m, &s);
	assert_int_equal(row_of(&s, "Starting"), -1);
	assert_int_equal(row_of(&s, "about one"), -1);
}

static void a_long_list_scrolls_with_the_selection(void **state)
{
	static struct bt_menu_item many[100];
	static char names[100][16];
	struct bt_menu m = make();
	struct bt_screen s;

	for (int i = 0; i < 100; i++) {
		snprintf(names[i], sizeof(names[i]), "item-%02d", i);
		many[i].name = names[i];
	}
	m.items = many;
	m.n_items = 100;
	for (unsigned int i = 0; i < 100; i++) {
		bt_menu_draw(&m, &s);
		assert_true(row_of(&s, names[i]) > 0);
		assert_int_equal(s.cells[row_of(&s, names[i])][20].attribute,
				 BT_SELECTED);
		(void)bt_menu_key(&m, BT_KEY_DOWN);
	}
	assert_int_equal(row_of(&s, "item-00"), -1);
	(void)bt_menu_key(&m, BT_KEY_HOME);
	bt_menu_draw(&m, &s);
	assert_true(row_of(&s, "item-00") > 0);
}

static void long_texts_stay_on_the_screen(void **state)
{
	static const struct bt_menu_item ways_on[] = { { .name = "one" },
						       { .name = "two" },
						       { .name = "three" },
						       { .name = "four" } };
	static char text[5000];
	struct bt_menu m = make();
	struct bt_screen s;

	m.items = ways_on;
	m.n_items = 4;
	memset(text, 'w', sizeof(text) - 1);
	for (int i = 40; i < 4999; i += 41)
		text[i] = i % 3 ? ' ' : '\n';
	m.heading = text;
	m.text = text;
	m.title_right = text;
	bt_menu_draw(&m, &s);
	assert_true(row_of(&s, "one") > 0);
	assert_true(row_of(&s, "four") > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_countdown_ends_in_the_selected_action),
		cmocka_unit_test(any_key_stops_the_countdown),
		cmocka_unit_test(no_key_changes_nothing),
		cmocka_unit_test(arrows_move_and_stop_at_the_ends),
		cmocka_unit_test(enter_and_letters_act),
		cmocka_unit_test(an_empty_menu_is_harmless),
		cmocka_unit_test(the_screen_shows_items_detail_and_countdown),
		cmocka_unit_test(a_long_list_scrolls_with_the_selection),
		cmocka_unit_test(long_texts_stay_on_the_screen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
