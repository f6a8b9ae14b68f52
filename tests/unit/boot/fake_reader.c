/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "fake_reader.h"

#define SLOTS 32

static struct fake_world *fake_world;

struct zr_pool {
	uint64_t guid;
};

struct zr_dataset {
	char name[ZR_NAME_MAX];
};

struct zr_fs {
	char dataset[ZR_NAME_MAX];
};

/*
 * Slots instead of a heap: a test cuts the loader off in the middle, and what is open then
 * must not look like a leak.
 */
static struct zr_pool pools[SLOTS];
static struct zr_dataset datasets[SLOTS];
static struct zr_fs file_systems[SLOTS];
static bool used[3][SLOTS];

static unsigned int take(bool *slots)
{
	for (unsigned int i = 0; i < SLOTS; i++)
		if (!slots[i]) {
			slots[i] = true;
			return i;
		}
	abort();
}

void fake_reader_start(struct fake_world *world)
{
	fake_world = world;
	memset(used, 0, sizeof(used));
}

int zr_label_read(const struct zr_host *host, const struct zr_dev *dev,
		  struct zr_label *ret_label, struct zb_diag *diag)
{
	const struct bt_keeper *keeper = dev->ctx;
	const struct fake_disk *d = keeper->under->ctx;

	if (d->label_error)
		return zb_fail(diag, d->label_error, dev->name, ZB_DIAG_NO_OFFSET,
			       "a bad label");
	if (!d->pool_guid)
		return ZB_ENOENT;
	*ret_label = (struct zr_label){
		.pool_guid = d->pool_guid,
		.vdev_guid = d->vdev_guid,
		.uberblock_txg = d->txg,
		.state = 1,
		.hostid = 0xabc,
		.pool_name = "p",
	};
	return 0;
}

int zr_pool_open(const struct zr_host *host, const struct zr_dev *const *devs,
		 unsigned int n, uint64_t guid, struct zr_pool **ret_pool,
		 struct zb_diag *diag)
{
	fake_world->n_given = 0;
	for (unsigned int i = 0; i < n && i < 8; i++)
		fake_world->given[fake_world->n_given++] =
			((const struct bt_keeper *)devs[i]->ctx)->under;
	if (fake_world->open_error)
		return zb_fail(diag, fake_world->open_error, "p", ZB_DIAG_NO_OFFSET,
			       "the feature com.example:hologram is not known");
	*ret_pool = &pools[take(used[0])];
	(*ret_pool)->guid = guid;
	fake_world->n_open++;
	return 0;
}

void zr_pool_close(struct zr_pool *pool)
{
	fake_world->n_open--;
	used[0][pool - pools] = false;
}

void zr_pool_info(const struct zr_pool *pool, struct zr_pool_info *ret_info)
{
	*ret_info = (struct zr_pool_info){ .guid = pool->guid, .hostid = 0xabc };
	snprintf(ret_info->name, sizeof(ret_info->name), "p");
	snprintf(ret_info->bootfs_name, sizeof(ret_info->bootfs_name), "%s",
		 fake_world->bootfs);
}

int zr_dataset_open(struct zr_pool *pool, const char *name, struct zr_dataset **ret_ds,
		    struct zb_diag *diag)
{
	*ret_ds = &datasets[take(used[1])];
	snprintf((*ret_ds)->name, sizeof((*ret_ds)->name), "%s", name);
	return 0;
}

void zr_dataset_close(struct zr_dataset *ds)
{
	used[1][ds - datasets] = false;
}

int zr_dataset_children(struct zr_dataset *ds, zr_name_fn fn, void *ctx,
			struct zb_diag *diag)
{
	struct bt_source s = fake_source(&fake_world->pool);

	return s.children(s.ctx, ds->name, fn, ctx, diag);
}

int zr_dataset_property(struct zr_dataset *ds, const char *property, char *buf,
			size_t size, char source[ZR_NAME_MAX], struct zb_diag *diag)
{
	struct bt_source s = fake_source(&fake_world->pool);

	return s.property(s.ctx, ds->name, property, buf, size, source, diag);
}

int zr_fs_open(struct zr_dataset *ds, struct zr_fs **ret_fs, struct zb_diag *diag)
{
	*ret_fs = &file_systems[take(used[2])];
	memcpy((*ret_fs)->dataset, ds->name, sizeof(ds->name));
	return 0;
}

void zr_fs_close(struct zr_fs *fs)
{
	used[2][fs - file_systems] = false;
}

/* A file's object number is its row; a directory's the row of something in it. */
int zr_fs_lookup(struct zr_fs *fs, const char *path, bool follow,
		 struct zr_stat *ret_stat, struct zb_diag *diag)
{
	size_t n = strlen(path);

	for (uint64_t i = 0; fake_world->pool.rows[i].dataset; i++) {
		const struct fake_row *r = &fake_world->pool.rows[i];

		if (!r->path || strcmp(r->dataset, fs->dataset) != 0 ||
		    strncmp(r->path, path, n) != 0 ||
		    (r->path[n] != '\0' && r->path[n] != '/'))
			continue;
		*ret_stat = (struct zr_stat){
			.object = i,
			.mode = r->path[n] ? 0040755 : 0100644,
			.size = r->value ? strlen(r->value) : 0,
			.parent = n,
		};
		return 0;
	}
	return zb_fail(diag, ZB_ENOENT, path, ZB_DIAG_NO_OFFSET, "not found");
}

struct entry {
	zr_dirent_fn fn;
	void *ctx;
};

static int call_entry(void *arg, const char *name)
{
	const struct entry *e = arg;
	const struct zr_dirent d = { .name = name };

	return e->fn(e->ctx, &d);
}

int zr_fs_readdir(struct zr_fs *fs, uint64_t object, zr_dirent_fn fn, void *ctx,
		  struct zb_diag *diag)
{
	struct bt_source s = fake_source(&fake_world->pool);
	struct entry e = { .fn = fn, .ctx = ctx };
	char path[256];

	/* Only the last component is cut off: directories here hold files. */
	snprintf(path, sizeof(path), "%s", fake_world->pool.rows[object].path);
	*strrchr(path, '/') = '\0';
	return s.list(s.ctx, fs->dataset, path, call_entry, &e, diag);
}

int64_t zr_fs_read(struct zr_fs *fs, uint64_t object, uint64_t offset, void *buf,
		   size_t len, struct zb_diag *diag)
{
	struct bt_source s = fake_source(&fake_world->pool);
	const struct fake_row *r = &fake_world->pool.rows[object];

	return s.read(s.ctx, r->dataset, r->path, offset, buf, len, diag);
}
