/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BT_PLATFORM_H
#define BT_PLATFORM_H

#include "boot/common/cmdline.h"
#include "boot/common/screen.h"
#include "read/read.h"

/*
 * What a loader's firmware side supplies to the shared flow in boot.c: memory, devices, a
 * console and the jump into the kernel.
 */

/* How far a search goes; each step includes the ones before. */
enum bt_reach {
	BT_REACH_BOOT_PARTITIONS, /* of the disk started from, less those with a file
				     system that the firmware knows */
	BT_REACH_BOOT_DISK,	  /* all of that disk, and the disk as a whole */
	BT_REACH_EVERYTHING,	  /* all disks, their drivers started if need be */
};

struct bt_device {
	struct zr_dev dev;	/* dev.name: "USB disk 1, partition 2" */
	char part[BT_PART_MAX]; /* GPT partition GUID as text, "" if there is none */
	bool on_boot_disk;
	struct bt_traits traits;
};

/* What the reads of all devices together came to. */
struct bt_io_stats {
	uint64_t bytes;
	uint64_t requests;
	/* Called after each request, for a progress bar; may be NULL. */
	void (*tick)(void *ctx);
	void *tick_ctx;
	/* Told why a device failed, in its own terms (drive, sector); may be NULL. */
	void (*note)(void *ctx, const struct zb_diag *what);
	void *note_ctx;
};

struct bt_image {
	void *kernel;
	size_t kernel_size;
	void *ramdisk;
	size_t ramdisk_size;
	const char *cmdline;
};

struct bt_platform {
	void *ctx;
	struct zr_host host; /* note is the flow's to set */
	struct bt_io_stats *io;
	/*
	 * The devices within reach, those of the boot disk first. They are valid until the
	 * next call. An error only if nothing at all can be listed.
	 */
	int (*devices)(void *ctx, enum bt_reach reach, struct bt_device **ret_devices,
		       unsigned int *ret_n, struct zb_diag *diag);
	void (*show)(void *ctx, const struct bt_screen *screen);
	/* Leaves the menu's screen: what is printed after it scrolls. */
	void (*leave_screen)(void *ctx);
	void (*print)(void *ctx, const char *line);
	/* The next key, BT_KEY_NONE after ms milliseconds without one; ms < 0: no limit. */
	uint32_t (*key)(void *ctx, int ms);
	/* Memory for a kernel or a ramdisk, page-aligned; NULL if there is none. */
	void *(*image_alloc)(void *ctx, size_t size);
	void (*image_free)(void *ctx, void *ptr, size_t size);
	/* Does not return if all goes well. */
	int (*start)(void *ctx, const struct bt_image *image, struct zb_diag *diag);
	/* Restarts into the firmware's setup; NULL if it cannot. Returns only on failure. */
	int (*setup)(void *ctx, struct zb_diag *diag);
	void (*reboot)(void *ctx);
	void (*power_off)(void *ctx);
};

/* The loader from the first search to the kernel; returns only if the platform's reboot does. */
void bt_boot(const struct bt_platform *platform);

#endif
