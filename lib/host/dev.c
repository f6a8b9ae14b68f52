/* SPDX-License-Identifier: BSD-2-Clause */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include "host/dev.h"
#include "host/parts.h"

#define MAX_DEVS 4096

static int fail_errno(struct zb_diag *diag, const char *path, const char *what)
{
	int e = errno;
	int error = e == ENOENT	  ? ZB_ENOENT
		    : e == EACCES ? ZB_EACCES
		    : e == EPERM  ? ZB_EACCES
		    : e == ENOMEM ? ZB_ENOMEM
				  : ZB_EIO;

	return zb_fail(diag, error, path, ZB_DIAG_NO_OFFSET, "%s: %s", what, strerror(e));
}

static int read_at(void *ctx, uint64_t offset, void *buf, size_t len)
{
	const struct zh_dev *d = ctx;
	uint8_t *p = buf;
	ssize_t n;

	while (len > 0) {
		n = pread(d->fd, p, len, (off_t)(d->start + offset));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ZB_EIO;
		p += n;
		offset += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

/* The kernel takes its time to find that all of it is in memory, which mostly shows at the end. */
static bool is_cached(const struct zh_dev *d, uint64_t end)
{
	uint8_t last;
	const struct iovec one = { &last, sizeof(last) };

	return preadv2(d->fd, &one, 1, (off_t)(d->start + end - 1), RWF_NOWAIT) == 1;
}

static void read_ahead(void *ctx, uint64_t offset, uint64_t len)
{
	const struct zh_dev *d = ctx;

	if (len == 0 || is_cached(d, offset + len))
		return;
	posix_fadvise(d->fd, (off_t)(d->start + offset), (off_t)len, POSIX_FADV_WILLNEED);
}

static struct zh_dev *dev_create(const char *path, int fd, unsigned int part)
{
	struct zh_dev *d = calloc(1, sizeof(*d));
	char *name = NULL;

	if (!d)
		return NULL;
	d->path = strdup(path);
	if (d->path && part)
		d->dev.name = asprintf(&name, "%s#%u", path, part) < 0 ? NULL : name;
	else
		d->dev.name = d->path;
	if (!d->dev.name) {
		free(d->path);
		free(d);
		return NULL;
	}
	d->part = part;
	d->fd = fd;
	d->dev.ctx = d;
	d->dev.read = read_at;
	d->dev.ahead = read_ahead;
	return d;
}

static void dev_destroy(struct zh_dev *d)
{
	if (d->owns_fd)
		close(d->fd);
	if (d->dev.name != d->path)
		free((char *)d->dev.name);
	free(d->path);
	free(d);
}

static int add(struct zh_devs *devs, struct zh_dev *d, struct zb_diag *diag)
{
	struct zh_dev **at;

	if (!d)
		return zb_fail(diag, ZB_ENOMEM, NULL, ZB_DIAG_NO_OFFSET,
			       "no memory for the list of devices");
	at = devs->n < MAX_DEVS
		     ? realloc(devs->at, (devs->n + 1) * sizeof(struct zh_dev *))
		     : NULL;
	if (!at) {
		dev_destroy(d);
		return zb_fail(diag, ZB_ENOMEM, NULL, ZB_DIAG_NO_OFFSET,
			       "too many devices");
	}
	devs->at = at;
	devs->at[devs->n++] = d;
	return 0;
}

static int get_size(int fd, const struct stat *st, struct zr_dev *dev)
{
	int block = 512;
	uint64_t size;

	dev->block_size = 512;
	if (S_ISREG(st->st_mode)) {
		dev->size = (uint64_t)st->st_size;
		return 0;
	}
	if (ioctl(fd, BLKGETSIZE64, &size) < 0)
		return -1;
	if (ioctl(fd, BLKSSZGET, &block) == 0 && block >= 512 && block <= 65536)
		dev->block_size = (uint32_t)block;
	dev->size = size;
	return 0;
}

struct add_part {
	struct zh_devs *devs;
	const struct zh_dev *whole;
	struct zb_diag *diag;
};

static int add_part(void *ctx, const struct zh_part *part)
{
	struct add_part *a = ctx;
	struct zh_dev *d;

	d = dev_create(a->whole->path, a->whole->fd, part->number);
	if (d) {
		d->start = part->start;
		d->dev.size = part->size;
		d->dev.block_size = a->whole->dev.block_size;
		memcpy(d->part_guid, part->guid, sizeof(d->part_guid));
	}
	return add(a->devs, d, a->diag);
}

/* The device or file, and its partitions; those of the machine's disks are devices themselves. */
static int add_path(struct zh_devs *devs, const char *path, bool parts,
		    struct zb_diag *diag)
{
	struct add_part a = { .devs = devs, .diag = diag };
	struct zh_dev *d;
	struct stat st;
	int error, fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return fail_errno(diag, path, "cannot be opened");
	if (fstat(fd, &st) < 0 || (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))) {
		close(fd);
		return zb_fail(diag, ZB_EINVAL, path, ZB_DIAG_NO_OFFSET,
			       "is neither a block device nor an image file");
	}
	d = dev_create(path, fd, 0);
	if (!d || get_size(fd, &st, &d->dev) < 0) {
		error = fail_errno(diag, path, "its size is unknown");
		if (d)
			dev_destroy(d);
		close(fd);
		return error;
	}
	d->owns_fd = true;
	error = add(devs, d, diag);
	a.whole = d;
	if (!error && parts)
		error = zh_parts_each(&d->dev, add_part, &a, diag);
	return error;
}

static int add_directory(struct zh_devs *devs, const char *path, struct zb_diag *diag)
{
	struct dirent **list;
	struct zb_diag unused;
	int n = scandir(path, &list, NULL, alphasort);
	char *full;

	if (n < 0)
		return fail_errno(diag, path, "cannot be listed");
	for (int i = 0; i < n; i++) {
		if (list[i]->d_name[0] != '.' &&
		    asprintf(&full, "%s/%s", path, list[i]->d_name) >= 0) {
			/* Whatever is no device or image there is not of interest. */
			if (add_path(devs, full, true, &unused) == ZB_ENOMEM)
				zb_fail(diag, ZB_ENOMEM, full, ZB_DIAG_NO_OFFSET,
					"no memory");
			free(full);
		}
		free(list[i]);
	}
	free(list);
	return 0;
}

/*
 * On a running stick a device of the device mapper, "zlive-" and a number, stands in front of
 * the partition and shows the same (init/hold.h): one of the two is enough.
 */
static bool stands_before_another(const char *name)
{
	char path[300], line[16] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/sys/class/block/%.200s/dm/name", name);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (!fgets(line, sizeof(line), f))
		line[0] = '\0';
	fclose(f);
	return strncmp(line, "zlive-", 6) == 0;
}

static int add_machine(struct zh_devs *devs, struct zb_diag *diag)
{
	struct dirent **list;
	struct zb_diag unused;
	char path[300];
	int n = scandir("/sys/class/block", &list, NULL, alphasort);

	if (n < 0)
		return fail_errno(diag, "/sys/class/block", "cannot be listed");
	for (int i = 0; i < n; i++) {
		if (stands_before_another(list[i]->d_name)) {
			free(list[i]);
			continue;
		}
		snprintf(path, sizeof(path), "/dev/%s", list[i]->d_name);
		for (char *p = path; *p; p++)
			if (*p == '!')
				*p = '/';
		/* Empty card readers, drives in use by others: nothing to say about. */
		if (list[i]->d_name[0] != '.' && add_path(devs, path, false, &unused))
			path[0] = '\0';
		free(list[i]);
	}
	free(list);
	return 0;
}

static int make_list(struct zh_devs *devs, struct zb_diag *diag)
{
	devs->list = calloc(devs->n + 1, sizeof(*devs->list));
	if (!devs->list)
		return zb_fail(diag, ZB_ENOMEM, NULL, ZB_DIAG_NO_OFFSET, "no memory");
	for (unsigned int i = 0; i < devs->n; i++)
		devs->list[i] = &devs->at[i]->dev;
	return 0;
}

int zh_devs_open(const char *const *paths, unsigned int n, struct zh_devs *ret_devs,
		 struct zb_diag *diag)
{
	struct zh_devs devs = { 0 };
	struct stat st;
	int error = n == 0 ? add_machine(&devs, diag) : 0;

	for (unsigned int i = 0; !error && i < n; i++) {
		if (stat(paths[i], &st) == 0 && S_ISDIR(st.st_mode))
			error = add_directory(&devs, paths[i], diag);
		else
			error = add_path(&devs, paths[i], true, diag);
	}
	if (!error)
		error = make_list(&devs, diag);
	if (error)
		zh_devs_close(&devs);
	else
		*ret_devs = devs;
	return error;
}

void zh_devs_close(struct zh_devs *devs)
{
	for (unsigned int i = 0; i < devs->n; i++)
		dev_destroy(devs->at[i]);
	free(devs->at);
	free(devs->list);
	*devs = (struct zh_devs){ 0 };
}
