/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "boot/common/kernels.h"
#include "fake_source.h"

static struct bt_kernel room[BT_KERNELS_MAX];

static struct bt_kernel_list pair(const char *const *names, unsigned int *ret_unpaired)
{
	struct bt_kernel_list list = { .kernels = room };
	unsigned int n = 0;

	while (names[n])
		n++;
	bt_kernels_pair(names, n, &list, ret_unpaired);
	return list;
}

static void kernels_pair_with_every_usual_ramdisk_name(void **state)
{
	static const char *const names[] = { "vmlinuz-6.4",
					     "initrd.img-6.4",
					     "vmlinuz-6.3",
					     "initramfs-6.3.img",
					     "vmlinux-6.2",
					     "initrd-6.2",
					     "kernel-6.1",
					     "initramfs-6.1.zst",
					     "vmlinuz-linux",
					     "initramfs-linux.img",
					     "config-6.4",
					     "System.map-6.4",
					     NULL };
	unsigned int unpaired;
	struct bt_kernel_list list = pair(names, &unpaired);

	assert_int_equal(unpaired, 0);
	assert_int_equal(list.n, 5);
	assert_string_equal(list.kernels[0].image, "/boot/vmlinuz-6.4");
	assert_string_equal(list.kernels[0].ramdisk[0], "/boot/initrd.img-6.4");
	assert_string_equal(list.kernels[0].title, "6.4");
	assert_string_equal(list.kernels[1].ramdisk[0], "/boot/initramfs-6.3.img");
	assert_string_equal(list.kernels[2].image, "/boot/vmlinux-6.2");
	assert_string_equal(list.kernels[2].ramdisk[0], "/boot/initrd-6.2");
	assert_string_equal(list.kernels[3].ramdisk[0], "/boot/initramfs-6.1.zst");
	assert_string_equal(list.kernels[4].ramdisk[0], "/boot/initramfs-linux.img");
	assert_false(list.kernels[0].has_options);
}

static void the_newest_version_comes_first(void **state)
{
	static const char *const names[] = { "vmlinuz-6.12.9",
					     "initrd.img-6.12.9",
					     "vmlinuz-6.12.48",
					     "initrd.img-6.12.48",
					     "vmlinuz-5.10",
					     "initrd.img-5.10",
					     NULL };
	unsigned int unpaired;
	struct bt_kernel_list list = pair(names, &unpaired);

	assert_int_equal(list.n, 3);
	assert_string_equal(list.kernels[0].version, "6.12.48");
	assert_string_equal(list.kernels[1].version, "6.12.9");
	assert_string_equal(list.kernels[2].version, "5.10");
}

static void a_kernel_without_ramdisk_is_counted_not_listed(void **state)
{
	static const char *const names[] = { "vmlinuz-6.2", "vmlinuz-6.1",
					     "initrd.img-6.1", NULL };
	unsigned int unpaired;
	struct bt_kernel_list list = pair(names, &unpaired);

	assert_int_equal(list.n, 1);
	assert_int_equal(unpaired, 1);
}

static void a_plain_kernel_counts_only_when_alone(void **state)
{
	static const char *const both[] = { "vmlinuz", "initrd.img", "vmlinuz-6.1",
					    "initrd.img-6.1", NULL };
	static const char *const alone[] = { "vmlinuz", "initrd.img", NULL };
	unsigned int unpaired;
	struct bt_kernel_list list = pair(both, &unpaired);

	assert_int_equal(list.n, 1);
	assert_string_equal(list.kernels[0].version, "6.1");
	list = pair(alone, &unpaired);
	assert_int_equal(list.n, 1);
	assert_string_equal(list.kernels[0].image, "/boot/vmlinuz");
}

static void more_kernels_than_fit_leave_the_oldest_out(void **state)
{
	static char text[2 * 40][32];
	const char *names[2 * 40 + 1] = { NULL };
	struct bt_kernel_list list;
	unsigned int unpaired;

	for (int i = 0; i < 40; i++) {
		snprintf(text[2 * i], 32, "vmlinuz-6.%d", i);
		snprintf(text[2 * i + 1], 32, "initrd.img-6.%d", i);
		names[2 * i] = text[2 * i];
		names[2 * i + 1] = text[2 * i + 1];
	}
	list = pair(names, &unpaired);
	assert_int_equal(list.n, BT_KERNELS_MAX);
	assert_string_equal(list.kernels[0].version, "6.39");
	assert_string_equal(list.kernels[BT_KERNELS_MAX - 1].version, "6.8");
}

