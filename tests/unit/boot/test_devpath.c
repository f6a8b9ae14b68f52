/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "boot/uefi/uefi.h"

#define PCI	  0x01, 0x01, 6, 0, 0, 2
#define USB(port) EFI_DP_MESSAGING, EFI_DP_MSG_USB, 6, 0, port, 0
#define NVME	  EFI_DP_MESSAGING, EFI_DP_MSG_NVME, 16, 0, 1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8
#define END	  EFI_DP_END, EFI_DP_END_ENTIRE, 4, 0
/* Number, start, size, signature, GPT, signature is a GUID. */
#define HD(n, type)                                                                      \
	EFI_DP_MEDIA, EFI_DP_MEDIA_HARDDRIVE, 42, 0, n, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, \
		0, 0, 2, 0, 0, 0, 0, 0, 0x77, 0x7f, 0xa9, 0x6b, 0x2a, 0x1f, 0xe0, 0x48,  \
		0xae, 0xb0, 0x0a, 0x17, 0xa1, 0xb7, 0x50, 0x5c, 2, type

static const uint8_t stick[] = { PCI, USB(1), END };
static const uint8_t stick_1[] = { PCI, USB(1), HD(1, 2), END };
static const uint8_t stick_2[] = { PCI, USB(1), HD(2, 2), END };
static const uint8_t mbr_3[] = { PCI, USB(1), HD(3, 1), END };
static const uint8_t other_2[] = { PCI, USB(2), HD(2, 2), END };
static const uint8_t nvme[] = { PCI, NVME, END };
static const uint8_t hub[] = { PCI, USB(1), USB(1), HD(1, 2), END };

static const struct efi_device_path *path(const uint8_t *bytes)
{
	return (const struct efi_device_path *)bytes;
}

static bool same(const uint8_t *a, const uint8_t *b)
{
	return ue_path_same_disk(path(a), path(b));
}

static void partitions_belong_to_their_disk(void **state)
{
	assert_true(same(stick_1, stick_2));
	assert_true(same(stick_1, stick));
	assert_true(same(stick, stick_1));
	assert_false(same(stick_1, other_2));
	assert_false(same(stick_1, hub));
	assert_false(same(hub, stick));
	assert_false(same(nvme, stick));
	assert_false(ue_path_same_disk(NULL, path(stick)));
	assert_false(ue_path_same_disk(path(stick), NULL));
}

static void a_partition_has_number_and_guid(void **state)
{
	char part[BT_PART_MAX];

	assert_int_equal(ue_path_partition(path(stick_2), part), 2);
	assert_string_equal(part, "6ba97f77-1f2a-48e0-aeb0-0a17a1b7505c");
	assert_int_equal(ue_path_partition(path(mbr_3), part), 3);
	assert_string_equal(part, "");
	assert_int_equal(ue_path_partition(path(stick), part), 0);
	assert_string_equal(part, "");
	assert_int_equal(ue_path_partition(NULL, part), 0);
}

static void the_bus_is_named(void **state)
{
	assert_string_equal(ue_path_bus(path(stick_1)), "USB disk");
	assert_string_equal(ue_path_bus(path(nvme)), "NVMe disk");
	assert_string_equal(ue_path_bus(NULL), "disk");
	assert_int_equal(ue_path_bus_kind(path(hub)), BT_BUS_USB);
	assert_int_equal(ue_path_bus_kind(path(nvme)), BT_BUS_OTHER);
	assert_int_equal(ue_path_bus_kind(NULL), BT_BUS_UNKNOWN);
}

static void a_node_without_length_ends_the_path(void **state)
{
	static const uint8_t broken[] = { PCI, EFI_DP_MESSAGING, EFI_DP_MSG_USB, 0, 0 };
	static const uint8_t end[] = { END };
	char part[BT_PART_MAX];

	assert_int_equal(ue_path_partition(path(broken), part), 0);
	assert_int_equal(ue_path_disk_length(path(broken)), 6);
	assert_null(ue_path_next(path(end)));
	assert_false(ue_path_same_disk(path(end), path(end)));
}

static void a_cut_hard_drive_node_is_no_partition(void **state)
{
	static const uint8_t cut[] = {
		PCI, EFI_DP_MEDIA, EFI_DP_MEDIA_HARDDRIVE, 8, 0, 1, 0, 0, 0, END
	};
	char part[BT_PART_MAX];

	assert_int_equal(ue_path_partition(path(cut), part), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(partitions_belong_to_their_disk),
		cmocka_unit_test(a_partition_has_number_and_guid),
		cmocka_unit_test(the_bus_is_named),
		cmocka_unit_test(a_node_without_length_ends_the_path),
		cmocka_unit_test(a_cut_hard_drive_node_is_no_partition),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
