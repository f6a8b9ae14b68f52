/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/text.h"
#include "read/fs.h"
#include "read/zap.h"

#define MAX_LINKS  40
#define PATH_BYTES 4096 /* what is left to walk, expanded links included */

struct walk {
	zr_dirent_fn fn;
	void *ctx;
	struct zr_fs *fs;
	uint64_t dir;
	struct zb_diag *diag;
};

/* A name that no directory can have would lead a copying caller astray. */
static bool is_sound(const char *name)
{
	if (!name[0] || zb_text_equal(name, ".") || zb_text_equal(name, ".."))
		return false;
	while (*name && *name != '/')
		name++;
	return !*name;
}

static int give_entry(void *ctx, const struct zr_zap_entry *entry)
{
	const struct walk *w = ctx;
	uint64_t v = zr_zap_int(entry, 0);
	struct zr_dirent d = { .name = entry->name,
			       .object = ZF_DIRENT_OBJ(v),
			       .type = ZF_DIRENT_TYPE(v),
			       .next = entry->next };

	if (!is_sound(d.name))
		return zr_fs_fail(w->fs, w->dir, ZB_ECORRUPT, w->diag,
				  "the directory has a name that none can have");
	return w->fn(w->ctx, &d);
}

int zr_fs_readdir_from(struct zr_fs *fs, uint64_t object, uint64_t from, zr_dirent_fn fn,
		       void *ctx, struct zb_diag *diag)
{
	struct walk w = { .fn = fn, .ctx = ctx, .fs = fs, .dir = object, .diag = diag };
	struct zr_stat st;
	struct zr_zap zap;
	int r = zr_fs_stat(fs, object, &st, diag);

	if (r)
		return r;
	if ((st.mode & ZR_MODE_TYPE) != ZR_MODE_DIR)
		return zr_fs_fail(fs, object, ZB_ENOTDIR, diag, "is no directory");
	r = zr_zap_open(&fs->os, object, &zap, diag);
	if (r)
		return r;
	r = zr_zap_walk_from(&zap, from, give_entry, &w, diag);
	zr_zap_close(&zap);
	return r;
}

int zr_fs_readdir(struct zr_fs *fs, uint64_t object, zr_dirent_fn fn, void *ctx,
		  struct zb_diag *diag)
{
	return zr_fs_readdir_from(fs, object, 0, fn, ctx, diag);
}

int zr_fs_find(struct zr_fs *fs, uint64_t dir, const char *name, uint64_t *ret_object,
	       struct zb_diag *diag)
{
	struct zr_zap_entry entry;
	struct zr_zap zap;
	int error = zr_zap_open(&fs->os, dir, &zap, diag);

	if (error)
		return error;
	zap.match_case = fs->mixed_case;
	error = zr_zap_find(&zap, name, &entry, diag);
	if (!error)
		*ret_object = ZF_DIRENT_OBJ(zr_zap_int(&entry, 0));
	zr_zap_close(&zap);
	return error;
}

/* A short target is in the attributes, one of an old pool behind them, a long one is data. */
static int read_target(struct zr_fs *fs, struct zr_node *node, uint64_t size, char *buf,
		       struct zb_diag *diag)
{
	enum zb_endian unused;
	struct zb_span s;
	int error;

	if (node->obj.dn.bonustype == ZF_OT_ZNODE)
		error = zb_span_sub(node->obj.dn.bonus, ZF_ZNODE_SIZE, size, &s)
				? ZB_ENOENT
				: 0;
	else
		error = zr_node_attr(fs, node, ZF_ZPL_SYMLINK, &s, &unused, diag);
	if (error == ZB_ENOENT)
		return zr_object_read(&node->obj, 0, (uint8_t *)buf, (size_t)size, diag);
	if (error)
		return error;
	if (s.len < size)
		return zr_fs_fail(fs, node->obj.number, ZB_ECORRUPT, diag,
				  "its link target is cut");
	__builtin_memcpy(buf, s.ptr, (size_t)size);
	return 0;
}

int zr_fs_readlink(struct zr_fs *fs, uint64_t object, char *buf, size_t size,
		   struct zb_diag *diag)
{
	struct zr_node node;
	struct zr_stat st;
	int error = zr_node_open(fs, object, &node, diag);

	if (error)
		return error;
	error = zr_node_stat(fs, &node, &st, diag);
	if (!error && (st.mode & ZR_MODE_TYPE) != ZR_MODE_LINK)
		error = zr_fs_fail(fs, object, ZB_EINVAL, diag, "is no symbolic link");
	if (!error && st.size >= size)
		error = zr_fs_fail(fs, object, ZB_ENAMETOOLONG, diag,
				   "its link target is too long");
	if (!error)
		error = read_target(fs, &node, st.size, buf, diag);
	zr_node_close(&node);
	if (!error)
		buf[st.size] = '\0';
	return error;
}

