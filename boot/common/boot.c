/* SPDX-License-Identifier: BSD-2-Clause */
/* The loader's flow, the same on every firmware: search, menu, load, hand over. */
#include "base/format.h"
#include "boot/common/boot.h"
#include "boot/common/text.h"

#define COUNTDOWN_S 3

static void *loader_alloc(void *ctx, size_t size)
{
	const struct bt_loader *l = ctx;

	return l->p->host.alloc(l->p->host.ctx, size);
}

static void loader_free(void *ctx, void *ptr)
{
	const struct bt_loader *l = ctx;

	if (ptr)
		l->p->host.free(l->p->host.ctx, ptr);
}

static void loader_note(void *ctx, const struct zb_diag *what)
{
	struct bt_loader *l = ctx;

	bt_log_diag(&l->log, what);
}

/* Names as the menu shows them: without "<pool>/ROOT/" while there is one pool only. */
static const char *short_name(const struct bt_loader *l, const struct bt_pool *pool,
			      const char *dataset)
{
	size_t n = bt_len(pool->info.name);

	if (l->pools.n > 1 || !bt_starts(dataset, pool->info.name) || dataset[n] != '/')
		return dataset;
	dataset += n + 1;
	return bt_starts(dataset, "ROOT/") ? dataset + 5 : dataset;
}

static void fill_entry(struct bt_loader *l, struct bt_pool *pool,
		       const struct bt_env *env, unsigned int kernel)
{
	struct bt_entry *e = &l->entries[l->n_entries];
	const struct bt_kernel *k = &env->kernels[kernel];
	bool is_default = kernel == env->default_kernel;

	e->pool = pool;
	e->env = env;
	e->kernel = k;
	zb_format(e->detail, sizeof(e->detail), "%s on %s\n%s  %s\n%s", env->dataset,
		  pool->where, k->image, k->n_ramdisks ? k->ramdisk[0] : "no ramdisk",
		  k->has_options ? k->options : env->args);
	l->items[l->n_entries++] = (struct bt_menu_item){
		.name = kernel == 0 ? short_name(l, pool, env->dataset) : "",
		.value = k->title,
		.mark = !is_default ? NULL
			: pool == l->pools.pools[0] && env == pool->envs.envs[0]
				? "default"
				: NULL,
		.detail = e->detail,
		.action = BT_ACTION_BOOT,
	};
}

static void list_entries(struct bt_loader *l)
{
	l->n_entries = 0;
	l->default_entry = 0;
	for (unsigned int i = 0; i < l->pools.n; i++)
		for (unsigned int j = 0; j < l->pools.pools[i]->envs.n; j++) {
			struct bt_pool *pool = l->pools.pools[i];
			const struct bt_env *env = pool->envs.envs[j];

			if (l->n_entries == 0)
				l->default_entry = env->default_kernel;
			for (unsigned int k = 0; k < env->n_kernels; k++)
				if (l->n_entries < BT_ENTRIES_MAX)
					fill_entry(l, pool, env, k);
		}
}

static void show_message(struct bt_loader *l, const char *text)
{
	bt_screen_clear(&l->screen);
	bt_screen_title(&l->screen, BT_TITLE_TEXT, "");
	bt_screen_foot(&l->screen);
	bt_screen_wrap(&l->screen, 3, 4, BT_COLUMNS - 8, 4, BT_NORMAL, text);
	l->p->show(l->p->ctx, &l->screen);
}

/* From the boot disk outwards until there is something to boot. */
static void search(struct bt_loader *l, enum bt_reach reach)
{
	for (;; reach++) {
		bt_pools_done(&l->host, &l->pools);
		l->log.n = 0;
		show_message(l, reach == BT_REACH_EVERYTHING
					? "Looking for ZFS pools on all disks ..."
					: "Looking for the ZFS pool of this disk ...");
		bt_pools_find(l->p, &l->host, reach, &l->pools, &l->log);
		if (l->pools.n_envs > 0 || reach == BT_REACH_EVERYTHING)
			break;
	}
	list_entries(l);
}

enum bt_action bt_menu_run(struct bt_loader *l, struct bt_menu *m)
{
	enum bt_action action = BT_ACTION_NONE;

	while (action == BT_ACTION_NONE) {
		uint32_t key;

		bt_menu_draw(m, &l->screen);
		l->p->show(l->p->ctx, &l->screen);
		key = l->p->key(l->p->ctx, m->seconds >= 0 ? 1000 : -1);
		action = key == BT_KEY_NONE ? bt_menu_tick(m) : bt_menu_key(m, key);
	}
	return action;
}

static int build_cmdline(const struct bt_entry *e, char buf[BT_CMDLINE_MAX],
			 struct zb_diag *diag)
{
	const struct bt_root root = {
		.dataset = e->env->dataset,
		.pool_guid = e->pool->info.guid,
		.vdev_guid = e->pool->vdev_guid,
		.txg = e->pool->txg,
		.hostid = e->pool->hostid,
		.part = e->pool->part,
		.traits = e->pool->traits,
	};

