/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZW_WRITE_H
#define ZW_WRITE_H

#include "base/diag.h"
#include "base/span.h"
#include "fmt/enums.h"

/*
 * The write-once pool writer: a new pool with one disk vdev, filled once, front to back, and
 * exported. Hosted (threads, temporary files). Order of calls: zw_pool_create, the datasets,
 * then entries in any order among them, zw_pool_finish, zw_pool_destroy. The same calls with
 * the same options write the same bytes, whatever the number of threads.
 */

/* Where the vdev's bytes go: an image file, or a part of one, or a block device. */
struct zw_sink {
	void *ctx;
	const char *name; /* for messages */
	uint64_t
		size; /* of the vdev, bytes; all of it reads as zeros, or see `discard` */
	/* Any thread may call; offsets never overlap, lengths are multiples of 1 << ashift. */
	int (*write)(void *ctx, uint64_t offset, const void *buf, size_t len);
	int (*flush)(void *ctx);
};

struct zw_options {
	const char *pool_name;
	const char
		*label_path; /* what the label claims: means nothing, e.g. /dev/zlive */
	uint64_t seed[2];    /* all GUIDs, salts and ids derive from it */
	uint64_t time;	     /* seconds: creation times, the uberblock's timestamp */
	uint64_t hostid;
	const char *hostname;
	unsigned int ashift;  /* 9..13 */
	unsigned int threads; /* 0: one per core */
	const char
		*tmpdir; /* for spill files, unlinked at once; NULL: TMPDIR or /var/tmp */
	/* Bytes of logical data written so far, for a progress bar; any thread; may be NULL. */
	void (*progress)(void *ctx, uint64_t bytes);
	void *progress_ctx;
};

struct zw_pool;
struct zw_dataset;

ZB_MUST_CHECK int zw_pool_create(const struct zw_options *options,
				 const struct zw_sink *sink, struct zw_pool **ret_pool,
				 struct zb_diag *diag);

/* A property as `zfs set` takes it: "compression"="zstd-9", "a:b"="text", "canmount"="noauto". */
struct zw_property {
	const char *name;
	const char *value;
};

/*
 * A file system dataset; its parent exists already ("zlive" itself is the first). Properties
 * are stored as local ones; compression, recordsize, copies and dnodesize, own or inherited,
 * also govern how the writer itself writes this dataset. The dataset belongs to the pool.
 */
ZB_MUST_CHECK int zw_dataset_create(struct zw_pool *pool, const char *name,
				    const struct zw_property *props, unsigned int n_props,
				    struct zw_dataset **ret_ds, struct zb_diag *diag);

/* The pool's bootfs property. */
void zw_pool_set_bootfs(struct zw_pool *pool, const struct zw_dataset *ds);

struct zw_time {
	int64_t sec;
	uint32_t nsec;
};

struct zw_xattr {
	const char *
		name; /* full Linux name; the two POSIX ACLs and capabilities among them */
	const void *value;
	size_t len;
};

/*
 * A piece of a file's contents, in ascending order; what no piece covers is a hole. Returns 1
 * with *ret_buf valid until the next call, 0 at the end, or a negative error with diag filled.
 */
typedef int (*zw_data_fn)(void *ctx, const void **ret_buf, size_t *ret_len,
			  uint64_t *ret_offset, struct zb_diag *diag);

struct zw_entry {
	const char *
		path; /* from the root of its dataset, "etc/fstab"; "" is the root itself */
	uint32_t mode; /* Linux st_mode: type and permissions */
	uint32_t uid, gid;
	uint64_t size; /* of a regular file */
	uint32_t rdev_major, rdev_minor;
	struct zw_time atime, mtime, ctime;
	const char *target; /* of a symbolic link */
	const struct zw_xattr *xattrs;
	unsigned int n_xattrs;
	zw_data_fn data; /* of a regular file; NULL when size is 0 */
	void *data_ctx;
};

/*
 * Adds one file system object. Directories that a path needs and that were not added yet are
 * made (root, 0755) and take their attributes when their own entry comes. A second entry of the
 * same path replaces the first, as tar does. ZB_ENOSPC when the vdev is full.
 */
ZB_MUST_CHECK int zw_entry_add(struct zw_dataset *ds, const struct zw_entry *entry,
			       struct zb_diag *diag);

/* A hard link `path` to the non-directory that was added as `target`. */
ZB_MUST_CHECK int zw_entry_link(struct zw_dataset *ds, const char *path,
				const char *target, struct zb_diag *diag);

/* Writes all that is left, the labels last, and flushes. Nothing can be added afterwards. */
ZB_MUST_CHECK int zw_pool_finish(struct zw_pool *pool, struct zb_diag *diag);
void zw_pool_destroy(struct zw_pool *pool);

uint64_t zw_pool_guid(const struct zw_pool *pool);
uint64_t zw_pool_vdev_guid(const struct zw_pool *pool);

#endif
