/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "read/fs.h"
#include "tests/support/small_pool.h"

#define MODE_TYPE 0170000
#define SPARSE	  (10 << 20)

struct fixture {
	struct small_pool pool;
	struct small_host host;
	struct zr_pool *open;
	struct zr_fs *fs;
	struct zb_diag diag;
	uint8_t *buf; /* 12 MiB */
};

static int open_dataset(struct fixture *f, const char *name)
{
	struct zr_dataset *ds;
	int error;

	zr_fs_close(f->fs);
	f->fs = NULL;
	error = zr_dataset_open(f->open, name, &ds, &f->diag);
	if (error)
		return error;
	error = zr_fs_open(ds, &f->fs, &f->diag);
	zr_dataset_close(ds);
	return error;
}

static int setup(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	small_pool_init(&f.pool);
	f.buf = malloc(12 << 20);
	*state = &f;
	if (small_pool_open(&f.pool, &f.host, &f.open, &f.diag))
		return -1;
	return open_dataset(&f, "small/ROOT/be");
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	zr_fs_close(f->fs);
	free(f->buf);
	return small_pool_close(&f->pool, &f->host, f->open);
}

static struct zr_stat lookup(struct fixture *f, const char *path)
{
	struct zr_stat st;

	assert_int_equal(zr_fs_lookup(f->fs, path, true, &st, &f->diag), 0);
	return st;
}

static int64_t read_at(struct fixture *f, const char *path, uint64_t offset, size_t len)
{
	return zr_fs_read(f->fs, lookup(f, path).object, offset, f->buf, len, &f->diag);
}

static int fails(struct fixture *f, const char *path, bool follow)
{
	struct zr_stat st;

	return zr_fs_lookup(f->fs, path, follow, &st, &f->diag);
}

static void paths_lead_through_directories_and_links(void **state)
{
	struct fixture *f = *state;
	struct zr_stat st;

	assert_int_equal(lookup(f, "").mode & MODE_TYPE, 0040000);
	assert_true(lookup(f, "/").object == lookup(f, "dir/..").object);
	assert_true(lookup(f, "../..").object == lookup(f, "").object);
	assert_true(lookup(f, "/link").object == lookup(f, "file").object);
	assert_true(lookup(f, "absolute").object == lookup(f, "boot/vmlinuz-6.1").object);
	assert_true(lookup(f, "dir//below/./../..//file").object ==
		    lookup(f, "file").object);
	assert_int_equal(zr_fs_lookup(f->fs, "link", false, &st, &f->diag), 0);
	assert_int_equal(st.mode & MODE_TYPE, 0120000);
	assert_true(lookup(f, "hard").object == lookup(f, "file").object);
	assert_int_equal(lookup(f, "hard").links, 2);
}

static void paths_that_lead_nowhere_are_told(void **state)
{
	struct fixture *f = *state;
	char path[5000];

	assert_int_equal(fails(f, "none", true), ZB_ENOENT);
	assert_string_equal(f->diag.object, "small/ROOT/be");
	assert_non_null(strstr(f->diag.reason, "none: no such file"));
	assert_int_equal(fails(f, "file/x", true), ZB_ENOTDIR);
	assert_int_equal(fails(f, "loop-a", true), ZB_ELOOP);
	assert_int_equal(fails(f, "loop-a", false), 0);
	assert_int_equal(fails(f, "long-link", true), ZB_ENOENT);
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(fails(f, path, true), ZB_ENAMETOOLONG);
	path[2000] = '\0';
	assert_int_equal(fails(f, path, true), ZB_ENAMETOOLONG);
	path[300] = '\0';
	assert_int_equal(fails(f, path, true), ZB_ENOENT);
}

static void contents_are_read_whole_and_in_pieces(void **state)
{
	struct fixture *f = *state;
	uint64_t size = lookup(f, "boot/initrd.img-6.1").size, at = 0;
	char line[16];

	assert_int_equal(size, 108894); /* seq 20000 */
	assert_int_equal(read_at(f, "boot/initrd.img-6.1", 0, 12 << 20), (int64_t)size);
	for (unsigned int i = 1; i <= 20000; i++) {
		int n = snprintf(line, sizeof(line), "%u\n", i);

		assert_memory_equal(f->buf + at, line, (size_t)n);
		at += (uint64_t)n;
	}
	assert_int_equal(at, size);
	assert_int_equal(read_at(f, "boot/initrd.img-6.1", size - 6, 100), 6);
	assert_memory_equal(f->buf, "20000\n", 6);
	assert_int_equal(read_at(f, "boot/initrd.img-6.1", size, 100), 0);
	assert_int_equal(read_at(f, "boot/initrd.img-6.1", UINT64_MAX, 100), 0);
	assert_int_equal(read_at(f, "boot/initrd.img-6.1", 0, 0), 0);
	assert_int_equal(read_at(f, "boot/initrd.img-6.1", 2, 2), 2);
	assert_memory_equal(f->buf, "2\n", 2);
}

