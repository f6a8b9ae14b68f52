/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_INIT_BLOCKDEV_H
#define ZLIVE_INIT_BLOCKDEV_H

#include "read/read.h"

/* Memory from malloc(), everything on the caller's own thread. */
extern const struct zr_host zi_blockdev_host;

/*
 * Opens /dev/NAME for reading. *ret_dev refers to *ret_fd and to name; the caller closes the
 * descriptor. ZB_ENOENT for a drive without a medium, else the error of the system.
 */
ZB_MUST_CHECK int zi_blockdev_open(const char *name, int *ret_fd, struct zr_dev *ret_dev,
				   struct zb_diag *diag);

#endif
