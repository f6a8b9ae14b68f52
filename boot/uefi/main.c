/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/uefi/uefi.h"

efi_status efi_main(efi_handle image, struct efi_system_table *st);

/* The device path of the partition that the firmware loaded us from, if it tells. */
static const struct efi_device_path *find_boot_path(struct ue_context *c)
{
	void *interface;
	efi_handle device;

	if (efi_failed(
		    c->bs->handle_protocol(c->image, &ue_guid_loaded_image, &interface)))
		return NULL;
	device = ((struct efi_loaded_image *)interface)->device;
	if (!device ||
	    efi_failed(c->bs->handle_protocol(device, &ue_guid_device_path, &interface)))
		return NULL;
	return interface;
}

efi_status efi_main(efi_handle image, struct efi_system_table *st)
{
	struct ue_context c = { .image = image, .st = st, .bs = st->boot };
	struct bt_platform platform = {
		.ctx = &c,
		.host = { .ctx = &c, .alloc = ue_alloc, .free = ue_free },
		.io = &c.io,
		.devices = ue_devices,
		.show = ue_console_show,
		.leave_screen = ue_console_leave,
		.print = ue_console_print,
		.key = ue_console_key,
		.image_alloc = ue_image_alloc,
		.image_free = ue_image_free,
		.start = ue_start,
		.reboot = ue_reboot,
		.power_off = ue_power_off,
	};

	/* The firmware's watchdog would reset a machine whose user reads the menu. */
	c.bs->set_watchdog_timer(0, 0, 0, NULL);
	c.boot_path = find_boot_path(&c);
	if (ue_setup_possible(&c))
		platform.setup = ue_setup;
	ue_console_init(&c);
	bt_boot(&platform);
	return EFI_LOAD_ERROR;
}
