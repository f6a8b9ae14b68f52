/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "fmt/enums.h"
#include "init/choose.h"
#include "init/import.h"
#include "init/run.h"
#include "init/undo.h"

#define MAX_CHOICES 64

struct choice {
	uint64_t pool;		/* GUID of another pool; 0: a dataset of this one */
	char name[ZR_NAME_MAX]; /* of the pool or the dataset */
};

struct choices {
	struct choice at[MAX_CHOICES];
	unsigned int n;
};

static void add(struct choices *list, uint64_t pool, const char *name)
{
	for (unsigned int i = 0; i < list->n; i++)
		if (list->at[i].pool == pool &&
		    (pool || strcmp(list->at[i].name, name) == 0))
			return;
	if (list->n == MAX_CHOICES)
		return;
	list->at[list->n].pool = pool;
	snprintf(list->at[list->n].name, sizeof(list->at[0].name), "%s", name);
	list->n++;
}

/* What the bootfs names is meant to boot, whatever its mountpoint. */
static void add_bootfs(const struct zi_boot *b, struct choices *list)
{
	char name[ZR_NAME_MAX];
	struct zb_diag diag;

	if (zi_pool_bootfs(b->pool, name, &diag) == 0)
		add(list, 0, name);
}

/* What the loader's menu shows too: mountpoint=/, or legacy with org.zfsbootmenu:active=on. */
static void add_environments(const struct zi_boot *b, struct choices *list)
{
	const char *const argv[] = { "zfs",   "list",
				     "-H",    "-r",
				     "-t",    "filesystem",
				     "-o",    "name,mountpoint,org.zfsbootmenu:active",
				     b->pool, NULL };
	static char text[65536];
	char *save = NULL;
	struct zb_diag diag;

	if (!b->pool[0])
		return;
	if (zi_run_ok(argv, NULL, text, sizeof(text), &diag) < 0) {
		zi_say_diag(&b->console, &diag);
		return;
	}
	add_bootfs(b, list);
	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char *name = strsep(&line, "\t"), *where = strsep(&line, "\t");
		bool active = line && strcmp(line, "on") == 0;
		bool never = line && strcmp(line, "off") == 0;

		if (where && ((strcmp(where, "/") == 0 && !never) ||
			      (strcmp(where, "legacy") == 0 && active)))
			add(list, 0, name);
	}
}

static void add_pools(const struct zi_boot *b, struct choices *list)
{
	const struct zi_devices *d = &b->wait.devices;

	for (unsigned int i = 0; i < d->n; i++) {
		const struct zr_label *l;

		if (d->at[i].probe != ZI_PROBE_DONE || !d->at[i].label)
			continue;
		l = &d->at[i].label->zr;
		if (l->pool_guid && l->state != ZF_POOL_STATE_DESTROYED &&
		    !(b->pool[0] && l->pool_guid == b->wait.decision.guid))
			add(list, l->pool_guid, l->pool_name);
	}
}

/* Where it was booted from says nothing about another pool. */
static void take_pool(struct zi_boot *b, const struct choice *choice)
{
	zi_undo(b, ZI_UNDO_IMPORT);
	/* The very pool, from what there is of it: root= still says which dataset. */
	if (choice->pool != b->options.pool)
		b->options.root[0] = '\0';
	b->options.pool = choice->pool;
	zi_cmdline_forget_disk(&b->options);
	zi_devices_refresh(&b->wait.devices);
}

static void take_environment(struct zi_boot *b, const struct choice *choice)
{
	zi_undo(b, ZI_UNDO_MOUNT);
	snprintf(b->options.root, sizeof(b->options.root), "%s", choice->name);
}

bool zi_choose(struct zi_boot *b)
{
	struct choices *list = calloc(1, sizeof(*list));
	char answer[16];
	int chosen = 0;

	if (!list)
		return false;
	zi_wait_settle(&b->wait);
	add_environments(b, list);
	add_pools(b, list);
	for (unsigned int i = 0; i < list->n; i++) {
		const struct choice *c = &list->at[i];

		if (c->pool)
			zi_say(&b->console, "  %u  pool '%s' with GUID %" PRIu64, i + 1,
			       c->name, c->pool);
		else
			zi_say(&b->console, "  %u  %s", i + 1, c->name);
	}
	if (list->n == 0)
		zi_say(&b->console, "there is nothing to choose from");
	else if (zi_wait_line(&b->wait, false, "zlive: Which? Enter alone goes back: ",
			      answer, sizeof(answer)) == 0)
		chosen = atoi(answer);
	if (chosen >= 1 && (unsigned int)chosen <= list->n) {
		const struct choice *c = &list->at[chosen - 1];

		(c->pool ? take_pool : take_environment)(b, c);
	} else {
		chosen = 0;
	}
	free(list);
	return chosen > 0;
}
