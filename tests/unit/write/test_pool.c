/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The writer as its callers see it: errors, order of calls, reproducible bytes. Whether the
 * bytes are a pool is for zdb and OpenZFS to say (tests/interop).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "codec/checksum.h"
#include "fmt/eck.h"
#include "fmt/nvlist.h"
#include "fmt/uberblock.h"
#include "write/write.h"

#define MIB	  (1ULL << 20)
#define VDEV_SIZE (64 * MIB)

/* ---- a vdev in memory ---- */

struct memory {
	uint8_t *bytes;
	uint64_t size;
	uint64_t fail_at; /* writes to it fail; 0: none */
	unsigned int flushes;
};

static int memory_write(void *ctx, uint64_t offset, const void *buf, size_t len)
{
	struct memory *m = ctx;

	if (offset > m->size || len > m->size - offset || offset % 4096 || len % 4096)
		return ZB_EINVAL;
	if (m->fail_at && offset <= m->fail_at && m->fail_at < offset + len)
		return ZB_EIO;
	memcpy(m->bytes + offset, buf, len);
	return 0;
}

static int memory_flush(void *ctx)
{
	struct memory *m = ctx;

	m->flushes++;
	return 0;
}

struct fixture {
	struct memory memory;
	struct zw_sink sink;
	struct zw_options options;
	struct zw_pool *pool;
	struct zw_dataset *root;
	struct zb_diag diag;
};

static void open_pool(struct fixture *f, unsigned int threads, uint64_t seed)
{
	const struct zw_property props[] = {
		{ "compression", "lz4" },
		{ "mountpoint", "none" },
		{ "dnodesize", "auto" },
	};

	*f = (struct fixture){
		.memory = { .bytes = calloc(1, VDEV_SIZE), .size = VDEV_SIZE },
		.sink = {
			.ctx = &f->memory,
			.name = "memory",
			.size = VDEV_SIZE,
			.write = memory_write,
			.flush = memory_flush,
		},
		.options = {
			.pool_name = "tank",
			.label_path = "/dev/nowhere",
			.seed = { seed, 1 },
			.time = 1700000000,
			.hostid = 7,
			.hostname = "host",
			.ashift = 12,
			.threads = threads,
		},
	};
	assert_int_equal(zw_pool_create(&f->options, &f->sink, &f->pool, &f->diag), 0);
	assert_int_equal(zw_dataset_create(f->pool, "tank", props, 3, &f->root, &f->diag),
			 0);
}

static void close_pool(struct fixture *f)
{
	zw_pool_destroy(f->pool);
	free(f->memory.bytes);
}

/* ---- contents ---- */

struct contents {
	uint64_t left, pos, state;
	int error; /* instead of the end */
	uint8_t buf[100000];
};

static int contents_next(void *ctx, const void **ret_buf, size_t *ret_len,
			 uint64_t *ret_offset, struct zb_diag *diag)
{
	struct contents *c = ctx;
	size_t len = c->left < sizeof(c->buf) ? c->left : sizeof(c->buf);

	if (len == 0)
		return c->error == 0 ? 0
				     : zb_fail(diag, c->error, "source", c->pos,
					       "it broke off");
	for (size_t i = 0; i < len; i++) {
		c->state = c->state * 6364136223846793005ULL + 1442695040888963407ULL;
		c->buf[i] = c->state >> 58;
	}
	*ret_buf = c->buf;
	*ret_len = len;
	*ret_offset = c->pos;
	c->pos += len;
	c->left -= len;
	return 1;
}

static int add(struct fixture *f, const char *path, uint32_t mode, uint64_t size)
{
	struct contents c = { .left = size, .state = size };
	const struct zw_entry e = {
		.path = path,
		.mode = mode,
		.size = size,
		.target = "target",
		.data = contents_next,
		.data_ctx = &c,
	};

	return zw_entry_add(f->root, &e, &f->diag);
}

static int add_file(struct fixture *f, const char *path, uint64_t size)
{
	return add(f, path, S_IFREG | 0644, size);
}

