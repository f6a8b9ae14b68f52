/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BI_BIOS_H
#define BI_BIOS_H

#include "boot/bios/disk.h"
#include "boot/bios/heap.h"
#include "boot/bios/machine.h"
#include "boot/bios/memmap.h"
#include "boot/bios/serial.h"
#include "boot/common/platform.h"
#include "boot/common/terminal.h"

/* The BIOS side of the loader: what implements struct bt_platform. */

#define BI_DRIVES_MAX  16
#define BI_DEVICES_MAX 128

struct bi_context;

struct bi_partition {
	struct bi_context *c;
	struct bi_drive *drive;
	uint64_t start; /* sectors */
	char name[48];
};

struct bi_console {
	bool clean; /* shown is what stands on the screen */
	bool enhanced_keys;
	struct bt_screen shown;
	struct bi_serial serial;
	struct bt_terminal_input input;
};

struct bi_context {
	const struct bi_machine *m;
	struct bi_memory memory;
	struct bi_heap heap;
	struct bt_io_stats io;
	struct bi_drive drives[BI_DRIVES_MAX];
	unsigned int n_drives;
	struct bi_partition parts[BI_DEVICES_MAX];
	struct bt_device devices[BI_DEVICES_MAX];
	unsigned int n_devices;
	struct bi_console console;
	uint8_t boot_drive;
};

/* devices.c */
int bi_devices(void *ctx, enum bt_reach reach, struct bt_device **ret_devices,
	       unsigned int *ret_n, struct zb_diag *diag);

/* console.c */
void bi_console_init(struct bi_context *c);
void bi_console_show(void *ctx, const struct bt_screen *screen);
void bi_console_leave(void *ctx);
void bi_console_print(void *ctx, const char *line);

/* keyboard.c */
uint32_t bi_console_key(void *ctx, int ms);

/* linux.c */
int bi_start(void *ctx, const struct bt_image *image, struct zb_diag *diag);

/* power.c */
void bi_reboot(void *ctx);
void bi_power_off(void *ctx);

#endif
