/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "boot/common/cmdline.h"
#include "fake_source.h"

static const struct bt_root root = {
	.dataset = "zlive/ROOT/debian",
	.pool_guid = UINT64_C(18446744073709551615),
	.vdev_guid = 42,
	.txg = 18,
	.hostid = 0xbee,
	.part = "6ba97f77-1f2a-48e0-aeb0-0a17a1b7505c",
};

static void the_root_comes_first_then_the_arguments(void **state)
{
	char line[BT_CMDLINE_MAX];

	assert_int_equal(bt_cmdline_build(&root, "quiet  console=ttyS0 ", line, NULL), 0);
	assert_string_equal(
		line, "root=ZFS=zlive/ROOT/debian "
		      "zlive.pool=18446744073709551615 zlive.vdev=42 "
		      "zlive.part=6ba97f77-1f2a-48e0-aeb0-0a17a1b7505c "
		      "zlive.txg=18 zlive.mode=persistent spl.spl_hostid=0x00000bee "
		      "quiet console=ttyS0");
}

static void what_tells_the_disk_from_copies(void **state)
{
	struct bt_root known = root;
	char line[BT_CMDLINE_MAX];

	known.traits = (struct bt_traits){ BT_BUS_OTHER, UINT64_C(8000000000), 1 };
	assert_int_equal(bt_cmdline_build(&known, "", line, NULL), 0);
	assert_non_null(strstr(line,
			       " zlive.txg=18 zlive.bus=other zlive.size=8000000000 "
			       "zlive.mode="));
}

static void what_is_unknown_is_left_out(void **state)
{
	struct bt_root bare = root;
	char line[BT_CMDLINE_MAX];

	bare.part = "";
	bare.hostid = 0;
	bare.txg = 0;
	assert_int_equal(bt_cmdline_build(&bare, "", line, NULL), 0);
	assert_string_equal(line, "root=ZFS=zlive/ROOT/debian "
				  "zlive.pool=18446744073709551615 zlive.vdev=42 "
				  "zlive.mode=persistent");
}

static void arguments_cannot_name_another_root(void **state)
{
	char line[BT_CMDLINE_MAX];

	assert_int_equal(bt_cmdline_build(&root,
					  "root=/dev/sda1 a zlive.pool=1 zlive.vdev=2 b "
					  "zlive.part=3 zlive.txg=4 zlive.bus=usb "
					  "zlive.size=5 zlive.copies=6 rootflags=x",
					  line, NULL),
			 0);
	assert_null(strstr(line, "/dev/sda1"));
	assert_null(strstr(line, "zlive.pool=1 "));
	assert_null(strstr(line, "zlive.vdev=2"));
	assert_null(strstr(line, "zlive.part=3"));
	assert_null(strstr(line, "zlive.txg=4"));
	assert_null(strstr(line, "zlive.bus="));
	assert_null(strstr(line, "zlive.size="));
	assert_null(strstr(line, "zlive.copies="));
	assert_non_null(strstr(line, " a b rootflags=x"));
}

static void own_mode_and_hostid_win(void **state)
{
	char line[BT_CMDLINE_MAX];

	assert_int_equal(
		bt_cmdline_build(&root, "zlive.mode=toram spl_hostid=0x1", line, NULL),
		0);
	assert_null(strstr(line, "persistent"));
	assert_null(strstr(line, "bee"));
	assert_non_null(strstr(line, " zlive.mode=toram spl_hostid=0x1"));
}

static void quoted_blanks_stay_in_their_word(void **state)
{
	char line[BT_CMDLINE_MAX];

	assert_int_equal(
		bt_cmdline_build(&root, "dyndbg=\"file a.c  +p root=x\" y", line, NULL),
		0);
	assert_non_null(strstr(line, " dyndbg=\"file a.c  +p root=x\" y"));
}

