/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_RAMDISK_ELF_H
#define ZLIVE_RAMDISK_ELF_H

#include "cmd/ramdisk/tree.h"

#define RD_ELF_MAX_DIRS 64

/* Folders that hold shared libraries, absolute paths within the tree. */
struct rd_dirs {
	char *dir[RD_ELF_MAX_DIRS];
	unsigned int n;
};

/* Programs and libraries of a tree on their way into an archive. */
struct rd_elf {
	const struct rd_tree *tree;
	struct rd_archive *archive;
	struct rd_dirs conf; /* /etc/ld.so.conf and what it includes */
	struct rd_dirs
		used; /* found libraries, and the dynamic loader does not look there */
};

ZB_MUST_CHECK int rd_elf_init(struct rd_elf *elf, const struct rd_tree *tree,
			      struct rd_archive *archive, struct zb_diag *diag);
void rd_elf_done(struct rd_elf *elf);

/*
 * Adds a program or library by path with its ELF interpreter and, recursively, the libraries
 * that it needs, searched as the dynamic loader does: RPATH, RUNPATH, the folders of
 * ld.so.conf, the default ones; of the right class and machine only. ZB_ENOENT names the
 * library and who needs it.
 */
ZB_MUST_CHECK int rd_elf_add(struct rd_elf *elf, const char *path, struct zb_diag *diag);

/* Adds a library that is loaded by name at run time as if the program `by` needed it. */
ZB_MUST_CHECK int rd_elf_add_library(struct rd_elf *elf, const char *soname,
				     const char *by, struct zb_diag *diag);

#endif
