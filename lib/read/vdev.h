/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZR_VDEV_H
#define ZR_VDEV_H

#include "fmt/blkptr.h"
#include "fmt/nvlist.h"
#include "read/dev.h"

/*
 * Top-level vdevs. A disk or a mirror: every side holds the same bytes, so a vdev is a set of
 * devices to try one after another. What else there is (raidz, draid, indirect) is known by
 * name and refused when the pool is opened.
 */
#define ZR_VDEV_MAX_TOP	  4096 /* ids that we accept; OpenZFS has no limit */
#define ZR_VDEV_MAX_SIDES 64

enum zr_vdev_kind {
	ZR_VDEV_ABSENT, /* no label of it was seen */
	ZR_VDEV_DATA,	/* a disk, file or mirror */
	ZR_VDEV_HOLE,	/* removed, or a log device: holds no pool data */
};

struct zr_side {
	uint64_t guid;
	const struct zr_dev *dev; /* NULL: missing */
};

struct zr_vdev {
	enum zr_vdev_kind kind;
	uint64_t guid;
	uint64_t txg; /* of the label that it was made from */
	unsigned int ashift;
	unsigned int n_sides;
	struct zr_side *sides;
};

/*
 * Makes a top-level vdev from the vdev tree of a label; its sides have no device yet.
 * ZB_ENOTSUP, the type in diag, for a type that we cannot read.
 */
ZB_MUST_CHECK int zr_vdev_init(const struct zr_host *host, struct zf_nvlist tree,
			       const char *pool_name, struct zr_vdev *ret_vdev,
			       struct zb_diag *diag);
void zr_vdev_done(const struct zr_host *host, struct zr_vdev *vdev);

/*
 * Small reads are rounded to windows of a device that are kept, since the metadata of a pool
 * mostly lies together: a few requests serve many blocks.
 */
#define ZR_WINDOW_SIZE	((size_t)64 << 10)
#define ZR_WINDOW_SMALL ((size_t)32 << 10) /* reads up to this go through a window */
#define ZR_WINDOWS	16

struct zr_window {
	const struct zr_dev *dev; /* NULL: unused */
	uint64_t offset;
	size_t len;
	uint64_t used; /* clock of the last use */
	uint8_t *data; /* of ZR_WINDOW_SIZE, allocated at the first use */
};

struct zr_windows {
	const struct zr_host *host;
	struct zr_io_stats stats;
	uint64_t clock;
	struct zr_window at[ZR_WINDOWS];
};

void zr_windows_init(struct zr_windows *w, const struct zr_host *host);
void zr_windows_done(struct zr_windows *w);

/* Any range of a device, small ones through a window. Errors as zr_dev_read(). */
ZB_MUST_CHECK int zr_windows_read(struct zr_windows *w, const struct zr_dev *dev,
				  uint64_t offset, void *buf, size_t len);

#endif
