/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "cmd/build/saved.h"
#include "cmd/build/spool.h"

struct fixture {
	struct spool *spool;
	unsigned int passed; /* entries and links that came through */
	size_t bytes;
	struct zb_diag diag;
};

static int on_entry(void *ctx, const struct zw_entry *e, struct zb_diag *diag)
{
	struct fixture *f = ctx;
	void *data;

	f->passed++;
	if (!e->data)
		return 0;
	assert_int_equal(saved_content(e, &data, diag), 0);
	free(data);
	f->bytes += e->size;
	return 0;
}

static int on_link(void *ctx, const char *path, const char *target, struct zb_diag *diag)
{
	struct fixture *f = ctx;

	f->passed++;
	return 0;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct tree_sink next = { f, on_entry, on_link, NULL };

	setenv("TMPDIR", "/tmp", 1);
	*state = f;
	return spool_create(&next, &f->spool, &f->diag);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	spool_destroy(f->spool);
	free(f);
	return 0;
}

static void put(struct fixture *f, const char *path, uint32_t mode, const char *text)
{
	const struct tree_sink *sink = spool_sink(f->spool);
	struct saved s = { .path = (char *)path, .mode = mode };

	if (S_ISLNK(mode)) {
		s.target = (char *)text;
	} else if (text) {
		s.data = (char *)text;
		s.len = strlen(text);
	}
	assert_int_equal(saved_send(&s, sink, &f->diag), 0);
}

static bool has(struct fixture *f, const char *path, const char *want)
{
	char full[512], got[64] = "";
	int fd;
	ssize_t n;

	snprintf(full, sizeof(full), "%s/%s", spool_root(f->spool), path);
	fd = open(full, O_RDONLY);
	if (fd < 0)
		return false;
	n = read(fd, got, sizeof(got) - 1);
	close(fd);
	return n >= 0 && strcmp(got, want) == 0;
}

static void what_a_ramdisk_needs_is_kept(void **state)
{
	struct fixture *f = *state;

	put(f, "usr/lib/modules/6.1/kernel/fs/zfs.ko.xz", S_IFREG | 0644, "module");
	put(f, "lib", S_IFLNK | 0777, "usr/lib");
	put(f, "usr/sbin/zpool", S_IFREG | 0755, "zpool");
	put(f, "usr/lib/x86_64-linux-gnu/libc.so.6", S_IFREG | 0755, "libc");
	put(f, "usr/share/doc/zlive", S_IFREG | 0644, "doc");
	put(f, "usr/bin/bash", S_IFREG | 0755, "bash");
	assert_int_equal(f->passed, 6);
	assert_int_equal(f->bytes, 6 + 5 + 4 + 3 + 4);
	assert_true(has(f, "usr/lib/modules/6.1/kernel/fs/zfs.ko.xz", "module"));
	assert_true(has(f, "lib/modules/6.1/kernel/fs/zfs.ko.xz", "module"));
	assert_true(has(f, "usr/sbin/zpool", "zpool"));
	assert_true(has(f, "usr/lib/x86_64-linux-gnu/libc.so.6", "libc"));
	assert_false(has(f, "usr/share/doc/zlive", "doc"));
	assert_false(has(f, "usr/bin/bash", "bash"));
}

static void a_later_entry_replaces_an_earlier_one(void **state)
{
	struct fixture *f = *state;

	put(f, "usr/sbin/zfs", S_IFREG | 0755, "old and long");
	put(f, "usr/sbin/zfs", S_IFREG | 0755, "new");
	assert_true(has(f, "usr/sbin/zfs", "new"));
}

static void hard_links_are_kept(void **state)
{
	struct fixture *f = *state;
	const struct tree_sink *sink = spool_sink(f->spool);

	put(f, "usr/lib/a.so.1", S_IFREG | 0755, "lib");
	assert_int_equal(
		sink->link(sink->ctx, "usr/lib/b.so.1", "usr/lib/a.so.1", &f->diag), 0);
	assert_true(has(f, "usr/lib/b.so.1", "lib"));
}

/* A tar that would write through its own link: everything goes on, nothing gets outside. */
static void nothing_is_written_through_a_link(void **state)
{
	struct fixture *f = *state;
	char victim[] = "/tmp/zlive-test-victim-XXXXXX", path[128];

	assert_non_null(mkdtemp(victim));
	put(f, "usr/lib", S_IFLNK | 0777, victim);
	put(f, "usr/lib/evil.so", S_IFREG | 0644, "x");
	put(f, "usr/sbin/zpool", S_IFLNK | 0777, "/tmp/zlive-test-no-such-file");
	put(f, "usr/sbin/zpool", S_IFREG | 0755, "zpool");
	assert_int_equal(f->passed, 4);
	snprintf(path, sizeof(path), "%s/evil.so", victim);
	assert_int_not_equal(access(path, F_OK), 0);
	assert_int_equal(rmdir(victim), 0);
	assert_int_not_equal(access("/tmp/zlive-test-no-such-file", F_OK), 0);
	assert_true(has(f, "usr/sbin/zpool", "zpool"));
}

static void the_folder_is_gone_afterwards(void **state)
{
	struct fixture *f = *state;
	char *root = strdup(spool_root(f->spool));

	put(f, "usr/lib/modules/a/b/c", S_IFREG | 0600, "x");
	spool_destroy(f->spool);
	f->spool = NULL;
	assert_int_not_equal(access(root, F_OK), 0);
	free(root);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_a_ramdisk_needs_is_kept),
		T(a_later_entry_replaces_an_earlier_one),
		T(hard_links_are_kept),
		T(nothing_is_written_through_a_link),
		T(the_folder_is_gone_afterwards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