static void holes_read_as_zeros(void **state)
{
	struct fixture *f = *state;

	memset(f->buf, 0xff, 12 << 20);
	assert_int_equal(read_at(f, "sparse", 0, 12 << 20), SPARSE + 4);
	for (size_t i = 0; i < SPARSE; i++)
		assert_int_equal(f->buf[i], 0);
	assert_memory_equal(f->buf + SPARSE, "end\n", 4);
}

static void embedded_data_are_read(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_at(f, "embedded", 0, 2000), 900);
	for (unsigned int i = 0; i < 900; i++)
		assert_int_equal(f->buf[i], 'a');
}

static void gang_blocks_are_read(void **state)
{
	struct fixture *f = *state;
	uint8_t first[20000];

	/* The pieces carry checksums of their own, so what comes is right or nothing is. */
	assert_int_equal(read_at(f, "gang", 0, 30000), 20000);
	memcpy(first, f->buf, sizeof(first));
	assert_int_equal(open_dataset(f, "small/ROOT/clone"), 0);
	assert_int_equal(read_at(f, "gang", 0, 30000), 20000);
	assert_memory_equal(f->buf, first, sizeof(first));
}

static void a_snapshot_shows_what_was(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_at(f, "file", 0, 100), 8);
	assert_memory_equal(f->buf, "changed\n", 8);
	assert_int_equal(open_dataset(f, "small/ROOT/be@before"), 0);
	assert_int_equal(read_at(f, "file", 0, 100), 6);
	assert_memory_equal(f->buf, "hello\n", 6);
}

static void what_is_no_file_has_no_contents(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_at(f, "dir", 0, 100), ZB_EISDIR);
	assert_int_equal(zr_fs_read(f->fs, 1, 0, f->buf, 100, &f->diag), ZB_ECORRUPT);
	assert_int_equal(zr_fs_read(f->fs, 0, 0, f->buf, 100, &f->diag), ZB_ENOENT);
	assert_int_equal(zr_fs_read(f->fs, UINT64_MAX, 0, f->buf, 100, &f->diag),
			 ZB_ENOENT);
}

static void link_targets_are_read(void **state)
{
	struct fixture *f = *state;
	struct zr_stat st;
	char target[400];

	assert_int_equal(zr_fs_lookup(f->fs, "link", false, &st, &f->diag), 0);
	assert_int_equal(zr_fs_readlink(f->fs, st.object, target, 5, &f->diag), 0);
	assert_string_equal(target, "file");
	assert_int_equal(zr_fs_readlink(f->fs, st.object, target, 4, &f->diag),
			 ZB_ENAMETOOLONG);
	assert_int_equal(zr_fs_lookup(f->fs, "long-link", false, &st, &f->diag), 0);
	assert_int_equal(
		zr_fs_readlink(f->fs, st.object, target, sizeof(target), &f->diag), 0);
	assert_int_equal(strspn(target, "x"), 300);
	assert_int_equal(
		zr_fs_readlink(f->fs, lookup(f, "file").object, target, 5, &f->diag),
		ZB_EINVAL);
}

static int count_entries(void *ctx, const struct zr_dirent *entry)
{
	unsigned int *n = ctx;

	assert_int_equal(entry->type, 8);
	(*n)++;
	return *n == 70 ? 70 : 0;
}

static void a_fat_directory_gives_each_name_once(void **state)
{
	struct fixture *f = *state;
	uint64_t big = lookup(f, "big").object;
	unsigned int n = 0;
	char path[100];

	assert_int_equal(zr_fs_readdir(f->fs, big, count_entries, &n, &f->diag), 0);
	assert_int_equal(n, 60);
	n = 67;
	assert_int_equal(zr_fs_readdir(f->fs, big, count_entries, &n, &f->diag), 70);
	for (unsigned int i = 1; i <= 60; i++) {
		snprintf(
			path, sizeof(path),
			"big/a-name-that-is-too-long-for-a-micro-zap-as-its-limit-is-50-%u",
			i);
		assert_true(lookup(f, path).parent == big);
	}
	assert_int_equal(fails(f, "big/a-name-that-is-too-long", true), ZB_ENOENT);
	assert_int_equal(zr_fs_readdir(f->fs, lookup(f, "file").object, count_entries, &n,
				       &f->diag),
			 ZB_ENOTDIR);
}

