/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_INIT_OVERLAY_H
#define ZLIVE_INIT_OVERLAY_H

#include "base/diag.h"

/* What lies below it: in the ramdisk, and later in the running system. */
#define ZI_OVERLAY_FOLDER "/run/zlive/overlay"

/* A place for one overlay: the folder where its read-only file system has to be mounted. */
ZB_MUST_CHECK int zi_overlay_prepare(unsigned int *ret_number, char *lower, size_t size,
				     struct zb_diag *diag);

/*
 * Mounts at `where` what was mounted in place `number`, writable: changes go to memory and are
 * lost when the machine is turned off. Owner, mode and mount flags stay as they are.
 */
ZB_MUST_CHECK int zi_overlay_mount(unsigned int number, const char *where,
				   struct zb_diag *diag);

#endif