static void the_property_selects_by_name_version_or_part(void **state)
{
	static const char *const names[] = { "vmlinuz-6.12.48-amd64",
					     "initrd.img-6.12.48-amd64",
					     "vmlinuz-6.12.9-amd64",
					     "initrd.img-6.12.9-amd64",
					     "vmlinuz-6.1.5-rt",
					     "initrd.img-6.1.5-rt",
					     NULL };
	unsigned int unpaired;
	struct bt_kernel_list list = pair(names, &unpaired);

	assert_int_equal(bt_kernels_default(&list, ""), 0);
	assert_int_equal(bt_kernels_default(&list, NULL), 0);
	assert_int_equal(bt_kernels_default(&list, "vmlinuz-6.1.5-rt"), 2);
	assert_int_equal(bt_kernels_default(&list, "/boot/vmlinuz-6.12.9-amd64"), 1);
	assert_int_equal(bt_kernels_default(&list, "6.12.9-amd64"), 1);
	assert_int_equal(bt_kernels_default(&list, "rt"), 2);
	assert_int_equal(bt_kernels_default(&list, "amd64"), 0);
	assert_int_equal(bt_kernels_default(&list, "no such"), 0);
}

static int find(const struct fake_row *rows, struct bt_kernel_list *list,
		struct zb_diag *diag)
{
	struct fake_pool pool = { .rows = rows };
	struct bt_source source = fake_source(&pool);

	list->kernels = room;
	return bt_kernels_find(&source, "p/ROOT/a", list, diag);
}

static void what_lacks_is_said(void **state)
{
	static const struct fake_row no_boot[] = { { .dataset = "p/ROOT/a" }, { 0 } };
	static const struct fake_row no_kernel[] = {
		{ .dataset = "p/ROOT/a", .path = "/boot/grub.cfg" }, { 0 }
	};
	static const struct fake_row no_ramdisk[] = {
		{ .dataset = "p/ROOT/a", .path = "/boot/vmlinuz-6.1" }, { 0 }
	};
	struct bt_kernel_list list;
	struct zb_diag diag;

	assert_int_equal(find(no_boot, &list, &diag), ZB_ENOENT);
	assert_string_equal(diag.reason, "it has no directory /boot");
	assert_int_equal(find(no_kernel, &list, &diag), ZB_ENOENT);
	assert_string_equal(diag.reason, "there is no kernel in /boot");
	assert_int_equal(find(no_ramdisk, &list, &diag), ZB_ENOENT);
	assert_string_equal(diag.reason,
			    "no kernel in /boot has a ramdisk of its version");
	assert_string_equal(diag.object, "p/ROOT/a");
}

static void boot_loader_entries_win(void **state)
{
	static const struct fake_row rows[] = {
		{ .dataset = "p/ROOT/a", .path = "/boot/vmlinuz-6.1", .value = "k" },
		{ .dataset = "p/ROOT/a", .path = "/boot/initrd.img-6.1", .value = "r" },
		{ .dataset = "p/ROOT/a",
		  .path = "/boot/loader/entries/x.conf",
		  .value = "title X\nlinux /vmlinuz-6.1\ninitrd /initrd.img-6.1\n"
			   "options quiet\n" },
		{ 0 }
	};
	struct bt_kernel_list list;

	assert_int_equal(find(rows, &list, NULL), 0);
	assert_int_equal(list.n, 1);
	assert_string_equal(list.kernels[0].title, "X");
	assert_string_equal(list.kernels[0].image, "/boot/vmlinuz-6.1");
	assert_string_equal(list.kernels[0].options, "quiet");
}

static void entries_for_missing_kernels_do_not_win(void **state)
{
	static const struct fake_row rows[] = {
		{ .dataset = "p/ROOT/a", .path = "/boot/vmlinuz-6.1", .value = "k" },
		{ .dataset = "p/ROOT/a", .path = "/boot/initrd.img-6.1", .value = "r" },
		{ .dataset = "p/ROOT/a",
		  .path = "/boot/loader/entries/x.conf",
		  .value = "title X\nlinux /vmlinuz-5\n" },
		{ 0 }
	};
	struct bt_kernel_list list;

	assert_int_equal(find(rows, &list, NULL), 0);
	assert_int_equal(list.n, 1);
	assert_string_equal(list.kernels[0].title, "6.1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernels_pair_with_every_usual_ramdisk_name),
		cmocka_unit_test(the_newest_version_comes_first),
		cmocka_unit_test(a_kernel_without_ramdisk_is_counted_not_listed),
		cmocka_unit_test(a_plain_kernel_counts_only_when_alone),
		cmocka_unit_test(more_kernels_than_fit_leave_the_oldest_out),
		cmocka_unit_test(the_property_selects_by_name_version_or_part),
		cmocka_unit_test(what_lacks_is_said),
		cmocka_unit_test(boot_loader_entries_win),
		cmocka_unit_test(entries_for_missing_kernels_do_not_win),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
