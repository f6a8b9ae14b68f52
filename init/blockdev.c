/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "init/blockdev.h"

static void *host_alloc(void *ctx, size_t size)
{
	return malloc(size);
}

static void host_free(void *ctx, void *ptr)
{
	free(ptr);
}

static int dev_read(void *ctx, uint64_t offset, void *buf, size_t len)
{
	const int *fd = ctx;

	for (size_t have = 0; have < len;) {
		ssize_t n = pread(*fd, (char *)buf + have, len - have,
				  (off_t)(offset + have));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ZB_EIO;
		have += (size_t)n;
	}
	return 0;
}

const struct zr_host zi_blockdev_host = { .alloc = host_alloc, .free = host_free };

static int describe(int *fd, const char *name, struct zr_dev *dev, struct zb_diag *diag)
{
	int block = 0;

	*dev = (struct zr_dev){
		.ctx = fd, .name = name, .block_size = 512, .read = dev_read
	};
	if (ioctl(*fd, BLKGETSIZE64, &dev->size) < 0)
		return zb_fail(diag, -errno, name, ZB_DIAG_NO_OFFSET,
			       "cannot get its size: %s", strerror(errno));
	if (dev->size == 0)
		return zb_fail(diag, ZB_ENOENT, name, ZB_DIAG_NO_OFFSET, "no medium");
	if (ioctl(*fd, BLKSSZGET, &block) == 0 && block >= 512 && block <= 65536)
		dev->block_size = (uint32_t)block;
	return 0;
}

int zi_blockdev_open(const char *name, int *ret_fd, struct zr_dev *ret_dev,
		     struct zb_diag *diag)
{
	char path[PATH_MAX];
	int r;

	snprintf(path, sizeof(path), "/dev/%s", name);
	*ret_fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (*ret_fd < 0)
		return zb_fail(diag, errno == ENOMEDIUM ? ZB_ENOENT : -errno, name,
			       ZB_DIAG_NO_OFFSET, "cannot open it: %s", strerror(errno));
	/* What is asked for and no more: nobody reads on behind a label. */
	posix_fadvise(*ret_fd, 0, 0, POSIX_FADV_RANDOM);
	r = describe(ret_fd, name, ret_dev, diag);
	if (r < 0)
		close(*ret_fd);
	return r;
}
