/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/format.h"
#include "base/span.h"
#include "boot/uefi/uefi.h"

#define NODE_MIN sizeof(struct efi_device_path)

static size_t node_length(const struct efi_device_path *p)
{
	return (size_t)p->length[0] | (size_t)p->length[1] << 8;
}

bool ue_path_is(const struct efi_device_path *p, uint8_t type, uint8_t sub_type)
{
	return p && p->type == type && p->sub_type == sub_type;
}

const struct efi_device_path *ue_path_next(const struct efi_device_path *p)
{
	if (!p || p->type == EFI_DP_END || node_length(p) < NODE_MIN)
		return NULL;
	return (const struct efi_device_path *)((const uint8_t *)p + node_length(p));
}

size_t ue_path_disk_length(const struct efi_device_path *p)
{
	const struct efi_device_path *at = p;

	while (at && at->type != EFI_DP_MEDIA && at->type != EFI_DP_END) {
		const struct efi_device_path *next = ue_path_next(at);

		if (!next)
			break;
		at = next;
	}
	return (size_t)((const uint8_t *)at - (const uint8_t *)p);
}

bool ue_path_same_disk(const struct efi_device_path *a, const struct efi_device_path *b)
{
	size_t n;

	if (!a || !b)
		return false;
	n = ue_path_disk_length(a);
	return n > 0 && n == ue_path_disk_length(b) && __builtin_memcmp(a, b, n) == 0;
}

const char *ue_path_bus(const struct efi_device_path *p)
{
	const char *bus = "disk";

	for (; p; p = ue_path_next(p)) {
		if (p->type != EFI_DP_MESSAGING)
			continue;
		switch (p->sub_type) {
		case EFI_DP_MSG_USB:
			bus = "USB disk";
			break;
		case EFI_DP_MSG_SATA:
			bus = "SATA disk";
			break;
		case EFI_DP_MSG_NVME:
			bus = "NVMe disk";
			break;
		case EFI_DP_MSG_SD:
			bus = "SD card";
			break;
		case EFI_DP_MSG_EMMC:
			bus = "eMMC disk";
			break;
		default:
			break;
		}
	}
	return bus;
}

enum bt_bus ue_path_bus_kind(const struct efi_device_path *p)
{
	const char *bus = ue_path_bus(p);

	if (bus[0] == 'U')
		return BT_BUS_USB;
	return bus[0] == 'd' ? BT_BUS_UNKNOWN : BT_BUS_OTHER;
}

unsigned int ue_path_partition(const struct efi_device_path *p, char part[BT_PART_MAX])
{
	unsigned int number = 0;

	part[0] = '\0';
	for (; p; p = ue_path_next(p)) {
		const uint8_t *node = (const uint8_t *)p;
		const uint8_t *g = node + EFI_HD_SIGNATURE;

		if (!ue_path_is(p, EFI_DP_MEDIA, EFI_DP_MEDIA_HARDDRIVE) ||
		    node_length(p) < EFI_HD_SIZE)
			continue;
		number = zb_load32(node + EFI_HD_NUMBER, ZB_LE);
		if (node[EFI_HD_SIG_TYPE] != EFI_HD_SIG_GUID)
			continue;
		zb_format(part, BT_PART_MAX,
			  "%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x",
			  zb_load32(g, ZB_LE), zb_load16(g + 4, ZB_LE),
			  zb_load16(g + 6, ZB_LE), g[8], g[9], g[10], g[11], g[12], g[13],
			  g[14], g[15]);
	}
	return number;
}
