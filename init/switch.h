/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_INIT_SWITCH_H
#define ZLIVE_INIT_SWITCH_H

#include "base/diag.h"

/* Mounts /proc, /sys, /dev and /run; one that is mounted already is fine. */
ZB_MUST_CHECK int zi_mount_kernel_files(struct zb_diag *diag);

/*
 * The init to start in /sysroot: `wanted`, or the usual ones if that is empty, into buf.
 * ZB_ENOENT says which was looked for.
 */
ZB_MUST_CHECK int zi_switch_find_init(const char *wanted, char *buf, size_t size,
				      struct zb_diag *diag);

/*
 * Moves the kernel file systems into /sysroot, deletes the ramdisk's content, makes /sysroot
 * the root and starts init with argv[1] and on. Returns only on failure.
 */
int zi_switch_root(const char *init, char **argv, struct zb_diag *diag);

#endif
