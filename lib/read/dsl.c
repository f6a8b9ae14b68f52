/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/text.h"
#include "base/format.h"
#include "fmt/crypt.h"
#include "read/dsl.h"
#include "read/names.h"
#include "read/zap.h"

int zr_dsl_dir_get(struct zr_pool *pool, uint64_t object, struct zf_dsl_dir *ret_dir,
		   struct zb_diag *diag)
{
	struct zr_object obj;
	int error = zr_object_open(&pool->mos, object, &obj, diag);

	if (error)
		return error;
	if (obj.dn.bonustype != ZF_OT_DSL_DIR ||
	    zf_dsl_dir_decode(obj.dn.bonus, obj.dn.endian, ret_dir))
		error = zr_object_fail(&obj, ZB_ECORRUPT, diag, "is no DSL directory");
	zr_object_close(&obj);
	return error;
}

int zr_dsl_dataset_get(struct zr_pool *pool, uint64_t object,
		       struct zf_dsl_dataset *ret_ds, struct zb_diag *diag)
{
	struct zr_object obj;
	int error = zr_object_open(&pool->mos, object, &obj, diag);

	if (error)
		return error;
	if (obj.dn.bonustype != ZF_OT_DSL_DATASET ||
	    zf_dsl_dataset_decode(obj.dn.bonus, obj.dn.endian, ret_ds))
		error = zr_object_fail(&obj, ZB_ECORRUPT, diag, "is no DSL dataset");
	zr_object_close(&obj);
	return error;
}

int zr_dsl_dir_key(struct zr_pool *pool, uint64_t object, uint64_t *ret_key,
		   struct zb_diag *diag)
{
	struct zr_object obj;
	bool is_zap;
	int error = zr_object_open(&pool->mos, object, &obj, diag);

	if (error)
		return error;
	/* Only a directory that has been given extra fields is a ZAP as well. */
	is_zap = obj.dn.type == ZF_OTN_ZAP_METADATA;
	zr_object_close(&obj);
	*ret_key = 0;
	if (!is_zap)
		return 0;
	error = zr_zap_lookup(&pool->mos, object, ZF_CRYPT_DIR_KEY_OBJ, ret_key, diag);
	return error == ZB_ENOENT ? 0 : error;
}

/* ---- by name ---- */

/* The name up to its next '/' or '@' into part; returns what follows. */
static const char *next_part(const char *name, char part[ZR_NAME_MAX])
{
	size_t len = 0;

	while (name[len] && name[len] != '/' && name[len] != '@' && len < ZR_NAME_MAX - 1)
		len++;
	__builtin_memcpy(part, name, len);
	part[len] = '\0';
	return name + len;
}

static int no_dataset(const char *name, size_t len, struct zb_diag *diag)
{
	char text[ZR_NAME_MAX];

	zb_format(text, sizeof(text), "%.*s", (int)len, name);
	return zb_fail(diag, ZB_ENOENT, text, ZB_DIAG_NO_OFFSET, "no such dataset");
}

static int walk_to(struct zr_dataset *ds, const char *name, const char **ret_rest,
		   struct zf_dsl_dir *ret_dir, struct zb_diag *diag)
{
	struct zr_pool *pool = ds->pool;
	char part[ZR_NAME_MAX];
	const char *at = next_part(name, part);
	uint64_t object = pool->root_dir, parent = 0;
	int error;

	if (!zb_text_equal(part, pool->info.name))
		return no_dataset(name, (size_t)(at - name), diag);
	for (;;) {
		if (ds->n_dirs == ZR_DATASET_DEPTH)
			return ZB_ENAMETOOLONG;
		ds->dirs[ds->n_dirs++] = object;
		error = zr_dsl_dir_get(pool, object, ret_dir, diag);
		if (!error && ds->n_dirs > 1 && ret_dir->parent_obj != parent)
			error = zb_fail(diag, ZB_ECORRUPT, name, ZB_DIAG_NO_OFFSET,
					"its directory belongs to another parent");
		parent = object;
		if (error || *at != '/')
			break;
		at = next_part(at + 1, part);
		error = ret_dir->child_dir_zapobj
				? zr_zap_lookup(&pool->mos, ret_dir->child_dir_zapobj,
						part, &object, diag)
				: ZB_ENOENT;
		if (error == ZB_ENOENT)
			return no_dataset(name, (size_t)(at - name), diag);
		if (error)
			break;
	}
	*ret_rest = at;
	return error;
}

