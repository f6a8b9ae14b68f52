/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/format.h"
#include "boot/common/terminal.h"
#include "boot/common/text.h"

#define GAP 8 /* unchanged cells */

enum input_state {
	PLAIN,
	ESCAPE,	  /* after ESC */
	SEQUENCE, /* after ESC [ or ESC O */
};

/* ANSI orders the colours red, green, blue; VGA blue, green, red. */
static unsigned int ansi_colour(unsigned int vga)
{
	return (vga & 2) | (vga & 1) << 2 | (vga & 4) >> 2;
}

static unsigned int put_utf8(char *out, uint16_t ch)
{
	if (ch < 0x80) {
		out[0] = (char)ch;
		return 1;
	}
	if (ch < 0x800) {
		out[0] = (char)(0xc0 | ch >> 6);
		out[1] = (char)(0x80 | (ch & 0x3f));
		return 2;
	}
	out[0] = (char)(0xe0 | ch >> 12);
	out[1] = (char)(0x80 | (ch >> 6 & 0x3f));
	out[2] = (char)(0x80 | (ch & 0x3f));
	return 3;
}

void bt_terminal_cells(char buf[BT_TERMINAL_CELLS_BYTES], unsigned int row,
		       unsigned int column, const struct bt_cell *cells, unsigned int n)
{
	unsigned int fg = cells[0].attribute & 15, bg = cells[0].attribute >> 4;
	size_t at;

	at = zb_format(buf, 32, "\033[%u;%uH\033[0;%s%u;%um", row + 1, column + 1,
		       fg & 8 ? "1;" : "", 30 + ansi_colour(fg & 7),
		       40 + ansi_colour(bg & 7));
	for (unsigned int i = 0; i < n && i < BT_COLUMNS; i++)
		at += put_utf8(buf + at, cells[i].ch);
	buf[at] = '\0';
}

static uint32_t sequence_key(uint8_t last, uint32_t parameter)
{
	switch (last) {
	case 'A':
		return BT_KEY_UP;
	case 'B':
		return BT_KEY_DOWN;
	case 'C':
		return BT_KEY_RIGHT;
	case 'D':
		return BT_KEY_LEFT;
	case 'H':
		return BT_KEY_HOME;
	case 'F':
		return BT_KEY_END;
	case '~':
		break;
	default:
		return BT_KEY_NONE;
	}
	switch (parameter) {
	case 1:
	case 7:
		return BT_KEY_HOME;
	case 3:
		return BT_KEY_DELETE;
	case 4:
	case 8:
		return BT_KEY_END;
	case 5:
		return BT_KEY_PAGE_UP;
	case 6:
		return BT_KEY_PAGE_DOWN;
	default:
		return BT_KEY_NONE;
	}
}

uint32_t bt_terminal_feed(struct bt_terminal_input *t, uint8_t byte)
{
	switch (t->state) {
	case PLAIN:
		if (byte != 0x1b)
			return byte == 0x7f ? BT_KEY_BACKSPACE : byte;
		t->state = ESCAPE;
		return BT_KEY_NONE;
	case ESCAPE:
		t->parameter = 0;
		t->state = byte == '[' || byte == 'O' ? SEQUENCE : PLAIN;
		return t->state == PLAIN ? BT_KEY_ESC : BT_KEY_NONE;
	default:
		if (bt_is_digit((char)byte)) {
			t->parameter = (t->parameter * 10 + byte - '0') % 1000;
			return BT_KEY_NONE;
		}
		if (byte == ';')
			return BT_KEY_NONE;
		t->state = PLAIN;
		return sequence_key(byte, t->parameter);
	}
}

uint32_t bt_terminal_pause(struct bt_terminal_input *t)
{
	if (t->state != ESCAPE)
		return BT_KEY_NONE;
	t->state = PLAIN;
	return BT_KEY_ESC;
}

static bool same_cell(const struct bt_cell *a, const struct bt_cell *b)
{
	return a->ch == b->ch && a->attribute == b->attribute;
}

/*
 * Where the run that starts with a changed cell ends: at another attribute, or at an unchanged
 * stretch that is not worth jumping over. A run so holds whole phrases, for whoever reads a
 * log of the terminal.
 */
static unsigned int run_end(const struct bt_cell *shown, const struct bt_cell *to,
			    unsigned int start)
{
	unsigned int end = start;

	for (unsigned int i = start; i < BT_COLUMNS && i - end <= GAP; i++) {
		if (to[i].attribute != to[start].attribute)
			break;
		if (!shown || !same_cell(&shown[i], &to[i]))
			end = i + 1;
	}
	return end;
}

void bt_screen_changes(const struct bt_screen *shown, const struct bt_screen *to,
		       bt_run_fn run, void *ctx)
{
	for (unsigned int row = 0; row < BT_ROWS; row++) {
		const struct bt_cell *from = shown ? shown->cells[row] : NULL;
		const struct bt_cell *cells = to->cells[row];

		for (unsigned int i = 0; i < BT_COLUMNS;) {
			unsigned int end;

			if (from && same_cell(&from[i], &cells[i])) {
				i++;
				continue;
			}
			end = run_end(from, cells, i);
			run(ctx, row, i, cells + i, end - i);
			i = end;
		}
	}
}
