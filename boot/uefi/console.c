/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/common/terminal.h"
#include "boot/common/text.h"
#include "boot/uefi/uefi.h"

#define SERIAL_POLL_MS 20
#define KEYS_PENDING   64
#define PER_MS	       10000 /* timers count in 100 ns */

static const uint32_t scan_keys[] = {
	[EFI_SCAN_UP] = BT_KEY_UP,
	[EFI_SCAN_DOWN] = BT_KEY_DOWN,
	[EFI_SCAN_RIGHT] = BT_KEY_RIGHT,
	[EFI_SCAN_LEFT] = BT_KEY_LEFT,
	[EFI_SCAN_HOME] = BT_KEY_HOME,
	[EFI_SCAN_END] = BT_KEY_END,
	[EFI_SCAN_DELETE] = BT_KEY_DELETE,
	[EFI_SCAN_PAGE_UP] = BT_KEY_PAGE_UP,
	[EFI_SCAN_PAGE_DOWN] = BT_KEY_PAGE_DOWN,
	[EFI_SCAN_ESC] = BT_KEY_ESC,
};

static uint32_t read_key(struct ue_context *c)
{
	struct efi_text_input *in = c->st->con_in;
	struct efi_input_key key = { 0 };

	if (!in || efi_failed(in->read_key(in, &key)))
		return ue_serial_key(&c->console.serial);
	if (key.unicode)
		return key.unicode;
	if (key.scan_code < sizeof(scan_keys) / sizeof(scan_keys[0]))
		return scan_keys[key.scan_code];
	return BT_KEY_NONE;
}

/* What was typed at the firmware's boot menu is not meant for ours. */
static void drop_keys(struct ue_context *c)
{
	for (int i = 0; i < KEYS_PENDING; i++)
		if (read_key(c) == BT_KEY_NONE)
			break;
}

/*
 * Keeps the firmware's text mode if it holds 80x25, since setting another one may change the
 * resolution that the kernel inherits. In a larger one our screen is centred, unless a serial
 * terminal, which has but 80x24, shows it too.
 */
void ue_console_init(struct ue_context *c)
{
	struct efi_text_output *out = c->st->con_out;
	uint64_t columns = 0, rows = 0;
	bool alone = ue_serial_init(c);

	drop_keys(c);
	if (!out)
		return;
	if (efi_failed(
		    out->query_mode(out, (uint64_t)out->mode->mode, &columns, &rows)) ||
	    columns < BT_COLUMNS || rows <= BT_ROWS) {
		out->set_mode(out, 0);
		return;
	}
	if (alone) {
		c->console.column = (unsigned int)(columns - BT_COLUMNS) / 2;
		c->console.row = (unsigned int)(rows - BT_ROWS) / 2;
	}
}

static void show_run(void *ctx, unsigned int row, unsigned int column,
		     const struct bt_cell *cells, unsigned int n)
{
	struct ue_context *c = ctx;
	struct efi_text_output *out = c->st->con_out;
	efi_char text[BT_COLUMNS + 1];

	for (unsigned int i = 0; i < n; i++)
		text[i] = cells[i].ch;
	text[n] = 0;
	if (out) {
		out->set_cursor_position(out, c->console.column + column,
					 c->console.row + row);
		out->set_attribute(out, cells[0].attribute);
		out->output_string(out, text);
	}
	ue_serial_cells(&c->console.serial, row, column, cells, n);
}

static void clear(struct ue_context *c)
{
	struct efi_text_output *out = c->st->con_out;

	if (out) {
		out->set_attribute(out, BT_NORMAL);
		out->clear_screen(out);
		out->enable_cursor(out, false);
	}
	ue_serial_write(&c->console.serial, BT_TERMINAL_CLEAR);
	bt_screen_clear(&c->console.shown);
	c->console.clean = true;
}

void ue_console_show(void *ctx, const struct bt_screen *screen)
{
	struct ue_context *c = ctx;

	if (!c->console.clean)
		clear(c);
	bt_screen_changes(&c->console.shown, screen, show_run, c);
	c->console.shown = *screen;
}

void ue_console_leave(void *ctx)
{
	struct ue_context *c = ctx;

	clear(c);
	c->console.clean = false;
	if (c->st->con_out)
		c->st->con_out->enable_cursor(c->st->con_out, true);
	ue_serial_write(&c->console.serial, BT_TERMINAL_CURSOR);
}

void ue_console_print(void *ctx, const char *line)
{
	struct ue_context *c = ctx;
	struct efi_text_output *out = c->st->con_out;
	efi_char text[BT_COLUMNS + 1];

	c->console.clean = false;
	ue_serial_write(&c->console.serial, line);
	ue_serial_write(&c->console.serial, "\r\n");
	while (out && *line) {
		unsigned int n = 0;

		for (; *line && n < BT_COLUMNS; n++)
			text[n] = (efi_char)(unsigned char)*line++;
		text[n] = 0;
		out->output_string(out, text);
	}
	if (out)
		out->output_string(out, (const efi_char *)L"\r\n");
}

/* Sleeps for at most ms or until a key of the firmware's console. */
static void sleep_for_key(struct ue_context *c, int ms)
{
	struct efi_text_input *in = c->st->con_in;
	void *events[2];
	uint64_t which;

	if (efi_failed(c->bs->create_event(EFI_EVT_TIMER, 0, NULL, NULL, &events[0]))) {
		c->bs->stall((uint64_t)ms * 1000);
		return;
	}
	c->bs->set_timer(events[0], EFI_TIMER_RELATIVE, (uint64_t)ms * PER_MS);
	if (in)
		events[1] = in->wait_for_key;
	c->bs->wait_for_event(in ? 2 : 1, events, &which);
	c->bs->close_event(events[0]);
}

uint32_t ue_console_key(void *ctx, int ms)
{
	struct ue_context *c = ctx;

	for (;;) {
		uint32_t key = read_key(c);
		int step = c->console.serial.io ? SERIAL_POLL_MS : 1000;

		if (key != BT_KEY_NONE || ms == 0)
			return key;
		if (ms > 0 && step > ms)
			step = ms;
		sleep_for_key(c, step);
		if (ms > 0)
			ms -= step;
	}
}
