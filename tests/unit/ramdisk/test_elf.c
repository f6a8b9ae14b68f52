/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "cmd/ramdisk/elf.h"
#include "tree.h"

#define NEEDS(...) ((const char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL })

struct job {
	struct rd_tree tree;
	struct rd_archive archive;
	struct rd_elf elf;
	struct zb_diag diag;
};

static void start(struct job *j, const struct test_tree *t)
{
	memset(j, 0, sizeof(*j));
	assert_int_equal(rd_tree_open(&j->tree, t->root, &j->diag), 0);
	assert_int_equal(rd_elf_init(&j->elf, &j->tree, &j->archive, &j->diag), 0);
}

static void end(struct job *j)
{
	rd_elf_done(&j->elf);
	rd_archive_done(&j->archive);
	rd_tree_close(&j->tree);
}

static bool has(const struct job *j, const char *path)
{
	bool found;

	rd_archive_find(&j->archive, path, &found);
	return found;
}

/* Program, interpreter, a library behind a link, and what that needs in turn, in a cycle. */
static void everything_needed(void **state)
{
	const struct test_tree *t = *state;
	struct job j;

	test_tree_link(t, "lib", "usr/lib");
	test_tree_link(t, "lib64", "usr/lib64");
	test_tree_elf(t, "usr/lib64/ld.so", EM_X86_64, NULL, NULL, NEEDS());
	test_tree_elf(t, "usr/lib/x86_64-linux-gnu/liba.so.1.2", EM_X86_64, NULL, NULL,
		      NEEDS("libb.so"));
	test_tree_link(t, "usr/lib/x86_64-linux-gnu/liba.so.1", "liba.so.1.2");
	test_tree_elf(t, "usr/lib/libb.so", EM_X86_64, NULL, NULL, NEEDS("liba.so.1"));
	test_tree_elf(t, "usr/sbin/prog", EM_X86_64, "/lib64/ld.so", NULL,
		      NEEDS("liba.so.1"));
	start(&j, t);
	assert_int_equal(rd_elf_add(&j.elf, "/usr/sbin/prog", &j.diag), 0);
	assert_true(has(&j, "usr/sbin/prog"));
	assert_true(has(&j, "lib64") && has(&j, "usr/lib64/ld.so"));
	assert_true(has(&j, "usr/lib/x86_64-linux-gnu/liba.so.1"));
	assert_true(has(&j, "usr/lib/x86_64-linux-gnu/liba.so.1.2"));
	assert_true(has(&j, "lib") && has(&j, "usr/lib/libb.so"));
	assert_int_equal(j.elf.used.n, 0);
	end(&j);
}

static void missing_library_is_named(void **state)
{
	const struct test_tree *t = *state;
	struct job j;

	test_tree_elf(t, "sbin/prog", EM_X86_64, NULL, NULL, NEEDS("libzfs.so.6"));
	start(&j, t);
	assert_int_equal(rd_elf_add(&j.elf, "/sbin/prog", &j.diag), ZB_ENOENT);
	assert_string_equal(j.diag.object, "/sbin/prog");
	assert_non_null(strstr(j.diag.reason, "libzfs.so.6"));
	end(&j);
}

static void other_machine_is_passed_over(void **state)
{
	const struct test_tree *t = *state;
	struct job j;

	test_tree_elf(t, "lib/liba.so", EM_AARCH64, NULL, NULL, NEEDS());
	test_tree_elf(t, "usr/lib/liba.so", EM_X86_64, NULL, NULL, NEEDS());
	test_tree_elf(t, "sbin/prog", EM_X86_64, NULL, NULL, NEEDS("liba.so"));
	start(&j, t);
	assert_int_equal(rd_elf_add(&j.elf, "/sbin/prog", &j.diag), 0);
	assert_true(has(&j, "usr/lib/liba.so") && !has(&j, "lib/liba.so"));
	end(&j);
}

static void runpath_with_origin(void **state)
{
	const struct test_tree *t = *state;
	struct job j;

	test_tree_elf(t, "opt/zfs/lib/liba.so", EM_X86_64, NULL, NULL, NEEDS());
	test_tree_elf(t, "lib/liba.so", EM_X86_64, NULL, NULL, NEEDS());
	test_tree_elf(t, "opt/zfs/sbin/prog", EM_X86_64, NULL, "/nowhere:$ORIGIN/../lib",
		      NEEDS("liba.so"));
	start(&j, t);
	assert_int_equal(rd_elf_add(&j.elf, "/opt/zfs/sbin/prog", &j.diag), 0);
	assert_true(has(&j, "opt/zfs/lib/liba.so") && !has(&j, "lib/liba.so"));
	end(&j);
}

/* /usr/local/lib wins, as it does with ld.so.cache, and has to be in LD_LIBRARY_PATH. */
static void folder_of_ld_so_conf(void **state)
{
	const struct test_tree *t = *state;
	struct job j;

	test_tree_text(t, "etc/ld.so.conf", "include /etc/ld.so.conf.d/*.conf # all\n");
	test_tree_text(t, "etc/ld.so.conf.d/local.conf", "  /usr/local/lib/ \n");
	test_tree_text(t, "etc/ld.so.conf.d/not-one", "/wrong\n");
	test_tree_elf(t, "usr/local/lib/liba.so", EM_X86_64, NULL, NULL, NEEDS());
	test_tree_elf(t, "usr/lib/liba.so", EM_X86_64, NULL, NULL, NEEDS());
	test_tree_elf(t, "sbin/prog", EM_X86_64, NULL, NULL, NEEDS("liba.so"));
	start(&j, t);
	assert_int_equal(j.elf.conf.n, 1);
	assert_int_equal(rd_elf_add(&j.elf, "/sbin/prog", &j.diag), 0);
	assert_true(has(&j, "usr/local/lib/liba.so"));
	assert_int_equal(j.elf.used.n, 1);
	assert_string_equal(j.elf.used.dir[0], "/usr/local/lib");
	end(&j);
}

static void cut_short(void **state)
{
	const struct test_tree *t = *state;
	struct job j;
	uint8_t *data;
	size_t len;

	test_tree_elf(t, "sbin/prog", EM_X86_64, "/lib/ld.so", "/x", NEEDS("liba.so"));
	start(&j, t);
	assert_int_equal(rd_tree_read(&j.tree, "/sbin/prog", &data, &len, &j.diag), 0);
	end(&j);
	for (size_t i = 0; i < len; i += 7) {
		test_tree_put(t, "sbin/prog", data, i);
		start(&j, t);
		assert_true(rd_elf_add(&j.elf, "/sbin/prog", &j.diag) < 0);
		end(&j);
	}
	free(data);
}

#define TEST(name)                                                                       \
	cmocka_unit_test_setup_teardown(name, test_tree_setup, test_tree_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(everything_needed),
		TEST(missing_library_is_named),
		TEST(other_machine_is_passed_over),
		TEST(runpath_with_origin),
		TEST(folder_of_ld_so_conf),
		TEST(cut_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
