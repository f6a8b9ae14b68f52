/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_BUILD_RAMDISKS_H
#define ZLIVE_BUILD_RAMDISKS_H

#include "cmd/build/options.h"
#include "cmd/build/saved.h"

/* The ramdisks of a tree's kernels. */
struct ramdisks {
	const struct saved_list *boot; /* names of files below boot/ */
	const char *root;	       /* of the tree, or of the spooled part of it */
	const struct tree_sink *sink;  /* where they go */
	uint32_t hostid;
	uint64_t time;
	enum build_ramdisk when;
	void (*warn)(void *ctx, const struct zb_diag *what);
	void *warn_ctx;
};

/*
 * Makes boot/initrd.img-V for each boot/vmlinuz-V. ZB_ENOENT if there is no kernel at
 * all.
 */
ZB_MUST_CHECK int ramdisks_make(const struct ramdisks *r, struct zb_diag *diag);

#endif