static void fill(struct fixture *f)
{
	char path[64];

	for (unsigned int i = 0; i < 300; i++) {
		snprintf(path, sizeof(path), "dir-%u/file-%u", i % 5, i);
		assert_int_equal(add_file(f, path, 1ULL * i * i), 0);
	}
	assert_int_equal(add_file(f, "large", 5 * MIB), 0);
	assert_int_equal(add_file(f, "dir-1/file-1", 300), 0);
	assert_int_equal(zw_entry_link(f->root, "link", "large", &f->diag), 0);
	assert_int_equal(zw_pool_finish(f->pool, &f->diag), 0);
}

static void sum_of(unsigned int threads, uint64_t seed, struct zc_cksum *ret_sum)
{
	struct fixture f;

	open_pool(&f, threads, seed);
	fill(&f);
	zc_sha256(zb_span(f.memory.bytes, VDEV_SIZE), ret_sum);
	close_pool(&f);
}

static void bytes_depend_on_the_seed_not_on_the_threads(void **state)
{
	struct zc_cksum one, two, many, other;

	sum_of(1, 1, &one);
	sum_of(2, 1, &two);
	sum_of(9, 1, &many);
	sum_of(2, 2, &other);
	assert_true(zc_cksum_equal(&one, &two));
	assert_true(zc_cksum_equal(&one, &many));
	assert_false(zc_cksum_equal(&one, &other));
}

static void all_labels_seal_an_exported_pool(void **state)
{
	struct fixture f;

	open_pool(&f, 2, 1);
	fill(&f);
	assert_int_equal(f.memory.flushes, 2); /* before the labels and behind them */
	for (unsigned int i = 0; i < ZF_LABEL_COUNT; i++) {
		uint8_t *label = f.memory.bytes + zf_label_offset(i, VDEV_SIZE);
		struct zb_span nv =
			zb_span(label + ZF_LABEL_NVLIST, ZF_LABEL_NVLIST_SIZE);
		struct zf_nvlist list, tree;
		struct zf_uberblock ub;
		struct zf_eck eck;
		uint64_t v;

		assert_int_equal(zf_eck_decode(nv, &eck), 0);
		assert_int_equal(zf_nvlist_init(nv, &list), 0);
		assert_int_equal(zf_nvlist_u64(list, "state", &v), 0);
		assert_int_equal(v, ZF_POOL_STATE_EXPORTED);
		assert_int_equal(zf_nvlist_u64(list, "pool_guid", &v), 0);
		assert_int_equal(v, zw_pool_guid(f.pool));
		assert_int_equal(zf_nvlist_u64(list, "guid", &v), 0);
		assert_int_equal(v, zw_pool_vdev_guid(f.pool));
		assert_int_equal(zf_nvlist_list(list, "vdev_tree", &tree), 0);
		assert_true(zf_nvlist_string_is(tree, "path", "/dev/nowhere"));
		assert_int_equal(
			zf_uberblock_decode(
				zb_span(label + ZF_LABEL_UBERBLOCKS + 4 * 4096, 4096),
				&ub),
			0);
		assert_int_equal(ub.txg, 4);
	}
	close_pool(&f);
}

static void a_full_vdev_says_so(void **state)
{
	struct fixture f;
	int ret = 0;

	open_pool(&f, 2, 1);
	for (unsigned int i = 0; i < 100 && ret == 0; i++) {
		char path[32];

		snprintf(path, sizeof(path), "file-%u", i);
		ret = add_file(&f, path, 2 * MIB);
	}
	assert_int_equal(ret, ZB_ENOSPC);
	assert_non_null(strstr(f.diag.reason, "full"));
	assert_int_equal(zw_pool_finish(f.pool, &f.diag), ZB_ENOSPC);
	close_pool(&f);
}

static void an_error_of_the_device_comes_back(void **state)
{
	struct fixture f;
	int ret;

	open_pool(&f, 2, 1);
	f.memory.fail_at = 4 * MIB + 12345;
	ret = add_file(&f, "file", 5 * MIB);
	if (ret == 0)
		ret = zw_pool_finish(f.pool, &f.diag);
	assert_int_equal(ret, ZB_EIO);
	assert_non_null(strstr(f.diag.reason, "memory"));
	close_pool(&f);
}

