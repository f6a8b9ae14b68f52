/* SPDX-License-Identifier: BSD-2-Clause */
#include "write/path.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The next component of a path, without "." and empty ones; len 0 at the end. */
static const char *component(const char *path, size_t *ret_len)
{
	for (;;) {
		while (*path == '/')
			path++;
		*ret_len = strcspn(path, "/");
		if (*ret_len != 1 || path[0] != '.')
			return path;
		path++;
	}
}

static int component_check(const char *name, size_t len, const char *path,
			   struct zb_diag *diag)
{
	if (len == 2 && memcmp(name, "..", 2) == 0)
		return zb_fail(diag, ZB_EINVAL, path, ZB_DIAG_NO_OFFSET,
			       "a path with .. in it");
	if (len > ZW_NAME_MAX)
		return zb_fail(diag, ZB_ENAMETOOLONG, path, ZB_DIAG_NO_OFFSET,
			       "a name of more than %d bytes", ZW_NAME_MAX);
	return 0;
}

/* A directory that a path needs and nobody has given. */
static int implied_dir(struct zw_dataset *ds, uint64_t parent, const char *name,
		       size_t len, uint64_t *ret_object, struct zb_diag *diag)
{
	struct zw_dir dir;
	int ret = zw_object_create_dir(ds, parent, ret_object, diag);

	if (ret == 0)
		ret = zw_dnode_dir_read(ds, parent, &dir);
	if (ret == 0)
		ret = zw_names_add(&ds->names, parent, &dir, name, len, *ret_object,
				   DT_DIR);
	if (ret < 0)
		return ret;
	dir.subdirs++;
	return zw_dnode_dir_write(ds, parent, &dir);
}

/* From a directory to the one below it. */
static int descend(struct zw_dataset *ds, uint64_t *dir, const char *name, size_t len,
		   const char *path, struct zb_diag *diag)
{
	struct zw_name found;
	int ret = zw_names_find(&ds->names, *dir, name, len, &found);

	if (ret == ZB_ENOENT)
		return implied_dir(ds, *dir, name, len, dir, diag);
	if (ret < 0)
		return ret;
	if (found.type != DT_DIR)
		return zb_fail(diag, ZB_ENOTDIR, path, ZB_DIAG_NO_OFFSET,
			       "%.*s is not a directory", (int)len, name);
	*dir = found.object;
	return 0;
}

/* Remembers the directory part of a path, up to and without `end`. */
static void cache_set(struct zw_dataset *ds, const char *path, const char *end,
		      uint64_t dir)
{
	free(ds->cached_path);
	ds->cached_path = strndup(path, end - path);
	ds->cached_dir = dir;
}

static bool cache_hit(const struct zw_dataset *ds, const char *path, const char *end)
{
	size_t len = end - path;

	return ds->cached_path && strlen(ds->cached_path) == len &&
	       memcmp(ds->cached_path, path, len) == 0;
}

/* The last component, and the directory it is in. */
static int parent_find(struct zw_dataset *ds, const char *path, struct zw_place *place,
		       struct zb_diag *diag)
{
	const char *last = path, *name, *slash = strrchr(path, '/');
	size_t len;

	place->parent = ds->root;
	if (slash && slash[1] != '\0' && strcmp(slash, "/.") != 0 &&
	    cache_hit(ds, path, slash)) {
		place->parent = ds->cached_dir;
		last = slash;
	}
	name = component(last, &len);
	if (len == 0)
		return 0;
	for (;;) {
		size_t next_len;
		const char *next = component(name + len, &next_len);
		int ret = component_check(name, len, path, diag);

		if (ret < 0)
			return ret;
		if (next_len == 0)
			break;
		ret = descend(ds, &place->parent, name, len, path, diag);
		if (ret < 0)
			return ret;
		name = next;
		len = next_len;
	}
	place->name = name;
	place->len = len;
	if (slash && slash + 1 == name)
		cache_set(ds, path, slash, place->parent);
	return 0;
}

int zw_path_place(struct zw_dataset *ds, const char *path, struct zw_place *place,
		  struct zb_diag *diag)
{
	int ret;

	*place = (struct zw_place){ 0 };
	ret = parent_find(ds, path, place, diag);
	if (ret < 0)
		return ret;
	if (!place->name) {
		place->exists = true;
		place->at = (struct zw_name){ .object = ds->root, .type = DT_DIR };
		return 0;
	}
	ret = zw_names_find(&ds->names, place->parent, place->name, place->len,
			    &place->at);
	place->exists = ret == 0;
	return ret == ZB_ENOENT ? 0 : ret;
}
