/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include "cmd/mount/mount.h"

#define TARGET_SIZE 65536

/*
 * The kernel is told names and attributes without a limit of time, since nothing ever changes; and
 * it need not say what it forgets, since a node's number tells all of it.
 */
static void op_init(void *ctx, struct fuse_conn_info *conn)
{
	struct mnt *m = ctx;

	conn->want |= conn->capable & (FUSE_CAP_READDIRPLUS | FUSE_CAP_READDIRPLUS_AUTO |
				       FUSE_CAP_CACHE_SYMLINKS | FUSE_CAP_ASYNC_READ |
				       FUSE_CAP_PARALLEL_DIROPS);
	/* This makes the kernel check permissions, ACLs among them. */
	if (m->checks)
		conn->want |= conn->capable & FUSE_CAP_POSIX_ACL;
	conn->time_gran = 1;
}

/* In the root directory of a file system: .zfs, then its children, then what it holds. */
static int lookup_in_root(struct mnt *m, struct mnt_set *set, const char *name,
			  struct mnt_set **ret_set, uint64_t *ret_object)
{
	struct mnt_set *child;
	uint64_t node;
	int error;

	if (!set->is_snapshot && set->kind != MNT_HOLDER && strcmp(name, ".zfs") == 0) {
		*ret_object = MNT_OBJ_ZFS;
		return 0;
	}
	error = mnt_set_load_children(m, set);
	if (error)
		return error;
	error = mnt_set_child(m, set, name, &child);
	if (error)
		return error;
	node = mnt_root_node(m, child);
	if (node == 0)
		return -EIO;
	*ret_set = child;
	*ret_object = mnt_object(m, node);
	return 0;
}

static int lookup_snapshot(struct mnt *m, struct mnt_set *set, const char *name,
			   struct mnt_set **ret_set, uint64_t *ret_object)
{
	struct mnt_set *snapshot;
	uint64_t node;
	int error = mnt_set_snapshot(m, set, name, mnt_node(m, set, MNT_OBJ_SNAPSHOT),
				     &snapshot);

	if (error)
		return error;
	node = mnt_root_node(m, snapshot);
	if (node == 0)
		return -EIO;
	*ret_set = snapshot;
	*ret_object = mnt_object(m, node);
	return 0;
}

static int lookup_object(struct mnt *m, struct mnt_set *set, uint64_t dir,
			 const char *name, uint64_t *ret_object)
{
	struct zb_diag diag;
	int error = mnt_set_open(m, set);

	if (error)
		return error;
	if (!set->fs)
		return -ENOENT;
	error = zr_fs_find(set->fs, dir, name, ret_object, &diag);
	if (error == ZB_ENOENT)
		return strlen(name) > NAME_MAX ? -ENAMETOOLONG : -ENOENT;
	if (!error && *ret_object > MNT_OBJ_LAST)
		error = zb_fail(&diag, ZB_ECORRUPT, set->name, ZB_DIAG_NO_OFFSET,
				"an entry's object number is too high");
	return error ? mnt_fail(m, error, &diag) : 0;
}

static int lookup(struct mnt *m, uint64_t parent, const char *name,
		  struct mnt_set **ret_set, uint64_t *ret_object)
{
	struct mnt_set *set = mnt_set_of(m, parent);
	uint64_t dir = mnt_object(m, parent);
	int error = -ENOENT;

	if (!set)
		return -ESTALE;
	*ret_set = set;
	if (dir == MNT_OBJ_ZFS) {
		*ret_object = MNT_OBJ_SNAPSHOT;
		return strcmp(name, "snapshot") == 0 ? 0 : -ENOENT;
	}
	if (dir == MNT_OBJ_SNAPSHOT)
		return lookup_snapshot(m, set, name, ret_set, ret_object);
	if (dir == MNT_OBJ_CLOSED || dir == set->root)
		error = lookup_in_root(m, set, name, ret_set, ret_object);
	if (error == -ENOENT)
		error = lookup_object(m, set, dir, name, ret_object);
	return error;
}

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct mnt *m = fuse_req_userdata(req);
	struct fuse_entry_param e = { .attr_timeout = MNT_FOREVER,
				      .entry_timeout = MNT_FOREVER };
	struct mnt_set *set;
	uint64_t object;
	int error;

	pthread_mutex_lock(&m->lock);
	error = lookup(m, parent, name, &set, &object);
	if (!error)
		error = mnt_stat(m, set, object, &e.attr);
	if (!error)
		e.ino = mnt_node(m, set, object);
	pthread_mutex_unlock(&m->lock);
	/* That a name is not there is worth remembering, too. */
	if (error == 0 || error == -ENOENT)
		fuse_reply_entry(req, &e);
	else
		fuse_reply_err(req, -error);
}

static void op_forget(fuse_req_t req, fuse_ino_t node, uint64_t n)
{
	fuse_reply_none(req);
}

static void op_forget_multi(fuse_req_t req, size_t n, struct fuse_forget_data *forgets)
{
	fuse_reply_none(req);
}