static int find_snapshot(struct zr_dataset *ds, const char *name, struct zb_diag *diag)
{
	struct zr_pool *pool = ds->pool;
	int error;

	error = ds->phys.snapnames_zapobj
			? zr_zap_lookup(&pool->mos, ds->phys.snapnames_zapobj, name,
					&ds->object, diag)
			: ZB_ENOENT;
	if (error == ZB_ENOENT)
		return no_dataset(ds->name, zb_text_len(ds->name), diag);
	if (error)
		return error;
	ds->is_snapshot = true;
	return zr_dsl_dataset_get(pool, ds->object, &ds->phys, diag);
}

int zr_dataset_open(struct zr_pool *pool, const char *name, struct zr_dataset **ret_ds,
		    struct zb_diag *diag)
{
	struct zf_dsl_dir dir;
	struct zr_dataset *ds;
	const char *rest = "";
	int error;

	if (zb_text_len(name) >= ZR_NAME_MAX)
		return zb_fail(diag, ZB_ENAMETOOLONG, name, ZB_DIAG_NO_OFFSET,
			       "no dataset can have so long a name");
	ds = zr_zalloc(pool->host, sizeof(*ds));
	if (!ds)
		return zb_fail(diag, ZB_ENOMEM, name, ZB_DIAG_NO_OFFSET,
			       "no memory for a dataset");
	ds->pool = pool;
	zb_format(ds->name, sizeof(ds->name), "%s", name);
	error = walk_to(ds, name, &rest, &dir, diag);
	ds->object = dir.head_dataset_obj;
	if (!error)
		error = zr_dsl_dataset_get(pool, ds->object, &ds->phys, diag);
	if (!error && *rest == '@')
		error = find_snapshot(ds, rest + 1, diag);
	if (error)
		zr_dataset_close(ds);
	else
		*ret_ds = ds;
	return error;
}

void zr_dataset_close(struct zr_dataset *ds)
{
	if (ds)
		zr_free(ds->pool->host, ds);
}

uint64_t zr_dataset_object(const struct zr_dataset *ds)
{
	return ds->object;
}

int zr_dataset_info(struct zr_dataset *ds, struct zr_dataset_info *ret_info,
		    struct zb_diag *diag)
{
	struct zr_dataset_info info = {
		.object = ds->object,
		.guid = ds->phys.guid,
		.creation_time = ds->phys.creation_time,
		.creation_txg = ds->phys.creation_txg,
		.referenced = ds->phys.referenced_bytes,
		.type = ZF_OST_NONE,
		.is_snapshot = ds->is_snapshot,
	};
	struct zr_objset os;
	uint64_t key;
	int error;

	__builtin_memcpy(info.name, ds->name, sizeof(info.name));
	error = zr_dsl_dir_key(ds->pool, ds->dirs[ds->n_dirs - 1], &key, diag);
	if (error)
		return error;
	info.encrypted = key != 0;
	if (!zf_blkptr_is_hole(&ds->phys.bp)) {
		error = zr_objset_open(ds->pool, &ds->phys.bp, &os, diag);
		if (error)
			return error;
		info.type = (unsigned int)os.phys.type;
		zr_objset_close(&os);
	}
	*ret_info = info;
	return 0;
}

/* ---- lists ---- */

/* Names that OpenZFS makes for itself: $MOS, $FREE, $ORIGIN, and %recv while receiving. */
static bool is_internal(const char *name)
{
	return name[0] == '$' || name[0] == '%';
}

static int add_name(void *ctx, const struct zr_zap_entry *entry)
{
	return is_internal(entry->name)
		       ? 0
		       : zr_names_add(ctx, entry->name, zr_zap_int(entry, 0));
}

static int each_name(struct zr_dataset *ds, uint64_t zapobj, zr_name_fn fn, void *ctx,
		     struct zb_diag *diag)
{
	struct zr_names names;
	struct zr_zap zap;
	int r;

	if (zapobj == 0)
		return 0;
	r = zr_zap_open(&ds->pool->mos, zapobj, &zap, diag);
	if (r)
		return r;
	zr_names_init(&names, ds->pool->host);
	r = zr_zap_walk(&zap, add_name, &names, diag);
	zr_zap_close(&zap);
	if (r == ZB_ENOMEM || r == ZB_E2BIG)
		zb_fail(diag, r, ds->name, ZB_DIAG_NO_OFFSET, "too many names to list");
	/* Otherwise a tree of such doubles would have no end. */
	if (!r && zr_names_share_value(&names))
		r = zb_fail(diag, ZB_ECORRUPT, ds->name, ZB_DIAG_NO_OFFSET,
			    "two of its children are one");
	if (!r)
		zr_names_sort(&names);
	for (uint32_t i = 0; !r && i < names.n; i++)
		r = fn(ctx, zr_names_get(&names, i));
	zr_names_done(&names);
	return r;
}

