/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/common/screen.h"
#include "boot/common/text.h"

void bt_screen_fill(struct bt_screen *s, unsigned int row, unsigned int column,
		    unsigned int columns, uint16_t ch, enum bt_attribute attribute)
{
	for (unsigned int i = column; row < BT_ROWS && i < BT_COLUMNS && columns > 0;
	     i++, columns--)
		s->cells[row][i] = (struct bt_cell){ ch, (uint8_t)attribute };
}

void bt_screen_clear(struct bt_screen *s)
{
	for (unsigned int row = 0; row < BT_ROWS; row++)
		bt_screen_fill(s, row, 0, BT_COLUMNS, ' ', BT_NORMAL);
}

/* One character of UTF-8; what is malformed, a control or beyond the plane becomes '?'. */
static const char *next_char(const char *p, uint16_t *ret_ch)
{
	const unsigned char *u = (const unsigned char *)p;
	unsigned int extra = u[0] >= 0xf0 ? 3 : u[0] >= 0xe0 ? 2 : u[0] >= 0xc0 ? 1 : 0;
	uint32_t ch = extra ? u[0] & (0x3fu >> extra) : u[0];

	*ret_ch = '?';
	for (unsigned int i = 1; i <= extra; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return p + i;
		ch = ch << 6 | (u[i] & 0x3f);
	}
	if (ch >= 0xa0 && ch < 0xffff && (ch < 0xd800 || ch > 0xdfff) && extra > 0)
		*ret_ch = (uint16_t)ch;
	else if (ch >= ' ' && ch < 0x7f)
		*ret_ch = (uint16_t)ch;
	return p + 1 + extra;
}

unsigned int bt_screen_text(struct bt_screen *s, unsigned int row, unsigned int column,
			    unsigned int max, enum bt_attribute attribute,
			    const char *text)
{
	unsigned int used = 0;
	uint16_t ch;

	while (*text && used < max && column + used < BT_COLUMNS) {
		text = next_char(text, &ch);
		bt_screen_fill(s, row, column + used++, 1, ch, attribute);
	}
	return used;
}

/* The bytes of text that go on a line of `columns`: up to a blank if there is one. */
static size_t line_length(const char *text, unsigned int columns)
{
	const char *p = text, *blank = NULL;
	uint16_t ch;

	for (unsigned int used = 0; *p && *p != '\n' && used < columns; used++) {
		if (*p == ' ')
			blank = p;
		p = next_char(p, &ch);
	}
	if (!*p || *p == '\n' || *p == ' ' || !blank || blank == text)
		return (size_t)(p - text);
	return (size_t)(blank - text);
}

unsigned int bt_screen_wrap(struct bt_screen *s, unsigned int row, unsigned int column,
			    unsigned int columns, unsigned int max_rows,
			    enum bt_attribute attribute, const char *text)
{
	unsigned int rows = 0;

	while (*text && rows < max_rows) {
		size_t len = line_length(text, columns);
		char line[BT_COLUMNS * 3 + 1];

		bt_copy_n(line, sizeof(line), text, len);
		bt_screen_text(s, row + rows++, column, columns, attribute, line);
		text += len;
		if (*text == ' ' || *text == '\n')
			text++;
	}
	return rows;
}

void bt_screen_title(struct bt_screen *s, const char *left, const char *right)
{
	unsigned int n = (unsigned int)bt_len(right);

	bt_screen_fill(s, 0, 0, BT_COLUMNS, ' ', BT_TITLE);
	bt_screen_text(s, 0, 2, BT_COLUMNS - 4, BT_TITLE, left);
	if (n < BT_COLUMNS / 2)
		bt_screen_text(s, 0, BT_COLUMNS - 2 - n, n, BT_TITLE, right);
}

void bt_screen_foot(struct bt_screen *s)
{
	bt_screen_fill(s, BT_ROWS - 1, 0, BT_COLUMNS, ' ', BT_FOOT);
}

void bt_screen_hint(struct bt_screen *s, unsigned int *column, const char *key,
		    const char *what)
{
	unsigned int row = BT_ROWS - 1;

	*column += bt_screen_text(s, row, *column, BT_COLUMNS, BT_FOOT_KEY, key) + 1;
	*column += bt_screen_text(s, row, *column, BT_COLUMNS, BT_FOOT, what) + 2;
}