static void a_line_that_linux_would_cut_is_refused(void **state)
{
	char args[BT_CMDLINE_MAX + 64], line[BT_CMDLINE_MAX];
	struct zb_diag diag;
	size_t fits;

	assert_int_equal(bt_cmdline_build(&root, "x", line, NULL), 0);
	fits = BT_CMDLINE_MAX - 1 - strlen(line) + 1;
	memset(args, 'x', sizeof(args));
	args[fits] = '\0';
	assert_int_equal(bt_cmdline_build(&root, args, line, &diag), 0);
	assert_int_equal(strlen(line), BT_CMDLINE_MAX - 1);
	args[fits] = 'x';
	args[fits + 1] = '\0';
	assert_int_equal(bt_cmdline_build(&root, args, line, &diag), ZB_E2BIG);
	assert_string_equal(diag.object, "zlive/ROOT/debian");
}

#define P(name, text)                                                                    \
	{                                                                                \
		.dataset = name, .property = "org.zfsbootmenu:commandline",              \
		.value = text                                                            \
	}

static void property_is(const struct fake_row *rows, const char *dataset,
			const char *expected)
{
	struct fake_pool pool = { .rows = rows };
	struct bt_source source = fake_source(&pool);
	char line[BT_CMDLINE_MAX];

	assert_int_equal(bt_cmdline_property(&source, dataset, line, NULL), 0);
	assert_string_equal(line, expected);
}

static void the_property_is_inherited_and_has_a_default(void **state)
{
	static const struct fake_row set[] = { P("p/ROOT", "quiet"), { 0 } };
	static const struct fake_row unset[] = { { .dataset = "p/ROOT/a" }, { 0 } };

	property_is(set, "p/ROOT/a", "quiet");
	property_is(unset, "p/ROOT/a", BT_CMDLINE_DEFAULT);
}

static void parent_expands_to_what_stands_above(void **state)
{
	static const struct fake_row rows[] = { P("p", "base"),
						P("p/ROOT", "mid %{parent}"),
						P("p/ROOT/a/b", "[%{parent}|%{parent}]"),
						{ 0 } };

	property_is(rows, "p/ROOT/a/b", "[mid base|mid base]");
	/* Inherited: the parent is that of the dataset where it is set. */
	property_is(rows, "p/ROOT/a", "mid base");
}

static void parent_of_nothing_is_empty(void **state)
{
	static const struct fake_row rows[] = { P("p", "a %{parent} b"), { 0 } };

	property_is(rows, "p/ROOT/a", "a  b");
}

static void an_expansion_without_bounds_is_refused(void **state)
{
	struct fake_row rows[17] = { 0 };
	struct fake_pool pool = { .rows = rows };
	struct bt_source source = fake_source(&pool);
	char names[16][64], line[BT_CMDLINE_MAX];
	struct zb_diag diag;

	for (int i = 0; i < 16; i++) {
		snprintf(names[i], sizeof(names[i]), "%s%s", i ? names[i - 1] : "p",
			 i ? "/c" : "");
		rows[i] = (struct fake_row)P(names[i], "%{parent}%{parent}xx");
	}
	assert_int_equal(bt_cmdline_property(&source, names[15], line, &diag), ZB_E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_root_comes_first_then_the_arguments),
		cmocka_unit_test(what_tells_the_disk_from_copies),
		cmocka_unit_test(what_is_unknown_is_left_out),
		cmocka_unit_test(arguments_cannot_name_another_root),
		cmocka_unit_test(own_mode_and_hostid_win),
		cmocka_unit_test(quoted_blanks_stay_in_their_word),
		cmocka_unit_test(a_line_that_linux_would_cut_is_refused),
		cmocka_unit_test(the_property_is_inherited_and_has_a_default),
		cmocka_unit_test(parent_expands_to_what_stands_above),
		cmocka_unit_test(parent_of_nothing_is_empty),
		cmocka_unit_test(an_expansion_without_bounds_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
