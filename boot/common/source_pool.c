/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/common/source_pool.h"
#include "boot/common/text.h"

#define S_IFMT	0170000
#define S_IFREG 0100000

static void forget(struct bt_source_pool *s)
{
	if (s->fs)
		zr_fs_close(s->fs);
	if (s->dataset)
		zr_dataset_close(s->dataset);
	s->fs = NULL;
	s->dataset = NULL;
	s->name[0] = '\0';
}

static int open_dataset(struct bt_source_pool *s, const char *name, struct zb_diag *diag)
{
	int error;

	if (s->dataset && bt_equal(s->name, name))
		return 0;
	forget(s);
	error = zr_dataset_open(s->pool, name, &s->dataset, diag);
	if (error < 0) {
		s->dataset = NULL;
		return error;
	}
	bt_copy(s->name, sizeof(s->name), name);
	return 0;
}

static int open_fs(struct bt_source_pool *s, const char *name, struct zb_diag *diag)
{
	int error = open_dataset(s, name, diag);

	if (error < 0 || s->fs)
		return error;
	error = zr_fs_open(s->dataset, &s->fs, diag);
	if (error < 0)
		s->fs = NULL;
	return error;
}

static int pool_children(void *ctx, const char *dataset, bt_name_fn fn, void *arg,
			 struct zb_diag *diag)
{
	struct bt_source_pool *s = ctx;
	int error = open_dataset(s, dataset, diag);

	return error < 0 ? error : zr_dataset_children(s->dataset, fn, arg, diag);
}

static int pool_property(void *ctx, const char *dataset, const char *name, char *buf,
			 size_t size, char ret_source[256], struct zb_diag *diag)
{
	struct bt_source_pool *s = ctx;
	int error = open_dataset(s, dataset, diag);

	if (error < 0)
		return error;
	return zr_dataset_property(s->dataset, name, buf, size, ret_source, diag);
}

struct list_ctx {
	bt_name_fn fn;
	void *arg;
};

static int list_entry(void *ctx, const struct zr_dirent *entry)
{
	struct list_ctx *list = ctx;

	return list->fn(list->arg, entry->name);
}

static int pool_list(void *ctx, const char *dataset, const char *path, bt_name_fn fn,
		     void *arg, struct zb_diag *diag)
{
	struct bt_source_pool *s = ctx;
	struct list_ctx list = { .fn = fn, .arg = arg };
	struct zr_stat st;
	int error = open_fs(s, dataset, diag);

	if (error < 0)
		return error;
	error = zr_fs_lookup(s->fs, path, true, &st, diag);
	if (error < 0)
		return error;
	return zr_fs_readdir(s->fs, st.object, list_entry, &list, diag);
}

static int lookup_file(struct bt_source_pool *s, const char *dataset, const char *path,
		       struct zr_stat *ret_stat, struct zb_diag *diag)
{
	int error = open_fs(s, dataset, diag);

	if (error < 0)
		return error;
	error = zr_fs_lookup(s->fs, path, true, ret_stat, diag);
	if (error < 0)
		return error;
	if ((ret_stat->mode & S_IFMT) != S_IFREG)
		return zb_fail(diag, ZB_ENOENT, path, ZB_DIAG_NO_OFFSET,
			       "it is no regular file");
	return 0;
}

static int64_t pool_size(void *ctx, const char *dataset, const char *path,
			 struct zb_diag *diag)
{
	struct zr_stat st;
	int error = lookup_file(ctx, dataset, path, &st, diag);

	if (error < 0)
		return error;
	if (st.size > INT64_MAX)
		return zb_fail(diag, ZB_ECORRUPT, path, ZB_DIAG_NO_OFFSET,
			       "its size makes no sense");
	return (int64_t)st.size;
}

static int64_t pool_read(void *ctx, const char *dataset, const char *path,
			 uint64_t offset, void *buf, size_t len, struct zb_diag *diag)
{
	struct bt_source_pool *s = ctx;
	struct zr_stat st;
	int error = lookup_file(s, dataset, path, &st, diag);

	if (error < 0)
		return error;
	return zr_fs_read(s->fs, st.object, offset, buf, len, diag);
}

void bt_source_pool_init(struct bt_source_pool *s, struct zr_pool *pool)
{
	*s = (struct bt_source_pool){
		.source = {
			.ctx = s,
			.children = pool_children,
			.property = pool_property,
			.list = pool_list,
			.size = pool_size,
			.read = pool_read,
		},
		.pool = pool,
	};
}

void bt_source_pool_done(struct bt_source_pool *s)
{
	forget(s);
}
