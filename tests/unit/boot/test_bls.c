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

static const char entry[] = "# a comment\n"
			    "title      Debian GNU/Linux 13\n"
			    "version    6.12.48\n"
			    "\n"
			    "sort-key   debian\n"
			    "linux      /abc/6.12.48/linux\n"
			    "initrd     /abc/6.12.48/microcode.cpio /abc/6.12.48/initrd\n"
			    "initrd     extra.cpio $tuned_initrd\n"
			    "options    root=ZFS=x quiet\r\n"
			    "options    console=ttyS0\n"
			    "architecture x64\n"
			    "unknown-key something";

static void an_entry_is_read_whole(void **state)
{
	struct bt_kernel k;

	assert_int_equal(bt_bls_parse(entry, strlen(entry), &k), 0);
	assert_string_equal(k.title, "Debian GNU/Linux 13");
	assert_string_equal(k.version, "6.12.48");
	assert_string_equal(k.sort_key, "debian");
	assert_string_equal(k.image, "/abc/6.12.48/linux");
	assert_int_equal(k.n_ramdisks, 3);
	assert_string_equal(k.ramdisk[0], "/abc/6.12.48/microcode.cpio");
	assert_string_equal(k.ramdisk[1], "/abc/6.12.48/initrd");
	assert_string_equal(k.ramdisk[2], "/extra.cpio");
	assert_true(k.has_options);
	assert_string_equal(k.options, "root=ZFS=x quiet console=ttyS0");
}

static void an_entry_cut_anywhere_is_parsed_or_refused(void **state)
{
	for (size_t n = 0; n < sizeof(entry); n++) {
		char *copy = malloc(n ? n : 1);
		struct bt_kernel k;
		int error;

		memcpy(copy, entry, n);
		error = bt_bls_parse(copy, n, &k);
		assert_true(error == 0 || error == ZB_EINVAL);
		if (error == 0)
			assert_int_equal(k.image[0], '/');
		free(copy);
	}
}

static void entries_that_are_not_for_us_are_refused(void **state)
{
	static const char efi[] = "title Shell\nefi /shell.efi\n";
	static const char arm[] = "linux /l\narchitecture aa64\n";
	struct bt_kernel k;

	assert_int_equal(bt_bls_parse(efi, strlen(efi), &k), ZB_EINVAL);
	assert_int_equal(bt_bls_parse(arm, strlen(arm), &k), ZB_EINVAL);
}

static void what_is_too_long_is_refused(void **state)
{
	static char text[8192];
	struct bt_kernel k;

	strcpy(text, "linux /");
	memset(text + 7, 'x', BT_PATH_MAX);
	assert_int_equal(bt_bls_parse(text, strlen(text), &k), ZB_EINVAL);
	strcpy(text, "linux /l\noptions ");
	memset(text + 17, 'x', BT_OPTIONS_MAX);
	text[17 + BT_OPTIONS_MAX] = '\0';
	assert_int_equal(bt_bls_parse(text, strlen(text), &k), ZB_E2BIG);
	assert_int_equal(bt_bls_parse("linux /l\ninitrd a b c d e\n", 26, &k), ZB_E2BIG);
}

static void entries_sort_by_key_then_newest_version(void **state)
{
#define E(name, text)                                                                    \
	{                                                                                \
		.dataset = "d", .path = "/boot/loader/entries/" name, .value = text      \
	}
	static const struct fake_row rows[] = {
		{ .dataset = "d", .path = "/k", .value = "k" },
		E("a.conf", "title none\nversion 9\nlinux /k\n"),
		E("b.conf", "title old\nsort-key debian\nversion 6.9\nlinux /k\n"),
		E("c.conf", "title new\nsort-key debian\nversion 6.10\nlinux /k\n"),
		E("d.conf", "title arch\nsort-key arch\nversion 1\nlinux /k\n"),
		E("e.conf", "title broken\nversion 1\n"),
		E("notes.txt", "title ignored\nlinux /k\n"),
		{ .dataset = "d",
		  .path = "/boot/loader/entries/f.conf",
		  .error = ZB_ECKSUM },
		{ 0 }
	};
	struct fake_pool pool = { .rows = rows };
	struct bt_source source = fake_source(&pool);
	struct bt_kernel room[BT_KERNELS_MAX];
	struct bt_kernel_list list = { .kernels = room };

	assert_int_equal(bt_bls_find(&source, "d", &list, NULL), 0);
	assert_int_equal(list.n, 4);
	assert_string_equal(room[0].title, "arch");
	assert_string_equal(room[1].title, "new");
	assert_string_equal(room[2].title, "old");
	assert_string_equal(room[3].title, "none");
	assert_string_equal(room[0].image, "/k");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_is_read_whole),
		cmocka_unit_test(an_entry_cut_anywhere_is_parsed_or_refused),
		cmocka_unit_test(entries_that_are_not_for_us_are_refused),
		cmocka_unit_test(what_is_too_long_is_refused),
		cmocka_unit_test(entries_sort_by_key_then_newest_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
