/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "cmd/ramdisk/tree.h"
#include "tree.h"

static void resolves_to(const struct rd_tree *tree, const char *path, const char *want)
{
	char real[PATH_MAX];
	struct zb_diag diag;

	assert_int_equal(rd_tree_resolve(tree, path, NULL, real, &diag), 0);
	assert_string_equal(real, want);
}

/* Absolute links and ".." end at the tree's root, never at this machine's. */
static void links_stay_inside(void **state)
{
	const struct test_tree *t = *state;
	struct rd_tree tree;
	struct zb_diag diag;

	test_tree_text(t, "usr/lib/a", "1");
	test_tree_link(t, "lib", "usr/lib");
	test_tree_link(t, "abs", "/usr/lib/a");
	test_tree_link(t, "up", "../../../../usr/lib/a");
	test_tree_link(t, "usr/lib/b", "../../lib/./a");
	test_tree_link(t, "passwd", "/etc/passwd");
	assert_int_equal(rd_tree_open(&tree, t->root, &diag), 0);
	resolves_to(&tree, "/lib/a", "usr/lib/a");
	resolves_to(&tree, "abs", "usr/lib/a");
	resolves_to(&tree, "//up", "usr/lib/a");
	resolves_to(&tree, "/lib/b", "usr/lib/a");
	resolves_to(&tree, "/lib/../lib/a", "usr/lib/a");
	assert_false(rd_tree_exists(&tree, "passwd"));
	rd_tree_close(&tree);
}

static void loop_ends(void **state)
{
	const struct test_tree *t = *state;
	struct rd_tree tree;
	char real[PATH_MAX];
	struct zb_diag diag;

	test_tree_link(t, "a", "b/x");
	test_tree_link(t, "b", "a");
	assert_int_equal(rd_tree_open(&tree, t->root, &diag), 0);
	assert_int_equal(rd_tree_resolve(&tree, "a", NULL, real, &diag), ZB_ELOOP);
	rd_tree_close(&tree);
}

static void links_on_the_way_are_added(void **state)
{
	const struct test_tree *t = *state;
	struct rd_archive a = { NULL };
	struct rd_tree tree;
	struct zb_diag diag;

	test_tree_text(t, "usr/sbin/zpool", "1");
	test_tree_link(t, "sbin", "usr/sbin");
	test_tree_link(t, "usr/sbin/zp", "/sbin/zpool");
	assert_int_equal(rd_tree_open(&tree, t->root, &diag), 0);
	assert_int_equal(rd_tree_add(&tree, &a, "/sbin/zp", &diag), 0);
	assert_int_equal(a.n, 5);
	assert_string_equal(a.entries[0].path, "sbin");
	assert_string_equal(a.entries[3].path, "usr/sbin/zp");
	assert_string_equal(a.entries[4].path, "usr/sbin/zpool");
	rd_archive_done(&a);
	rd_tree_close(&tree);
}

static void missing_is_named(void **state)
{
	const struct test_tree *t = *state;
	struct rd_archive a = { NULL };
	struct rd_tree tree;
	struct zb_diag diag;

	assert_int_equal(rd_tree_open(&tree, t->root, &diag), 0);
	assert_int_equal(rd_tree_add(&tree, &a, "/sbin/zpool", &diag), ZB_ENOENT);
	assert_string_equal(diag.object, "/sbin/zpool");
	rd_archive_done(&a);
	rd_tree_close(&tree);
}

#define TEST(name)                                                                       \
	cmocka_unit_test_setup_teardown(name, test_tree_setup, test_tree_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(links_stay_inside),
		TEST(loop_ends),
		TEST(links_on_the_way_are_added),
		TEST(missing_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
