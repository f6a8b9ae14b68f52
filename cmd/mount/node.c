/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include "cmd/mount/mount.h"

/* The object that stands for the root of a set: it has none of its own if it cannot be read. */
static uint64_t root_object(const struct mnt_set *set)
{
	return set->kind == MNT_CLOSED ? MNT_OBJ_CLOSED : set->root;
}

uint64_t mnt_node(const struct mnt *m, const struct mnt_set *set, uint64_t object)
{
	if (set != m->root)
		return set->id << MNT_OBJ_BITS | object;
	return object == root_object(set) ? FUSE_ROOT_ID : object;
}

uint64_t mnt_object(const struct mnt *m, uint64_t node)
{
	return node == FUSE_ROOT_ID ? root_object(m->root) : node & MNT_OBJ_MASK;
}

uint64_t mnt_root_node(struct mnt *m, struct mnt_set *set)
{
	/* A closed one is told by its attributes. */
	if (mnt_set_open(m, set) && set->kind != MNT_CLOSED)
		return 0;
	return mnt_node(m, set, root_object(set));
}

static void convert(const struct zr_stat *from, struct stat *to)
{
	/* ZPL_RDEV on Linux is the kernel's own dev_t: the major above 20 bits of minor. */
	unsigned int major_number = (unsigned int)(from->rdev >> 20 & 0xfff),
		     minor_number = (unsigned int)(from->rdev & 0xfffff);

	to->st_mode = (mode_t)from->mode;
	to->st_uid = (uid_t)from->uid;
	to->st_gid = (gid_t)from->gid;
	to->st_size = from->size > INT64_MAX ? INT64_MAX : (off_t)from->size;
	to->st_nlink = (nlink_t)from->links;
	if (S_ISCHR(from->mode) || S_ISBLK(from->mode))
		to->st_rdev = makedev(major_number, minor_number);
	to->st_blksize = from->blksize;
	to->st_blocks = (blkcnt_t)((from->used + 511) / 512);
	to->st_atim = (struct timespec){ from->atime.sec, from->atime.nsec };
	to->st_mtim = (struct timespec){ from->mtime.sec, from->mtime.nsec };
	to->st_ctim = (struct timespec){ from->ctime.sec, from->ctime.nsec };
}

/* What is in no pool: .zfs and what lies in it, a root that cannot be read. */
static void stat_made(const struct mnt_set *set, struct stat *st)
{
	st->st_mode = S_IFDIR | 0555;
	st->st_nlink = 2;
	st->st_blksize = 4096;
	st->st_atim.tv_sec = st->st_mtim.tv_sec = st->st_ctim.tv_sec =
		(time_t)set->created;
}

static int stat_object(struct mnt *m, struct mnt_set *set, uint64_t object,
		       struct stat *st)
{
	struct zb_diag diag;
	struct zr_stat zst;
	int error = mnt_set_open(m, set);

	if (error)
		return error;
	if (set->kind == MNT_VOLUME) {
		if (object != MNT_OBJ_VOLUME)
			return -ESTALE;
		zr_volume_stat(set->vol, &zst);
		zst.atime.sec = zst.mtime.sec = zst.ctime.sec = (int64_t)set->created;
	} else {
		error = zr_fs_stat(set->fs, object, &zst, &diag);
		if (error)
			return mnt_fail(m, error, &diag);
	}
	convert(&zst, st);
	return 0;
}

int mnt_stat(struct mnt *m, struct mnt_set *set, uint64_t object, struct stat *ret_st)
{
	struct stat st = { 0 };
	int error = 0;

	if (object > MNT_OBJ_LAST)
		stat_made(set, &st);
	else
		error = stat_object(m, set, object, &st);
	if (error)
		return error;
	/* Children are no subdirectories that the number of links counts. */
	if (object == set->root && mnt_set_load_children(m, set) == 0 && set->n_children)
		st.st_nlink = 1;
	st.st_ino = mnt_node(m, set, object);
	/* The root's own number, not the one that FUSE calls it by. */
	if (st.st_ino == FUSE_ROOT_ID)
		st.st_ino = object;
	*ret_st = st;
	return 0;
}