static void no_label_is_written_when_data_failed(void **state)
{
	struct fixture f;

	open_pool(&f, 2, 1);
	f.memory.fail_at = 4 * MIB;
	(void)!add_file(&f, "file", MIB);
	assert_int_equal(zw_pool_finish(f.pool, &f.diag), ZB_EIO);
	for (uint64_t i = 0; i < ZF_VDEV_DATA_START; i++)
		assert_int_equal(f.memory.bytes[i], 0);
	close_pool(&f);
}

static void an_error_of_the_source_comes_back(void **state)
{
	struct contents c = { .left = 300000, .error = ZB_EIO };
	struct zw_entry e = {
		.path = "file",
		.mode = S_IFREG | 0644,
		.size = 400000,
		.data = contents_next,
		.data_ctx = &c,
	};
	struct fixture f;

	open_pool(&f, 2, 1);
	assert_int_equal(zw_entry_add(f.root, &e, &f.diag), ZB_EIO);
	assert_string_equal(f.diag.object, "source");
	assert_string_equal(f.diag.reason, "it broke off");
	assert_int_equal(zw_pool_finish(f.pool, &f.diag), ZB_EIO);
	close_pool(&f);
}

static void a_source_that_grew_is_an_error(void **state)
{
	struct contents c = { .left = 300000 };
	struct zw_entry e = {
		.path = "file",
		.mode = S_IFREG | 0644,
		.size = 299999,
		.data = contents_next,
		.data_ctx = &c,
	};
	struct fixture f;

	open_pool(&f, 2, 1);
	assert_int_equal(zw_entry_add(f.root, &e, &f.diag), ZB_EAGAIN);
	assert_string_equal(f.diag.object, "file");
	close_pool(&f);
}

static void paths_are_checked(void **state)
{
	struct fixture f;
	char name[300];

	open_pool(&f, 1, 1);
	memset(name, 'x', sizeof(name));
	name[256] = '\0';
	assert_int_equal(add_file(&f, "a/../b", 1), ZB_EINVAL);
	assert_int_equal(add_file(&f, name, 1), ZB_ENAMETOOLONG);
	name[255] = '\0';
	assert_int_equal(add_file(&f, name, 1), 0);
	assert_int_equal(add_file(&f, "./a//b/./file", 1), 0);
	assert_int_equal(add_file(&f, "a/b/file/below", 1), ZB_ENOTDIR);
	assert_int_equal(zw_entry_link(f.root, "l", "a/b/file", &f.diag), 0);
	assert_int_equal(zw_entry_link(f.root, "l2", "a/b/nothing", &f.diag), ZB_ENOENT);
	assert_int_equal(zw_entry_link(f.root, "l2", "a/b", &f.diag), ZB_EISDIR);
	assert_int_equal(zw_pool_finish(f.pool, &f.diag), 0);
	assert_int_equal(add_file(&f, "late", 1), ZB_EINVAL);
	close_pool(&f);
}

static void later_entries_replace_earlier_ones(void **state)
{
	struct fixture f;

	open_pool(&f, 1, 1);
	assert_int_equal(add_file(&f, "a", 10 * MIB), 0);
	assert_int_equal(add_file(&f, "a", 10), 0);
	assert_int_equal(add(&f, "a", S_IFLNK | 0777, 0), 0);
	assert_int_equal(add(&f, "a", S_IFDIR | 0755, 0), 0);
	assert_int_equal(add_file(&f, "a", 10), 0);
	assert_int_equal(add_file(&f, "b/c", 10), 0);
	assert_int_equal(add(&f, "b", S_IFDIR | 0700, 0), 0);
	assert_int_equal(add_file(&f, "b", 10), ZB_EISDIR);
	assert_int_equal(add_file(&f, "", 10), ZB_EISDIR);
	assert_int_equal(add(&f, "", S_IFDIR | 0711, 0), 0);
	assert_int_equal(zw_pool_finish(f.pool, &f.diag), 0);
	close_pool(&f);
}

