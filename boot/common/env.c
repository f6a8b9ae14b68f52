/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/format.h"
#include "boot/common/env.h"
#include "boot/common/text.h"

#define DATASETS_MAX 1024 /* looked at; a pool with more of them shows the first ones */

struct search {
	const struct bt_source *source;
	const struct zr_host *host;
	struct bt_env_list *list;
	bt_note_fn note;
	void *note_ctx;
	struct bt_kernel *scratch; /* BT_KERNELS_MAX */
	/* Datasets to look at, in order; children are put right behind their parent. */
	char (*queue)[ZR_NAME_MAX];
	unsigned int n_queue;
	unsigned int insert_at;
	const char *parent;
};

static bool property_is(const struct search *s, const char *dataset, const char *name,
			const char *value)
{
	char got[64];

	return s->source->property(s->source->ctx, dataset, name, got, sizeof(got), NULL,
				   NULL) >= 0 &&
	       bt_equal(got, value);
}

static bool is_root_file_system(const struct search *s, const char *dataset)
{
	char mountpoint[BT_PATH_MAX], source[ZR_NAME_MAX] = "";

	if (s->source->property(s->source->ctx, dataset, "mountpoint", mountpoint,
				sizeof(mountpoint), source, NULL) < 0)
		return false;
	if (bt_equal(mountpoint, "legacy"))
		return property_is(s, dataset, "org.zfsbootmenu:active", "on");
	/* An inherited "/" means a directory below the one that has it. */
	return bt_equal(mountpoint, "/") && bt_equal(source, dataset) &&
	       !property_is(s, dataset, "org.zfsbootmenu:active", "off") &&
	       !property_is(s, dataset, "canmount", "off");
}

static bool is_listed(const struct bt_env_list *list, const char *dataset)
{
	for (unsigned int i = 0; i < list->n; i++)
		if (bt_equal(list->envs[i]->dataset, dataset))
			return true;
	return false;
}

static int fill_env(struct search *s, struct bt_env *env, struct bt_kernel_list *kernels,
		    struct zb_diag *diag)
{
	const size_t bytes = kernels->n * sizeof(env->kernels[0]);
	char wanted[BT_PATH_MAX];
	int error;

	error = bt_cmdline_property(s->source, env->dataset, env->args, diag);
	if (error < 0)
		return error;
	if (s->source->property(s->source->ctx, env->dataset, "org.zfsbootmenu:kernel",
				wanted, sizeof(wanted), NULL, NULL) < 0)
		wanted[0] = '\0';
	env->default_kernel = bt_kernels_default(kernels, wanted);
	env->kernels = s->host->alloc(s->host->ctx, bytes);
	if (!env->kernels)
		return zb_fail(diag, ZB_ENOMEM, env->dataset, ZB_DIAG_NO_OFFSET,
			       "no memory for its list of kernels");
	__builtin_memcpy(env->kernels, kernels->kernels, bytes);
	env->n_kernels = kernels->n;
	return 0;
}

/* Adds dataset if it has a kernel; what keeps it out becomes a note. */
static int add_env(struct search *s, const char *dataset, struct zb_diag *diag)
{
	struct bt_kernel_list kernels = { .kernels = s->scratch };
	struct zb_diag why = { 0 };
	struct bt_env *env;
	int error;

	if (is_listed(s->list, dataset) || s->list->n == BT_ENVS_MAX)
		return 0;
	env = s->host->alloc(s->host->ctx, sizeof(*env));
	if (!env)
		return zb_fail(diag, ZB_ENOMEM, dataset, ZB_DIAG_NO_OFFSET,
			       "no memory for a boot environment");
	__builtin_memset(env, 0, sizeof(*env));
	bt_copy(env->dataset, sizeof(env->dataset), dataset);
	error = bt_kernels_find(s->source, dataset, &kernels, &why);
	if (error == 0)
		error = fill_env(s, env, &kernels, &why);
	if (error == 0) {
		s->list->envs[s->list->n++] = env;
		return 0;
	}
	s->host->free(s->host->ctx, env);
	if (s->note)
		s->note(s->note_ctx, &why);
	return 0;
}

static int queue_child(void *arg, const char *name)
{
	struct search *s = arg;
	char child[ZR_NAME_MAX];

	if (s->n_queue == DATASETS_MAX ||
	    zb_format(child, sizeof(child), "%s/%s", s->parent, name) >= sizeof(child))
		return 0;
	__builtin_memmove(s->queue[s->insert_at + 1], s->queue[s->insert_at],
			  (s->n_queue - s->insert_at) * sizeof(s->queue[0]));
	bt_copy(s->queue[s->insert_at++], ZR_NAME_MAX, child);
	s->n_queue++;
	return 0;
}

/* Looks at top and everything below it. */
static int walk(struct search *s, const char *top, struct zb_diag *diag)
{
	s->n_queue = 1;
	bt_copy(s->queue[0], ZR_NAME_MAX, top);
	for (unsigned int i = 0; i < s->n_queue; i++) {
		struct zb_diag why = { 0 };
		char name[ZR_NAME_MAX];
		int error;

		bt_copy(name, sizeof(name), s->queue[i]);
		if (is_root_file_system(s, name)) {
			error = add_env(s, name, diag);
			if (error < 0)
				return error;
		}
		s->parent = name;
		s->insert_at = i + 1;
		error = s->source->children(s->source->ctx, name, queue_child, s, &why);
		if (error == ZB_ENOENT && i == 0)
			return error;
		/* One unreadable dataset must not hide the others. */
		if (error < 0 && s->note)
			s->note(s->note_ctx, &why);
	}
	return 0;
}

static int search_all(struct search *s, const char *pool, const char *bootfs,
		      struct zb_diag *diag)
{
	char root[ZR_NAME_MAX];
	int error;

	/* What bootfs names is meant to boot, whatever its mountpoint. */
	if (bootfs[0]) {
		error = add_env(s, bootfs, diag);
		if (error < 0)
			return error;
	}
	zb_format(root, sizeof(root), "%s/ROOT", pool);
	error = walk(s, root, diag);
	if (error < 0 && error != ZB_ENOENT)
		return error;
	if (s->list->n > 0)
		return 0;
	error = walk(s, pool, diag);
	return error == ZB_ENOENT ? 0 : error;
}

int bt_envs_find(const struct bt_source *source, const struct zr_host *host,
		 const char *pool, const char *bootfs, struct bt_env_list *ret_list,
		 bt_note_fn note, void *note_ctx, struct zb_diag *diag)
{
	struct search s = {
		.source = source,
		.host = host,
		.list = ret_list,
		.note = note,
		.note_ctx = note_ctx,
	};
	int error = ZB_ENOMEM;

	ret_list->n = 0;
	s.scratch = host->alloc(host->ctx, BT_KERNELS_MAX * sizeof(s.scratch[0]));
	s.queue = host->alloc(host->ctx, (DATASETS_MAX + 1) * sizeof(s.queue[0]));
	if (s.scratch && s.queue)
		error = search_all(&s, pool, bootfs, diag);
	else
		zb_fail(diag, error, pool, ZB_DIAG_NO_OFFSET,
			"no memory to look for boot environments");
	if (s.queue)
		host->free(host->ctx, s.queue);
	if (s.scratch)
		host->free(host->ctx, s.scratch);
	return error;
}

void bt_envs_done(const struct zr_host *host, struct bt_env_list *list)
{
	for (unsigned int i = 0; i < list->n; i++) {
		host->free(host->ctx, list->envs[i]->kernels);
		host->free(host->ctx, list->envs[i]);
	}
	list->n = 0;
}
