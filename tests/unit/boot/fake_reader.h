/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_FAKE_READER_H
#define TEST_FAKE_READER_H

#include <stdbool.h>
#include "boot/common/keeper.h"
#include "boot/common/platform.h"
#include "fake_source.h"

/*
 * lib/read's interface, answered from tables, so that the loader's flow can be tested with
 * pools that are absent, late, doubled, unreadable. Linked instead of the reader.
 */
struct fake_disk {
	enum bt_reach reach; /* from which one on it is listed */
	bool on_boot_disk;
	struct bt_traits traits;
	int label_error;
	uint64_t pool_guid; /* 0: no label */
	uint64_t vdev_guid;
	uint64_t txg;
};

/* What the pools of every GUID are. */
struct fake_world {
	const struct fake_disk *disks;
	unsigned int n_disks;
	struct fake_pool pool; /* dataset names begin with "p" */
	const char *bootfs;
	int open_error; /* of every pool */
	int n_open;
	/* The devices that zr_pool_open was given last. */
	const struct zr_dev *given[8];
	unsigned int n_given;
};

/* Everything open is forgotten; world answers from now on. */
void fake_reader_start(struct fake_world *world);

#endif
