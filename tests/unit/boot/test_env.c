/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "boot/common/env.h"
#include "fake_source.h"

static void *heap_alloc(void *ctx, size_t size)
{
	return malloc(size);
}

static void heap_free(void *ctx, void *ptr)
{
	free(ptr);
}

static const struct zr_host host = { .alloc = heap_alloc, .free = heap_free };

struct notes {
	char text[8][600];
	unsigned int n;
};

static void note(void *ctx, const struct zb_diag *what)
{
	struct notes *notes = ctx;

	if (notes->n < 8)
		snprintf(notes->text[notes->n++], 600, "%s: %s", what->object,
			 what->reason);
}

#define ROOT_FS(name)                                                                    \
	{ .dataset = name, .property = "mountpoint", .value = "/" },                     \
		{ .dataset = name, .path = "/boot/vmlinuz-6.1", .value = "k" },          \
	{                                                                                \
		.dataset = name, .path = "/boot/initrd.img-6.1", .value = "r"            \
	}
#define PROPERTY(name, what, text)                                                       \
	{                                                                                \
		.dataset = name, .property = what, .value = text                         \
	}

static struct bt_env_list find(const struct fake_row *rows, const char *bootfs,
			       struct notes *notes)
{
	struct fake_pool pool = { .rows = rows };
	struct bt_source source = fake_source(&pool);
	struct bt_env_list list;

	notes->n = 0;
	assert_int_equal(
		bt_envs_find(&source, &host, "p", bootfs, &list, note, notes, NULL), 0);
	return list;
}

static void bootfs_comes_first_then_the_others(void **state)
{
	static const struct fake_row rows[] = {
		ROOT_FS("p/ROOT/a"), ROOT_FS("p/ROOT/b"), ROOT_FS("p/ROOT/c"), { 0 }
	};
	struct notes notes;
	struct bt_env_list list = find(rows, "p/ROOT/b", &notes);

	assert_int_equal(list.n, 3);
	assert_string_equal(list.envs[0]->dataset, "p/ROOT/b");
	assert_string_equal(list.envs[1]->dataset, "p/ROOT/a");
	assert_string_equal(list.envs[2]->dataset, "p/ROOT/c");
	assert_int_equal(notes.n, 0);
	bt_envs_done(&host, &list);
	assert_int_equal(list.n, 0);
}

static void inherited_mountpoints_are_no_root(void **state)
{
	static const struct fake_row rows[] = {
		ROOT_FS("p/ROOT/a"),
		{ .dataset = "p/ROOT/a/var", .path = "/boot/vmlinuz-6.1", .value = "k" },
		{ .dataset = "p/ROOT/a/var",
		  .path = "/boot/initrd.img-6.1",
		  .value = "r" },
		{ 0 }
	};
	struct notes notes;
	struct bt_env_list list = find(rows, "", &notes);

	assert_int_equal(list.n, 1);
	bt_envs_done(&host, &list);
}

static void legacy_counts_if_active_and_root_if_not_inactive(void **state)
{
	static const struct fake_row rows[] = {
		ROOT_FS("p/ROOT/off"),
		PROPERTY("p/ROOT/off", "org.zfsbootmenu:active", "off"),
		ROOT_FS("p/ROOT/holder"),
		PROPERTY("p/ROOT/holder", "canmount", "off"),
		PROPERTY("p/ROOT/old", "mountpoint", "legacy"),
		PROPERTY("p/ROOT/old", "org.zfsbootmenu:active", "on"),
		{ .dataset = "p/ROOT/old", .path = "/boot/vmlinuz-6.1", .value = "k" },
		{ .dataset = "p/ROOT/old", .path = "/boot/initrd.img-6.1", .value = "r" },
		PROPERTY("p/ROOT/swap", "mountpoint", "legacy"),
		{ .dataset = "p/ROOT/swap", .path = "/boot/vmlinuz-6.1", .value = "k" },
		{ .dataset = "p/ROOT/swap",
		  .path = "/boot/initrd.img-6.1",
		  .value = "r" },
		{ 0 }
	};
	struct notes notes;
	struct bt_env_list list = find(rows, "", &notes);

	assert_int_equal(list.n, 1);
	assert_string_equal(list.envs[0]->dataset, "p/ROOT/old");
	bt_envs_done(&host, &list);
}

static void an_environment_without_kernel_is_noted(void **state)
{
	static const struct fake_row rows[] = {
		ROOT_FS("p/ROOT/a"), PROPERTY("p/ROOT/empty", "mountpoint", "/"), { 0 }
	};
	struct notes notes;
	struct bt_env_list list = find(rows, "p/ROOT/empty", &notes);

	assert_int_equal(list.n, 1);
	assert_true(notes.n > 0);
	assert_string_equal(notes.text[0], "p/ROOT/empty: it has no directory /boot");
	bt_envs_done(&host, &list);
}

static void without_root_the_whole_pool_is_searched(void **state)
{
	static const struct fake_row rows[] = { { .dataset = "p/data" },
						ROOT_FS("p/sys/deep/debian"),
						{ 0 } };
	struct notes notes;
	struct bt_env_list list = find(rows, "", &notes);

	assert_int_equal(list.n, 1);
	assert_string_equal(list.envs[0]->dataset, "p/sys/deep/debian");
	bt_envs_done(&host, &list);
}

static void an_empty_pool_has_none(void **state)
{
	static const struct fake_row rows[] = { { .dataset = "p" }, { 0 } };
	struct notes notes;
	struct bt_env_list list = find(rows, "", &notes);

	assert_int_equal(list.n, 0);
}

static void the_properties_reach_the_environment(void **state)
{
	static const struct fake_row rows[] = {
		ROOT_FS("p/ROOT/a"),
		{ .dataset = "p/ROOT/a", .path = "/boot/vmlinuz-5.10", .value = "k" },
		{ .dataset = "p/ROOT/a", .path = "/boot/initrd.img-5.10", .value = "r" },
		PROPERTY("p/ROOT", "org.zfsbootmenu:commandline", "quiet"),
		PROPERTY("p/ROOT/a", "org.zfsbootmenu:commandline", "%{parent} x=1"),
		PROPERTY("p/ROOT/a", "org.zfsbootmenu:kernel", "5.10"),
		{ 0 }
	};
	struct notes notes;
	struct bt_env_list list = find(rows, "", &notes);

	assert_int_equal(list.n, 1);
	assert_int_equal(list.envs[0]->n_kernels, 2);
	assert_string_equal(list.envs[0]->kernels[0].version, "6.1");
	assert_int_equal(list.envs[0]->default_kernel, 1);
	assert_string_equal(list.envs[0]->args, "quiet x=1");
	bt_envs_done(&host, &list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bootfs_comes_first_then_the_others),
		cmocka_unit_test(inherited_mountpoints_are_no_root),
		cmocka_unit_test(legacy_counts_if_active_and_root_if_not_inactive),
		cmocka_unit_test(an_environment_without_kernel_is_noted),
		cmocka_unit_test(without_root_the_whole_pool_is_searched),
		cmocka_unit_test(an_empty_pool_has_none),
		cmocka_unit_test(the_properties_reach_the_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
