/* SPDX-License-Identifier: BSD-2-Clause */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "cmd/mount/mount.h"

/*
 * Offsets in a directory. First come the entries that are in no pool, which are counted; then
 * those of the directory itself, at the places that the reader gives. So each is valid for ever
 * and nothing of a directory, however large, is kept.
 */
#define OFF_ENTRIES (1LL << 62)

/* .zfs/snapshot is listed from here: the names come sorted, all at once. */
struct snapshots {
	char **at;
	unsigned int n, size;
};

struct mnt_dir {
	struct snapshots snapshots;
};

struct listing {
	struct mnt *m;
	fuse_req_t req;
	struct mnt_set *set;
	uint64_t dir; /* object */
	bool plus;
	bool covered; /* the set's children cover entries of their names */
	char *buf;
	size_t size, used;
};

static int add_snapshot(void *ctx, const char *name)
{
	struct snapshots *list = ctx;
	char **at;

	if (list->n == list->size) {
		list->size = list->size ? 2 * list->size : 64;
		at = realloc(list->at, list->size * sizeof(*at));
		if (!at)
			return ZB_ENOMEM;
		list->at = at;
	}
	list->at[list->n] = strdup(name);
	return list->at[list->n++] ? 0 : ZB_ENOMEM;
}

static void free_dir(struct mnt_dir *dir)
{
	for (unsigned int i = 0; dir && i < dir->snapshots.n; i++)
		free(dir->snapshots.at[i]);
	if (dir)
		free(dir->snapshots.at);
	free(dir);
}

static int load_snapshots(struct mnt *m, const struct mnt_set *set, struct mnt_dir *dir)
{
	struct zr_dataset *ds;
	struct zb_diag diag;
	int error;

	zb_fail(&diag, ZB_ENOMEM, set->name, ZB_DIAG_NO_OFFSET, "out of memory");
	error = zr_dataset_open(m->pool, set->name, &ds, &diag);
	if (!error) {
		error = zr_dataset_snapshots(ds, add_snapshot, &dir->snapshots, &diag);
		zr_dataset_close(ds);
	}
	return error ? mnt_fail(m, error, &diag) : 0;
}

static int open_dir(struct mnt *m, uint64_t node, struct mnt_dir *dir)
{
	struct mnt_set *set = mnt_set_of(m, node);
	uint64_t object = mnt_object(m, node);
	int error = 0;

	if (!set)
		return -ESTALE;
	if (object == MNT_OBJ_SNAPSHOT)
		return load_snapshots(m, set, dir);
	if (object == MNT_OBJ_ZFS)
		return 0;
	error = mnt_set_open(m, set);
	/* Of an encrypted file system without its key at least the children are shown. */
	if (object == MNT_OBJ_CLOSED && set->kind == MNT_CLOSED &&
	    mnt_set_load_children(m, set) == 0 && set->n_children)
		return 0;
	return error;
}

void mnt_op_opendir(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi)
{
	struct mnt *m = fuse_req_userdata(req);
	struct mnt_dir *dir = calloc(1, sizeof(*dir));
	int error = -ENOMEM;

	pthread_mutex_lock(&m->lock);
	if (dir)
		error = open_dir(m, node, dir);
	pthread_mutex_unlock(&m->lock);
	if (error) {
		free_dir(dir);
		fuse_reply_err(req, -error);
		return;
	}
	fi->fh = (uintptr_t)dir;
	fi->keep_cache = 1;
	fi->cache_readdir = 1;
	if (fuse_reply_open(req, fi))
		free_dir(dir);
}

void mnt_op_releasedir(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi)
{
	free_dir((struct mnt_dir *)(uintptr_t)fi->fh);
	fuse_reply_err(req, 0);
}

/* True if it did not fit any more. */
static bool add(struct listing *l, const char *name, const struct fuse_entry_param *e,
		off_t next)
{
	size_t left = l->size - l->used, n;

	if (l->plus)
		n = fuse_add_direntry_plus(l->req, l->buf + l->used, left, name, e, next);
	else
		n = fuse_add_direntry(l->req, l->buf + l->used, left, name, &e->attr,
				      next);
	if (n > left)
		return true;
	l->used += n;
	return false;
}

/* An entry of which only the name is told: what it is, a lookup will find out. */
static bool add_name(struct listing *l, const char *name, uint64_t ino, mode_t type,
		     off_t next)
{
	struct fuse_entry_param e = { .attr = { .st_ino = ino, .st_mode = type } };

	return add(l, name, &e, next);
}

