/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BT_LOAD_H
#define BT_LOAD_H

#include "boot/common/kernels.h"
#include "boot/common/platform.h"

/*
 * Reads kernel and ramdisks (one after another, as Linux takes them, each at a multiple of 4)
 * into memory of the platform's image_alloc, with a progress bar on the screen.
 */
ZB_MUST_CHECK int bt_load(const struct bt_platform *p, const struct bt_source *source,
			  const char *dataset, const struct bt_kernel *kernel,
			  struct bt_image *ret_image, struct zb_diag *diag);
void bt_load_free(const struct bt_platform *p, struct bt_image *image);

#endif
