/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/format.h"
#include "base/text.h"
#include "fmt/zpl.h"
#include "read/dsl.h"
#include "read/prop_table.h"
#include "read/zap.h"

/*
 * A property is an entry in the ZAP of its DSL directory. Next to "name" there may be
 * "name$recvd", a value that came with a stream, and "name$inherit", which hides the received
 * one; "name$iuv" is a value that older systems would not understand and goes first. Source:
 * OpenZFS module/zfs/dsl_prop.c.
 */

struct query {
	struct zr_dataset *ds;
	const char *name;
	const struct zr_prop *prop; /* NULL: a user property */
	char *buf;
	size_t size;
	struct zb_diag *diag;
};

static int no_room(const struct query *q)
{
	return zb_fail(q->diag, ZB_ENAMETOOLONG, q->ds->name, ZB_DIAG_NO_OFFSET,
		       "property %s is longer than %llu bytes", q->name,
		       (unsigned long long)q->size - 1);
}

static int put_text(const struct query *q, const char *text, size_t len)
{
	if (len >= q->size)
		return no_room(q);
	__builtin_memmove(q->buf, text, len);
	q->buf[len] = '\0';
	return 0;
}

static int put_number(const struct query *q, uint64_t v)
{
	const char *name = q->prop ? zr_prop_value_name(q->prop, v) : NULL;

	if (name)
		return put_text(q, name, zb_text_len(name));
	if (zb_format(q->buf, q->size, "%llu", (unsigned long long)v) >= q->size)
		return no_room(q);
	return 0;
}

static int put_entry(const struct query *q, const struct zr_zap_entry *entry)
{
	size_t len = 0;

	if (entry->intlen != 1)
		return put_number(q, zr_zap_int(entry, 0));
	while (len < entry->value.len && entry->value.ptr[len] != '\0')
		len++;
	return put_text(q, (const char *)entry->value.ptr, len);
}

/* "name" + suffix in an open ZAP: its value into the buffer, ZB_ENOENT if it is not there. */
static int look(const struct query *q, struct zr_zap *zap, const char *suffix)
{
	char key[ZR_NAME_MAX + 16];
	struct zr_zap_entry entry;
	int error;

	if (zb_format(key, sizeof(key), "%s%s", q->name, suffix) >= sizeof(key))
		return ZB_ENOENT;
	error = zr_zap_find(zap, key, &entry, q->diag);
	return error ? error : put_entry(q, &entry);
}

static int look_in(const struct query *q, uint64_t zapobj)
{
	struct zr_zap_entry unused;
	char key[ZR_NAME_MAX + 16];
	struct zr_zap zap;
	int error;

	if (zapobj == 0)
		return ZB_ENOENT;
	error = zr_zap_open(&q->ds->pool->mos, zapobj, &zap, q->diag);
	if (error)
		return error;
	error = look(q, &zap, "$iuv");
	if (error == ZB_ENOENT)
		error = look(q, &zap, "");
	if (error == ZB_ENOENT) {
		zb_format(key, sizeof(key), "%s$inherit", q->name);
		error = zr_zap_find(&zap, key, &unused, q->diag);
		if (error == ZB_ENOENT)
			error = look(q, &zap, "$recvd");
		else if (!error)
			error = ZB_ENOENT;
	}
	zr_zap_close(&zap);
	return error;
}

/* The name of the ancestor that is `levels` above the dataset, whose name ends at its '@'. */
static size_t ancestor_len(const struct zr_dataset *ds, unsigned int levels)
{
	size_t len = 0;

	while (ds->name[len] && ds->name[len] != '@')
		len++;
	for (; levels > 0; levels--)
		while (len > 0 && ds->name[--len] != '/')
			;
	return len;
}

