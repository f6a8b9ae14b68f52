/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BT_TERMINAL_H
#define BT_TERMINAL_H

#include "boot/common/screen.h"

/* What a serial terminal is sent and sends: the escape sequences that every terminal knows. */

#define BT_TERMINAL_CLEAR	"\033[0m\033[2J\033[H\033[?25l"
#define BT_TERMINAL_CURSOR	"\033[?25h"
#define BT_TERMINAL_CELLS_BYTES (32 + 3 * BT_COLUMNS + 1)

/* Text that shows n cells of one attribute at that place; n is at most BT_COLUMNS. */
void bt_terminal_cells(char buf[BT_TERMINAL_CELLS_BYTES], unsigned int row,
		       unsigned int column, const struct bt_cell *cells, unsigned int n);

struct bt_terminal_input {
	unsigned int state; /* 0 at first */
	uint32_t parameter;
};

/* One byte's effect; a key once a sequence is whole, else BT_KEY_NONE. */
uint32_t bt_terminal_feed(struct bt_terminal_input *t, uint8_t byte);
/* Nothing follows for now: the Escape key itself, if that was the last byte. */
uint32_t bt_terminal_pause(struct bt_terminal_input *t);

/*
 * Calls run for each run of cells of one attribute in which to differs from shown; shown NULL:
 * for all cells.
 */
typedef void (*bt_run_fn)(void *ctx, unsigned int row, unsigned int column,
			  const struct bt_cell *cells, unsigned int n);
void bt_screen_changes(const struct bt_screen *shown, const struct bt_screen *to,
		       bt_run_fn run, void *ctx);

#endif
