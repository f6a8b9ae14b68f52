/* SPDX-License-Identifier: BSD-2-Clause */
#include "write/dataset.h"

#include <stdlib.h>
#include <string.h>

#define NAME_MAX_LEN 255 /* of a dataset, ZFS_MAX_DATASET_NAME_LEN less its zero */

/* OpenZFS's defaults; since 2.2 the default compression is lz4. */
static const struct zw_policy default_policy = {
	.codec = { .compress = ZF_COMPRESS_LZ4 },
	.recordsize = 128U << 10,
	.copies = 1,
	.dnode_slots = 1,
};

static struct zw_dataset *dataset_find(struct zw_pool *pool, const char *name, size_t len)
{
	for (struct zw_dataset *ds = pool->datasets; ds; ds = ds->next)
		if (strlen(ds->name) == len && memcmp(ds->name, name, len) == 0)
			return ds;
	return NULL;
}

static bool name_is_valid(const char *name)
{
	const char *slash = strrchr(name, '/'), *last = slash ? slash + 1 : name;

	if (last[0] == '\0' || strlen(name) > NAME_MAX_LEN)
		return false;
	for (const char *p = last; *p; p++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "0123456789-_.: ",
			    *p))
			return false;
	return strcmp(last, ".") != 0 && strcmp(last, "..") != 0;
}

/* The dataset that the new one is below; NULL with 0 for the pool's root. */
static int parent_find(struct zw_pool *pool, const char *name,
		       struct zw_dataset **ret_parent, struct zb_diag *diag)
{
	const char *slash = strrchr(name, '/');

	*ret_parent = NULL;
	if (!name_is_valid(name))
		return zb_fail(diag, ZB_EINVAL, name, ZB_DIAG_NO_OFFSET,
			       "not a name for a dataset");
	if (dataset_find(pool, name, strlen(name)))
		return zb_fail(diag, ZB_EEXIST, name, ZB_DIAG_NO_OFFSET,
			       "the dataset exists already");
	if (!slash) {
		if (strcmp(name, pool->options.pool_name) != 0)
			return zb_fail(diag, ZB_EINVAL, name, ZB_DIAG_NO_OFFSET,
				       "not a dataset of the pool %s",
				       pool->options.pool_name);
		return 0;
	}
	*ret_parent = dataset_find(pool, name, slash - name);
	if (!*ret_parent)
		return zb_fail(diag, ZB_ENOENT, name, ZB_DIAG_NO_OFFSET,
			       "its parent dataset does not exist");
	return 0;
}

static int properties_apply(struct zw_dataset *ds, const struct zw_property *props,
			    unsigned int n, struct zb_diag *diag)
{
	for (unsigned int i = 0; i < n; i++) {
		int ret;

		for (unsigned int k = 0; k < i; k++)
			if (strcmp(props[k].name, props[i].name) == 0)
				return zb_fail(diag, ZB_EEXIST, props[i].name,
					       ZB_DIAG_NO_OFFSET, "given twice for %s",
					       ds->name);
		ret = zw_property_apply(ds, &props[i], diag);
		if (ret < 0)
			return ret;
	}
	return ds->props.error;
}

void zw_dataset_destroy(struct zw_dataset *ds)
{
	if (!ds)
		return;
	zw_names_done(&ds->names);
	zw_spill_done(&ds->dnodes);
	zw_map_done(&ds->props);
	zw_map_done(&ds->orphans);
	free(ds->sa.spill);
	free(ds->cached_path);
	free(ds->name);
	free(ds);
}

int zw_dataset_create(struct zw_pool *pool, const char *name,
		      const struct zw_property *props, unsigned int n_props,
		      struct zw_dataset **ret_ds, struct zb_diag *diag)
{
	struct zw_dataset *parent, *ds;
	int ret = parent_find(pool, name, &parent, diag);

	if (ret < 0)
		return ret;
	ds = calloc(1, sizeof(*ds));
	if (!ds)
		return zb_fail(diag, ZB_ENOMEM, name, ZB_DIAG_NO_OFFSET, "%s",
			       zb_error_text(ZB_ENOMEM));
	ds->pool = pool;
	ds->parent = parent;
	ds->policy = parent ? parent->policy : default_policy;
	ds->name = strdup(name);
	zw_spill_init(&ds->dnodes, &pool->cache);
	zw_names_init(&ds->names, &pool->cache);
	ret = ds->name ? properties_apply(ds, props, n_props, diag) : ZB_ENOMEM;
	if (ret == 0) {
		ret = zw_zpl_init(ds);
		if (ret < 0)
			zb_fail(diag, ret, name, ZB_DIAG_NO_OFFSET, "%s",
				zb_error_text(ret));
	}
	if (ret < 0) {
		zw_dataset_destroy(ds);
		return ret;
	}
	*pool->datasets_end = ds;
	pool->datasets_end = &ds->next;
	*ret_ds = ds;
	return 0;
}

void zw_pool_set_bootfs(struct zw_pool *pool, const struct zw_dataset *ds)
{
	pool->bootfs = ds;
}
