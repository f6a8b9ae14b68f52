/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_INIT_ZFS_IOCTL_H
#define ZLIVE_INIT_ZFS_IOCTL_H

#include "base/diag.h"

/*
 * What `zpool clear POOL VDEV` and `zpool scrub POOL` do, for a process that has neither
 * zpool nor a file system to take it from. Both may last: they wait for the pool to sync.
 */
ZB_MUST_CHECK int zi_zfs_clear(const char *pool, uint64_t vdev, struct zb_diag *diag);
ZB_MUST_CHECK int zi_zfs_scrub(const char *pool, struct zb_diag *diag);

#endif
