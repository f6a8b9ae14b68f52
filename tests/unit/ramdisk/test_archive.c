/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>
#include "cmd/ramdisk/archive.h"
#include "cmd/ramdisk/tree.h"
#include "tree.h"

static uint8_t *copy(const char *text)
{
	return (uint8_t *)strdup(text);
}

static void fill(struct rd_archive *a, bool backwards)
{
	memset(a, 0, sizeof(*a));
	for (int i = 0; i < 3; i++) {
		int what = backwards ? 2 - i : i;

		if (what == 0)
			assert_int_equal(
				rd_archive_file(a, "usr/bin/x", 0755, copy("abcde"), 5),
				0);
		else if (what == 1)
			assert_int_equal(rd_archive_link(a, "bin", "usr/bin"), 0);
		else
			assert_int_equal(
				rd_archive_node(a, "dev/console", S_IFCHR | 0600, 5, 1),
				0);
	}
}

static void entry_is(struct archive *in, const char *path, unsigned int mode)
{
	struct archive_entry *e;

	assert_int_equal(archive_read_next_header(in, &e), ARCHIVE_OK);
	assert_string_equal(archive_entry_pathname(e), path);
	assert_int_equal(archive_entry_mode(e), mode);
	assert_int_equal(archive_entry_mtime(e), 1234);
	assert_int_equal(archive_entry_uid(e), 0);
	if (S_ISLNK(mode))
		assert_string_equal(archive_entry_symlink(e), "usr/bin");
	if (S_ISCHR(mode))
		assert_true(archive_entry_rdevmajor(e) == 5 &&
			    archive_entry_rdevminor(e) == 1);
	if (S_ISREG(mode)) {
		char buf[8] = "";

		assert_int_equal(archive_read_data(in, buf, sizeof(buf)), 5);
		assert_string_equal(buf, "abcde");
	}
}

/* Read back by libarchive, which knows nothing of our writer. */
static void other_reader(void **state)
{
	const struct test_tree *t = *state;
	struct rd_write_options o = { .time = 1234, .level = 3 };
	struct archive *in = archive_read_new();
	struct archive_entry *e;
	struct rd_archive a;
	struct zb_diag diag;
	char path[128];

	snprintf(path, sizeof(path), "%s/out", t->root);
	o.output = path;
	fill(&a, false);
	assert_int_equal(rd_archive_write(&a, &o, &diag), 0);
	rd_archive_done(&a);
	archive_read_support_filter_all(in);
	archive_read_support_format_cpio(in);
	assert_int_equal(archive_read_open_filename(in, path, 65536), ARCHIVE_OK);
	entry_is(in, "bin", S_IFLNK | 0777);
	entry_is(in, "dev", S_IFDIR | 0755);
	entry_is(in, "dev/console", S_IFCHR | 0600);
	entry_is(in, "usr", S_IFDIR | 0755);
	entry_is(in, "usr/bin", S_IFDIR | 0755);
	entry_is(in, "usr/bin/x", S_IFREG | 0755);
	assert_int_equal(archive_read_next_header(in, &e), ARCHIVE_EOF);
	archive_read_free(in);
}

static void read_out(const struct test_tree *t, const char *name, uint8_t **data,
		     size_t *len)
{
	struct rd_tree tree;
	struct zb_diag diag;

	assert_int_equal(rd_tree_open(&tree, t->root, &diag), 0);
	assert_int_equal(rd_tree_read(&tree, name, data, len, &diag), 0);
	rd_tree_close(&tree);
}

/* Neither the order of additions nor the number of threads shows in the bytes. */
static void same_bytes(void **state)
{
	const struct test_tree *t = *state;
	uint8_t *data[2];
	size_t len[2];

	for (unsigned int i = 0; i < 2; i++) {
		struct rd_write_options o = { .level = 5, .threads = i ? 3 : 1 };
		struct rd_archive a;
		struct zb_diag diag;
		char path[128];

		snprintf(path, sizeof(path), "%s/out%u", t->root, i);
		o.output = path;
		fill(&a, i);
		assert_int_equal(rd_archive_write(&a, &o, &diag), 0);
		rd_archive_done(&a);
		read_out(t, i ? "out1" : "out0", &data[i], &len[i]);
	}
	assert_int_equal(len[0], len[1]);
	assert_memory_equal(data[0], data[1], len[0]);
	free(data[0]);
	free(data[1]);
}

static void first_one_stays(void **state)
{
	struct rd_archive a = { NULL };
	bool found;
	size_t at;

	assert_int_equal(rd_archive_file(&a, "f", 0644, copy("1"), 1), 0);
	assert_int_equal(rd_archive_file(&a, "f", 0644, copy("2"), 1), 0);
	at = rd_archive_find(&a, "f", &found);
	assert_true(found && a.n == 1);
	assert_int_equal(a.entries[at].data[0], '1');
	rd_archive_done(&a);
}

/* A failure leaves an old file alone, and no other behind. */
static void failure_leaves_nothing(void **state)
{
	struct rd_write_options o = { .output = "/proc/none/out", .level = 3 };
	struct rd_archive a;
	struct zb_diag diag;

	fill(&a, false);
	assert_true(rd_archive_write(&a, &o, &diag) < 0);
	assert_string_equal(diag.object, "/proc/none/out");
	rd_archive_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(other_reader, test_tree_setup,
						test_tree_teardown),
		cmocka_unit_test_setup_teardown(same_bytes, test_tree_setup,
						test_tree_teardown),
		cmocka_unit_test(first_one_stays),
		cmocka_unit_test(failure_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
