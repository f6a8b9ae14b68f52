/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_BUILD_OPTIONS_H
#define ZLIVE_BUILD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUILD_LIST_MAX 256

/* A list of arguments; the strings belong to argv. */
struct build_list {
	const char *at[BUILD_LIST_MAX];
	unsigned int n;
};

enum build_ramdisk {
	BUILD_RAMDISK_MISSING, /* made for kernels that the tree has none for */
	BUILD_RAMDISK_ALWAYS,  /* made for all, instead of the tree's */
	BUILD_RAMDISK_NEVER,
};

/* What `zlive build` was asked for, with the defaults filled in. */
struct build_options {
	const char *output;
	const char *root;  /* a directory, a tar, "-"; or NULL */
	const char *suite; /* of Debian; or NULL */
	const char *mirror;
	struct build_list packages;
	bool rebuild; /* the cached tree of the suite does not count */

	uint64_t size;	      /* of an image */
	uint32_t sector_size; /* of an image */
	bool size_given, sector_given;

	const char *pool, *be;
	const char *compression, *recordsize;
	unsigned int copies, ashift;
	const char *seed;
	const char *cmdline;

	bool plain; /* the tree as it is: no kernel needed, nothing added */
	enum build_ramdisk ramdisk;
	bool no_bios;	    /* does not boot on BIOS machines */
	const char *loader; /* instead of the built-in one */
	const char *hostname, *locale, *timezone;
	const char *user, *password, *password_hash, *password_file;
	struct build_list ssh_keys;
	const char *root_password_hash, *root_password_file;
	bool quiet;
};

#endif
