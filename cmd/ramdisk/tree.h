/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_RAMDISK_TREE_H
#define ZLIVE_RAMDISK_TREE_H

#include <limits.h>
#include "cmd/ramdisk/archive.h"

/*
 * Files of a root tree by their paths inside it. Symbolic links, absolute ones too, are
 * followed within the tree as if it were /, so that no file of this machine gets in.
 */
struct rd_tree {
	const char *root; /* for messages */
	int fd;
};

ZB_MUST_CHECK int rd_tree_open(struct rd_tree *tree, const char *root,
			       struct zb_diag *diag);
void rd_tree_close(struct rd_tree *tree);

/*
 * The path of `path` without symbolic links, relative to the root, into ret_real. Each link on
 * the way is added to links if that is not NULL. ZB_ENOENT if it does not exist.
 */
ZB_MUST_CHECK int rd_tree_resolve(const struct rd_tree *tree, const char *path,
				  struct rd_archive *links, char ret_real[PATH_MAX],
				  struct zb_diag *diag);

/* A regular file whole, with a 0 byte after its end; the caller frees *ret_data. */
ZB_MUST_CHECK int rd_tree_read(const struct rd_tree *tree, const char *path,
			       uint8_t **ret_data, size_t *ret_len, struct zb_diag *diag);

bool rd_tree_exists(const struct rd_tree *tree, const char *path);

/* Calls back for each name in a directory but "." and "..", sorted. ZB_ENOENT if it lacks. */
typedef int (*rd_tree_fn)(void *ctx, const char *name);
ZB_MUST_CHECK int rd_tree_list(const struct rd_tree *tree, const char *path,
			       rd_tree_fn fn, void *ctx, struct zb_diag *diag);

/*
 * Adds the file and every symbolic link on the way to it, so that the path works in the
 * archive as it does in the tree.
 */
ZB_MUST_CHECK int rd_tree_add(const struct rd_tree *tree, struct rd_archive *archive,
			      const char *path, struct zb_diag *diag);

#endif
