/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZH_DEV_H
#define ZH_DEV_H

#include "read/read.h"

/*
 * Block devices, image files and the partitions in them as devices of the reader. Opened for
 * reading only.
 */
struct zh_dev {
	struct zr_dev dev;  /* its name is the path, of a part "path#N" */
	char *path;	    /* what was opened */
	unsigned int part;  /* number of the partition inside it, 0: the whole */
	uint64_t start;	    /* bytes, of the part */
	char part_guid[37]; /* of a GPT partition where it is known, else empty */
	int fd;
	bool owns_fd;
};

struct zh_devs {
	struct zh_dev **at;
	unsigned int n;
	const struct zr_dev **list; /* the same as zr_pool_open() takes them */
};

/*
 * Everything that may hold a vdev: each path is a device or an image file, taken as a whole and
 * by its partitions, or a directory, all of whose files are looked at. No path: every block
 * device of the machine. What a person names must open; what the machine has may fail to.
 */
ZB_MUST_CHECK int zh_devs_open(const char *const *paths, unsigned int n,
			       struct zh_devs *ret_devs, struct zb_diag *diag);
void zh_devs_close(struct zh_devs *devs);

#endif
