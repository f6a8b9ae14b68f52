/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZR_VDEV_H
#define ZR_VDEV_H

#include "fmt/blkptr.h"
#include "fmt/nvlist.h"
#include "read/draid.h"
#include "read/window.h"

/*
 * Top-level vdevs. Each has slots, the children that its layout speaks of: one for a disk or a
 * mirror. A slot has sides, devices that hold the same bytes: those of the mirror, or of a
 * spare or replacing vdev below it.
 */
#define ZR_VDEV_MAX_TOP	  4096 /* ids that we accept; OpenZFS has no limit */
#define ZR_VDEV_MAX_SIDES 1024
#define ZR_VDEV_MAX_SLOTS 255
#define ZR_NOT_A_SPARE	  UINT32_MAX

enum zr_vdev_kind {
	ZR_VDEV_ABSENT, /* no label of it was seen */
	ZR_VDEV_MIRROR, /* or a single disk or file */
	ZR_VDEV_RAIDZ,
	ZR_VDEV_DRAID,
	ZR_VDEV_INDIRECT, /* removed: its contents are elsewhere */
	ZR_VDEV_HOLE,	  /* removed log device: nothing points there */
};

/* From start to before end. */
struct zr_txgs {
	uint64_t start, end;
};

struct zr_side {
	uint64_t guid;
	const struct zr_dev *dev; /* NULL: missing */
	bool stale;		  /* it lacks what the other devices of the vdev have */
	uint64_t stale_txg;	  /* the last that it has, if it is stale */
	uint32_t spare;		  /* of a distributed spare: its number */
	unsigned int n_lacks;
	struct zr_txgs
		*lacks; /* what was written then is not on it; ascending: see dtl.h */
	uint64_t dtl;	/* the object in the MOS that says so; 0: none */
	bool joining;	/* it was not resilvered to the end since it was attached */
};

struct zr_slot {
	unsigned int first, n; /* of the vdev's sides */
};

/* What raidz and dRAID have beyond their slots. */
struct zr_raid_info {
	unsigned int nparity;
	/*
	 * raidz: a block born before widths_txg[i] has n_slots - (n_widths - i) columns, one less if
	 * an expansion goes on; see zr_raidz_width().
	 */
	bool expanding;
	unsigned int n_widths;
	uint64_t *widths_txg;
	struct zr_draid *draid;
};

/* The map of a removed vdev; see indirect.h. */
struct zr_indirect {
	uint64_t object;   /* in the MOS */
	uint64_t previous; /* id of the vdev that was removed before it */
	uint64_t n;
	uint64_t *words; /* three for each of n entries, by offset */
};

struct zr_vdev {
	enum zr_vdev_kind kind;
	bool is_log;
	uint64_t guid;
	uint64_t txg; /* of the label that it was made from */
	unsigned int ashift;
	unsigned int n_sides, n_slots;
	struct zr_side *sides;
	struct zr_slot *slots;
	bool has_lacks; /* some side has */
	struct zr_raid_info raid;
	struct zr_indirect indirect;
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
 * The device of a side for a range at offset of the vdev's slot: of a distributed spare it is
 * that of the slot whose reserve the range lies in, by its first present side. NULL: missing.
 */
const struct zr_dev *zr_side_dev(const struct zr_vdev *vdev, const struct zr_side *side,
				 uint64_t offset);

/*
 * Whether a side is known to lack a block of that birth at an offset of its slot: it was away
 * when the block was written, and has not been resilvered to the end. What it holds may be an
 * older block, which only a checksum would tell, and there may be none. Yet it may hold the
 * right one, too, so that such a side is tried after all others.
 */
bool zr_side_lacks(const struct zr_vdev *vdev, const struct zr_side *side,
		   uint64_t offset, uint64_t birth);

/* The txgs, that of birth among them, which a side lacks by its own log, or since it is stale. */
bool zr_side_gap(const struct zr_side *side, uint64_t birth, struct zr_txgs *ret_gap);

/* Sets has_lacks, when what the sides lack has changed. */
void zr_vdev_count_lacks(struct zr_vdev *vdev);

/* Makes a side one that lacks everything, for want of a log. */
ZB_MUST_CHECK int zr_side_lacks_all(const struct zr_host *host, struct zr_side *side);

/*
 * Which sides of the vdev lack it by their own log: a bit for each, the last one for all from
 * ZR_LACKING_BITS - 1 on.
 */
#define ZR_LACKING_BITS 64
uint64_t zr_vdev_lacking(const struct zr_vdev *vdev, uint64_t birth);

/* The i-th side of a slot in the order in which they are to be tried. */
const struct zr_side *zr_slot_side(const struct zr_vdev *vdev, const struct zr_slot *slot,
				   unsigned int i, uint64_t offset, uint64_t birth);

/* Whether enough of its devices are there. */
bool zr_vdev_is_readable(const struct zr_vdev *vdev);

#endif
