/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "host/reader.h"
#include "tests/support/small_pool.h"

#define ROOM (1 << 20)

/* The small pool, read by one thread or, `threads` being more, by the hosted program's. */
struct fixture {
	struct small_pool pool;
	struct zh_reader *reader;
	struct small_host alone;
	const struct zr_host *host;
	struct zr_pool *open;
	struct zr_fs *fs;
	struct zr_batch *batch;
	struct zb_diag diag;
	unsigned int failures;
	int last_error;
	uint64_t lost;
	uint8_t *buf, *expected; /* ROOM each */
};

static const char *const files[] = { "file", "boot/vmlinuz-6.1", "embedded",
				     "boot/initrd.img-6.1", "gang" };
#define N_FILES (sizeof(files) / sizeof(files[0]))

static int note_failure(void *ctx, uint64_t object, uint64_t offset, size_t len,
			const struct zb_diag *diag)
{
	struct fixture *f = ctx;

	f->last_error = diag->error;
	f->failures++;
	f->lost += len;
	return 0;
}

static void open_on(struct fixture *f)
{
	const struct zr_dev *devs[] = { &f->pool.dev };
	struct zr_dataset *ds;

	assert_int_equal(zr_pool_open(f->host, devs, 1, 0, &f->open, &f->diag), 0);
	assert_int_equal(zr_dataset_open(f->open, "small/ROOT/be", &ds, &f->diag), 0);
	assert_int_equal(zr_fs_open(ds, &f->fs, &f->diag), 0);
	zr_dataset_close(ds);
	assert_int_equal(zr_batch_create(f->open, note_failure, f, &f->batch, &f->diag),
			 0);
}

static void open_pool(struct fixture *f, unsigned int threads)
{
	memset(f, 0, sizeof(*f));
	small_pool_init(&f->pool);
	small_host_init(&f->alone);
	f->host = &f->alone.host;
	if (threads > 1) {
		f->reader = zh_reader_create(threads, NULL, NULL);
		f->host = zh_reader_host(f->reader);
	}
	f->buf = malloc(ROOM);
	f->expected = malloc(ROOM);
	open_on(f);
}

static void close_pool(struct fixture *f)
{
	zr_batch_destroy(f->batch);
	zr_fs_close(f->fs);
	zr_pool_close(f->open);
	zh_reader_destroy(f->reader);
	small_pool_done(&f->pool);
	assert_int_equal(f->alone.held, 0);
	free(f->buf);
	free(f->expected);
}

static struct zr_stat lookup(struct fixture *f, const char *path)
{
	struct zr_stat st;

	assert_int_equal(zr_fs_lookup(f->fs, path, true, &st, &f->diag), 0);
	return st;
}

/* All files one behind the other, `spare` bytes of room behind each. */
static size_t add_files(struct fixture *f, size_t spare)
{
	size_t at = 0;

	for (size_t i = 0; i < N_FILES; i++) {
		struct zr_stat st = lookup(f, files[i]);

		assert_int_equal(zr_batch_add(f->batch, f->fs, st.object, 0, f->buf + at,
					      (size_t)st.size, (size_t)st.size + spare,
					      &f->diag),
				 st.size);
		at += (size_t)st.size + spare;
	}
	return at;
}

static void assert_files(struct fixture *f, size_t spare)
{
	const uint8_t *p = f->buf;

	for (size_t i = 0; i < N_FILES; i++) {
		struct zr_stat st = lookup(f, files[i]);

		assert_int_equal(
			zr_fs_read(f->fs, st.object, 0, f->expected, ROOM, &f->diag),
			st.size);
		assert_memory_equal(p, f->expected, (size_t)st.size);
		p += st.size + spare;
	}
}

static void files_come_together(void **state)
{
	struct fixture f;

	for (unsigned int threads = 1; threads < 10; threads += 4) {
		open_pool(&f, threads);
		for (size_t spare = 0; spare <= 4096; spare += 4096) {
			memset(f.buf, 0x55, ROOM);
			add_files(&f, spare);
			zr_batch_start(f.batch);
			assert_int_equal(zr_batch_wait(f.batch, &f.diag), 0);
			assert_files(&f, spare);
		}
		assert_int_equal(f.failures, 0);
		close_pool(&f);
	}
}

static void room_is_not_exceeded(void **state)
{
	struct fixture f;
	struct zr_stat st;

	open_pool(&f, 2);
	st = lookup(&f, "file");
	for (size_t room = 3; room < 600; room++) {
		memset(f.buf, 0x55, 1024);
		assert_int_equal(zr_batch_add(f.batch, f.fs, st.object, 0, f.buf, 3, room,
					      &f.diag),
				 3);
		zr_batch_start(f.batch);
		assert_int_equal(zr_batch_wait(f.batch, &f.diag), 0);
		for (size_t i = room; i < 1024; i++)
			assert_int_equal(f.buf[i], 0x55);
	}
	close_pool(&f);
}