struct one_entry {
	char name[ZR_NAME_MAX];
	uint64_t next;
	unsigned int n;
};

static int keep_one(void *ctx, const struct zr_dirent *entry)
{
	struct one_entry *one = ctx;

	snprintf(one->name, sizeof(one->name), "%s", entry->name);
	one->next = entry->next;
	one->n++;
	return 1;
}

/* Entry by entry, each from where the last one ended, is the same as all at once. */
static void check_resuming(struct fixture *f, const char *dir, unsigned int expected)
{
	uint64_t object = lookup(f, dir).object, found;
	struct one_entry one = { 0 };
	unsigned int n = 0;

	while (zr_fs_readdir_from(f->fs, object, one.next, keep_one, &one, &f->diag)) {
		assert_true(one.next > 0 && one.next < 1ULL << 62);
		assert_int_equal(zr_fs_find(f->fs, object, one.name, &found, &f->diag),
				 0);
		n++;
		assert_int_equal(one.n, n);
	}
	assert_int_equal(n, expected);
	assert_int_equal(
		zr_fs_readdir_from(f->fs, object, UINT64_MAX, keep_one, &one, &f->diag),
		0);
}

static void a_directory_is_read_on_from_any_entry(void **state)
{
	struct fixture *f = *state;
	uint64_t object;

	check_resuming(f, "big", 60);
	check_resuming(f, "dir", 1);
	assert_int_equal(zr_fs_find(f->fs, zr_fs_root(f->fs), "none", &object, &f->diag),
			 ZB_ENOENT);
}

static void data_and_holes_are_told_apart(void **state)
{
	struct fixture *f = *state;
	uint64_t sparse = lookup(f, "sparse").object, full, at;

	assert_int_equal(zr_fs_seek(f->fs, sparse, 0, true, &at, &f->diag), 0);
	assert_int_equal(at, 0);
	assert_int_equal(zr_fs_seek(f->fs, sparse, 5, false, &at, &f->diag), 0);
	assert_true(at > 5 && at <= SPARSE && at % 512 == 0);
	assert_int_equal(zr_fs_seek(f->fs, sparse, SPARSE, true, &at, &f->diag), 0);
	assert_int_equal(at, SPARSE + 4);
	assert_int_equal(zr_fs_seek(f->fs, sparse, SPARSE + 4, false, &at, &f->diag),
			 ZB_ENOENT);
	full = lookup(f, "boot/initrd.img-6.1").object;
	assert_int_equal(zr_fs_seek(f->fs, full, 1, false, &at, &f->diag), 0);
	assert_int_equal(at, 1);
	assert_int_equal(zr_fs_seek(f->fs, full, 1, true, &at, &f->diag), 0);
	assert_int_equal(at, 108894);
	assert_int_equal(
		zr_fs_seek(f->fs, lookup(f, "dir").object, 0, true, &at, &f->diag),
		ZB_EISDIR);
}

/* The first block from blkid on that is, or is not, a hole: one pointer after the other. */
static uint64_t slow_search(struct zr_object *obj, uint64_t blkid, bool hole)
{
	struct zf_blkptr bp;
	struct zb_diag diag;

	for (; blkid <= obj->dn.maxblkid; blkid++) {
		assert_int_equal(zr_object_blkptr(obj, blkid, &bp, &diag), 0);
		if (zf_blkptr_is_hole(&bp) == hole)
			break;
	}
	return blkid;
}

/* Returns how many of the searches went past the block where they began. */
static unsigned int check_searches(struct fixture *f, const char *path)
{
	uint64_t at, expected;
	unsigned int far = 0;
	struct zr_node node;
	int error;

	assert_int_equal(zr_node_open(f->fs, lookup(f, path).object, &node, &f->diag), 0);
	for (uint64_t i = 0; i <= 2 * node.obj.dn.maxblkid + 1; i++) {
		expected = slow_search(&node.obj, i / 2, i % 2);
		error = zr_object_seek(&node.obj, i / 2 * node.obj.dn.datablksz, i % 2,
				       &at, NULL, &f->diag);
		if (expected > node.obj.dn.maxblkid) {
			assert_int_equal(error, ZB_ENOENT);
			continue;
		}
		assert_int_equal(error, 0);
		assert_int_equal(at, expected * node.obj.dn.datablksz);
		far += expected > i / 2;
	}
	zr_node_close(&node);
	return far;
}

