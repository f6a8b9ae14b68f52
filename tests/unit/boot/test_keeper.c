/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "boot/common/keeper.h"

struct disk {
	unsigned int reads;
	int error;
};

static void *heap_alloc(void *ctx, size_t size)
{
	return malloc(size);
}

static void heap_free(void *ctx, void *ptr)
{
	free(ptr);
}

static const struct zr_host host = { .alloc = heap_alloc, .free = heap_free };

/* Every byte is that of its block's number. */
static int disk_read(void *ctx, uint64_t offset, void *buf, size_t len)
{
	struct disk *d = ctx;

	d->reads++;
	for (size_t i = 0; i < len; i++)
		((uint8_t *)buf)[i] = (uint8_t)((offset + i) / 512);
	return d->error;
}

static struct bt_keeper make(struct disk *d, struct zr_dev *under)
{
	struct bt_keeper k;

	*under = (struct zr_dev){ .ctx = d, .size = 1 << 20, .read = disk_read };
	bt_keeper_init(&k, &host, under);
	return k;
}

static int get(struct bt_keeper *k, uint64_t offset, size_t len)
{
	static uint8_t buf[1 << 20];
	int error = k->dev.read(k, offset, buf, len);

	if (error == 0) {
		assert_int_equal(buf[0], (uint8_t)(offset / 512));
		assert_int_equal(buf[len - 1], (uint8_t)((offset + len - 1) / 512));
	}
	return error;
}

static void what_lies_in_a_kept_read_is_not_read_again(void **state)
{
	struct disk d = { 0 };
	struct zr_dev under;
	struct bt_keeper k = make(&d, &under);

	assert_int_equal(get(&k, 4096, 8192), 0);
	assert_int_equal(get(&k, 4096, 8192), 0);
	assert_int_equal(get(&k, 4608, 512), 0);
	assert_int_equal(get(&k, 11776, 512), 0);
	assert_int_equal(d.reads, 1);
	assert_int_equal(get(&k, 11776, 1024), 0);
	assert_int_equal(get(&k, 3584, 1024), 0);
	assert_int_equal(d.reads, 3);
	bt_keeper_drop(&k);
}

static void failed_and_large_reads_are_not_kept(void **state)
{
	struct disk d = { .error = ZB_EIO };
	struct zr_dev under;
	struct bt_keeper k = make(&d, &under);

	assert_int_equal(get(&k, 0, 512), ZB_EIO);
	d.error = 0;
	assert_int_equal(get(&k, 0, 512), 0);
	assert_int_equal(get(&k, 0, BT_KEPT_BYTES + 512), 0);
	assert_int_equal(get(&k, 0, BT_KEPT_BYTES + 512), 0);
	assert_int_equal(d.reads, 4);
	bt_keeper_drop(&k);
}

static void only_the_first_reads_are_kept_and_none_once_dropped(void **state)
{
	struct disk d = { 0 };
	struct zr_dev under;
	struct bt_keeper k = make(&d, &under);

	for (unsigned int i = 0; i < BT_KEPT_MAX + 1; i++)
		assert_int_equal(get(&k, i * 4096, 512), 0);
	assert_int_equal(get(&k, BT_KEPT_MAX * 4096, 512), 0);
	assert_int_equal(d.reads, BT_KEPT_MAX + 2);
	bt_keeper_drop(&k);
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(get(&k, 0, 512), 0);
	assert_int_equal(d.reads, BT_KEPT_MAX + 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_lies_in_a_kept_read_is_not_read_again),
		cmocka_unit_test(failed_and_large_reads_are_not_kept),
		cmocka_unit_test(only_the_first_reads_are_kept_and_none_once_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
