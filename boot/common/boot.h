/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BT_BOOT_H
#define BT_BOOT_H

#include "boot/common/edit.h"
#include "boot/common/load.h"
#include "boot/common/menu.h"
#include "boot/common/pools.h"

/* What boot.c (the flow) and trouble.c (everything that can go wrong) share. */

#define BT_ENTRIES_MAX 256
#define BT_TITLE_TEXT  "zlive " ZLIVE_VERSION
#define BT_TITLE_ERROR BT_TITLE_TEXT ": cannot boot"
#define BT_KEYS_MAX    8

struct bt_entry {
	struct bt_pool *pool;
	const struct bt_env *env;
	const struct bt_kernel *kernel;
	char detail[512];
};

struct bt_loader {
	const struct bt_platform *p;
	struct zr_host host; /* the platform's, and notes that go to log */
	struct bt_pools pools;
	struct bt_log log;
	struct bt_screen screen;
	struct bt_edit edit;
	char title_right[ZR_NAME_MAX + 8];
	struct bt_entry entries[BT_ENTRIES_MAX];
	struct bt_menu_item items[BT_ENTRIES_MAX]; /* entry i is item i */
	unsigned int n_entries;
	unsigned int default_entry;
	bool counted; /* the countdown runs once, not again after a failure */
	char text[BT_LOG_LINES * BT_LOG_BYTES];
};

/* Runs a menu until something is to be done. */
enum bt_action bt_menu_run(struct bt_loader *l, struct bt_menu *m);

/* trouble.c */
/* The boot menu's keys, as far as the platform has what they do. */
void bt_menu_add_keys(const struct bt_loader *l, struct bt_menu *m);
/* Messages, setup, reboot, power-off; returns if it was refused or is over. */
void bt_do_action(struct bt_loader *l, enum bt_action action);
/* Nothing to boot: says why; returns to search again. */
void bt_fail_search(struct bt_loader *l);
/* The kernel did not start: says why; returns to the menu. */
void bt_fail_start(struct bt_loader *l, const char *what, const struct zb_diag *why);

#endif
