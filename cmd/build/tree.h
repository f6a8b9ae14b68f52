/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_BUILD_TREE_H
#define ZLIVE_BUILD_TREE_H

#include "host/interrupt.h"
#include "write/write.h"

/*
 * Root trees come from somewhere (a directory, a tar), pass through filters (the overlay,
 * the spool) and end in a pool. Each stage hands what it has to the next one's tree_sink.
 * Paths are from the tree's root without a leading slash, "" being the root itself.
 */
struct tree_sink {
	void *ctx;
	int (*entry)(void *ctx, const struct zw_entry *entry, struct zb_diag *diag);
	/* A hard link `path` to `target`, of which entry() had been called before. */
	int (*link)(void *ctx, const char *path, const char *target,
		    struct zb_diag *diag);
	/*
	 * Which dataset a path goes to: what lies in different ones cannot be linked, and
	 * has to come as files of their own. NULL: all in one.
	 */
	unsigned int (*volume)(void *ctx, const char *path);
};

#define TREE_PIECE (1U << 20) /* of a file's content handed on at once, bytes */

/*
 * A directory of this machine: everything below root in the order of names. Not entered:
 * what is mounted there from the kernel (/proc and the like). ZB_EAGAIN if a file changes
 * under our eyes, ZB_EACCES if one cannot be read.
 */
ZB_MUST_CHECK int tree_dir_walk(const char *root, const struct tree_sink *sink,
				const struct zh_interrupt *intr, struct zb_diag *diag);

/* The bytes that tree_dir_walk() is going to read, roughly. 0 if that cannot be told. */
uint64_t tree_dir_bytes(const char *root);

/*
 * A tar (compressed or not), or "-" for one on standard input: in its own order.
 * progress, if not NULL, is told the bytes of the archive read so far.
 */
ZB_MUST_CHECK int tree_tar_read(const char *path, const struct tree_sink *sink,
				const struct zh_interrupt *intr,
				void (*progress)(void *ctx, uint64_t bytes),
				void *progress_ctx, struct zb_diag *diag);

#endif
