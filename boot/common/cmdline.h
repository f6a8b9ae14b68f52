/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BT_CMDLINE_H
#define BT_CMDLINE_H

#include "boot/common/source.h"

#define BT_CMDLINE_MAX	   2048 /* COMMAND_LINE_SIZE of Linux on x86, with the terminator */
#define BT_CMDLINE_DEFAULT "rw loglevel=4"
#define BT_PART_MAX	   40

enum bt_bus {
	BT_BUS_UNKNOWN,
	BT_BUS_USB,
	BT_BUS_OTHER,
};

/* What a dd copy of a disk may not have in common with it. */
struct bt_traits {
	enum bt_bus bus;
	uint64_t disk_size; /* of the whole disk, in bytes; 0: not known for certain */
	unsigned int
		copies; /* disks that are alike, with an equal GPT, itself included */
};

/* Where the root is, as docs/BOOT-FLOW.md has it: the loader's part of the command line. */
struct bt_root {
	const char *dataset;
	uint64_t pool_guid;
	uint64_t vdev_guid;
	uint64_t txg;	 /* of that vdev's newest uberblock */
	uint64_t hostid; /* 0: the label names none */
	const char
		*part; /* GPT partition GUID, "" if the vdev is not in such a partition */
	struct bt_traits traits; /* of the disk that it is on */
};

/*
 * The whole command line: where the root is, then args, less what would name another root
 * (root= and the words that tell one disk from another). An own zlive.mode= or hostid in args
 * wins.
 * ZB_E2BIG if it is longer than Linux takes.
 */
ZB_MUST_CHECK int bt_cmdline_build(const struct bt_root *root, const char *args,
				   char buf[BT_CMDLINE_MAX], struct zb_diag *diag);

/*
 * org.zfsbootmenu:commandline of a dataset, its own or inherited, each %{parent} in it replaced
 * by the value of the parent of the dataset that it is set on; BT_CMDLINE_DEFAULT if it is not
 * set at all. ZB_E2BIG beyond BT_CMDLINE_MAX.
 */
ZB_MUST_CHECK int bt_cmdline_property(const struct bt_source *source, const char *dataset,
				      char buf[BT_CMDLINE_MAX], struct zb_diag *diag);

#endif
