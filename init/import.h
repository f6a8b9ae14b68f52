/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_INIT_IMPORT_H
#define ZLIVE_INIT_IMPORT_H

#include "init/console.h"
#include "init/pool.h"

/*
 * Imports the pool from exactly the devices of the decision, nothing mounted, no cachefile
 * read or written. Its name as imported into ret_name. A pool that is imported already is
 * fine (a second try after the menu). rewind: if its newest state does not import, an earlier
 * one may be taken, which loses what was written since.
 */
ZB_MUST_CHECK int zi_import(const struct zi_devices *d,
			    const struct zi_decision *decision, bool read_only,
			    bool rewind, char ret_name[ZR_NAME_MAX],
			    struct zb_diag *diag);

/* What OpenZFS says about a rewind of the pool, without doing it; always terminated. */
void zi_import_preview(const struct zi_devices *d, const struct zi_decision *decision,
		       char *text, size_t size);

/*
 * Mounts the root dataset at /sysroot, and below it the datasets of the boot environment that
 * mount by themselves; asks for the passphrases that this needs. The root dataset's name into
 * ret_root.
 */
ZB_MUST_CHECK int zi_mount_root(const struct zi_console *c, const struct zi_options *o,
				const char *pool, char ret_root[ZR_NAME_MAX],
				struct zb_diag *diag);

#endif