static int stat_node(struct mnt *m, uint64_t node, struct mnt_set **ret_set,
		     struct stat *ret_st)
{
	struct mnt_set *set = mnt_set_of(m, node);

	if (!set)
		return -ESTALE;
	*ret_set = set;
	return mnt_stat(m, set, mnt_object(m, node), ret_st);
}

static void op_getattr(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi)
{
	struct mnt *m = fuse_req_userdata(req);
	struct mnt_set *set;
	struct stat st;
	int error;

	pthread_mutex_lock(&m->lock);
	error = stat_node(m, node, &set, &st);
	pthread_mutex_unlock(&m->lock);
	if (error)
		fuse_reply_err(req, -error);
	else
		fuse_reply_attr(req, &st, MNT_FOREVER);
}

static void op_readlink(fuse_req_t req, fuse_ino_t node)
{
	struct mnt *m = fuse_req_userdata(req);
	char *target = malloc(TARGET_SIZE);
	struct mnt_set *set;
	struct zb_diag diag;
	int error = target ? 0 : -ENOMEM;

	pthread_mutex_lock(&m->lock);
	set = mnt_set_of(m, node);
	if (!error)
		error = set ? mnt_set_open(m, set) : -ESTALE;
	if (!error && !set->fs)
		error = -EINVAL;
	if (!error) {
		error = zr_fs_readlink(set->fs, mnt_object(m, node), target, TARGET_SIZE,
				       &diag);
		if (error)
			error = mnt_fail(m, error, &diag);
	}
	pthread_mutex_unlock(&m->lock);
	if (error)
		fuse_reply_err(req, -error);
	else
		fuse_reply_readlink(req, target);
	free(target);
}

static void op_open(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi)
{
	struct mnt *m = fuse_req_userdata(req);
	struct mnt_file *file = NULL;
	struct mnt_set *set;
	struct stat st;
	int error;

	if ((fi->flags & O_ACCMODE) != O_RDONLY) {
		fuse_reply_err(req, EROFS);
		return;
	}
	pthread_mutex_lock(&m->lock);
	error = stat_node(m, node, &set, &st);
	pthread_mutex_unlock(&m->lock);
	if (!error) {
		file = mnt_file_open(m, set, mnt_object(m, node), &st);
		error = file ? 0 : -ENOMEM;
	}
	if (error) {
		fuse_reply_err(req, -error);
		return;
	}
	fi->fh = (uintptr_t)file;
	fi->keep_cache = 1;
	fi->noflush = 1;
	if (fuse_reply_open(req, fi))
		mnt_file_close(m, file);
}

static void op_release(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi)
{
	mnt_file_close(fuse_req_userdata(req), (struct mnt_file *)(uintptr_t)fi->fh);
	fuse_reply_err(req, 0);
}

static void op_read(fuse_req_t req, fuse_ino_t node, size_t size, off_t off,
		    struct fuse_file_info *fi)
{
	mnt_file_read(fuse_req_userdata(req), (struct mnt_file *)(uintptr_t)fi->fh, req,
		      size, (uint64_t)off);
}

static void op_lseek(fuse_req_t req, fuse_ino_t node, off_t off, int whence,
		     struct fuse_file_info *fi)
{
	struct mnt *m = fuse_req_userdata(req);
	struct mnt_set *set;
	uint64_t at = 0;
	int error;

	pthread_mutex_lock(&m->lock);
	set = mnt_set_of(m, node);
	error = !set ? -ESTALE
		     : mnt_seek(m, set, mnt_object(m, node), (uint64_t)off,
				whence == SEEK_HOLE, &at);
	pthread_mutex_unlock(&m->lock);
	if (error)
		fuse_reply_err(req, -error);
	else
		fuse_reply_lseek(req, (off_t)at);
}

/* What is referenced, and nothing free: nothing can be written. */
static void op_statfs(fuse_req_t req, fuse_ino_t node)
{
	struct mnt *m = fuse_req_userdata(req);
	struct statvfs st = { .f_bsize = 131072,
			      .f_frsize = 512,
			      .f_namemax = ZR_NAME_MAX - 1 };
	struct mnt_set *set;

	pthread_mutex_lock(&m->lock);
	set = mnt_set_of(m, node);
	if (set && mnt_set_open(m, set) == 0)
		st.f_blocks = set->referenced / 512;
	pthread_mutex_unlock(&m->lock);
	fuse_reply_statfs(req, &st);
}

const struct fuse_lowlevel_ops mnt_ops = {
	.init = op_init,
	.lookup = op_lookup,
	.forget = op_forget,
	.forget_multi = op_forget_multi,
	.getattr = op_getattr,
	.readlink = op_readlink,
	.open = op_open,
	.release = op_release,
	.read = op_read,
	.lseek = op_lseek,
	.opendir = mnt_op_opendir,
	.releasedir = mnt_op_releasedir,
	.readdir = mnt_op_readdir,
	.readdirplus = mnt_op_readdirplus,
	.statfs = op_statfs,
	.getxattr = mnt_op_getxattr,
	.listxattr = mnt_op_listxattr,
};
