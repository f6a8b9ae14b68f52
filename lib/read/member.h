/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZR_MEMBER_H
#define ZR_MEMBER_H

#include "read/label.h"
#include "read/pool.h"

/*
 * Which devices belong to a pool, by their labels, and which of them are up to date. Labels
 * only have to lead to the pool's own config (config.h), which then decides what its vdevs are.
 */
struct zr_member {
	const struct zr_dev *dev;
	struct zr_label_data label;
	bool in_use; /* some vdev has taken it */
};

struct zr_members {
	const struct zr_host *host;
	const struct zr_open_options *options;
	struct zr_member *at; /* newest label first; alike ones in the caller's order */
	unsigned int n;
};

/*
 * Reads the labels of n devices and keeps those of the pool that is asked for, or of the only
 * one there is. ZB_ENOENT if there is none, ZB_EINVAL if there are several. The caller ends with
 * zr_members_done() in any case.
 */
ZB_MUST_CHECK int zr_members_load(struct zr_members *members,
				  const struct zr_dev *const *devs, unsigned int n,
				  enum zr_label_effort effort, uint64_t max_txg,
				  struct zr_io_stats *stats, struct zb_diag *diag);
void zr_members_done(struct zr_members *members);

/* Makes pool->vdevs from what the labels say, and gives them their devices. */
ZB_MUST_CHECK int zr_members_make_vdevs(struct zr_members *members, struct zr_pool *pool,
					struct zb_diag *diag);

/*
 * Gives the sides of a vdev their devices. One that missed what its neighbours have goes
 * behind them, and is noted.
 */
void zr_members_attach(struct zr_members *members, struct zr_vdev *vdev);

/* The uberblocks of all devices that a vdev has taken. */
void zr_members_uberblocks(const struct zr_members *members, struct zr_uberblocks *list);

#endif
