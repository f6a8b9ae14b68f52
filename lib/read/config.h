/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZR_CONFIG_H
#define ZR_CONFIG_H

#include "read/member.h"

/*
 * The config object of the MOS: what the pool itself says of its vdevs, in the very state that
 * is open. A label knows its own top-level vdev only, and an old one knows an old vdev.
 * Replaces pool->vdevs. ZB_ENODEV names the missing vdev.
 */
ZB_MUST_CHECK int zr_config_apply(struct zr_pool *pool, struct zr_members *members,
				  struct zb_diag *diag);

#endif
