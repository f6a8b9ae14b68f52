/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/format.h"
#include "base/text.h"
#include "fmt/nvlist.h"
#include "read/fs.h"
#include "read/zap.h"

/*
 * Extended attributes are pairs of a name-value list in the attribute ZPL_DXATTR, files in a
 * hidden directory (ZPL_XATTR), or both; where both have a name, the list's is newer. Names
 * carry Linux's namespace, or, when another system wrote them, none: then they are user's.
 */
#define NAME_BYTES     512
#define MAX_XATTR_SIZE (64U << 20)

struct xattrs {
	struct zr_fs *fs;
	struct zr_node *node;
	struct zf_nvlist list;
	bool has_list;
	zr_xattr_fn fn;
	void *ctx;
	struct zb_diag *diag;
};

static bool has_namespace(const char *name)
{
	return zb_text_starts(name, "user.") || zb_text_starts(name, "system.") ||
	       zb_text_starts(name, "security.") || zb_text_starts(name, "trusted.");
}

/* Attributes of other systems' own namespaces: Linux shows none of them. */
static bool is_foreign(const char *name)
{
	return zb_text_starts(name, "freebsd:") || zb_text_starts(name, "SUNWattr");
}

static int give(const struct xattrs *x, const char *name, struct zb_span value)
{
	char full[NAME_BYTES];

	if (is_foreign(name))
		return 0;
	if (zb_format(full, sizeof(full), "%s%s", has_namespace(name) ? "" : "user.",
		      name) >= sizeof(full))
		return zr_fs_fail(x->fs, x->node->obj.number, ZB_ENAMETOOLONG, x->diag,
				  "an extended attribute's name is too long");
	return x->fn(x->ctx, full, value);
}

static int fail(const struct xattrs *x)
{
	return zr_fs_fail(x->fs, x->node->obj.number, ZB_ECORRUPT, x->diag,
			  "its extended attributes make no sense");
}

static int load_list(struct xattrs *x)
{
	enum zb_endian unused;
	struct zb_span s;
	int error = zr_node_attr(x->fs, x->node, ZF_ZPL_DXATTR, &s, &unused, x->diag);

	if (error == ZB_ENOENT || (!error && s.len == 0))
		return 0;
	if (error)
		return error;
	if (zf_nvlist_init(s, &x->list))
		return fail(x);
	x->has_list = true;
	return 0;
}

static int give_list(const struct xattrs *x)
{
	char name[NAME_BYTES];
	struct zf_nvpair pair;
	struct zb_span value;
	size_t pos = 0;
	int r;

	while ((r = zf_nvlist_next(x->list, &pos, &pair)) > 0) {
		if (pair.name.len >= sizeof(name) || zf_nvpair_bytes(&pair, &value))
			return fail(x);
		__builtin_memcpy(name, pair.name.ptr, pair.name.len);
		name[pair.name.len] = '\0';
		r = give(x, name, value);
		if (r)
			return r;
	}
	return r;
}

static int give_file(void *ctx, const struct zr_zap_entry *entry)
{
	const struct xattrs *x = ctx;
	const struct zr_host *host = x->fs->pool->host;
	uint64_t object = ZF_DIRENT_OBJ(zr_zap_int(entry, 0));
	struct zf_nvpair unused;
	struct zr_stat st;
	uint8_t *value;
	int64_t n;
	int r;

	if (x->has_list &&
	    zf_nvlist_find(x->list, entry->name, ZF_NV_BYTE_ARRAY, &unused) == 0)
		return 0;
	r = zr_fs_stat(x->fs, object, &st, x->diag);
	if (r)
		return r;
	if ((st.mode & ZR_MODE_TYPE) != ZR_MODE_FILE || st.size > MAX_XATTR_SIZE)
		return fail(x);
	value = zr_alloc(host, (size_t)st.size + 1);
	if (!value)
		return zr_fs_fail(x->fs, object, ZB_ENOMEM, x->diag,
				  "no memory for an extended attribute");
	n = zr_fs_read(x->fs, object, 0, value, (size_t)st.size, x->diag);
	r = n < 0 ? (int)n : give(x, entry->name, zb_span(value, (size_t)n));
	zr_free(host, value);
	return r;
}

static int give_dir(struct xattrs *x, uint64_t dir)
{
	struct zr_zap zap;
	int r = zr_zap_open(&x->fs->os, dir, &zap, x->diag);

	if (r)
		return r;
	r = zr_zap_walk(&zap, give_file, x, x->diag);
	zr_zap_close(&zap);
	return r;
}

int zr_fs_xattrs(struct zr_fs *fs, uint64_t object, zr_xattr_fn fn, void *ctx,
		 struct zb_diag *diag)
{
	struct xattrs x = { .fs = fs, .fn = fn, .ctx = ctx, .diag = diag };
	struct zr_node node;
	uint64_t dir = 0;
	int r = zr_node_open(fs, object, &node, diag);

	if (r)
		return r;
	x.node = &node;
	r = load_list(&x);
	if (!r && x.has_list)
		r = give_list(&x);
	if (!r)
		r = zr_node_u64(fs, &node, ZF_ZPL_XATTR, 0, &dir, diag);
	if (r == ZB_ENOENT)
		r = 0;
	if (!r && dir != 0)
		r = give_dir(&x, dir);
	zr_node_close(&node);
	return r;
}
