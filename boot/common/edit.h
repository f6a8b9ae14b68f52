/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BT_EDIT_H
#define BT_EDIT_H

#include "boot/common/cmdline.h"
#include "boot/common/screen.h"

/* A line editor for the command line; like the menu, without I/O. */
struct bt_edit {
	char text[BT_CMDLINE_MAX];
	unsigned int length;
	unsigned int at; /* the cursor: 0..length */
};

enum bt_edit_result {
	BT_EDIT_GOES_ON,
	BT_EDIT_ACCEPTED,
	BT_EDIT_CANCELLED,
};

void bt_edit_init(struct bt_edit *e, const char *text);
/* Arrows, Home/^A, End/^E, Backspace, Delete/^D, ^W word, ^U to the start, ^K to the end. */
enum bt_edit_result bt_edit_key(struct bt_edit *e, uint32_t key);
void bt_edit_draw(const struct bt_edit *e, struct bt_screen *s, const char *title,
		  const char *what);

#endif