	return bt_cmdline_build(
		&root, e->kernel->has_options ? e->kernel->options : e->env->args, buf,
		diag);
}

/* The figure that a benchmark or a curious user wants: how much was read for how much. */
static void print_figures(struct bt_loader *l, const struct bt_image *image)
{
	char line[160];

	zb_format(line, sizeof(line),
		  "zlive: read %llu bytes in %llu requests for %llu bytes",
		  (unsigned long long)l->p->io->bytes,
		  (unsigned long long)l->p->io->requests,
		  (unsigned long long)image->kernel_size + image->ramdisk_size);
	l->p->print(l->p->ctx, line);
}

/* Returns only with a failure. */
static int start(struct bt_loader *l, const struct bt_entry *e, const char *cmdline,
		 struct zb_diag *diag)
{
	struct bt_image image;
	char line[BT_COLUMNS * 4];
	int error;

	error = bt_load(l->p, &e->pool->source.source, e->env->dataset, e->kernel, &image,
			diag);
	if (error < 0)
		return error;
	image.cmdline = cmdline;
	l->p->leave_screen(l->p->ctx);
	zb_format(line, sizeof(line), "zlive: starting %s of %s", e->kernel->image,
		  e->env->dataset);
	l->p->print(l->p->ctx, line);
	print_figures(l, &image);
	error = l->p->start(l->p->ctx, &image, diag);
	bt_load_free(l->p, &image);
	return error;
}

/* False if the user thought better of it. */
static bool edit(struct bt_loader *l, const struct bt_entry *e,
		 char cmdline[BT_CMDLINE_MAX])
{
	enum bt_edit_result result = BT_EDIT_GOES_ON;
	char what[BT_COLUMNS * 2];

	zb_format(what, sizeof(what), "Command line for %s, %s", e->env->dataset,
		  e->kernel->title);
	bt_edit_init(&l->edit, cmdline);
	while (result == BT_EDIT_GOES_ON) {
		bt_edit_draw(&l->edit, &l->screen, BT_TITLE_TEXT, what);
		l->p->show(l->p->ctx, &l->screen);
		result = bt_edit_key(&l->edit, l->p->key(l->p->ctx, -1));
	}
	bt_copy(cmdline, BT_CMDLINE_MAX, l->edit.text);
	return result == BT_EDIT_ACCEPTED;
}

static void start_entry(struct bt_loader *l, const struct bt_entry *e, bool edited)
{
	char cmdline[BT_CMDLINE_MAX];
	struct zb_diag why = { 0 };
	int error = build_cmdline(e, cmdline, &why);

	if (error == 0 && edited && !edit(l, e, cmdline))
		return;
	if (error == 0)
		error = start(l, e, cmdline, &why);
	bt_fail_start(l, e->env->dataset, &why);
}

static void boot_menu(struct bt_loader *l)
{
	struct bt_menu m = {
		.title = BT_TITLE_TEXT,
		.title_right = l->title_right,
		.name_head = "Boot environment",
		.value_head = "Kernel",
		.items = l->items,
		.n_items = l->n_entries,
		.selected = l->default_entry,
		.seconds = l->counted ? -1 : COUNTDOWN_S,
		.counting = "Starting",
	};

	if (l->pools.n == 1)
		zb_format(l->title_right, sizeof(l->title_right), "pool %s",
			  l->pools.pools[0]->info.name);
	else
		zb_format(l->title_right, sizeof(l->title_right), "%u pools", l->pools.n);
	bt_menu_add_keys(l, &m);
	for (;;) {
		enum bt_action action = bt_menu_run(l, &m);

		l->counted = true;
		if (action == BT_ACTION_RETRY)
			return;
		if (action == BT_ACTION_BOOT || action == BT_ACTION_EDIT)
			start_entry(l, &l->entries[m.selected], action == BT_ACTION_EDIT);
		else
			bt_do_action(l, action);
	}
}

void bt_boot(const struct bt_platform *platform)
{
	struct bt_loader *l = platform->host.alloc(platform->host.ctx, sizeof(*l));
	enum bt_reach reach = BT_REACH_BOOT_PARTITIONS;

	if (!l) {
		platform->print(platform->ctx, "zlive: no memory for the loader");
		(void)platform->key(platform->ctx, -1);
		return;
	}
	__builtin_memset(l, 0, sizeof(*l));
	l->p = platform;
	l->host = (struct zr_host){
		.ctx = l,
		.alloc = loader_alloc,
		.free = loader_free,
		.cache_bytes = platform->host.cache_bytes,
		.note = loader_note,
	};
	platform->io->note = loader_note;
	platform->io->note_ctx = l;
	for (;; reach = BT_REACH_EVERYTHING) {
		search(l, reach);
		if (l->n_entries > 0)
			boot_menu(l);
		else
			bt_fail_search(l);
	}
}
