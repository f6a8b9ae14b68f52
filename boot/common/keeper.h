/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BT_KEEPER_H
#define BT_KEEPER_H

#include "read/read.h"

#define BT_KEPT_MAX   4
#define BT_KEPT_BYTES (256u << 10) /* of one read: a label */

/*
 * A device in front of another one that keeps the first few reads. A pool's labels are read
 * twice in a row, to see what is there and again to open it; on a slow stick, a megabyte
 * counts. Once dropped it only passes reads on.
 */
struct bt_keeper {
	struct zr_dev dev; /* what to read from */
	const struct zr_dev *under;
	const struct zr_host *host;
	struct {
		uint64_t offset;
		size_t len;
		uint8_t *data;
	} kept[BT_KEPT_MAX];
	unsigned int n;
	bool dropped;
};

/* under and host stay the caller's and outlive k; k must not move. */
void bt_keeper_init(struct bt_keeper *k, const struct zr_host *host,
		    const struct zr_dev *under);
/* Forgets what was kept, and keeps nothing more. */
void bt_keeper_drop(struct bt_keeper *k);

#endif
