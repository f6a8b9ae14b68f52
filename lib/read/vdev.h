/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZR_VDEV_H
#define ZR_VDEV_H

#include "fmt/blkptr.h"
#include "fmt/nvlist.h"
#include "read/window.h"

/*
 * Top-level vdevs. Each has slots, the children that its layout speaks of: one for a disk or a
 * mirror. A slot has sides, devices that hold the same bytes: those of the mirror, or of a
 * spare or replacing vdev below it.
 */
#define ZR_VDEV_MAX_TOP	  4096 /* ids that we accept; OpenZFS has no limit */
#define ZR_VDEV_MAX_SIDES 1024

enum zr_vdev_kind {
	ZR_VDEV_ABSENT, /* no label of it was seen */
	ZR_VDEV_MIRROR, /* or a single disk or file */
	ZR_VDEV_HOLE,	/* removed, or a log device: holds no pool data */
};

struct zr_side {
	uint64_t guid;
	const struct zr_dev *dev; /* NULL: missing */
	bool stale;		  /* it lacks what the other devices of the vdev have */
};

struct zr_slot {
	unsigned int first, n; /* of the vdev's sides */
};

struct zr_vdev {
	enum zr_vdev_kind kind;
	uint64_t guid;
	unsigned int ashift;
	unsigned int n_sides, n_slots;
	struct zr_side *sides;
	struct zr_slot *slots;
};

/*
 * Makes a top-level vdev from the vdev tree of a label; its sides have no device yet.
 * ZB_ENOTSUP, the type in diag, for a type that we cannot read.
 */
ZB_MUST_CHECK int zr_vdev_init(const struct zr_host *host, struct zf_nvlist tree,
			       const char *pool_name, struct zr_vdev *ret_vdev,
			       struct zb_diag *diag);
void zr_vdev_done(const struct zr_host *host, struct zr_vdev *vdev);

/* Whether enough of its devices are there. */
bool zr_vdev_is_readable(const struct zr_vdev *vdev);

#endif
