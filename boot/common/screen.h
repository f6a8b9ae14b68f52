/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BT_SCREEN_H
#define BT_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A text screen in memory. Everything is drawn here; a console of the platform shows what
 * changed. 24 rows, since that is what a serial terminal has; 80x25 screens leave the last
 * one empty.
 */
#define BT_COLUMNS 80
#define BT_ROWS	   24

/* VGA attributes, which are also UEFI's: foreground in bits 0..3, background in 4..6. */
enum bt_attribute {
	BT_NORMAL = 0x07,   /* light grey on black */
	BT_HEAD = 0x03,	    /* cyan: heads of columns, notes */
	BT_BRIGHT = 0x0f,   /* white on black */
	BT_ACCENT = 0x0b,   /* light cyan: keys, defaults */
	BT_WARN = 0x0e,	    /* yellow */
	BT_TITLE = 0x1f,    /* white on blue */
	BT_FOOT = 0x17,	    /* light grey on blue */
	BT_FOOT_KEY = 0x1b, /* light cyan on blue */
	BT_SELECTED = 0x70, /* black on light grey */
	BT_BAR = 0x30,	    /* blanks of it are the full part of a bar */
	BT_BAR_REST = 0x10,
};

struct bt_cell {
	uint16_t ch; /* Unicode, basic plane */
	uint8_t attribute;
};

struct bt_screen {
	struct bt_cell cells[BT_ROWS][BT_COLUMNS];
};

void bt_screen_clear(struct bt_screen *s);
void bt_screen_fill(struct bt_screen *s, unsigned int row, unsigned int column,
		    unsigned int columns, uint16_t ch, enum bt_attribute attribute);
/* UTF-8; cut at max columns and at the screen's edge. Returns the columns used. */
unsigned int bt_screen_text(struct bt_screen *s, unsigned int row, unsigned int column,
			    unsigned int max, enum bt_attribute attribute,
			    const char *text);
/* Wrapped at blanks into rows of `columns`, at most max_rows. Returns the rows used. */
unsigned int bt_screen_wrap(struct bt_screen *s, unsigned int row, unsigned int column,
			    unsigned int columns, unsigned int max_rows,
			    enum bt_attribute attribute, const char *text);

/*
 * The bars of the first and the last row. Lines and bars are colour, not characters: a serial
 * terminal may take box drawings for another code page's letters.
 */
void bt_screen_title(struct bt_screen *s, const char *left, const char *right);

void bt_screen_foot(struct bt_screen *s);
/* A hint "KEY what" at *column of the last row; moves *column behind it. */
void bt_screen_hint(struct bt_screen *s, unsigned int *column, const char *key,
		    const char *what);

/* Keys as every console delivers them: a character, or one of these. */
enum bt_key {
	BT_KEY_NONE = 0,
	BT_KEY_BACKSPACE = 0x08,
	BT_KEY_ENTER = 0x0d,
	BT_KEY_ESC = 0x1b,
	BT_KEY_UP = 0x10000,
	BT_KEY_DOWN,
	BT_KEY_LEFT,
	BT_KEY_RIGHT,
	BT_KEY_HOME,
	BT_KEY_END,
	BT_KEY_PAGE_UP,
	BT_KEY_PAGE_DOWN,
	BT_KEY_DELETE,
};

#define BT_CTRL(c) ((c)&0x1f)

#endif
