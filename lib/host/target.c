/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "host/target.h"

struct zh_target {
	int fd;
	char *path;
	char *temp; /* NULL for a device, and once renamed */
	uint64_t size;
	uint32_t sector_size;
	bool device;
};

static int fail_errno(const struct zh_target *t, const char *what, struct zb_diag *diag)
{
	int err = errno;

	if (err == ENOSPC || err == EDQUOT)
		return zb_fail(diag, ZB_ENOSPC, t->path, ZB_DIAG_NO_OFFSET,
			       t->device ? "the device is full"
					 : "no space left on the file system it is on");
	return zb_fail(diag, -err, t->path, ZB_DIAG_NO_OFFSET, "%s: %s", what,
		       strerror(err));
}

static bool is_partition(dev_t dev)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/partition", major(dev),
		 minor(dev));
	return access(path, F_OK) == 0;
}

static int device_open(struct zh_target *t, const struct stat *st, struct zb_diag *diag)
{
	int sector = 0, readonly = 0;

	if (is_partition(st->st_rdev))
		return zb_fail(diag, ZB_EINVAL, t->path, ZB_DIAG_NO_OFFSET,
			       "is a partition; a stick is a whole disk");
	t->device = true;
	/*
	 * O_EXCL on a block device: nobody has it, or a part of it, mounted or in a pool.
	 */
	t->fd = open(t->path, O_RDWR | O_EXCL | O_CLOEXEC);
	if (t->fd < 0 && errno == EBUSY)
		return zb_fail(diag, ZB_EBUSY, t->path, ZB_DIAG_NO_OFFSET,
			       "is in use (mounted, swap, or part of a pool or array)");
	if (t->fd < 0)
		return fail_errno(t, "cannot open", diag);
	if (ioctl(t->fd, BLKROGET, &readonly) < 0 ||
	    ioctl(t->fd, BLKSSZGET, &sector) < 0 ||
	    ioctl(t->fd, BLKGETSIZE64, &t->size) < 0)
		return fail_errno(t, "cannot ask for its size", diag);
	if (readonly)
		return zb_fail(diag, ZB_EACCES, t->path, ZB_DIAG_NO_OFFSET,
			       "is write-protected");
	if (sector < 512 || sector > 4096 || !zb_is_pow2((uint64_t)sector))
		return zb_fail(diag, ZB_ENOTSUP, t->path, ZB_DIAG_NO_OFFSET,
			       "sectors of %d bytes", sector);
	t->sector_size = (uint32_t)sector;
	return 0;
}

/* A name beside path that no other process can have, and the file itself. */
static int image_open(struct zh_target *t, const struct zh_target_options *o,
		      struct zb_diag *diag)
{
	char *temp;

	if (asprintf(&temp, "%s.XXXXXX.part", t->path) < 0)
		return zb_fail(diag, ZB_ENOMEM, t->path, ZB_DIAG_NO_OFFSET, "no memory");
	t->fd = mkostemps(temp, (int)strlen(".part"), O_CLOEXEC);
	if (t->fd < 0) {
		int r = fail_errno(t, "cannot make a file beside it", diag);

		free(temp);
		return r;
	}
	t->temp = temp;
	t->size = o->size;
	t->sector_size = o->sector_size;
	if (ftruncate(t->fd, (off_t)o->size) < 0)
		return fail_errno(t, "cannot set its size", diag);
	return 0;
}

int zh_target_create(const char *path, const struct zh_target_options *options,
		     struct zh_target **ret_target, struct zb_diag *diag)
{
	struct zh_target *t = calloc(1, sizeof(*t));
	struct stat st;
	bool exists;
	int r = ZB_ENOMEM;

