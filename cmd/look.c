/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cmd/cmd.h"
#include "cmd/look.h"
#include "fmt/enums.h"

static int out_of_memory(struct zb_diag *diag)
{
	return zb_fail(diag, ZB_ENOMEM, NULL, ZB_DIAG_NO_OFFSET, "out of memory");
}

static int add_pool(struct look *look, const struct zr_label *label, struct zb_diag *diag)
{
	struct look_pool *pools;

	if (label->pool_guid == 0 || label->txg == 0 ||
	    label->state == ZF_POOL_STATE_SPARE ||
	    label->state == ZF_POOL_STATE_L2CACHE ||
	    label->state == ZF_POOL_STATE_DESTROYED)
		return 0;
	for (unsigned int i = 0; i < look->n_pools; i++)
		if (look->pools[i].guid == label->pool_guid)
			return 0;
	pools = realloc(look->pools, (look->n_pools + 1) * sizeof(*pools));
	if (!pools)
		return out_of_memory(diag);
	look->pools = pools;
	pools[look->n_pools] = (struct look_pool){ .guid = label->pool_guid };
	memcpy(pools[look->n_pools].name, label->pool_name, ZR_NAME_MAX);
	look->n_pools++;
	return 0;
}

static int find_pools(struct look *look, struct zb_diag *diag)
{
	struct zr_label label;
	struct zb_diag why;
	char text[600];
	int error;

	look->at = calloc(look->devs.n + 1, sizeof(*look->at));
	if (!look->at)
		return out_of_memory(diag);
	for (unsigned int i = 0; i < look->devs.n; i++) {
		error = zr_label_read(look->host, &look->devs.at[i]->dev, &label, &why);
		if (error && error != ZB_ENOENT) {
			zb_diag_text(&why, text, sizeof(text));
			fprintf(stderr, "zlive: %s\n", text);
		}
		look->at[i].bad = error && error != ZB_ENOENT;
		if (error)
			continue;
		look->at[i].guid = label.pool_guid;
		error = add_pool(look, &label, diag);
		if (error)
			return error;
	}
	return 0;
}

int look_init(struct look *look, const struct look_options *options, struct zb_diag *diag)
{
	int error;

	*look = (struct look){ .options = *options };
	look->notes = look_notes_create(&look->options);
	if (!look->notes)
		return out_of_memory(diag);
	look->reader = zh_reader_create(0, look_note, look->notes);
	if (!look->reader) {
		look_notes_done(look->notes);
		return out_of_memory(diag);
	}
	look->host = zh_reader_host(look->reader);
	error = look_keys_load(look, options, diag);
	if (!error)
		error = zh_devs_open(options->paths.at, options->paths.n, &look->devs,
				     diag);
	if (!error)
		error = find_pools(look, diag);
	if (error)
		look_done(look);
	return error;
}

void look_done(struct look *look)
{
	for (unsigned int i = 0; i < look->n_pools; i++)
		zr_pool_close(look->pools[i].pool);
	free(look->pools);
	free(look->at);
	look_keys_done(look);
	zh_devs_close(&look->devs);
	zh_reader_destroy(look->reader);
	look_notes_done(look->notes);
	*look = (struct look){ 0 };
}

int look_pool_open(struct look *look, struct look_pool *pool, struct zb_diag *diag)
{
	const struct zr_open_options options = { .guid = pool->guid,
						 .max_txg = look->options.txg,
						 .checkpoint = look->options.checkpoint };
	const struct zr_dev **devs;
	unsigned int n = 0;
	int error;

	if (pool->pool)
		return 0;
	devs = calloc(look->devs.n + 1, sizeof(*devs));
	if (!devs)
		return out_of_memory(diag);
	/* Labels are read afresh, but not those of devices that have nothing to do with it. */
	for (unsigned int i = 0; i < look->devs.n; i++)
		if (look->at[i].bad || look->at[i].guid == pool->guid)
			devs[n++] = look->devs.list[i];
	error = zr_pool_open_at(look->host, devs, n, &options, &pool->pool, diag);
	free(devs);
	return error;
}

int look_target_parse(const char *text, struct look_target *ret_target,
		      struct zb_diag *diag)
{
	struct look_target t = { 0 };
	const char *slash = strchr(text, '/'), *colon;
	size_t len;

