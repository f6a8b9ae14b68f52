/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/span.h"
#include "init/gpt.h"

#define BLOCKS 128

/* A disk of 128 blocks: GPT with two entries, the second one at block 40, and its backup. */
struct disk {
	int fd;
	uint32_t block;
	uint64_t size;
	uint8_t *data;
};

static void put_header(struct disk *d, uint64_t at, uint64_t entries)
{
	uint8_t *h = d->data + at * d->block, *e = d->data + entries * d->block + 128;

	memcpy(h, "EFI PART", 8);
	zb_store64(h + 72, ZB_LE, entries);
	zb_store32(h + 80, ZB_LE, 2);
	zb_store32(h + 84, ZB_LE, 128);
	for (unsigned int i = 0; i < 16; i++)
		e[16 + i] = (uint8_t)(0xa0 + i);
	zb_store64(e + 32, ZB_LE, 40);
}

static void make(struct disk *d, uint32_t block)
{
	char path[] = "/tmp/zlive-gpt-XXXXXX";

	d->block = block;
	d->size = (uint64_t)block * BLOCKS;
	d->data = calloc(1, d->size);
	assert_non_null(d->data);
	put_header(d, 1, 2);
	put_header(d, BLOCKS - 1, BLOCKS - 2);
	d->fd = mkstemp(path);
	assert_true(d->fd >= 0);
	unlink(path);
}

static int find(struct disk *d, unsigned int number, uint64_t start, char guid[40])
{
	assert_int_equal(pwrite(d->fd, d->data, d->size, 0), d->size);
	return zi_gpt_partition(d->fd, d->block, d->size, number, start, guid);
}

static void done(struct disk *d)
{
	close(d->fd);
	free(d->data);
}

static void by_number_and_start(void **state)
{
	for (uint32_t block = 512; block <= 4096; block *= 8) {
		char guid[40];
		struct disk d;

		make(&d, block);
		assert_int_equal(find(&d, 2, 40ULL * block, guid), 0);
		assert_string_equal(guid, "a3a2a1a0-a5a4-a7a6-a8a9-aaabacadaeaf");
		assert_int_equal(find(&d, 2, 41ULL * block, guid), ZB_ENOENT);
		assert_int_equal(find(&d, 3, 40ULL * block, guid), ZB_ENOENT);
		assert_int_equal(find(&d, 0, 40ULL * block, guid), ZB_ENOENT);
		done(&d);
	}
}

static void backup(void **state)
{
	char guid[40];
	struct disk d;

	make(&d, 512);
	memset(d.data, 0, 40 * 512);
	assert_int_equal(find(&d, 2, 40 * 512, guid), 0);
	memset(d.data + (BLOCKS - 1) * 512, 0, 512);
	assert_int_equal(find(&d, 2, 40 * 512, guid), ZB_ENOENT);
	done(&d);
}

static void nonsense(void **state)
{
	char guid[40];
	struct disk d;

	make(&d, 512);
	memset(d.data + (BLOCKS - 1) * 512, 0, 512);
	zb_store64(d.data + 512 + 72, ZB_LE, UINT64_MAX);
	assert_int_equal(find(&d, 2, 40 * 512, guid), ZB_ENOENT);
	zb_store64(d.data + 512 + 72, ZB_LE, 1000);
	assert_int_equal(find(&d, 2, 40 * 512, guid), ZB_ENOENT);
	zb_store64(d.data + 512 + 72, ZB_LE, 2);
	zb_store32(d.data + 512 + 84, ZB_LE, 16);
	assert_int_equal(find(&d, 2, 40 * 512, guid), ZB_ENOENT);
	zb_store32(d.data + 512 + 84, ZB_LE, 128);
	zb_store64(d.data + 2 * 512 + 128 + 32, ZB_LE, UINT64_MAX);
	assert_int_equal(find(&d, 2, 40 * 512, guid), ZB_ENOENT);
	done(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_number_and_start),
		cmocka_unit_test(backup),
		cmocka_unit_test(nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