int zr_dataset_children(struct zr_dataset *ds, zr_name_fn fn, void *ctx,
			struct zb_diag *diag)
{
	struct zf_dsl_dir dir;
	int error;

	if (ds->is_snapshot)
		return 0;
	error = zr_dsl_dir_get(ds->pool, ds->dirs[ds->n_dirs - 1], &dir, diag);
	return error ? error : each_name(ds, dir.child_dir_zapobj, fn, ctx, diag);
}

int zr_dataset_snapshots(struct zr_dataset *ds, zr_name_fn fn, void *ctx,
			 struct zb_diag *diag)
{
	return each_name(ds, ds->phys.snapnames_zapobj, fn, ctx, diag);
}

/* ---- from object to name ---- */

struct find_value {
	uint64_t value;
	char name[ZR_NAME_MAX];
};

static int match_value(void *ctx, const struct zr_zap_entry *entry)
{
	struct find_value *f = ctx;

	if (zr_zap_int(entry, 0) != f->value)
		return 0;
	zb_format(f->name, sizeof(f->name), "%s", entry->name);
	return 1;
}

/* The name under which a ZAP has a value. */
static int name_of(struct zr_pool *pool, uint64_t zapobj, struct find_value *f,
		   struct zb_diag *diag)
{
	struct zr_zap zap;
	int r = zr_zap_open(&pool->mos, zapobj, &zap, diag);

	if (r)
		return r;
	r = zr_zap_walk(&zap, match_value, f, diag);
	zr_zap_close(&zap);
	if (r == 0)
		return zb_fail(diag, ZB_ENOENT, pool->info.name, ZB_DIAG_NO_OFFSET,
			       "a dataset has no name");
	return r < 0 ? r : 0;
}

/* Puts part and a separator in front of name. */
static int prepend(char name[ZR_NAME_MAX], const char *part, const char *sep)
{
	char old[ZR_NAME_MAX];

	__builtin_memcpy(old, name, sizeof(old));
	if (zb_format(name, ZR_NAME_MAX, "%s%s%s", part, sep, old) >= ZR_NAME_MAX)
		return ZB_ENAMETOOLONG;
	return 0;
}

static int prepend_snapshot(struct zr_pool *pool, uint64_t object, uint64_t dir_obj,
			    char name[ZR_NAME_MAX], const char **ret_sep,
			    struct zb_diag *diag)
{
	struct find_value f = { .value = object };
	struct zf_dsl_dataset head;
	struct zf_dsl_dir dir;
	int error = zr_dsl_dir_get(pool, dir_obj, &dir, diag);

	if (error || dir.head_dataset_obj == object)
		return error;
	error = zr_dsl_dataset_get(pool, dir.head_dataset_obj, &head, diag);
	if (!error)
		error = name_of(pool, head.snapnames_zapobj, &f, diag);
	if (error)
		return error;
	*ret_sep = "@";
	return prepend(name, f.name, "");
}

int zr_dataset_name(struct zr_pool *pool, uint64_t object, char name[ZR_NAME_MAX],
		    struct zb_diag *diag)
{
	struct find_value f;
	struct zf_dsl_dataset ds;
	struct zf_dsl_dir dir, parent;
	const char *sep = "";
	uint64_t at;
	int error = zr_dsl_dataset_get(pool, object, &ds, diag);

	name[0] = '\0';
	if (!error)
		error = prepend_snapshot(pool, object, ds.dir_obj, name, &sep, diag);
	at = error ? 0 : ds.dir_obj;
	for (unsigned int depth = 0; !error && at != pool->root_dir; depth++) {
		if (depth == ZR_DATASET_DEPTH)
			return zb_fail(diag, ZB_ECORRUPT, pool->info.name,
				       ZB_DIAG_NO_OFFSET, "its datasets form a cycle");
		error = zr_dsl_dir_get(pool, at, &dir, diag);
		if (!error)
			error = zr_dsl_dir_get(pool, dir.parent_obj, &parent, diag);
		f.value = at;
		if (!error)
			error = name_of(pool, parent.child_dir_zapobj, &f, diag);
		if (!error)
			error = prepend(name, f.name, sep);
		sep = "/";
		at = dir.parent_obj;
	}
	return error ? error : prepend(name, pool->info.name, sep);
}