/* An inherited mount point gains the path from where it is set to the dataset. */
static int extend_mountpoint(const struct query *q, size_t from)
{
	size_t len = zb_text_len(q->buf), end = ancestor_len(q->ds, 0);

	if (q->buf[0] != '/')
		return 0; /* none, legacy */
	if (len == 1)
		len = 0; /* "/" and "/x" make "/x" */
	if (len + (end - from) >= q->size)
		return no_room(q);
	__builtin_memcpy(q->buf + len, q->ds->name + from, end - from);
	q->buf[len + (end - from)] = '\0';
	return 0;
}

static bool is_mountpoint(const struct query *q)
{
	return q->prop && zb_text_equal(q->name, "mountpoint");
}

static void set_source(const struct query *q, char *source, size_t len)
{
	if (!source)
		return;
	__builtin_memcpy(source, q->ds->name, len);
	source[len] = '\0';
}

/* The directories from the dataset's own to the pool's root. */
static int search(const struct query *q, char *source)
{
	bool inherits = !q->prop || q->prop->inherits;
	struct zf_dsl_dir dir;
	size_t from;
	int error;

	for (unsigned int up = 0; up < q->ds->n_dirs; up++) {
		if ((up > 0 || q->ds->is_snapshot) && !inherits)
			break;
		error = zr_dsl_dir_get(q->ds->pool, q->ds->dirs[q->ds->n_dirs - 1 - up],
				       &dir, q->diag);
		if (!error)
			error = look_in(q, dir.props_zapobj);
		if (error == ZB_ENOENT)
			continue;
		if (error)
			return error;
		from = ancestor_len(q->ds, up);
		set_source(q, source, from);
		return up > 0 && is_mountpoint(q) ? extend_mountpoint(q, from) : 0;
	}
	return ZB_ENOENT;
}

/*
 * What was fixed when the file system was made stands in its master node, object 1, which takes no
 * key to read.
 */
static int search_master(const struct query *q, char *source)
{
	struct zr_dataset *ds = q->ds;
	struct zr_objset os;
	uint64_t v;
	int error;

	if (zf_blkptr_is_hole(&ds->phys.bp))
		return ZB_ENOENT;
	error = zr_objset_open(ds->pool, &ds->phys.bp, &os, q->diag);
	if (error)
		return error;
	error = os.phys.type != ZF_OST_ZFS
			? ZB_ENOENT
			: zr_zap_lookup(&os, ZF_MASTER_NODE_OBJ,
					zb_text_equal(q->name, "version") ? "VERSION"
									  : q->name,
					&v, q->diag);
	zr_objset_close(&os);
	if (error)
		return error;
	set_source(q, source, zb_text_len(ds->name));
	return put_number(q, v);
}

static int use_default(const struct query *q, char *source)
{
	if (!q->prop || !q->prop->fallback)
		return ZB_ENOENT;
	if (source)
		zb_format(source, ZR_NAME_MAX, "default");
	if (!is_mountpoint(q))
		return put_text(q, q->prop->fallback, zb_text_len(q->prop->fallback));
	if (zb_format(q->buf, q->size, "/%.*s", (int)ancestor_len(q->ds, 0),
		      q->ds->name) >= q->size)
		return no_room(q);
	return 0;
}

int zr_dataset_property(struct zr_dataset *ds, const char *property, char *buf,
			size_t size, char source[ZR_NAME_MAX], struct zb_diag *diag)
{
	struct query q = {
		.ds = ds, .name = property, .buf = buf, .size = size, .diag = diag
	};
	int error = ZB_ENOENT;

	if (size == 0)
		return ZB_EINVAL;
	q.prop = zr_prop_find(property);
	if (q.prop && q.prop->one_time) {
		error = search_master(&q, source);
	} else {
		if (ds->is_snapshot)
			error = look_in(&q, ds->phys.props_obj);
		if (!error)
			set_source(&q, source, zb_text_len(ds->name));
		else if (error == ZB_ENOENT)
			error = search(&q, source);
	}
	if (error == ZB_ENOENT)
		error = use_default(&q, source);
	if (error == ZB_ENOENT)
		zb_fail(diag, error, ds->name, ZB_DIAG_NO_OFFSET,
			"property %s is not set", property);
	return error;
}
