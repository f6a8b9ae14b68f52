/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BT_MENU_H
#define BT_MENU_H

#include "boot/common/screen.h"

/*
 * A list to choose from, with or without a text above it: the boot menu and every error screen
 * are one. It is a state machine without I/O: keys and seconds go in, an action comes out, and
 * it draws itself on a screen in memory.
 */

/* What the user wants; 0 goes on. The boot flow (boot.c) acts on them. */
enum bt_action {
	BT_ACTION_NONE,
	BT_ACTION_BOOT,
	BT_ACTION_EDIT,
	BT_ACTION_BACK,
	BT_ACTION_RETRY,
	BT_ACTION_LOG,
	BT_ACTION_SETUP,
	BT_ACTION_REBOOT,
	BT_ACTION_POWER_OFF,
};

struct bt_menu_item {
	const char *name;   /* first column */
	const char *value;  /* second column, may be NULL */
	const char *mark;   /* a word at the right, may be NULL */
	const char *detail; /* shown while it is selected, lines by \n; may be NULL */
	enum bt_action action;
};

struct bt_menu_key {
	uint32_t key;
	enum bt_action action;
	const char *label; /* "e", "F2": as the hint shows it; NULL: no hint */
	const char *what;
};

struct bt_menu {
	const char *title;
	const char *title_right;
	const char *heading; /* bright line above the text, may be NULL */
	const char *text;    /* wrapped, may be NULL */
	const char *name_head;
	const char *value_head;
	const struct bt_menu_item *items;
	unsigned int n_items;
	const struct bt_menu_key *keys;
	unsigned int n_keys;
	unsigned int selected;
	unsigned int top;     /* first item shown */
	int seconds;	      /* left of the countdown; -1: none */
	const char *counting; /* "Starting", before " in 3 s" */
};

/* A key's effect. Any key stops the countdown; the one that does so may also act. */
enum bt_action bt_menu_key(struct bt_menu *m, uint32_t key);
/* One second has passed. */
enum bt_action bt_menu_tick(struct bt_menu *m);
void bt_menu_draw(struct bt_menu *m, struct bt_screen *s);

#endif
