/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/format.h"
#include "boot/common/menu.h"
#include "boot/common/text.h"

/*
 * Rows: 0 title, 2 heading and text, then the heads and the list, 17..20 details of the
 * selected item, 22 countdown, 23 keys.
 */
#define ROW_TEXT      2
#define ROW_DETAIL    17
#define DETAIL_ROWS   4
#define ROW_COUNTDOWN 22
#define TEXT_ROWS     9
#define MARGIN	      2
#define NAME_COLUMN   4
#define VALUE_COLUMN  38
#define MARK_COLUMN   68
#define PAGE	      8

static void move_to(struct bt_menu *m, long to)
{
	if (m->n_items == 0)
		return;
	if (to < 0)
		to = 0;
	m->selected = to < (long)m->n_items ? (unsigned int)to : m->n_items - 1;
}

static bool navigate(struct bt_menu *m, uint32_t key)
{
	long at = (long)m->selected;

	switch (key) {
	case BT_KEY_UP:
	case 'k':
		move_to(m, at - 1);
		return true;
	case BT_KEY_DOWN:
	case 'j':
		move_to(m, at + 1);
		return true;
	case BT_KEY_PAGE_UP:
		move_to(m, at - PAGE);
		return true;
	case BT_KEY_PAGE_DOWN:
		move_to(m, at + PAGE);
		return true;
	case BT_KEY_HOME:
		move_to(m, 0);
		return true;
	case BT_KEY_END:
		move_to(m, (long)m->n_items - 1);
		return true;
	default:
		return false;
	}
}

static enum bt_action selected_action(const struct bt_menu *m)
{
	return m->selected < m->n_items ? m->items[m->selected].action : BT_ACTION_NONE;
}

enum bt_action bt_menu_key(struct bt_menu *m, uint32_t key)
{
	if (key == BT_KEY_NONE)
		return BT_ACTION_NONE;
	m->seconds = -1;
	if (key == BT_KEY_ENTER || key == '\n')
		return selected_action(m);
	if (navigate(m, key))
		return BT_ACTION_NONE;
	if (key >= 'A' && key <= 'Z')
		key += 'a' - 'A';
	for (unsigned int i = 0; i < m->n_keys; i++)
		if (m->keys[i].key == key)
			return m->keys[i].action;
	return BT_ACTION_NONE;
}

enum bt_action bt_menu_tick(struct bt_menu *m)
{
	if (m->seconds < 0 || --m->seconds > 0)
		return BT_ACTION_NONE;
	m->seconds = -1;
	return selected_action(m);
}

static void draw_item(const struct bt_menu *m, struct bt_screen *s, unsigned int row,
		      const struct bt_menu_item *item, bool selected)
{
	enum bt_attribute look = selected ? BT_SELECTED : BT_NORMAL;
	unsigned int name_max = item->value ? VALUE_COLUMN - NAME_COLUMN - 1
					    : BT_COLUMNS - 2 * NAME_COLUMN;

	if (selected)
		bt_screen_fill(s, row, MARGIN, BT_COLUMNS - 2 * MARGIN, ' ', look);
	bt_screen_text(s, row, NAME_COLUMN, name_max, look, item->name);
	if (item->value)
		bt_screen_text(s, row, VALUE_COLUMN, MARK_COLUMN - VALUE_COLUMN - 1, look,
			       item->value);
	if (item->mark)
		bt_screen_text(s, row, MARK_COLUMN, BT_COLUMNS - MARGIN - MARK_COLUMN,
			       selected ? BT_SELECTED : BT_ACCENT, item->mark);
}

static void draw_list(struct bt_menu *m, struct bt_screen *s, unsigned int row)
{
	/* Lists without details, those of error screens, may use their rows. */
	bool details = m->n_items > 0 && m->items[0].detail;
	unsigned int rows = (details ? ROW_DETAIL - 1 : ROW_COUNTDOWN) - row;

	if (m->selected < m->top)
		m->top = m->selected;
	if (m->selected >= m->top + rows)
		m->top = m->selected - rows + 1;
	for (unsigned int i = 0; i < rows && m->top + i < m->n_items; i++)
		draw_item(m, s, row + i, &m->items[m->top + i],
			  m->top + i == m->selected);
	if (m->top > 0)
		bt_screen_fill(s, row, BT_COLUMNS - 2, 1, '^', BT_ACCENT);
	if (m->top + rows < m->n_items)
		bt_screen_fill(s, row + rows - 1, BT_COLUMNS - 2, 1, 'v', BT_ACCENT);
}

static unsigned int draw_text(const struct bt_menu *m, struct bt_screen *s)
{
	unsigned int row = ROW_TEXT, width = BT_COLUMNS - 2 * MARGIN;

	if (m->heading)
		row += bt_screen_wrap(s, row, MARGIN, width, 2, BT_WARN, m->heading);
	if (m->text) {
		row++;
		row += bt_screen_wrap(s, row, MARGIN, width, TEXT_ROWS, BT_NORMAL,
				      m->text);
	}
	if (m->heading || m->text)
		row++;
	if (m->name_head) {
		bt_screen_text(s, row, NAME_COLUMN, width, BT_HEAD, m->name_head);
		if (m->value_head)
			bt_screen_text(s, row, VALUE_COLUMN, width, BT_HEAD,
				       m->value_head);
		row++;
	}
	return row;
}

static void draw_foot(const struct bt_menu *m, struct bt_screen *s)
{
	unsigned int column = MARGIN;
	char text[64];

	if (m->seconds >= 0) {
		zb_format(text, sizeof(text), "%s in %d s. Any key stops it.",
			  m->counting ? m->counting : "Continuing", m->seconds);
		bt_screen_text(s, ROW_COUNTDOWN, MARGIN, BT_COLUMNS, BT_BRIGHT, text);
	}
	bt_screen_foot(s);
	for (unsigned int i = 0; i < m->n_keys; i++)
		if (m->keys[i].label)
			bt_screen_hint(s, &column, m->keys[i].label, m->keys[i].what);
}

void bt_menu_draw(struct bt_menu *m, struct bt_screen *s)
{
	bt_screen_clear(s);
	bt_screen_title(s, m->title, m->title_right ? m->title_right : "");
	draw_list(m, s, draw_text(m, s));
	if (m->selected < m->n_items && m->items[m->selected].detail)
		bt_screen_wrap(s, ROW_DETAIL, MARGIN, BT_COLUMNS - 2 * MARGIN,
			       DETAIL_ROWS, BT_NORMAL, m->items[m->selected].detail);
	draw_foot(m, s);
}
