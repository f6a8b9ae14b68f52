/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZR_LABEL_H
#define ZR_LABEL_H

#include "fmt/nvlist.h"
#include "fmt/uberblock.h"
#include "read/dev.h"

/*
 * Uberblocks to fall back to; one per transaction group, so these reach back about as many
 * groups, some minutes on a busy pool.
 */
#define ZR_UBERBLOCKS 16

/* The newest uberblocks seen, newest first, each tree once. */
struct zr_uberblocks {
	struct zf_uberblock at[ZR_UBERBLOCKS];
	unsigned int n;
};

void zr_uberblocks_add(struct zr_uberblocks *list, const struct zf_uberblock *ub);

/* One txg has one tree, unless two halves of a mirror went on without each other. */
bool zr_uberblock_same_tree(const struct zf_uberblock *a, const struct zf_uberblock *b);

enum zr_label_effort {
	ZR_LABEL_FRUGAL, /* the first whole config will do, all four uberblock rings */
	ZR_LABEL_FULL,	 /* all four configs are read and compared */
};

/* All that is on one device. */
struct zr_label_data {
	struct zr_label info;
	struct zr_uberblocks uberblocks; /* none younger than the limit that was given */
	struct zf_uberblock newest;	 /* of all; txg 0 if there is none */
	uint8_t *pairs;			 /* the best label's list, owned */
	struct zf_nvlist config;
	enum zr_label_effort effort;
	/* bit n: label n */
	unsigned int unreadable;
	unsigned int bad;     /* has a magic but makes no sense */
	unsigned int foreign; /* is whole, and another vdev's */
};

/*
 * Errors as zr_label_read(). Uberblocks beyond max_txg are left out. On success the caller
 * ends with zr_label_data_done().
 */
ZB_MUST_CHECK int zr_label_load(const struct zr_host *host, const struct zr_dev *dev,
				enum zr_label_effort effort, uint64_t max_txg,
				struct zr_io_stats *stats, struct zr_label_data *ret_data,
				struct zb_diag *diag);
/* Notes labels that are damaged, missing or in an unusual place. */
void zr_label_note(const struct zr_host *host, const struct zr_dev *dev,
		   const struct zr_label_data *data);

/* Fills info from a label's config. ZB_ECORRUPT if it does not even say which vdev it is. */
ZB_MUST_CHECK int zr_label_info(struct zf_nvlist config, struct zr_label *info);

void zr_label_data_done(const struct zr_host *host, struct zr_label_data *data);

#endif
