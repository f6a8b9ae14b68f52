/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_MOUNT_H
#define ZLIVE_MOUNT_H

#define FUSE_USE_VERSION 312
#include <fuse3/fuse_lowlevel.h>
#include <pthread.h>
#include <stdio.h>
#include "cmd/look.h"

/*
 * zlive mount: a pool as a FUSE file system. The file systems of the pool are one tree, in which
 * each child is a directory, named as it is, in the root directory of its parent.
 *
 * The number of a node, which is its inode number, too, holds the dataset and the object, so no
 * table of nodes is kept, and names of one file share a number that the next mount gives again:
 *
 *	63          40 39                                       0
 *	|  dataset    |  object in it, or one of MNT_OBJ_...     |
 *
 * The dataset is its object number in the MOS, 0 for the one that is mounted.
 */
#define MNT_OBJ_BITS	 40
#define MNT_OBJ_MASK	 ((1ULL << MNT_OBJ_BITS) - 1)
#define MNT_OBJ_CLOSED	 (MNT_OBJ_MASK - 1) /* stands for a root that cannot be read */
#define MNT_OBJ_ZFS	 (MNT_OBJ_MASK - 2) /* .zfs */
#define MNT_OBJ_SNAPSHOT (MNT_OBJ_MASK - 3) /* .zfs/snapshot */
#define MNT_OBJ_LAST	 (MNT_OBJ_MASK - 4) /* the highest of a real object */
#define MNT_OBJ_VOLUME	 1ULL		    /* a volume's bytes */

#define MNT_SETS_OPEN	 64 /* file systems and volumes that are kept open */

enum mnt_kind {
	MNT_UNKNOWN, /* not opened yet */
	MNT_FS,
	MNT_VOLUME,
	MNT_CLOSED, /* cannot be read: `error` says why */
	MNT_HOLDER, /* no dataset: the directory around a volume that is mounted by itself */
};

struct mnt_child {
	char *name;
	struct mnt_set *set; /* NULL until somebody asked for it */
};

/* A dataset or snapshot. */
struct mnt_set {
	struct mnt_set *hash_next;
	struct mnt_set *newer, *older; /* while open, in order of use */
	uint64_t id;		       /* as in node numbers */
	uint64_t above;		       /* number of the directory that it is in */
	enum mnt_kind kind;
	int error; /* negative errno */
	bool is_snapshot;
	bool shows_zfs; /* snapdir=visible */
	struct zr_fs *fs;
	struct zr_volume *vol;
	uint64_t root; /* object */
	uint64_t referenced;
	uint64_t created;	    /* seconds */
	struct mnt_child *children; /* sorted by name */
	unsigned int n_children;
	bool has_children; /* they are known */
	char name[];	   /* full */
};

#define MNT_BUCKETS 1024

struct mnt_ahead;

struct mnt {
	struct zr_pool *pool;
	pthread_mutex_t lock; /* around the pool and the sets: it belongs to one thread */
	struct mnt_set *bucket[MNT_BUCKETS];
	struct mnt_set *newest, *oldest;
	unsigned int n_open;
	struct mnt_set *root;
	struct mnt_ahead *ahead;
	bool checks;	   /* the kernel is to check permissions */
	bool daemon;	   /* messages go to the system's log */
	unsigned int told; /* messages since told_since */
	int64_t told_since;
};

/* ---- datasets (sets.c); the lock is held ---- */

/* Makes the set that is mounted. */
ZB_MUST_CHECK int mnt_sets_init(struct mnt *m, const char *dataset, struct zb_diag *diag);
void mnt_sets_done(struct mnt *m);

/* The set of a node number; NULL if the kernel asks for one that it was never told. */
struct mnt_set *mnt_set_of(const struct mnt *m, uint64_t node);

/* Opens it, if need be. A negative errno if it cannot be read. */
ZB_MUST_CHECK int mnt_set_open(struct mnt *m, struct mnt_set *set);

/* Reads which children it has, if that is not known yet. */
ZB_MUST_CHECK int mnt_set_load_children(struct mnt *m, struct mnt_set *set);

bool mnt_set_has_child(const struct mnt_set *set, const char *name);

/*
 * A child by the last part of its name, or a snapshot of a child that is a volume, by
 * "VOLUME@SNAPSHOT". -ENOENT if there is none.
 */
ZB_MUST_CHECK int mnt_set_child(struct mnt *m, struct mnt_set *set, const char *name,
				struct mnt_set **ret_set);

/* A snapshot of the set. -ENOENT if there is none. */
ZB_MUST_CHECK int mnt_set_snapshot(struct mnt *m, struct mnt_set *set, const char *name,
				   uint64_t above, struct mnt_set **ret_set);

/* ---- nodes ---- */

uint64_t mnt_node(const struct mnt *m, const struct mnt_set *set, uint64_t object);

/* The object of a node number. */
uint64_t mnt_object(const struct mnt *m, uint64_t node);

/* The root of a set: of a file system its directory, of a volume the file. */
uint64_t mnt_root_node(struct mnt *m, struct mnt_set *set);

/* The attributes of a node, opening its set. A negative errno. */
ZB_MUST_CHECK int mnt_stat(struct mnt *m, struct mnt_set *set, uint64_t object,
			   struct stat *ret_st);

/* ---- contents (ahead.c): read-ahead in a thread of its own ---- */

struct mnt_file;

ZB_MUST_CHECK int mnt_ahead_init(struct mnt *m, struct zb_diag *diag);
void mnt_ahead_done(struct mnt *m);

/* An open file. NULL when there is no memory. */
struct mnt_file *mnt_file_open(struct mnt *m, struct mnt_set *set, uint64_t object,
			       const struct stat *st);
void mnt_file_close(struct mnt *m, struct mnt_file *file);

/* Answers a read. The lock is not held. */
void mnt_file_read(struct mnt *m, struct mnt_file *file, fuse_req_t req, size_t len,
		   uint64_t offset);

/* Without read-ahead. The lock is held. */
int64_t mnt_read(struct mnt *m, struct mnt_set *set, uint64_t object, uint64_t offset,
		 void *buf, size_t len);
ZB_MUST_CHECK int mnt_seek(struct mnt *m, struct mnt_set *set, uint64_t object,
			   uint64_t offset, bool hole, uint64_t *ret_offset);

/* ---- what FUSE calls ---- */

extern const struct fuse_lowlevel_ops mnt_ops;

void mnt_op_opendir(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi);
void mnt_op_releasedir(fuse_req_t req, fuse_ino_t node, struct fuse_file_info *fi);
void mnt_op_readdir(fuse_req_t req, fuse_ino_t node, size_t size, off_t off,
		    struct fuse_file_info *fi);
void mnt_op_readdirplus(fuse_req_t req, fuse_ino_t node, size_t size, off_t off,
			struct fuse_file_info *fi);
void mnt_op_getxattr(fuse_req_t req, fuse_ino_t node, const char *name, size_t size);
void mnt_op_listxattr(fuse_req_t req, fuse_ino_t node, size_t size);

/* How long the kernel may believe what it was told: nothing ever changes. */
#define MNT_FOREVER (365 * 86400.0)

/*
 * A reader's error as an errno for a program, told with its reason on stderr or, in the
 * background, in the system's log. Returns it negative.
 */
int mnt_fail(struct mnt *m, int error, const struct zb_diag *diag);

#endif