	if (t) {
		t->fd = -1;
		t->path = strdup(path);
	}
	if (!t || !t->path) {
		r = zb_fail(diag, ZB_ENOMEM, path, ZB_DIAG_NO_OFFSET, "no memory");
		goto fail;
	}
	exists = stat(path, &st) == 0;
	if (!exists && errno != ENOENT)
		r = fail_errno(t, "cannot write there", diag);
	else if (!exists || S_ISREG(st.st_mode))
		r = image_open(t, options, diag);
	else if (S_ISBLK(st.st_mode))
		r = device_open(t, &st, diag);
	else
		r = zb_fail(diag, ZB_EINVAL, path, ZB_DIAG_NO_OFFSET,
			    "neither a file nor a block device");
	if (r < 0)
		goto fail;
	*ret_target = t;
	return 0;
fail:
	zh_target_destroy(t);
	return r;
}

void zh_target_destroy(struct zh_target *target)
{
	if (!target)
		return;
	if (target->temp)
		unlink(target->temp);
	if (target->fd >= 0)
		close(target->fd);
	free(target->temp);
	free(target->path);
	free(target);
}

int zh_target_fd(const struct zh_target *target)
{
	return target->fd;
}

const char *zh_target_name(const struct zh_target *target)
{
	return target->path;
}

uint64_t zh_target_size(const struct zh_target *target)
{
	return target->size;
}

uint32_t zh_target_sector_size(const struct zh_target *target)
{
	return target->sector_size;
}

bool zh_target_is_device(const struct zh_target *target)
{
	return target->device;
}

int zh_target_write(struct zh_target *target, uint64_t offset, const void *buf,
		    size_t len, struct zb_diag *diag)
{
	const uint8_t *p = buf;

	while (len > 0) {
		ssize_t n = pwrite(target->fd, p, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n < 0 ? errno : EIO;
			return fail_errno(target, "cannot write", diag);
		}
		p += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

int zh_target_zero(struct zh_target *target, uint64_t offset, uint64_t len,
		   struct zb_diag *diag)
{
	static const uint8_t zeros[1 << 16];

	if (!target->device)
		return 0;
	while (len > 0) {
		size_t n = len < sizeof(zeros) ? (size_t)len : sizeof(zeros);
		int r = zh_target_write(target, offset, zeros, n, diag);

		if (r < 0)
			return r;
		offset += n;
		len -= n;
	}
	return 0;
}

int zh_target_flush(struct zh_target *target, struct zb_diag *diag)
{
	if (fsync(target->fd) < 0)
		return fail_errno(target, "cannot flush", diag);
	return 0;
}

/* mkostemps() makes files private; an image gets what any new file would. */
static int mode_restore(const struct zh_target *t, struct zb_diag *diag)
{
	mode_t mask = umask(0);

	umask(mask);
	if (fchmod(t->fd, 0666 & ~mask) < 0)
		return fail_errno(t, "cannot set its mode", diag);
	return 0;
}

/* So that the name, too, outlives a power failure. */
static int directory_flush(const struct zh_target *t, struct zb_diag *diag)
{
	char *slash = strrchr(t->path, '/');
	char *dir = !slash	       ? strdup(".")
		    : slash == t->path ? strdup("/")
				       : strndup(t->path, (size_t)(slash - t->path));
	int fd = dir ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int r = 0;

	free(dir);
	/* EINVAL: a file system that cannot; the image is complete all the same. */
	if (fd < 0 || (fsync(fd) < 0 && errno != EINVAL))
		r = fail_errno(t, "cannot flush its folder", diag);
	if (fd >= 0)
		close(fd);
	return r;
}

int zh_target_commit(struct zh_target *target, struct zb_diag *diag)
{
	int r = zh_target_flush(target, diag);

	if (r < 0)
		return r;
	if (target->device) {
		/* A busy device is impossible here, and a stick is whole without it. */
		ioctl(target->fd, BLKRRPART);
		return 0;
	}
	r = mode_restore(target, diag);
	if (r < 0)
		return r;
	if (rename(target->temp, target->path) < 0)
		return fail_errno(target, "cannot rename the finished image", diag);
	free(target->temp);
	target->temp = NULL;
	return directory_flush(target, diag);
}
