/* SPDX-License-Identifier: BSD-2-Clause */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "cmd/build/pool.h"

#define NAME_LEN   512
#define PROPS_MAX  16
#define LABEL_PATH "/dev/zlive" /* no such device: nobody is to act on it */

enum {
	VOLUME_ROOT,
	VOLUME_HOME,
};

struct build_pool {
	struct build_pool_place place;
	struct zw_sink vdev;
	struct zw_pool *pool;
	struct zw_dataset *root, *home;
	struct tree_sink sink;
	/* The first failure of the target, which the writer knows only as a number. */
	pthread_mutex_t lock;
	struct zb_diag write_diag;
};

static int note_failure(struct build_pool *p, const struct zb_diag *diag)
{
	pthread_mutex_lock(&p->lock);
	if (!p->write_diag.error)
		p->write_diag = *diag;
	pthread_mutex_unlock(&p->lock);
	return diag->error;
}

static int vdev_write(void *ctx, uint64_t offset, const void *buf, size_t len)
{
	struct build_pool *p = ctx;
	struct zb_diag diag;

	if (zh_interrupt_pending(p->place.intr)) {
		zh_interrupt_fail(&diag);
		return note_failure(p, &diag);
	}
	if (zh_target_write(p->place.target, p->place.offset + offset, buf, len, &diag) <
	    0)
		return note_failure(p, &diag);
	return 0;
}

static int vdev_flush(void *ctx)
{
	struct build_pool *p = ctx;
	struct zb_diag diag;

	if (zh_target_flush(p->place.target, &diag) < 0)
		return note_failure(p, &diag);
	return 0;
}

/* The reason that the target gave is better than the writer's. */
static int explain(struct build_pool *p, int r, struct zb_diag *diag)
{
	if (r < 0 && p->write_diag.error) {
		*diag = p->write_diag;
		return diag->error;
	}
	return r;
}

/*
 * Which dataset, and the path in it. "home" itself is the root of one and lies in the
 * other.
 */
static unsigned int on_volume(void *ctx, const char *path)
{
	return strncmp(path, "home/", 5) == 0 ? VOLUME_HOME : VOLUME_ROOT;
}

static int add_home(struct build_pool *p, const struct zw_entry *entry,
		    struct zb_diag *diag)
{
	struct zw_entry point = *entry, root = *entry;
	int r;

	/* The place it is mounted on; its attributes are covered by the mount. */
	point.mode = S_IFDIR | 0755;
	point.uid = point.gid = 0;
	point.xattrs = NULL;
	point.n_xattrs = 0;
	r = zw_entry_add(p->root, &point, diag);
	if (r < 0)
		return r;
	root.path = "";
	return zw_entry_add(p->home, &root, diag);
}

static int on_entry(void *ctx, const struct zw_entry *entry, struct zb_diag *diag)
{
	struct build_pool *p = ctx;
	struct zw_entry e = *entry;
	int r;

	if (strcmp(e.path, "home") == 0 && S_ISDIR(e.mode)) {
		r = add_home(p, entry, diag);
	} else if (on_volume(p, e.path) == VOLUME_HOME) {
		e.path += strlen("home/");
		r = zw_entry_add(p->home, &e, diag);
	} else {
		r = zw_entry_add(p->root, &e, diag);
	}
	return explain(p, r, diag);
}

static int on_link(void *ctx, const char *path, const char *target, struct zb_diag *diag)
{
	struct build_pool *p = ctx;
	size_t skip = 0;
	struct zw_dataset *ds = p->root;

	if (on_volume(p, path) != on_volume(p, target))
		return zb_fail(diag, ZB_ENOTSUP, path, ZB_DIAG_NO_OFFSET,
			       "a hard link to %s, in another dataset", target);
	if (on_volume(p, path) == VOLUME_HOME) {
		skip = strlen("home/");
		ds = p->home;
	}
	return explain(p, zw_entry_link(ds, path + skip, target + skip, diag), diag);
}

static unsigned int pool_props(const struct build_options *o,
			       struct zw_property props[PROPS_MAX], char copies[12])
{
	unsigned int n = 0;

