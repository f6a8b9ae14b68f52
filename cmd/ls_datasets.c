/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include "cmd/cmd.h"
#include "cmd/ls.h"
#include "fmt/enums.h"

struct walk {
	struct ls *ls;
	struct look *look;
	struct zr_pool *pool;
	const char *bootfs;
	const char *parent; /* the dataset whose children or snapshots are walked */
	char sep;
	struct zb_diag *diag;
};

static int list(struct walk *w, const char *name);

static int list_member(void *ctx, const char *name)
{
	struct walk *w = ctx;
	char full[2 * ZR_NAME_MAX];

	if (snprintf(full, sizeof(full), "%s%c%s", w->parent, w->sep, name) >=
	    ZR_NAME_MAX)
		return zb_fail(w->diag, ZB_ENAMETOOLONG, full, ZB_DIAG_NO_OFFSET,
			       "no dataset can have so long a name");
	return list(w, full);
}

static const char *type_name(const struct zr_dataset_info *info)
{
	if (info->is_snapshot)
		return "snapshot";
	if (info->type == ZF_OST_ZVOL)
		return "volume";
	return info->type == ZF_OST_OTHER ? "other" : "filesystem";
}

static const char *mountpoint(struct zr_dataset *ds, const struct zr_dataset_info *info,
			      char *buf, size_t size)
{
	struct zb_diag unused;

	if (info->is_snapshot || info->type == ZF_OST_ZVOL ||
	    info->type == ZF_OST_OTHER ||
	    zr_dataset_property(ds, "mountpoint", buf, size, NULL, &unused))
		return "-";
	return buf;
}

static int add_property(void *ctx, const struct zr_property *p)
{
	struct json_object *properties = ctx, *obj = json_object_new_object();

	look_json_name(obj, "value", p->value);
	look_json_name(obj, "source", p->source);
	json_object_object_add(obj, "received", json_object_new_boolean(p->received));
	json_object_object_add(properties, p->name, obj);
	return 0;
}

static struct json_object *json_properties(struct walk *w, struct zr_dataset *ds)
{
	struct json_object *properties = json_object_new_object();
	struct zr_property p;

	if (zr_dataset_properties(ds, &p, add_property, properties, w->diag)) {
		cmd_fail(w->diag);
		w->ls->failed = true;
	}
	return properties;
}

static void print_json(struct walk *w, struct zr_dataset *ds,
		       const struct zr_dataset_info *info)
{
	struct json_object *obj = json_object_new_object();
	char mount[4096];

	look_json_name(obj, "name", info->name);
	look_json_name(obj, "type", type_name(info));
	look_json_u64(obj, "object", info->object);
	look_json_u64(obj, "guid", info->guid);
	look_json_u64(obj, "creation", info->creation_time);
	look_json_u64(obj, "createtxg", info->creation_txg);
	look_json_u64(obj, "referenced", info->referenced);
	json_object_object_add(obj, "encrypted",
			       json_object_new_boolean(info->encrypted));
	json_object_object_add(obj, "bootfs",
			       json_object_new_boolean(!strcmp(w->bootfs, info->name)));
	look_json_name(obj, "mountpoint", mountpoint(ds, info, mount, sizeof(mount)));
	json_object_object_add(obj, "properties", json_properties(w, ds));
	ls_json(w->ls, obj);
}

static void print_text(struct walk *w, struct zr_dataset *ds,
		       const struct zr_dataset_info *info)
{
	char mount[4096];

	if (w->ls->details)
		printf("%-10s %12llu  ", type_name(info),
		       (unsigned long long)info->referenced);
	look_print_name(stdout, info->name);
	if (w->ls->details) {
		printf("  ");
		look_print_name(stdout, mountpoint(ds, info, mount, sizeof(mount)));
		printf("%s%s", info->encrypted ? "  encrypted" : "",
		       strcmp(w->bootfs, info->name) ? "" : "  bootfs");
	}
	putchar('\n');
}

/* One dataset, then its snapshots, then its children. The length of names bounds the depth. */
static int list(struct walk *w, const char *name)
{
	struct zr_dataset_info info;
	struct zr_dataset *ds;
	struct walk below = *w;
	int error = zr_dataset_open(w->pool, name, &ds, w->diag);

	if (error)
		return error;
	/* One that cannot be read (its checksum is unknown, say) must not hide the others. */
	if (zr_dataset_info(ds, &info, w->diag)) {
		cmd_fail(w->diag);
		w->ls->failed = true;
	} else if (w->ls->json) {
		print_json(w, ds, &info);
	} else {
		print_text(w, ds, &info);
	}
	below.parent = name;
	below.sep = '@';
	if (!strchr(name, '@'))
		error = zr_dataset_snapshots(ds, list_member, &below, w->diag);
	below.sep = '/';
	if (!error && !strchr(name, '@'))
		error = zr_dataset_children(ds, list_member, &below, w->diag);
	zr_dataset_close(ds);
	return error;
}

static int list_pool(struct ls *ls, struct look *look, struct look_pool *pool,
		     struct zb_diag *diag)
{
	struct walk w = { .ls = ls, .look = look, .diag = diag };
	struct zr_pool_info info;
	int error = look_pool_open(look, pool, diag);

	if (error)
		return error;
	zr_pool_info(pool->pool, &info);
	w.pool = pool->pool;
	w.bootfs = info.bootfs_name;
	return list(&w, info.name);
}

int ls_datasets(struct ls *ls, struct look *look, struct zb_diag *diag)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < look->n_pools; i++) {
		if (ls->guid && look->pools[i].guid != ls->guid)
			continue;
		n++;
		/* A pool that cannot be read must not hide the others. */
		if (list_pool(ls, look, &look->pools[i], diag)) {
			cmd_fail(diag);
			ls->failed = true;
		}
	}
	if (n == 0)
		return zb_fail(diag, ZB_ENOENT, NULL, ZB_DIAG_NO_OFFSET,
			       "no pool on the devices looked at");
	return 0;
}
