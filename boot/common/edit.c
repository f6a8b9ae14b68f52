/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/common/edit.h"
#include "boot/common/text.h"

#define ROW_BOX	  5
#define BOX_ROWS  15
#define MARGIN	  2
#define BOX_WIDTH (BT_COLUMNS - 2 * MARGIN)

void bt_edit_init(struct bt_edit *e, const char *text)
{
	bt_copy(e->text, sizeof(e->text), text);
	e->length = (unsigned int)bt_len(e->text);
	e->at = e->length;
}

static void insert(struct bt_edit *e, char c)
{
	if (e->length + 1 >= sizeof(e->text))
		return;
	__builtin_memmove(e->text + e->at + 1, e->text + e->at, e->length - e->at + 1);
	e->text[e->at++] = c;
	e->length++;
}

static void cut(struct bt_edit *e, unsigned int from, unsigned int to)
{
	__builtin_memmove(e->text + from, e->text + to, e->length - to + 1);
	e->length -= to - from;
	e->at = from;
}

static unsigned int word_start(const struct bt_edit *e)
{
	unsigned int i = e->at;

	while (i > 0 && e->text[i - 1] == ' ')
		i--;
	while (i > 0 && e->text[i - 1] != ' ')
		i--;
	return i;
}

static void move(struct bt_edit *e, uint32_t key)
{
	switch (key) {
	case BT_KEY_LEFT:
		e->at -= e->at > 0;
		break;
	case BT_KEY_RIGHT:
		e->at += e->at < e->length;
		break;
	case BT_KEY_UP:
		e->at -= e->at >= BOX_WIDTH ? BOX_WIDTH : 0;
		break;
	case BT_KEY_DOWN:
		e->at += e->length - e->at >= BOX_WIDTH ? BOX_WIDTH : 0;
		break;
	case BT_KEY_HOME:
	case BT_CTRL('a'):
		e->at = 0;
		break;
	case BT_KEY_END:
	case BT_CTRL('e'):
		e->at = e->length;
		break;
	default:
		break;
	}
}

static void change(struct bt_edit *e, uint32_t key)
{
	switch (key) {
	case BT_KEY_BACKSPACE:
	case 0x7f:
		if (e->at > 0)
			cut(e, e->at - 1, e->at);
		break;
	case BT_KEY_DELETE:
	case BT_CTRL('d'):
		if (e->at < e->length)
			cut(e, e->at, e->at + 1);
		break;
	case BT_CTRL('w'):
		cut(e, word_start(e), e->at);
		break;
	case BT_CTRL('u'):
		cut(e, 0, e->at);
		break;
	case BT_CTRL('k'):
		cut(e, e->at, e->length);
		break;
	default:
		if (key >= ' ' && key < 0x7f)
			insert(e, (char)key);
		break;
	}
}

enum bt_edit_result bt_edit_key(struct bt_edit *e, uint32_t key)
{
	if (key == BT_KEY_ENTER || key == '\n')
		return BT_EDIT_ACCEPTED;
	if (key == BT_KEY_ESC)
		return BT_EDIT_CANCELLED;
	move(e, key);
	change(e, key);
	return BT_EDIT_GOES_ON;
}

static void draw_box(const struct bt_edit *e, struct bt_screen *s)
{
	unsigned int row = e->at / BOX_WIDTH;
	unsigned int top = row >= BOX_ROWS ? row - BOX_ROWS + 1 : 0;

	for (unsigned int i = 0; i < BOX_ROWS * BOX_WIDTH; i++) {
		unsigned int at = top * BOX_WIDTH + i;
		char c = at < e->length ? e->text[at] : ' ';

		bt_screen_fill(s, ROW_BOX + i / BOX_WIDTH, MARGIN + i % BOX_WIDTH, 1,
			       (uint16_t)(unsigned char)c,
			       at == e->at ? BT_SELECTED : BT_BRIGHT);
	}
}

void bt_edit_draw(const struct bt_edit *e, struct bt_screen *s, const char *title,
		  const char *what)
{
	unsigned int column = MARGIN;

	bt_screen_clear(s);
	bt_screen_title(s, title, "");
	bt_screen_text(s, 2, MARGIN, BOX_WIDTH, BT_NORMAL, what);
	bt_screen_text(s, 3, MARGIN, BOX_WIDTH, BT_HEAD,
		       "What you change here lasts for this start only.");
	draw_box(e, s);
	bt_screen_foot(s);
	bt_screen_hint(s, &column, "Enter", "boot");
	bt_screen_hint(s, &column, "Esc", "back");
	bt_screen_hint(s, &column, "^A ^E", "start, end");
	bt_screen_hint(s, &column, "^W ^U ^K", "delete");
}
