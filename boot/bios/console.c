/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/bios/bios.h"
#include "boot/common/terminal.h"

#define SCREEN_ROWS 25
#define TEXT_80X25  3

/* What code page 437 has of the characters that the menus use; '?' for all others. */
static uint8_t to_cp437(uint16_t ch)
{
	static const struct {
		uint16_t ch;
		uint8_t code;
	} map[] = {
		{ 0x2500, 0xc4 }, { 0x2502, 0xb3 }, { 0x2588, 0xdb }, { 0x2591, 0xb0 },
		{ 0x2592, 0xb1 }, { 0x2593, 0xb2 }, { 0x2190, 0x1b }, { 0x2191, 0x18 },
		{ 0x2192, 0x1a }, { 0x2193, 0x19 }, { 0x00b7, 0xfa }, { 0x2022, 0x07 },
		{ 0x25b2, 0x1e }, { 0x25bc, 0x1f }, { 0x25ba, 0x10 }, { 0x2013, '-' },
	};

	if (ch < 0x7f)
		return (uint8_t)ch;
	for (unsigned int i = 0; i < sizeof(map) / sizeof(map[0]); i++)
		if (map[i].ch == ch)
			return map[i].code;
	return '?';
}

static void video(struct bi_context *c, uint32_t eax, uint32_t ebx, uint32_t ecx,
		  uint32_t edx)
{
	struct bi_regs r = { .eax = eax, .ebx = ebx, .ecx = ecx, .edx = edx };

	bi_call(c->m, 0x10, &r);
}

static void put_cursor(struct bi_context *c, unsigned int row, unsigned int column)
{
	video(c, 0x0200, 0, 0, row << 8 | column);
}

static void show_cursor(struct bi_context *c, bool visible)
{
	video(c, 0x0100, 0, visible ? 0x0607 : 0x2000, 0);
}

void bi_console_init(struct bi_context *c)
{
	video(c, TEXT_80X25, 0, 0, 0);
	bi_serial_init(&c->console.serial, c->m);
	/* Bit 4: a keyboard of 101 keys, whose arrows the older calls do not tell. */
	c->console.enhanced_keys = bi_low8(c->m, 0x496) & 0x10;
}

/* Function 09h writes a character any number of times and leaves the cursor. */
static void show_run(void *ctx, unsigned int row, unsigned int column,
		     const struct bt_cell *cells, unsigned int n)
{
	struct bi_context *c = ctx;
	char text[BT_TERMINAL_CELLS_BYTES];
	unsigned int i = 0;

	while (i < n) {
		unsigned int same = 1;

		while (i + same < n && cells[i + same].ch == cells[i].ch)
			same++;
		put_cursor(c, row, column + i);
		video(c, 0x0900 | to_cp437(cells[i].ch), cells[i].attribute & 0x7f, same,
		      0);
		i += same;
	}
	if (!c->console.serial.present)
		return;
	bt_terminal_cells(text, row, column, cells, n);
	bi_serial_write(&c->console.serial, text);
}

static void clear(struct bi_context *c)
{
	video(c, 0x0600, BT_NORMAL << 8, 0, (SCREEN_ROWS - 1) << 8 | (BT_COLUMNS - 1));
	put_cursor(c, 0, 0);
	show_cursor(c, false);
	bi_serial_write(&c->console.serial, BT_TERMINAL_CLEAR);
	bt_screen_clear(&c->console.shown);
	c->console.clean = true;
}

void bi_console_show(void *ctx, const struct bt_screen *screen)
{
	struct bi_context *c = ctx;

	if (!c->console.clean)
		clear(c);
	bt_screen_changes(&c->console.shown, screen, show_run, c);
	c->console.shown = *screen;
}

void bi_console_leave(void *ctx)
{
	struct bi_context *c = ctx;

	clear(c);
	c->console.clean = false;
	show_cursor(c, true);
	bi_serial_write(&c->console.serial, BT_TERMINAL_CURSOR);
}

static void teletype(struct bi_context *c, char ch)
{
	video(c, 0x0e00 | to_cp437((uint8_t)ch), 7, 0, 0);
}

void bi_console_print(void *ctx, const char *line)
{
	struct bi_context *c = ctx;

	c->console.clean = false;
	bi_serial_write(&c->console.serial, line);
	bi_serial_write(&c->console.serial, "\r\n");
	while (*line)
		teletype(c, *line++);
	teletype(c, '\r');
	teletype(c, '\n');
}
