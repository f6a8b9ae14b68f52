/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "init/zfs_ioctl.h"

/*
 * OpenZFS's zfs_cmd_t (include/sys/zfs_ioctl.h), as far as the calls here use it. These fields
 * lie alike in 2.1, 2.3 and 2.4; what comes behind them differs, and is zero here.
 *
 *	    0  zc_name, 4096 bytes
 *	 4144  zc_value, 8192 bytes
 *	12592  zc_guid
 *	12616  zc_cookie
 */
#define AT_GUID	      12592
#define AT_COOKIE     12616
#define NAME_MAX_     255
#define CMD_SIZE      65536 /* the kernel reads less than a third of it */

#define IOC_POOL_SCAN 0x5a07
#define IOC_CLEAR     0x5a21
#define NO_REWIND     1 /* ZPOOL_NO_REWIND, cookie of IOC_CLEAR */
#define SCAN_SCRUB    1 /* POOL_SCAN_SCRUB, cookie of IOC_POOL_SCAN */

static int call(unsigned long command, const char *pool, uint64_t guid, uint64_t cookie,
		const char *what, struct zb_diag *diag)
{
	char *cmd = calloc(1, CMD_SIZE);
	int fd = open("/dev/zfs", O_RDWR | O_CLOEXEC);
	int error = 0;

	if (!cmd || fd < 0) {
		error = errno;
	} else {
		snprintf(cmd, NAME_MAX_, "%s", pool);
		memcpy(cmd + AT_GUID, &guid, sizeof(guid));
		memcpy(cmd + AT_COOKIE, &cookie, sizeof(cookie));
		error = ioctl(fd, command, cmd) < 0 ? errno : 0;
	}
	if (fd >= 0)
		close(fd);
	free(cmd);
	return error ? zb_fail(diag, -error, pool, ZB_DIAG_NO_OFFSET, "%s: %s", what,
			       strerror(error))
		     : 0;
}

int zi_zfs_clear(const char *pool, uint64_t vdev, struct zb_diag *diag)
{
	return call(IOC_CLEAR, pool, vdev, NO_REWIND, "cannot bring the disk back", diag);
}

int zi_zfs_scrub(const char *pool, struct zb_diag *diag)
{
	return call(IOC_POOL_SCAN, pool, 0, SCAN_SCRUB, "cannot start a scrub", diag);
}
