/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/text.h"
#include "read/fs.h"
#include "read/zap.h"

/*
 * The registry maps names to numbers and lengths; the layouts object maps a layout's number, a
 * decimal text, to the numbers of its attributes in order. Both are the objset's own: two file
 * systems may number alike attributes differently.
 */
#define MAX_ATTRS	 1024
#define MAX_LAYOUT_ATTRS 256

static const char *const names[ZF_ZPL_ATTRS] = {
	[ZF_ZPL_ATIME] = "ZPL_ATIME",
	[ZF_ZPL_MTIME] = "ZPL_MTIME",
	[ZF_ZPL_CTIME] = "ZPL_CTIME",
	[ZF_ZPL_CRTIME] = "ZPL_CRTIME",
	[ZF_ZPL_GEN] = "ZPL_GEN",
	[ZF_ZPL_MODE] = "ZPL_MODE",
	[ZF_ZPL_SIZE] = "ZPL_SIZE",
	[ZF_ZPL_PARENT] = "ZPL_PARENT",
	[ZF_ZPL_LINKS] = "ZPL_LINKS",
	[ZF_ZPL_XATTR] = "ZPL_XATTR",
	[ZF_ZPL_RDEV] = "ZPL_RDEV",
	[ZF_ZPL_FLAGS] = "ZPL_FLAGS",
	[ZF_ZPL_UID] = "ZPL_UID",
	[ZF_ZPL_GID] = "ZPL_GID",
	[ZF_ZPL_PAD] = "ZPL_PAD",
	[ZF_ZPL_ZNODE_ACL] = "ZPL_ZNODE_ACL",
	[ZF_ZPL_DACL_COUNT] = "ZPL_DACL_COUNT",
	[ZF_ZPL_SYMLINK] = "ZPL_SYMLINK",
	[ZF_ZPL_SCANSTAMP] = "ZPL_SCANSTAMP",
	[ZF_ZPL_DACL_ACES] = "ZPL_DACL_ACES",
	[ZF_ZPL_DXATTR] = "ZPL_DXATTR",
	[ZF_ZPL_PROJID] = "ZPL_PROJID",
};

static int add_attr(void *ctx, const struct zr_zap_entry *entry)
{
	struct zr_sa *sa = ctx;
	uint64_t v = zr_zap_int(entry, 0);
	uint16_t number = ZF_SA_ATTR_NUM(v);

	if (number >= MAX_ATTRS)
		return ZB_E2BIG;
	sa->attrs[number].known = true;
	sa->attrs[number].length = ZF_SA_ATTR_LENGTH(v);
	for (unsigned int i = 0; i < ZF_ZPL_ATTRS; i++) {
		if (zb_text_equal(names[i], entry->name)) {
			sa->number[i] = number;
			sa->has[i] = true;
		}
	}
	return 0;
}

static bool parse_number(const char *text, unsigned int *ret_n)
{
	unsigned int n = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9' || n >= ZF_SA_LAYOUT_MAX)
			return false;
		n = n * 10 + (unsigned int)(*text - '0');
	}
	*ret_n = n;
	return n < ZF_SA_LAYOUT_MAX;
}

struct load {
	struct zr_fs *fs;
	struct zr_sa *sa;
};

static int add_layout(void *ctx, const struct zr_zap_entry *entry)
{
	struct load *load = ctx;
	struct zr_sa_layout *layout;
	unsigned int n;

	if (!parse_number(entry->name, &n) || entry->numints > MAX_LAYOUT_ATTRS ||
	    entry->numints == 0)
		return ZB_ECORRUPT;
	layout = &load->sa->layouts[n];
	if (layout->attrs)
		return ZB_ECORRUPT;
	layout->attrs =
		zr_alloc(load->fs->pool->host, entry->numints * sizeof(*layout->attrs));
	if (!layout->attrs)
		return ZB_ENOMEM;
	layout->n = entry->numints;
	for (unsigned int i = 0; i < layout->n; i++)
		layout->attrs[i] = (uint16_t)zr_zap_int(entry, i);
	return 0;
}

static int walk(struct zr_fs *fs, uint64_t master, const char *name, zr_zap_fn fn,
		void *ctx, struct zb_diag *diag)
{
	struct zr_zap zap;
	uint64_t number;
	int error = zr_zap_lookup(&fs->os, master, name, &number, diag);

	if (error == ZB_ENOENT)
		return 0; /* registered at the first use */
	if (!error)
		error = zr_zap_open(&fs->os, number, &zap, diag);
	if (error)
		return error;
	error = zr_zap_walk(&zap, fn, ctx, diag);
	zr_zap_close(&zap);
	return error;
}