static void a_file_in_parts(void **state)
{
	struct fixture f;
	struct zr_stat st;

	open_pool(&f, 3);
	st = lookup(&f, "boot/initrd.img-6.1");
	assert_int_equal(zr_fs_read(f.fs, st.object, 0, f.expected, ROOM, &f.diag),
			 st.size);
	for (size_t at = 0; at < st.size; at += 777) {
		size_t n = st.size - at < 777 ? (size_t)st.size - at : 777;

		assert_int_equal(zr_batch_add(f.batch, f.fs, st.object, at, f.buf + at, n,
					      n, &f.diag),
				 n);
		if (at % 5 == 0) {
			zr_batch_start(f.batch);
			assert_int_equal(zr_batch_wait(f.batch, &f.diag), 0);
		}
	}
	zr_batch_start(f.batch);
	assert_int_equal(zr_batch_wait(f.batch, &f.diag), 0);
	assert_memory_equal(f.buf, f.expected, (size_t)st.size);
	close_pool(&f);
}

/* Damages a file's data, which are stored as they are. */
static uint64_t damage(struct fixture *f, const char *path)
{
	struct zr_stat st = lookup(f, path);
	unsigned int found = 0;

	assert_int_equal(zr_fs_read(f->fs, st.object, 0, f->expected, ROOM, &f->diag),
			 st.size);
	for (uint64_t at = 0; at < SMALL_POOL_SIZE; at += SMALL_POOL_SECTOR) {
		const uint8_t *sector = small_pool_sector(&f->pool, at);

		if (sector && memcmp(sector, f->expected, SMALL_POOL_SECTOR) == 0) {
			small_pool_damage(&f->pool, at, st.size);
			found++;
		}
	}
	assert_int_equal(found, 1);
	return st.size;
}

/* Opens the pool with one file damaged; the reader has seen nothing of it yet. */
static uint64_t open_damaged(struct fixture *f, unsigned int threads)
{
	struct small_pool damaged;
	struct fixture whole;
	uint64_t size;

	open_pool(&whole, 1);
	size = damage(&whole, "boot/vmlinuz-6.1");
	open_pool(f, threads);
	damaged = whole.pool;
	memcpy(f->pool.records, damaged.records,
	       damaged.n * (sizeof(uint32_t) + SMALL_POOL_SECTOR));
	/* What was read on the way to the file system may hold some of its blocks. */
	zr_batch_destroy(f->batch);
	zr_fs_close(f->fs);
	zr_pool_close(f->open);
	open_on(f);
	close_pool(&whole);
	return size;
}

static void damage_is_told_and_zeros(void **state)
{
	struct fixture f;
	uint64_t size;

	for (unsigned int threads = 1; threads < 10; threads += 4) {
		const uint8_t *p;

		size = open_damaged(&f, threads);
		memset(f.buf, 0x55, ROOM);
		add_files(&f, 0);
		zr_batch_start(f.batch);
		assert_int_equal(zr_batch_wait(f.batch, &f.diag), 0);
		assert_int_equal(f.failures, 1);
		assert_int_equal(f.last_error, ZB_ECKSUM);
		assert_int_equal(f.lost, size);
		p = f.buf + lookup(&f, "file").size;
		for (size_t i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		close_pool(&f);
	}
}

static void without_a_listener_the_first_error_comes_back(void **state)
{
	struct zr_batch *batch;
	struct fixture f;
	struct zr_stat st;

	open_damaged(&f, 2);
	st = lookup(&f, "boot/vmlinuz-6.1");
	assert_int_equal(zr_batch_create(f.open, NULL, NULL, &batch, &f.diag), 0);
	assert_int_equal(zr_batch_add(batch, f.fs, st.object, 0, f.buf, (size_t)st.size,
				      (size_t)st.size, &f.diag),
			 st.size);
	zr_batch_start(batch);
	assert_int_equal(zr_batch_wait(batch, &f.diag), ZB_ECKSUM);
	/* Started and not waited for: its end waits. */
	assert_int_equal(zr_batch_add(batch, f.fs, st.object, 0, f.buf, (size_t)st.size,
				      (size_t)st.size, &f.diag),
			 st.size);
	zr_batch_start(batch);
	zr_batch_destroy(batch);
	close_pool(&f);
}

static void short_of_memory_it_still_reads(void **state)
{
	struct fixture f;
	size_t allocs;

	open_pool(&f, 1);
	add_files(&f, 0);
	allocs = f.alone.allocs;
	for (size_t fail = 1; fail < 6; fail++) {
		if (fail > 1)
			add_files(&f, 0);
		f.alone.fail_at = f.alone.allocs + fail;
		zr_batch_start(f.batch);
		if (zr_batch_wait(f.batch, &f.diag) == 0 && f.failures == 0)
			assert_files(&f, 0);
		f.alone.fail_at = 0;
	}
	assert_true(f.alone.allocs > allocs);
	close_pool(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_come_together),
		cmocka_unit_test(room_is_not_exceeded),
		cmocka_unit_test(a_file_in_parts),
		cmocka_unit_test(damage_is_told_and_zeros),
		cmocka_unit_test(without_a_listener_the_first_error_comes_back),
		cmocka_unit_test(short_of_memory_it_still_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