/* Ranges of data end where the next hole begins, and the file has no others. */
static void check_ranges(struct fixture *f, const char *path)
{
	struct zr_data_range r;
	struct zr_stat st = lookup(f, path);
	uint64_t pos = 0, at;
	int error;

	while ((error = zr_fs_next_data(f->fs, st.object, pos, &r, &f->diag)) == 0) {
		assert_false(r.unread);
		assert_int_equal(zr_fs_seek(f->fs, st.object, pos, false, &at, &f->diag),
				 0);
		assert_int_equal(r.start, at);
		assert_int_equal(zr_fs_seek(f->fs, st.object, at, true, &at, &f->diag),
				 0);
		assert_int_equal(r.end, at);
		pos = r.end;
	}
	assert_int_equal(error, ZB_ENOENT);
	if (pos < st.size)
		assert_int_equal(zr_fs_seek(f->fs, st.object, pos, false, &at, &f->diag),
				 ZB_ENOENT);
}

static void a_search_finds_what_every_pointer_tells(void **state)
{
	struct fixture *f = *state;

	assert_true(check_searches(f, "sparse") > 0);
	check_ranges(f, "sparse");
	check_searches(f, "file");
	check_searches(f, "boot/initrd.img-6.1");
}

static void a_file_system_is_no_volume(void **state)
{
	struct fixture *f = *state;
	struct zr_volume *vol;
	struct zr_dataset *ds;

	assert_int_equal(zr_dataset_open(f->open, "small/ROOT/be", &ds, &f->diag), 0);
	assert_int_equal(zr_volume_open(ds, &vol, &f->diag), ZB_EINVAL);
	assert_non_null(strstr(f->diag.reason, "is no volume"));
	zr_dataset_close(ds);
}

struct xattr {
	const char *name;
	const char *value;
	size_t len;
	unsigned int found;
};

static int match_xattr(void *ctx, const char *name, struct zb_span value)
{
	struct xattr *x = ctx;

	if (strcmp(name, x->name))
		return 0;
	x->found++;
	assert_int_equal(value.len, x->len);
	if (x->value)
		assert_memory_equal(value.ptr, x->value, x->len);
	return 0;
}

static void expect_xattr(struct fixture *f, const char *path, const char *name,
			 const char *value, size_t len)
{
	struct xattr x = { .name = name, .value = value, .len = len };

	assert_int_equal(
		zr_fs_xattrs(f->fs, lookup(f, path).object, match_xattr, &x, &f->diag),
		0);
	assert_int_equal(x.found, 1);
}

static void attributes_come_from_bonus_spill_and_directory(void **state)
{
	struct fixture *f = *state;

	expect_xattr(f, "file", "user.short", "value", 5);
	expect_xattr(f, "file", "system.posix_acl_access", NULL, 44);
	expect_xattr(f, "boot/vmlinuz-6.1", "user.spilled", NULL, 900);
	expect_xattr(f, "dir/below/xattr-dir", "user.dir", "in a hidden directory", 21);
}

static void devices_and_pipes_have_their_types(void **state)
{
	struct fixture *f = *state;
	struct zr_stat st = lookup(f, "null");

	assert_int_equal(st.mode & MODE_TYPE, 0020000);
	assert_int_equal(st.rdev, 1 << 20 | 3);
	assert_int_equal(lookup(f, "fifo").mode & MODE_TYPE, 0010000);
	assert_true(st.mtime.sec > 1700000000 && st.mtime.nsec < 1000000000);
}

/* The first copy of the data is the only one; a fault in it is told, never passed on. */
static void a_file_with_a_bad_block_is_refused(void **state)
{
	struct fixture *f = *state;

	small_pool_damage(&f->pool, 4 << 20, SMALL_POOL_SIZE - (5 << 20));
	assert_true(read_at(f, "boot/initrd.img-6.1", 0, 12 << 20) < 0);
}

#define FS_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FS_TEST(paths_lead_through_directories_and_links),
		FS_TEST(paths_that_lead_nowhere_are_told),
		FS_TEST(contents_are_read_whole_and_in_pieces),
		FS_TEST(holes_read_as_zeros),
		FS_TEST(embedded_data_are_read),
		FS_TEST(gang_blocks_are_read),
		FS_TEST(a_snapshot_shows_what_was),
		FS_TEST(what_is_no_file_has_no_contents),
		FS_TEST(link_targets_are_read),
		FS_TEST(a_fat_directory_gives_each_name_once),
		FS_TEST(a_directory_is_read_on_from_any_entry),
		FS_TEST(data_and_holes_are_told_apart),
		FS_TEST(a_search_finds_what_every_pointer_tells),
		FS_TEST(a_file_system_is_no_volume),
		FS_TEST(attributes_come_from_bonus_spill_and_directory),
		FS_TEST(devices_and_pipes_have_their_types),
		FS_TEST(a_file_with_a_bad_block_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