int zr_sa_load(struct zr_fs *fs, uint64_t master, struct zb_diag *diag)
{
	struct load load = { .fs = fs, .sa = &fs->sa };
	struct zr_sa *sa = &fs->sa;
	int error;

	if (master == 0)
		return 0;
	sa->n_attrs = MAX_ATTRS;
	sa->attrs = zr_zalloc(fs->pool->host, MAX_ATTRS * sizeof(*sa->attrs));
	sa->layouts = zr_zalloc(fs->pool->host, ZF_SA_LAYOUT_MAX * sizeof(*sa->layouts));
	if (!sa->attrs || !sa->layouts)
		return zr_fs_fail(fs, master, ZB_ENOMEM, diag,
				  "no memory for the attribute registry");
	error = walk(fs, master, "REGISTRY", add_attr, sa, diag);
	if (!error)
		error = walk(fs, master, "LAYOUTS", add_layout, &load, diag);
	if (error)
		return zr_fs_fail(fs, master, error, diag,
				  "the attribute registry cannot be read");
	return 0;
}

void zr_sa_done(struct zr_fs *fs)
{
	struct zr_sa *sa = &fs->sa;

	for (unsigned int i = 0; sa->layouts && i < ZF_SA_LAYOUT_MAX; i++)
		zr_free(fs->pool->host, sa->layouts[i].attrs);
	zr_free(fs->pool->host, sa->layouts);
	zr_free(fs->pool->host, sa->attrs);
	sa->layouts = NULL;
	sa->attrs = NULL;
}

/* Attribute `number` in one bonus or spill buffer. */
static int find(const struct zr_sa *sa, const struct zf_sa_header *h, uint16_t number,
		struct zb_span *ret_value)
{
	const struct zr_sa_layout *layout = &sa->layouts[h->layout];
	unsigned int variable = 0;
	uint64_t at = 0;
	uint16_t len;

	if (!layout->attrs)
		return ZB_ECORRUPT;
	for (unsigned int i = 0; i < layout->n; i++) {
		uint16_t attr = layout->attrs[i];

		if (attr >= sa->n_attrs || !sa->attrs[attr].known)
			return ZB_ECORRUPT;
		len = sa->attrs[attr].length;
		if (len == 0 &&
		    zb_span_u16(h->lengths, 2ULL * variable++, h->endian, &len))
			return ZB_ECORRUPT;
		if (attr == number)
			return zb_span_sub(h->data, at, len, ret_value);
		at = zb_align_up(at + len, 8);
	}
	return ZB_ENOENT;
}

static int find_in_znode(const struct zr_node *node, enum zf_zpl_attr attr,
			 struct zb_span *ret_value)
{
	unsigned int len = 0;
	int offset = zf_znode_offset(attr, &len);

	if (offset < 0)
		return ZB_ENOENT;
	return zb_span_sub(node->obj.dn.bonus, (uint64_t)offset, len, ret_value);
}

static int find_in(struct zr_fs *fs, const struct zr_node *node, struct zb_span s,
		   enum zf_zpl_attr attr, struct zb_span *ret_value,
		   enum zb_endian *ret_endian, struct zb_diag *diag)
{
	struct zf_sa_header h;
	int error = zf_sa_header_decode(s, &h);

	if (!error && !fs->sa.layouts)
		error = ZB_ECORRUPT;
	if (!error)
		error = find(&fs->sa, &h, fs->sa.number[attr], ret_value);
	if (error && error != ZB_ENOENT)
		return zr_fs_fail(fs, node->obj.number, error, diag,
				  "its attributes make no sense");
	*ret_endian = h.endian;
	return error;
}

int zr_node_attr(struct zr_fs *fs, struct zr_node *node, enum zf_zpl_attr attr,
		 struct zb_span *ret_value, enum zb_endian *ret_endian,
		 struct zb_diag *diag)
{
	int error;

	if (node->obj.dn.bonustype == ZF_OT_ZNODE) {
		*ret_endian = node->obj.dn.endian;
		return find_in_znode(node, attr, ret_value);
	}
	if (!fs->sa.has[attr])
		return ZB_ENOENT;
	error = find_in(fs, node, node->obj.dn.bonus, attr, ret_value, ret_endian, diag);
	if (error != ZB_ENOENT || node->obj.dn.spill.len == 0)
		return error;
	if (!node->spill) {
		error = zr_object_spill(&node->obj, &node->spill, diag);
		if (error)
			return error;
	}
	return find_in(fs, node, zr_buf_span(node->spill), attr, ret_value, ret_endian,
		       diag);
}

int zr_node_u64(struct zr_fs *fs, struct zr_node *node, enum zf_zpl_attr attr,
		unsigned int i, uint64_t *ret_v, struct zb_diag *diag)
{
	enum zb_endian e = ZB_LE;
	struct zb_span s;
	int error = zr_node_attr(fs, node, attr, &s, &e, diag);

	if (error)
		return error;
	if (zb_span_u64(s, 8ULL * i, e, ret_v))
		return zr_fs_fail(fs, node->obj.number, ZB_ECORRUPT, diag,
				  "an attribute is too short");
	return 0;
}
