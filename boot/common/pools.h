/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BT_POOLS_H
#define BT_POOLS_H

#include "boot/common/env.h"
#include "boot/common/keeper.h"
#include "boot/common/platform.h"
#include "boot/common/source_pool.h"

#define BT_POOLS_MAX 16
#define BT_LOG_LINES 32
#define BT_LOG_BYTES 240

/* What went wrong, for the user: each message once, the first ones if there are too many. */
struct bt_log {
	char lines[BT_LOG_LINES][BT_LOG_BYTES];
	unsigned int n;
};

void bt_log_diag(struct bt_log *log, const struct zb_diag *what);
void bt_log_text(const struct bt_log *log, char *buf, size_t size); /* lines, by \n */

struct bt_pool {
	struct zr_pool *pool;
	struct bt_source_pool source;
	struct bt_env_list envs;
	struct zr_pool_info info;
	uint64_t
		vdev_guid; /* of the leaf found first: on the boot disk if one is there */
	uint64_t txg;	   /* of its newest uberblock: tells it from older copies */
	uint64_t hostid;
	char part[BT_PART_MAX];
	struct bt_traits traits; /* of the disk that leaf is on */
	char where[64];		 /* that leaf's device, for people */
};

struct bt_pools {
	struct bt_keeper *keepers; /* one a device; the pools read through them */
	struct bt_pool *pools[BT_POOLS_MAX];
	unsigned int n;
	unsigned int n_devices; /* looked at */
	unsigned int n_labels;	/* of them with a pool's label */
	unsigned int n_envs;	/* of all pools */
};

/*
 * Opens the pools within reach and finds their boot environments; pools in the order of the
 * platform's devices. Of two devices that claim to be the same vdev the one on the boot disk
 * serves, else the one with the newer uberblock. What fails goes to log; the result is what
 * could be read, maybe nothing. The devices stay in use until bt_pools_done().
 */
void bt_pools_find(const struct bt_platform *p, const struct zr_host *host,
		   enum bt_reach reach, struct bt_pools *ret_pools, struct bt_log *log);
void bt_pools_done(const struct zr_host *host, struct bt_pools *pools);

#endif
