/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/acl.h"
#include "read/fs.h"

/*
 * Where a file's NFSv4 ACL is: in its system attributes, in its old znode, or in an object that
 * the old znode names.
 */
struct acl {
	struct zb_span raw;
	enum zb_endian endian;
	bool old;
	uint64_t n;
	uint8_t *copy; /* what raw lies in, of an object; else NULL */
};

static int fail(const struct zr_fs *fs, const struct zr_node *node, int error,
		struct zb_diag *diag)
{
	return zr_fs_fail(fs, node->obj.number, error, diag,
			  error == ZB_ENOTSUP ? "its ACL is of an unknown version"
			  : error == ZB_E2BIG ? "its ACL has too many entries"
					      : "its ACL makes no sense");
}

/* The object's data have their block's byte order, not the znode's. */
static int read_object(struct zr_fs *fs, const struct zf_znode_acl *z, struct acl *acl,
		       struct zb_diag *diag)
{
	struct zf_blkptr bp = { 0 };
	struct zr_object obj;
	int error = zr_object_open(&fs->os, z->object, &obj, diag);

	if (error == ZB_ENOENT)
		return zr_fs_fail(fs, z->object, ZB_ECORRUPT, diag,
				  "an ACL that is not there");
	if (error)
		return error;
	if (obj.dn.type != ZF_OT_OLDACL && obj.dn.type != ZF_OT_ACL)
		error = zr_fs_fail(fs, z->object, ZB_ECORRUPT, diag, "is no ACL");
	if (!error)
		error = zr_object_blkptr(&obj, 0, &bp, diag);
	if (!error) {
		acl->endian = bp.endian;
		acl->copy = zr_alloc(fs->pool->host, z->size + 1);
		if (!acl->copy)
			error = zr_fs_fail(fs, z->object, ZB_ENOMEM, diag,
					   "no memory for an ACL");
	}
	if (!error)
		error = zr_object_read(&obj, 0, acl->copy, z->size, diag);
	acl->raw = zb_span(acl->copy, z->size);
	zr_object_close(&obj);
	return error;
}

static int find_in_znode(struct zr_fs *fs, struct zr_node *node, struct acl *acl,
			 struct zb_diag *diag)
{
	struct zf_znode_acl z;
	struct zb_span raw;
	int error = zr_node_attr(fs, node, ZF_ZPL_ZNODE_ACL, &raw, &acl->endian, diag);

	if (error == ZB_ENOENT)
		return error;
	if (!error)
		error = zf_znode_acl_decode(raw, acl->endian, &z);
	if (error)
		return fail(fs, node, error, diag);
	acl->n = z.n;
	acl->old = z.old;
	acl->raw = z.inside;
	return z.object ? read_object(fs, &z, acl, diag) : 0;
}

static int find(struct zr_fs *fs, struct zr_node *node, struct acl *acl,
		struct zb_diag *diag)
{
	int error = zr_node_u64(fs, node, ZF_ZPL_DACL_COUNT, 0, &acl->n, diag);

	if (error == ZB_ENOENT)
		return find_in_znode(fs, node, acl, diag);
	if (!error)
		error = zr_node_attr(fs, node, ZF_ZPL_DACL_ACES, &acl->raw, &acl->endian,
				     diag);
	return error == ZB_ENOENT ? fail(fs, node, ZB_ECORRUPT, diag) : error;
}

static int give(struct zr_fs *fs, const struct zr_node *node, const struct acl *acl,
		zr_acl_fn fn, void *ctx, struct zb_diag *diag)
{
	const struct zr_host *host = fs->pool->host;
	unsigned int n = (unsigned int)acl->n;
	struct zf_ace *aces;
	int r;

	if (acl->n > ZF_ACE_MAX)
		return fail(fs, node, ZB_E2BIG, diag);
	aces = zr_alloc(host, (n + 1) * sizeof(*aces));
	if (!aces)
		return zr_fs_fail(fs, node->obj.number, ZB_ENOMEM, diag,
				  "no memory for an ACL");
	r = zf_acl_decode(acl->raw, acl->endian, acl->old, n, aces);
	if (r)
		r = fail(fs, node, r, diag);
	else
		r = fn(ctx, aces, n, zf_acl_is_trivial(aces, n));
	zr_free(host, aces);
	return r;
}

int zr_fs_acl(struct zr_fs *fs, uint64_t object, zr_acl_fn fn, void *ctx,
	      struct zb_diag *diag)
{
	struct acl acl = { 0 };
	struct zr_node node;
	int r = zr_node_open(fs, object, &node, diag);

	if (r)
		return r;
	r = find(fs, &node, &acl, diag);
	if (!r)
		r = give(fs, &node, &acl, fn, ctx, diag);
	else if (r == ZB_ENOENT)
		r = 0;
	zr_free(fs->pool->host, acl.copy);
	zr_node_close(&node);
	return r;
}