static int add_entry(void *ctx, const struct zr_dirent *entry)
{
	struct listing *l = ctx;
	struct fuse_entry_param e = { .attr_timeout = MNT_FOREVER,
				      .entry_timeout = MNT_FOREVER };
	uint64_t node = mnt_node(l->m, l->set, entry->object);
	off_t next = OFF_ENTRIES | (off_t)entry->next;

	if (l->covered && mnt_set_has_child(l->set, entry->name))
		return 0;
	if (l->plus && entry->object <= MNT_OBJ_LAST &&
	    mnt_stat(l->m, l->set, entry->object, &e.attr) == 0)
		e.ino = node;
	else
		e.attr = (struct stat){ .st_ino = node, .st_mode = DTTOIF(entry->type) };
	return add(l, entry->name, &e, next);
}

static uint64_t ino_above(const struct listing *l)
{
	if (l->dir == MNT_OBJ_SNAPSHOT)
		return mnt_node(l->m, l->set, MNT_OBJ_ZFS);
	return l->set->above;
}

/*
 * The entries that are in no pool, from number i on: ".", "..", then for a root directory .zfs if
 * it is to be seen, and the children. True when no more fit.
 */
static bool list_made(struct listing *l, const struct mnt_dir *dir, uint64_t i)
{
	const struct snapshots *s = &dir->snapshots;
	bool is_root = l->dir == MNT_OBJ_CLOSED || l->dir == l->set->root, full = false;
	uint64_t self = mnt_node(l->m, l->set, l->dir), n = is_root ? 1 : 0;

	if (is_root)
		n += l->set->n_children;
	else if (l->dir == MNT_OBJ_SNAPSHOT)
		n = s->n;
	else if (l->dir == MNT_OBJ_ZFS)
		n = 1;
	for (; i < n + 2 && !full; i++) {
		off_t next = (off_t)i + 1;

		if (i == 0)
			full = add_name(l, ".", self, S_IFDIR, next);
		else if (i == 1)
			full = add_name(l, "..", ino_above(l), S_IFDIR, next);
		else if (l->dir == MNT_OBJ_SNAPSHOT)
			full = add_name(l, s->at[i - 2], UINT64_MAX, S_IFDIR, next);
		else if (l->dir == MNT_OBJ_ZFS)
			full = add_name(l, "snapshot", UINT64_MAX, S_IFDIR, next);
		else if (i > 2)
			full = add_name(l, l->set->children[i - 3].name, UINT64_MAX, 0,
					next);
		else if (l->set->shows_zfs)
			full = add_name(l, ".zfs", UINT64_MAX, S_IFDIR, next);
	}
	return full;
}

static int list(struct listing *l, const struct mnt_dir *dir, off_t off)
{
	struct zb_diag diag;
	int error = 0, r;

	if (l->dir == MNT_OBJ_CLOSED || l->dir == l->set->root)
		error = mnt_set_load_children(l->m, l->set);
	l->covered = l->dir == l->set->root && l->set->n_children;
	if (error || (off < OFF_ENTRIES && list_made(l, dir, (uint64_t)off)) ||
	    l->dir > MNT_OBJ_LAST)
		return error;
	error = mnt_set_open(l->m, l->set);
	if (error)
		return error;
	if (!l->set->fs)
		return -ENOTDIR;
	r = zr_fs_readdir_from(l->set->fs, l->dir,
			       off < OFF_ENTRIES ? 0 : (uint64_t)(off & ~OFF_ENTRIES),
			       add_entry, l, &diag);
	/* What was listed before the fault is told first. */
	if (r < 0 && l->used == 0)
		return mnt_fail(l->m, r, &diag);
	return 0;
}

static void readdir_reply(fuse_req_t req, uint64_t node, size_t size, off_t off,
			  struct fuse_file_info *fi, bool plus)
{
	struct mnt *m = fuse_req_userdata(req);
	struct listing l = { .m = m, .req = req, .plus = plus, .size = size };
	int error = -ENOMEM;

	l.buf = malloc(size);
	pthread_mutex_lock(&m->lock);
	l.set = mnt_set_of(m, node);
	l.dir = mnt_object(m, node);
	if (!l.set)
		error = -ESTALE;
	else if (l.buf && off >= 0)
		error = list(&l, (struct mnt_dir *)(uintptr_t)fi->fh, off);
	pthread_mutex_unlock(&m->lock);
	if (error)
		fuse_reply_err(req, -error);
	else
		fuse_reply_buf(req, l.buf, l.used);
	free(l.buf);
}

void mnt_op_readdir(fuse_req_t req, fuse_ino_t node, size_t size, off_t off,
		    struct fuse_file_info *fi)
{
	readdir_reply(req, node, size, off, fi, false);
}

void mnt_op_readdirplus(fuse_req_t req, fuse_ino_t node, size_t size, off_t off,
			struct fuse_file_info *fi)
{
	readdir_reply(req, node, size, off, fi, true);
}