	/* A dataset's name may hold a colon, and so may a path: the path starts at ":/" or, in
	 * want of that, at the last colon. */
	colon = strstr(text, ":/");
	if (!colon)
		colon = strrchr(text, ':');
	if (text[0] == '/' || (slash == text + 1 && text[0] == '.'))
		return zb_fail(diag, ZB_EINVAL, text, ZB_DIAG_NO_OFFSET,
			       "a path inside a pool is written DATASET:PATH or :PATH");
	len = colon ? (size_t)(colon - text) : strlen(text);
	if (len >= sizeof(t.dataset))
		return zb_fail(diag, ZB_ENAMETOOLONG, text, ZB_DIAG_NO_OFFSET,
			       "no dataset can have so long a name");
	memcpy(t.dataset, text, len);
	t.path = colon ? colon + 1 : NULL;
	*ret_target = t;
	return 0;
}

static bool names_pool(const struct look_target *target, const struct look_pool *pool)
{
	size_t len = strcspn(target->dataset, "/@");

	return len == 0 || (strlen(pool->name) == len &&
			    memcmp(pool->name, target->dataset, len) == 0);
}

static int fail_choice(const struct look *look, const struct look_target *target,
		       unsigned int matches, struct zb_diag *diag)
{
	const char *name = target->dataset[0] ? target->dataset : NULL;

	if (matches > 1)
		return zb_fail(diag, ZB_EINVAL, name, ZB_DIAG_NO_OFFSET,
			       "%u pools fit; say which with --guid (see zlive scan)",
			       matches);
	return zb_fail(diag, ZB_ENOENT, name, ZB_DIAG_NO_OFFSET,
		       look->n_pools ? "no such pool on the devices looked at"
				     : "no pool on the devices looked at");
}

int look_target_pool(struct look *look, const struct look_target *target, uint64_t guid,
		     struct look_pool **ret_pool, struct zb_diag *diag)
{
	struct look_pool *found = NULL;
	unsigned int matches = 0;
	int error;

	for (unsigned int i = 0; i < look->n_pools; i++) {
		if ((guid && look->pools[i].guid != guid) ||
		    !names_pool(target, &look->pools[i]))
			continue;
		found = &look->pools[i];
		matches++;
	}
	if (matches != 1)
		return fail_choice(look, target, matches, diag);
	error = look_pool_open(look, found, diag);
	if (!error)
		*ret_pool = found;
	return error;
}

int look_target_dataset(struct look *look, const struct look_target *target,
			uint64_t guid, struct zr_dataset **ret_ds, struct zb_diag *diag)
{
	struct zr_pool_info info;
	struct zr_dataset *ds;
	struct look_pool *pool;
	const char *name = target->dataset;
	int error = look_target_pool(look, target, guid, &pool, diag);

	if (error)
		return error;
	if (!name[0]) {
		zr_pool_info(pool->pool, &info);
		name = info.bootfs_name;
	}
	if (!name[0])
		return zb_fail(diag, ZB_EINVAL, pool->name, ZB_DIAG_NO_OFFSET,
			       "its bootfs is not set: name a dataset");
	error = zr_dataset_open(pool->pool, name, &ds, diag);
	if (error)
		return error;
	error = look_unlock(look, pool->pool, ds, diag);
	if (error)
		zr_dataset_close(ds);
	else
		*ret_ds = ds;
	return error;
}

int look_target_fs(struct look *look, const struct look_target *target, uint64_t guid,
		   struct zr_fs **ret_fs, struct zb_diag *diag)
{
	struct zr_dataset *ds;
	int error = look_target_dataset(look, target, guid, &ds, diag);

	if (error)
		return error;
	error = zr_fs_open(ds, ret_fs, diag);
	zr_dataset_close(ds);
	return error;
}

bool look_parse_u64(const char *text, uint64_t *ret_v)
{
	char *end;
	unsigned long long v;

	errno = 0;
	v = strtoull(text, &end, 10);
	if (errno || *end || end == text || text[0] == '-')
		return false;
	*ret_v = v;
	return true;
}

int look_paths_add(struct look_paths *paths, const char *path)
{
	if (paths->n == LOOK_MAX_PATHS)
		return ZB_E2BIG;
	paths->at[paths->n++] = path;
	return 0;
}
