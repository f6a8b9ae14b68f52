/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/verify.h"

static void name_dataset(struct verify *v, uint64_t dataset)
{
	struct zb_diag unused;

	if (v->dataset == dataset && v->dataset_name[0])
		return;
	zr_fs_close(v->fs);
	v->fs = NULL;
	v->dataset = dataset;
	v->object = 0;
	v->path[0] = '\0';
	if (dataset == 0)
		snprintf(v->dataset_name, sizeof(v->dataset_name), "%s", v->pool_name);
	else if (zr_dataset_name(v->pool, dataset, v->dataset_name, &unused))
		snprintf(v->dataset_name, sizeof(v->dataset_name), "%s, dataset %llu",
			 v->pool_name, (unsigned long long)dataset);
}

/* The path is looked for anew only if the object changes; empty if it has none. */
static void name_object(struct verify *v, uint64_t object)
{
	struct zr_dataset *ds;
	struct zb_diag unused;

	if (v->object == object)
		return;
	v->object = object;
	v->path[0] = '\0';
	if (v->dataset == 0 || object == ZR_VISIT_DNODES ||
	    object >= ZR_VISIT_PROJECTUSED)
		return;
	if (!v->fs && zr_dataset_open(v->pool, v->dataset_name, &ds, &unused) == 0) {
		if (zr_fs_open(ds, &v->fs, &unused))
			v->fs = NULL;
		zr_dataset_close(ds);
	}
	if (v->fs && zr_fs_path(v->fs, object, v->path, sizeof(v->path), &unused))
		v->path[0] = '\0';
}

void verify_name(struct verify *v, uint64_t dataset, uint64_t object)
{
	name_dataset(v, dataset);
	name_object(v, object);
}

void verify_print_name(const struct verify *v)
{
	look_print_name(stdout, v->dataset_name);
	if (v->path[0]) {
		putchar(':');
		look_print_name(stdout, v->path);
	}
}
