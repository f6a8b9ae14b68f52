/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_INIT_MODULES_H
#define ZLIVE_INIT_MODULES_H

#include <limits.h>
#include <stdbool.h>
#include "base/diag.h"

struct zi_module {
	char name[64];	  /* with '_' for '-' */
	const char *file; /* relative to the folder */
	const char *deps; /* files, separated by blanks, nearest first */
	bool busy;	  /* being loaded: ends cycles of softdeps */
	bool done;
};

struct zi_alias {
	const char *pattern;
	const char *module;
};

/*
 * The modules in the ramdisk, from the text files that the builder put beside them:
 * modules.dep, modules.alias, modules.softdep, modules.builtin, and modprobe.d's options and
 * blacklist; and the parameters that the kernel command line has for them.
 */
struct zi_modules {
	char folder[256];
	char *dep, *alias, *softdep, *builtin, *conf, *cmdline;
	struct zi_module *mods; /* sorted by name */
	size_t n_mods;
	bool own_hostid; /* the ramdisk has one: see zi_modules_parameters() */
	struct zi_alias *aliases;
	size_t n_aliases;
	/* Loads the file with these parameters: finit_module() but in tests. */
	int (*load)(void *ctx, const char *path, const char *parameters);
	void *load_ctx;
};

/* conf and cmdline name files; one that is missing is empty. */
ZB_MUST_CHECK int zi_modules_open(struct zi_modules *m, const char *folder,
				  const char *conf, const char *cmdline,
				  struct zb_diag *diag);
void zi_modules_close(struct zi_modules *m);

/* Shell pattern with * ? and [...], as modules.alias has them. */
bool zi_modules_glob(const char *pattern, const char *text);

/*
 * Loads a module and what it needs. 0 also if it is there already or built in; ZB_ENOENT if
 * the ramdisk does not have it.
 */
ZB_MUST_CHECK int zi_modules_load(struct zi_modules *m, const char *name,
				  struct zb_diag *diag);

/* Loads every module whose alias matches, but blacklisted ones. The number of matches. */
ZB_MUST_CHECK int zi_modules_load_alias(struct zi_modules *m, const char *modalias,
					struct zb_diag *diag);

/*
 * The parameters for a module from modprobe.d and the command line, which wins, into buf.
 * But with own_hostid never spl.spl_hostid: that is the host which had the pool last, named by
 * the loader for ramdisks that import nothing of another host. With that hostid OpenZFS would
 * not look whether a pool with multihost on is in use there.
 */
void zi_modules_parameters(const struct zi_modules *m, const char *name, char *buf,
			   size_t size);

#endif
