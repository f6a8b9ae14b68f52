/* SPDX-License-Identifier: BSD-2-Clause */
/* What the user sees when something is wrong: always what and why, and a way on. */
#include "base/format.h"
#include "boot/common/boot.h"
#include "boot/common/text.h"

#define RETRY_S	  10
#define ITEMS_MAX 5

static const struct bt_menu_key boot_keys[] = {
	{ BT_KEY_ENTER, BT_ACTION_NONE, "Enter", "boot" },
	{ 'e', BT_ACTION_EDIT, "e", "edit" },
	{ 'r', BT_ACTION_RETRY, "r", "rescan" },
	{ 'm', BT_ACTION_LOG, "m", "messages" },
	{ 's', BT_ACTION_SETUP, "s", "setup" },
	{ 'b', BT_ACTION_REBOOT, "b", "reboot" },
	{ 'p', BT_ACTION_POWER_OFF, "p", "power off" },
};

static const struct bt_menu_key boot_keys_no_setup[] = {
	{ BT_KEY_ENTER, BT_ACTION_NONE, "Enter", "boot" },
	{ 'e', BT_ACTION_EDIT, "e", "edit" },
	{ 'r', BT_ACTION_RETRY, "r", "rescan" },
	{ 'm', BT_ACTION_LOG, "m", "messages" },
	{ 'b', BT_ACTION_REBOOT, "b", "reboot" },
	{ 'p', BT_ACTION_POWER_OFF, "p", "power off" },
};

static const struct bt_menu_key error_keys[] = {
	{ BT_KEY_ENTER, BT_ACTION_NONE, "Enter", "choose" },
	{ 'r', BT_ACTION_RETRY, NULL, NULL },
	{ 's', BT_ACTION_SETUP, NULL, NULL },
	{ 'b', BT_ACTION_REBOOT, NULL, NULL },
	{ 'p', BT_ACTION_POWER_OFF, NULL, NULL },
	{ BT_KEY_ESC, BT_ACTION_BACK, NULL, NULL },
};

#define N_KEYS(a) (sizeof(a) / sizeof((a)[0]))

void bt_menu_add_keys(const struct bt_loader *l, struct bt_menu *m)
{
	m->keys = l->p->setup ? boot_keys : boot_keys_no_setup;
	m->n_keys = l->p->setup ? N_KEYS(boot_keys) : N_KEYS(boot_keys_no_setup);
}

static void message(struct bt_loader *l, const char *heading, const char *text)
{
	static const struct bt_menu_item back = { .name = "Back",
						  .action = BT_ACTION_BACK };
	static const struct bt_menu_key keys[] = {
		{ BT_KEY_ENTER, BT_ACTION_NONE, "Enter", "back" },
		{ BT_KEY_ESC, BT_ACTION_BACK, NULL, NULL },
	};
	struct bt_menu m = {
		.title = BT_TITLE_TEXT,
		.heading = heading,
		.text = text,
		.items = &back,
		.n_items = 1,
		.keys = keys,
		.n_keys = N_KEYS(keys),
		.seconds = -1,
	};

	(void)bt_menu_run(l, &m);
}

void bt_do_action(struct bt_loader *l, enum bt_action action)
{
	struct zb_diag why = { 0 };
	char text[600];

	switch (action) {
	case BT_ACTION_LOG:
		bt_log_text(&l->log, l->text, sizeof(l->text));
		message(l, "What was noticed on the way",
			l->log.n ? l->text : "Nothing; every block was read at once.");
		break;
	case BT_ACTION_SETUP:
		if (!l->p->setup || l->p->setup(l->p->ctx, &why) == 0)
			break;
		zb_diag_text(&why, text, sizeof(text));
		message(l, "The firmware's setup cannot be reached.", text);
		break;
	case BT_ACTION_REBOOT:
		l->p->reboot(l->p->ctx);
		break;
	case BT_ACTION_POWER_OFF:
		l->p->power_off(l->p->ctx);
		break;
	default:
		break;
	}
}

static unsigned int add_item(struct bt_menu_item *items, unsigned int n, const char *name,
			     enum bt_action action)
{
	items[n] = (struct bt_menu_item){ .name = name, .action = action };
	return n + 1;
}

/* An error and the ways on; returns when the user wants to go back or to retry. */
static void error_menu(struct bt_loader *l, const char *heading, const char *text,
		       const char *first, int seconds)
{
	struct bt_menu_item items[ITEMS_MAX];
	struct bt_menu m = {
		.title = BT_TITLE_ERROR,
		.heading = heading,
		.text = text,
		.items = items,
		.keys = error_keys,
		.n_keys = N_KEYS(error_keys),
		.seconds = seconds,
		.counting = "Looking again",
	};

	m.n_items = add_item(items, 0, first, BT_ACTION_RETRY);
	if (l->p->setup)
		m.n_items = add_item(items, m.n_items, "Open the firmware's setup",
				     BT_ACTION_SETUP);
	m.n_items = add_item(items, m.n_items, "Restart", BT_ACTION_REBOOT);
	m.n_items = add_item(items, m.n_items, "Power off", BT_ACTION_POWER_OFF);
	for (;;) {
		enum bt_action action = bt_menu_run(l, &m);

		if (action == BT_ACTION_RETRY || action == BT_ACTION_BACK)
			return;
		bt_do_action(l, action);
	}
}

void bt_fail_search(struct bt_loader *l)
{
	const struct bt_pools *pools = &l->pools;
	char heading[160];

	bt_log_text(&l->log, l->text, sizeof(l->text));
	if (pools->n_devices == 0)
		zb_format(heading, sizeof(heading),
			  "The firmware shows no disk that could hold a pool.");
	else if (pools->n_labels == 0)
		zb_format(heading, sizeof(heading),
			  "No ZFS pool was found on the %u disks and partitions that the "
			  "firmware shows.",
			  pools->n_devices);
	else if (pools->n == 0)
		zb_format(heading, sizeof(heading), "The pool cannot be read.");
	else
		zb_format(heading, sizeof(heading),
			  "No boot environment with a kernel was found.");
	/* Only a stick that is plugged in late heals by itself. */
	error_menu(l, heading, l->log.n ? l->text : "Plug the stick in, then look again.",
		   "Look again", pools->n_labels == 0 ? RETRY_S : -1);
}

void bt_fail_start(struct bt_loader *l, const char *what, const struct zb_diag *why)
{
	char heading[BT_COLUMNS + 40], text[600];

	zb_format(heading, sizeof(heading), "%s could not be started.", what);
	zb_diag_text(why, text, sizeof(text));
	error_menu(l, heading, text, "Back to the menu", -1);
}
