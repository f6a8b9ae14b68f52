/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_INIT_IMPORT_H
#define ZLIVE_INIT_IMPORT_H

#include "init/console.h"
#include "init/pool.h"

/* What becomes of changes. */
enum zi_access {
	ZI_ACCESS_WRITE,  /* they go to the pool */
	ZI_ACCESS_READ,	  /* there are none: pool and file systems are read-only */
	ZI_ACCESS_MEMORY, /* the pool is read-only, they stay in memory (init/overlay.h) */
};

/* How far back an import may go if the pool's newest state does not import. */
enum zi_rewind {
	ZI_REWIND_NONE,
	ZI_REWIND_NEAR, /* to a state whose blocks cannot have been used again */
	ZI_REWIND_FAR,	/* to any state that OpenZFS finds whole; it looks for long */
};

/*
 * Imports the pool from exactly the devices of the decision, nothing mounted, no cachefile
 * read or written. Its name as imported into ret_name. A pool that is imported already is
 * fine (a second try after the menu). A rewind loses what was written since.
 */
ZB_MUST_CHECK int zi_import(const struct zi_devices *d,
			    const struct zi_decision *decision, enum zi_access access,
			    enum zi_rewind rewind, char ret_name[ZR_NAME_MAX],
			    struct zb_diag *diag);

/*
 * What OpenZFS says about such a rewind, without doing it, into text; always terminated. An
 * error, with its reason in text, if there is no state to go back to.
 */
ZB_MUST_CHECK int zi_import_preview(const struct zi_devices *d,
				    const struct zi_decision *decision,
				    enum zi_rewind rewind, char *text, size_t size);

/* The dataset that the pool's bootfs names. ZB_ENOENT if it names none. */
ZB_MUST_CHECK int zi_pool_bootfs(const char *pool, char ret_name[ZR_NAME_MAX],
				 struct zb_diag *diag);

/*
 * Mounts the root dataset at /sysroot, and below it the datasets of the boot environment that
 * mount by themselves; asks for the passphrases that this needs. The root dataset's name into
 * ret_root. With ZI_ACCESS_MEMORY also the pool's other datasets that mount by themselves:
 * the running system could mount them, but not put an overlay over them.
 */
ZB_MUST_CHECK int zi_mount_root(const struct zi_console *c, const struct zi_options *o,
				enum zi_access access, const char *pool,
				char ret_root[ZR_NAME_MAX], struct zb_diag *diag);

#endif
