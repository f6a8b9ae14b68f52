/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/format.h"
#include "base/text.h"
#include "read/dsl.h"
#include "read/zap.h"

/*
 * All properties that are set on a dataset or on one above it. The entries of each directory's
 * ZAP (see prop.c) give the names; which entry counts is for zr_dataset_property() to say: one is
 * reported where that finds its value.
 */

#define KEY_MAX (ZR_NAME_MAX + 16)

struct lister {
	struct zr_dataset *ds;
	struct zr_zap *zap;
	zr_property_fn fn;
	void *ctx;
	struct zr_property *out;
	size_t from_len; /* of the dataset's name: whose ZAP this is */
	struct zb_diag *diag;
};

/* The length of the property's name in an entry's name, 0 if that stands for no property. */
static size_t base_len(const struct zr_zap_entry *entry, bool *ret_received)
{
	static const char received[] = "$recvd";
	size_t len = 0;

	while (len < entry->name_len && entry->name[len] != '$')
		len++;
	*ret_received =
		entry->name_len - len == sizeof(received) - 1 &&
		__builtin_memcmp(entry->name + len, received, sizeof(received) - 1) == 0;
	return len == entry->name_len || *ret_received ? len : 0;
}

static int is_there(struct lister *l, const char *name, const char *suffix,
		    bool *ret_there)
{
	char key[KEY_MAX];
	struct zr_zap_entry unused;
	int error = ZB_ENOENT;

	if (zb_format(key, sizeof(key), "%s%s", name, suffix) < sizeof(key))
		error = zr_zap_find(l->zap, key, &unused, l->diag);
	*ret_there = !error;
	return error == ZB_ENOENT ? 0 : error;
}

static bool is_from_here(const struct lister *l)
{
	return zb_text_len(l->out->source) == l->from_len &&
	       __builtin_memcmp(l->out->source, l->ds->name, l->from_len) == 0;
}

static int see(void *ctx, const struct zr_zap_entry *entry)
{
	struct lister *l = ctx;
	struct zr_property *p = l->out;
	bool there = false;
	size_t len = base_len(entry, &p->received);
	int error;

	if (len == 0 || len >= sizeof(p->name))
		return 0;
	__builtin_memcpy(p->name, entry->name, len);
	p->name[len] = '\0';
	error = p->received ? is_there(l, p->name, "", &there) : 0;
	if (error || there)
		return error;
	error = zr_dataset_property(l->ds, p->name, p->value, sizeof(p->value), p->source,
				    l->diag);
	if (error)
		return error == ZB_ENOENT ? 0 : error;
	return is_from_here(l) ? l->fn(l->ctx, p) : 0;
}

static int list_zap(struct lister *l, uint64_t zapobj)
{
	struct zr_zap zap;
	int error;

	if (zapobj == 0)
		return 0;
	error = zr_zap_open(&l->ds->pool->mos, zapobj, &zap, l->diag);
	if (error)
		return error;
	l->zap = &zap;
	error = zr_zap_walk(&zap, see, l, l->diag);
	zr_zap_close(&zap);
	return error;
}

int zr_dataset_properties(struct zr_dataset *ds, struct zr_property *p, zr_property_fn fn,
			  void *ctx, struct zb_diag *diag)
{
	struct lister l = { .ds = ds, .fn = fn, .ctx = ctx, .out = p, .diag = diag };
	struct zf_dsl_dir dir;
	size_t len = 0;
	int error = 0;

	l.from_len = zb_text_len(ds->name);
	if (ds->is_snapshot)
		error = list_zap(&l, ds->phys.props_obj);
	while (ds->name[len] && ds->name[len] != '@')
		len++;
	for (unsigned int n = ds->n_dirs; !error && n > 0; n--) {
		error = zr_dsl_dir_get(ds->pool, ds->dirs[n - 1], &dir, diag);
		l.from_len = len;
		if (!error)
			error = list_zap(&l, dir.props_zapobj);
		while (len > 0 && ds->name[--len] != '/')
			;
	}
	return error;
}
