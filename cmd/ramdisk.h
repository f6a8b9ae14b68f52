/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_RAMDISK_H
#define ZLIVE_RAMDISK_H

#include "base/diag.h"

/*
 * The ramdisk of a root tree: /init, the OpenZFS programs with their libraries, and the kernel
 * modules of every bus that a stick can sit behind. Everything but /init comes from the tree,
 * nothing from the machine that the builder runs on.
 */
struct ramdisk_options {
	const char *root;   /* the root tree; "/" on a running stick */
	const char *output; /* replaced atomically when all is written */
	const char *kernel; /* release, "6.12.1-amd64"; NULL: the only one in the tree */
	const char *init; /* a static /init to use instead of the built-in one; or NULL */
	/* More module names, besides the built-in list and /etc/zlive/modules of the tree. */
	const char *const *modules;
	unsigned int n_modules;
	uint32_t hostid;      /* for /etc/hostid; 0: the tree's own, if it has one */
	uint64_t time;	      /* mtime of every entry, seconds */
	unsigned int level;   /* of zstd; 0: RAMDISK_LEVEL */
	unsigned int threads; /* 0: one per core; does not change the bytes written */
	/* A thing that is not there but can be done without. May be NULL. */
	void (*warn)(void *ctx, const struct zb_diag *what);
	void *warn_ctx;
};

/* 19 gives a tenth less and takes ten times as long. */
#define RAMDISK_LEVEL 12

/* Writes options->output. The same tree and options give the same bytes. */
ZB_MUST_CHECK int ramdisk_build(const struct ramdisk_options *options,
				struct zb_diag *diag);

/*
 * The kernel release in the tree, if there is exactly one with modules, into buf. ZB_ENOENT
 * if there is none, ZB_EINVAL with the candidates in diag if there are several.
 */
ZB_MUST_CHECK int ramdisk_kernel(const char *root, char *buf, size_t size,
				 struct zb_diag *diag);

#endif
