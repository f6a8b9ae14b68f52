/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "fake_source.h"

static bool exists(const struct fake_pool *p, const char *dataset)
{
	size_t n = strlen(dataset);

	for (const struct fake_row *r = p->rows; r->dataset; r++)
		if (strncmp(r->dataset, dataset, n) == 0 &&
		    (r->dataset[n] == '\0' || r->dataset[n] == '/'))
			return true;
	return false;
}

static int fake_children(void *ctx, const char *dataset, bt_name_fn fn, void *arg,
			 struct zb_diag *diag)
{
	struct fake_pool *p = ctx;
	size_t n = strlen(dataset);
	char seen[4096] = "/";

	if (!exists(p, dataset))
		return zb_fail(diag, ZB_ENOENT, dataset, ZB_DIAG_NO_OFFSET, "no dataset");
	for (const struct fake_row *r = p->rows; r->dataset; r++) {
		char name[256], mark[260];
		int error;

		if (strncmp(r->dataset, dataset, n) != 0 || r->dataset[n] != '/')
			continue;
		snprintf(name, sizeof(name), "%.*s",
			 (int)strcspn(r->dataset + n + 1, "/"), r->dataset + n + 1);
		snprintf(mark, sizeof(mark), "/%s/", name);
		if (strstr(seen, mark))
			continue;
		strcat(seen, mark);
		error = fn(arg, name);
		if (error)
			return error;
	}
	return 0;
}

static int fake_property(void *ctx, const char *dataset, const char *name, char *buf,
			 size_t size, char ret_source[256], struct zb_diag *diag)
{
	struct fake_pool *p = ctx;
	char at[256];

	snprintf(at, sizeof(at), "%s", dataset);
	for (char *cut = at; cut; cut = strrchr(at, '/')) {
		if (cut != at)
			*cut = '\0';
		for (const struct fake_row *r = p->rows; r->dataset; r++) {
			if (!r->property || strcmp(r->property, name) != 0 ||
			    strcmp(r->dataset, at) != 0)
				continue;
			snprintf(buf, size, "%s", r->value);
			if (ret_source)
				snprintf(ret_source, 256, "%s", at);
			return 0;
		}
	}
	return zb_fail(diag, ZB_ENOENT, dataset, ZB_DIAG_NO_OFFSET, "%s is not set",
		       name);
}

static int fake_list(void *ctx, const char *dataset, const char *path, bt_name_fn fn,
		     void *arg, struct zb_diag *diag)
{
	struct fake_pool *p = ctx;
	size_t n = strlen(path);
	bool found = false;

	for (const struct fake_row *r = p->rows; r->dataset; r++) {
		int error;

		if (!r->path || strcmp(r->dataset, dataset) != 0 ||
		    strncmp(r->path, path, n) != 0 || r->path[n] != '/')
			continue;
		found = true;
		if (strchr(r->path + n + 1, '/'))
			continue;
		error = fn(arg, r->path + n + 1);
		if (error)
			return error;
	}
	return found ? 0 : zb_fail(diag, ZB_ENOENT, path, ZB_DIAG_NO_OFFSET, "not found");
}

static const struct fake_row *find_file(const struct fake_pool *p, const char *dataset,
					const char *path)
{
	for (const struct fake_row *r = p->rows; r->dataset; r++)
		if (r->path && strcmp(r->dataset, dataset) == 0 &&
		    strcmp(r->path, path) == 0)
			return r;
	return NULL;
}

static int64_t fake_size(void *ctx, const char *dataset, const char *path,
			 struct zb_diag *diag)
{
	const struct fake_row *r = find_file(ctx, dataset, path);

	if (!r)
		return zb_fail(diag, ZB_ENOENT, path, ZB_DIAG_NO_OFFSET, "not found");
	return r->value ? (int64_t)strlen(r->value) : 0;
}

static int64_t fake_read(void *ctx, const char *dataset, const char *path,
			 uint64_t offset, void *buf, size_t len, struct zb_diag *diag)
{
	const struct fake_row *r = find_file(ctx, dataset, path);
	size_t size;

	if (!r)
		return zb_fail(diag, ZB_ENOENT, path, ZB_DIAG_NO_OFFSET, "not found");
	if (r->error)
		return zb_fail(diag, r->error, path, offset, "as the test wants it");
	size = r->value ? strlen(r->value) : 0;
	if (offset >= size)
		return 0;
	if (len > size - offset)
		len = size - offset;
	memcpy(buf, r->value + offset, len);
	return (int64_t)len;
}

struct bt_source fake_source(struct fake_pool *pool)
{
	return (struct bt_source){
		.ctx = pool,
		.children = fake_children,
		.property = fake_property,
		.list = fake_list,
		.size = fake_size,
		.read = fake_read,
	};
}
