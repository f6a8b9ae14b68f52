/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BT_SOURCE_POOL_H
#define BT_SOURCE_POOL_H

#include "boot/common/source.h"
#include "read/read.h"

/* A bt_source that answers from an open pool; it keeps the dataset last asked for open. */
struct bt_source_pool {
	struct bt_source source;
	struct zr_pool *pool;
	char name[ZR_NAME_MAX]; /* of what is open */
	struct zr_dataset *dataset;
	struct zr_fs *fs;
};

void bt_source_pool_init(struct bt_source_pool *s, struct zr_pool *pool);
void bt_source_pool_done(struct bt_source_pool *s);

#endif
