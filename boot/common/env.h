/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BT_ENV_H
#define BT_ENV_H

#include <stdbool.h>
#include "boot/common/cmdline.h"
#include "boot/common/kernels.h"
#include "read/read.h"

#define BT_ENVS_MAX 64

/* A boot environment: a dataset that is a root file system with at least one kernel. */
struct bt_env {
	char dataset[ZR_NAME_MAX];
	char args[BT_CMDLINE_MAX]; /* its own part of the command line */
	struct bt_kernel *kernels; /* newest first */
	unsigned int n_kernels;
	unsigned int default_kernel;
};

struct bt_env_list {
	struct bt_env *envs[BT_ENVS_MAX];
	unsigned int n;
};

/* Told of what keeps a dataset from being offered: no kernel, unreadable. */
typedef void (*bt_note_fn)(void *ctx, const struct zb_diag *what);

/*
 * The boot environments of a pool, bootfs first if it is one, the others by name: the file
 * systems below <pool>/ROOT, and bootfs; where this finds none, of the whole pool. A dataset
 * counts if its own mountpoint is /, unless org.zfsbootmenu:active is off, or if its mountpoint
 * is legacy and org.zfsbootmenu:active is on. Returns 0 also if there is none.
 */
ZB_MUST_CHECK int bt_envs_find(const struct bt_source *source, const struct zr_host *host,
			       const char *pool, const char *bootfs,
			       struct bt_env_list *ret_list, bt_note_fn note,
			       void *note_ctx, struct zb_diag *diag);
void bt_envs_done(const struct zr_host *host, struct bt_env_list *list);

#endif