/* ---- paths ---- */

struct path {
	struct zr_fs *fs;
	const char *whole; /* as the caller gave it, for messages */
	struct zr_stat at;
	unsigned int links;
	bool follow_last;
	char *rest; /* PATH_BYTES, what is still to walk */
	char *spare;
	struct zb_diag *diag;
};

static int fail_path(const struct path *p, int error)
{
	return zb_fail(p->diag, error, p->fs->name, ZB_DIAG_NO_OFFSET, "%s: %s", p->whole,
		       error == ZB_ENOENT ? "no such file or directory"
					  : zb_error_text(error));
}

static int find_entry(struct path *p, const char *name, uint64_t *ret_object)
{
	int error;

	if ((p->at.mode & ZR_MODE_TYPE) != ZR_MODE_DIR)
		return fail_path(p, ZB_ENOTDIR);
	if (zb_text_equal(name, ".")) {
		*ret_object = p->at.object;
		return 0;
	}
	if (zb_text_equal(name, "..")) {
		*ret_object = p->at.object == p->fs->root ? p->fs->root : p->at.parent;
		return 0;
	}
	error = zr_fs_find(p->fs, p->at.object, name, ret_object, p->diag);
	return error == ZB_ENOENT ? fail_path(p, error) : error;
}

/* Puts the link's target in front of what is left to walk. */
static int expand_link(struct path *p, const struct zr_stat *link, const char *rest)
{
	size_t len, rest_len = zb_text_len(rest);
	char *swap = p->rest;
	int error;

	if (++p->links > MAX_LINKS)
		return fail_path(p, ZB_ELOOP);
	error = zr_fs_readlink(p->fs, link->object, p->spare, PATH_BYTES, p->diag);
	if (error)
		return error;
	len = zb_text_len(p->spare);
	if (len == 0)
		return fail_path(p, ZB_ENOENT);
	if (len + 1 + rest_len >= PATH_BYTES)
		return fail_path(p, ZB_ENAMETOOLONG);
	if (rest_len > 0)
		p->spare[len++] = '/';
	__builtin_memcpy(p->spare + len, rest, rest_len + 1);
	p->rest = p->spare;
	p->spare = swap;
	if (p->rest[0] == '/')
		return zr_fs_stat(p->fs, p->fs->root, &p->at, p->diag);
	return 0;
}

/* Walks one component; *pos of p->rest moves behind it, or to 0 after a link. */
static int step(struct path *p, size_t *pos)
{
	char name[ZF_ZAP_NAME_MAX];
	const char *from = p->rest + *pos;
	struct zr_stat next;
	uint64_t object = 0;
	size_t len = 0;
	int error;

	while (from[len] && from[len] != '/')
		len++;
	if (len >= sizeof(name))
		return fail_path(p, ZB_ENAMETOOLONG);
	__builtin_memcpy(name, from, len);
	name[len] = '\0';
	while (from[len] == '/')
		len++;
	error = find_entry(p, name, &object);
	if (!error)
		error = zr_fs_stat(p->fs, object, &next, p->diag);
	if (error)
		return error;
	if ((next.mode & ZR_MODE_TYPE) == ZR_MODE_LINK && (from[len] || p->follow_last)) {
		error = expand_link(p, &next, from + len);
		*pos = 0;
		while (!error && p->rest[*pos] == '/')
			(*pos)++;
		return error;
	}
	p->at = next;
	*pos += len;
	return 0;
}

int zr_fs_lookup(struct zr_fs *fs, const char *path, bool follow,
		 struct zr_stat *ret_stat, struct zb_diag *diag)
{
	struct path p = { .fs = fs, .whole = path, .follow_last = follow, .diag = diag };
	const struct zr_host *host = fs->pool->host;
	size_t pos = 0, len = zb_text_len(path);
	char *mem;
	int error;

	if (len >= PATH_BYTES)
		return zb_fail(diag, ZB_ENAMETOOLONG, fs->name, ZB_DIAG_NO_OFFSET,
			       "the path is too long");
	error = zr_fs_stat(fs, fs->root, &p.at, diag);
	if (error)
		return error;
	mem = zr_alloc(host, 2 * (size_t)PATH_BYTES);
	if (!mem)
		return fail_path(&p, ZB_ENOMEM);
	p.rest = mem;
	p.spare = mem + PATH_BYTES;
	__builtin_memcpy(p.rest, path, len + 1);
	while (p.rest[pos] == '/')
		pos++;
	while (!error && p.rest[pos])
		error = step(&p, &pos);
	zr_free(host, mem);
	if (!error)
		*ret_stat = p.at;
	return error;
}
