/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef UE_UEFI_H
#define UE_UEFI_H

#include "boot/common/platform.h"
#include "boot/common/terminal.h"
#include "boot/uefi/efi.h"

/* The UEFI side of the loader: what implements struct bt_platform. */

struct ue_disk;

struct ue_serial {
	struct efi_serial_io *io; /* NULL: none, or it has failed */
	struct bt_terminal_input input;
};

struct ue_console {
	unsigned int row, column; /* of our 80x24 on the firmware's screen */
	bool clean;		  /* shown is what stands on the screen */
	struct bt_screen shown;
	struct ue_serial serial;
};

struct ue_context {
	efi_handle image;
	struct efi_system_table *st;
	struct efi_boot_services *bs;
	const struct efi_device_path
		*boot_path; /* of the partition started from; or NULL */
	struct bt_io_stats io;
	struct ue_disk *disks; /* of the last listing */
	struct bt_device *devices;
	unsigned int n_disks;
	struct ue_console console;
};

/* memory.c */
void *ue_alloc(void *ctx, size_t size);
void ue_free(void *ctx, void *ptr);
void *ue_image_alloc(void *ctx, size_t size);
void ue_image_free(void *ctx, void *ptr, size_t size);

/* devpath.c: device paths are the firmware's, but a broken one must not take us along. */
/* The node behind p, or NULL if p ends the path or is malformed. */
const struct efi_device_path *ue_path_next(const struct efi_device_path *p);
bool ue_path_is(const struct efi_device_path *p, uint8_t type, uint8_t sub_type);
/* Bytes of the nodes in front of the first media node: the disk that a partition is on. */
size_t ue_path_disk_length(const struct efi_device_path *p);
bool ue_path_same_disk(const struct efi_device_path *a, const struct efi_device_path *b);
/* "USB disk", "NVMe disk" ... */
const char *ue_path_bus(const struct efi_device_path *p);
enum bt_bus ue_path_bus_kind(const struct efi_device_path *p);
/* Number of the partition, 0 if it is none; its GPT GUID as text, "" if it has none. */
unsigned int ue_path_partition(const struct efi_device_path *p, char part[BT_PART_MAX]);

/* block.c */
int ue_devices(void *ctx, enum bt_reach reach, struct bt_device **ret_devices,
	       unsigned int *ret_n, struct zb_diag *diag);

/* console.c */
void ue_console_init(struct ue_context *c);
void ue_console_show(void *ctx, const struct bt_screen *screen);
void ue_console_leave(void *ctx);
void ue_console_print(void *ctx, const char *line);
uint32_t ue_console_key(void *ctx, int ms);

/* serial.c: only where the firmware's own console does not reach a serial port. */
/* False if the firmware's console includes a serial terminal itself. */
bool ue_serial_init(struct ue_context *c);
void ue_serial_write(struct ue_serial *s, const char *text);
void ue_serial_cells(struct ue_serial *s, unsigned int row, unsigned int column,
		     const struct bt_cell *cells, unsigned int n);
uint32_t ue_serial_key(struct ue_serial *s);

/* linux.c */
int ue_start(void *ctx, const struct bt_image *image, struct zb_diag *diag);

/* power.c */
bool ue_setup_possible(struct ue_context *c);
int ue_setup(void *ctx, struct zb_diag *diag);
void ue_reboot(void *ctx);
void ue_power_off(void *ctx);

#endif