static void datasets_and_properties_are_checked(void **state)
{
	const struct zw_property bad[] = {
		{ "compression", "zstd-20" },	   { "compression", "lzma" },
		{ "compression", "zstd-fast-11" }, { "recordsize", "100K" },
		{ "recordsize", "32M" },	   { "copies", "4" },
		{ "nosuchproperty", "1" },	   { "normalization", "formD" },
		{ "checksum", "sha256" },
	};
	const struct zw_property twice[] = { { "atime", "on" }, { "atime", "off" } };
	struct zw_dataset *ds;
	struct fixture f;

	open_pool(&f, 1, 1);
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(
			zw_dataset_create(f.pool, "tank/x", &bad[i], 1, &ds, &f.diag),
			ZB_EINVAL);
		assert_string_equal(f.diag.object, bad[i].name);
	}
	assert_int_equal(zw_dataset_create(f.pool, "tank/x", twice, 2, &ds, &f.diag),
			 ZB_EEXIST);
	assert_int_equal(zw_dataset_create(f.pool, "tank", NULL, 0, &ds, &f.diag),
			 ZB_EEXIST);
	assert_int_equal(zw_dataset_create(f.pool, "other", NULL, 0, &ds, &f.diag),
			 ZB_EINVAL);
	assert_int_equal(zw_dataset_create(f.pool, "tank/a/b", NULL, 0, &ds, &f.diag),
			 ZB_ENOENT);
	assert_int_equal(zw_dataset_create(f.pool, "tank/a@b", NULL, 0, &ds, &f.diag),
			 ZB_EINVAL);
	assert_int_equal(zw_dataset_create(f.pool, "tank/a", NULL, 0, &ds, &f.diag), 0);
	close_pool(&f);
}

static void options_are_checked(void **state)
{
	struct fixture f;
	struct zw_pool *pool;

	open_pool(&f, 1, 1);
	f.options.ashift = 14;
	assert_int_equal(zw_pool_create(&f.options, &f.sink, &pool, &f.diag), ZB_EINVAL);
	f.options.ashift = 12;
	f.sink.size = 32 * MIB;
	assert_int_equal(zw_pool_create(&f.options, &f.sink, &pool, &f.diag), ZB_EINVAL);
	f.sink.size = VDEV_SIZE;
	f.options.pool_name = "a/b";
	assert_int_equal(zw_pool_create(&f.options, &f.sink, &pool, &f.diag), ZB_EINVAL);
	close_pool(&f);
}

static void a_pool_can_be_given_up_at_any_point(void **state)
{
	struct fixture f;

	zw_pool_destroy(NULL);
	open_pool(&f, 3, 1);
	close_pool(&f);
	open_pool(&f, 3, 1);
	assert_int_equal(add_file(&f, "a/b", 20 * MIB), 0);
	assert_int_equal(add_file(&f, "a/c", 1), 0);
	close_pool(&f);
	open_pool(&f, 3, 1);
	fill(&f);
	assert_int_equal(zw_pool_finish(f.pool, &f.diag), ZB_EINVAL);
	close_pool(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_depend_on_the_seed_not_on_the_threads),
		cmocka_unit_test(all_labels_seal_an_exported_pool),
		cmocka_unit_test(a_full_vdev_says_so),
		cmocka_unit_test(an_error_of_the_device_comes_back),
		cmocka_unit_test(no_label_is_written_when_data_failed),
		cmocka_unit_test(an_error_of_the_source_comes_back),
		cmocka_unit_test(a_source_that_grew_is_an_error),
		cmocka_unit_test(paths_are_checked),
		cmocka_unit_test(later_entries_replace_earlier_ones),
		cmocka_unit_test(datasets_and_properties_are_checked),
		cmocka_unit_test(options_are_checked),
		cmocka_unit_test(a_pool_can_be_given_up_at_any_point),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
