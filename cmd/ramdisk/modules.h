/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_RAMDISK_MODULES_H
#define ZLIVE_RAMDISK_MODULES_H

#include "cmd/ramdisk/tree.h"

struct rd_module {
	char *name;	  /* with '_' for '-' */
	const char *file; /* relative to the modules folder, "kernel/fs/x.ko.xz" */
	const char
		*deps; /* the files that it needs, as in modules.dep; to the line's end */
	bool wanted;
};

/* The modules of one kernel in a tree, from the text files that depmod writes. */
struct rd_modules {
	const struct rd_tree *tree;
	char folder[64 + 256];	/* "/lib/modules/V" */
	struct rd_module *mods; /* sorted by name */
	size_t n;
	char *dep, *alias, *softdep, *builtin; /* the files; softdep with modprobe.d's */
	char *options;			       /* "options" and "blacklist" lines */
};

ZB_MUST_CHECK int rd_modules_open(struct rd_modules *m, const struct rd_tree *tree,
				  const char *kernel, struct zb_diag *diag);
void rd_modules_close(struct rd_modules *m);

/* A part of rd_modules_open(): options, blacklist and softdep lines of modprobe.d. */
ZB_MUST_CHECK int rd_modules_read_conf(struct rd_modules *m, struct zb_diag *diag);

/* The module of that name, which is spelt as the kernel does, or NULL. */
struct rd_module *rd_modules_find(const struct rd_modules *m, const char *name);

/* Module names as the kernel spells them: '-' becomes '_'. */
void rd_module_name(const char *text, size_t len, char *buf, size_t size);

bool rd_modules_builtin(const struct rd_modules *m, const char *name);

/*
 * Wants a module and all that it needs, softdeps too. ZB_ENOENT if the kernel has no such
 * module, built in or not.
 */
ZB_MUST_CHECK int rd_modules_want(struct rd_modules *m, const char *name);

/* Wants the modules whose path without folder "kernel/" and suffix matches a pattern. */
ZB_MUST_CHECK int rd_modules_want_pattern(struct rd_modules *m, const char *pattern);

/* The built-in selection: storage buses, keyboards, zfs. NULL ends it. */
extern const char *const rd_modules_default[];

/*
 * Adds the wanted modules, as they are (a signature stays valid) but for their packing: .ko for
 * what nearly every start needs, .ko.zst of that level for the others. And the firmware that
 * they name, and depmod's text files reduced to them.
 */
ZB_MUST_CHECK int rd_modules_add(const struct rd_modules *m, struct rd_archive *archive,
				 unsigned int level, struct zb_diag *diag);

#endif