	props[n++] = (struct zw_property){ "mountpoint", "none" };
	props[n++] = (struct zw_property){ "compression", o->compression };
	props[n++] = (struct zw_property){ "atime", "off" };
	props[n++] = (struct zw_property){ "xattr", "sa" };
	props[n++] = (struct zw_property){ "acltype", "posix" };
	props[n++] = (struct zw_property){ "dnodesize", "auto" };
	if (o->recordsize)
		props[n++] = (struct zw_property){ "recordsize", o->recordsize };
	if (o->copies > 1) {
		snprintf(copies, 12, "%u", o->copies);
		props[n++] = (struct zw_property){ "copies", copies };
	}
	return n;
}

static int datasets_create(struct build_pool *p, const struct build_options *o,
			   struct zb_diag *diag)
{
	const struct zw_property roots[] = {
		{ "mountpoint", "none" },
		{ "org.zfsbootmenu:commandline", o->cmdline },
	};
	static const struct zw_property be[] = {
		{ "mountpoint", "/" },
		{ "canmount", "noauto" },
	};
	static const struct zw_property home[] = { { "mountpoint", "/home" } };
	struct zw_property props[PROPS_MAX];
	char name[NAME_LEN], copies[12];
	unsigned int n = pool_props(o, props, copies);
	struct zw_dataset *ds;
	int r = zw_dataset_create(p->pool, o->pool, props, n, &ds, diag);

	if (r < 0)
		return r;
	snprintf(name, sizeof(name), "%s/ROOT", o->pool);
	r = zw_dataset_create(p->pool, name, roots, 2, &ds, diag);
	if (r < 0)
		return r;
	snprintf(name, sizeof(name), "%s/ROOT/%s", o->pool, o->be);
	r = zw_dataset_create(p->pool, name, be, 2, &p->root, diag);
	if (r < 0)
		return r;
	snprintf(name, sizeof(name), "%s/home", o->pool);
	r = zw_dataset_create(p->pool, name, home, 1, &p->home, diag);
	if (r < 0)
		return r;
	zw_pool_set_bootfs(p->pool, p->root);
	return 0;
}

static int pool_create(struct build_pool *p, const struct build_options *o,
		       const struct zh_seed *seed, struct zb_diag *diag)
{
	const struct zw_options w = {
		.pool_name = o->pool,
		.label_path = LABEL_PATH,
		.seed = { seed->word[0], seed->word[1] },
		.time = p->place.time,
		.hostid = zh_seed_hostid(seed),
		.hostname = o->hostname ? o->hostname : "zlive",
		.ashift = o->ashift,
		.progress = p->place.progress ? zh_progress_update : NULL,
		.progress_ctx = p->place.progress,
	};
	int r;

	p->vdev = (struct zw_sink){
		.ctx = p,
		.name = zh_target_name(p->place.target),
		.size = p->place.size,
		.write = vdev_write,
		.flush = vdev_flush,
	};
	r = zw_pool_create(&w, &p->vdev, &p->pool, diag);
	if (r >= 0)
		r = datasets_create(p, o, diag);
	return explain(p, r, diag);
}

int build_pool_create(const struct build_options *o, const struct zh_seed *seed,
		      const struct build_pool_place *place, struct build_pool **ret_pool,
		      struct zb_diag *diag)
{
	struct build_pool *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return zb_fail(diag, ZB_ENOMEM, o->pool, ZB_DIAG_NO_OFFSET, "no memory");
	pthread_mutex_init(&p->lock, NULL);
	p->place = *place;
	p->sink = (struct tree_sink){ p, on_entry, on_link, on_volume };
	r = pool_create(p, o, seed, diag);
	if (r < 0) {
		build_pool_destroy(p);
		return r;
	}
	*ret_pool = p;
	return 0;
}

void build_pool_destroy(struct build_pool *p)
{
	if (!p)
		return;
	zw_pool_destroy(p->pool);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

const struct tree_sink *build_pool_sink(struct build_pool *p)
{
	return &p->sink;
}

int build_pool_finish(struct build_pool *p, struct zb_diag *diag)
{
	return explain(p, zw_pool_finish(p->pool, diag), diag);
}
