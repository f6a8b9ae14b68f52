/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "fmt/gpt.h"
#include "host/parts.h"

#define DISK (1U << 20)

static uint8_t disk[DISK];

static int read_disk(void *ctx, uint64_t offset, void *buf, size_t len)
{
	assert_true(offset <= DISK && len <= DISK - offset);
	memcpy(buf, disk + offset, len);
	return 0;
}

static const struct zr_dev dev = {
	.name = "disk", .size = DISK, .block_size = 512, .read = read_disk
};

/* A header at lba over four entries at entries_lba, all in sectors of that size. */
static void put_gpt(uint32_t sector, uint64_t lba, uint64_t entries_lba)
{
	uint8_t *h = disk + lba * sector, *e = disk + entries_lba * sector;

	memset(e, 0, 512);
	/* Partition 1 is unused; 2 and 3 lie side by side; 4 reaches beyond the disk. */
	for (unsigned int i = 1; i < 4; i++) {
		e[128 * i] = 1;
		e[128 * i + 16] = (uint8_t)i;
		zb_store64(e + 128 * i + 32, ZB_LE, 10 * i);
		zb_store64(e + 128 * i + 40, ZB_LE, i == 3 ? 1U << 30 : 10 * i + 9);
	}
	memcpy(h, "EFI PART", 8);
	zb_store32(h + 12, ZB_LE, 92);
	zb_store64(h + 24, ZB_LE, lba);
	zb_store64(h + 72, ZB_LE, entries_lba);
	zb_store32(h + 80, ZB_LE, 4);
	zb_store32(h + 84, ZB_LE, 128);
	zb_store32(h + 88, ZB_LE, zf_crc32(0, zb_span(e, 512)));
	zb_store32(h + 16, ZB_LE, 0);
	zb_store32(h + 16, ZB_LE, zf_crc32(0, zb_span(h, 92)));
}

struct found {
	unsigned int n;
	struct zh_part at[8];
};

static int add(void *ctx, const struct zh_part *part)
{
	struct found *f = ctx;

	f->at[f->n++] = *part;
	return 0;
}

static struct found find(void)
{
	struct found f = { 0 };
	struct zb_diag diag;

	assert_int_equal(zh_parts_each(&dev, add, &f, &diag), 0);
	return f;
}

static int setup(void **state)
{
	memset(disk, 0, sizeof(disk));
	return 0;
}

static void a_disk_without_a_table_has_no_partitions(void **state)
{
	assert_int_equal(find().n, 0);
}

static void partitions_keep_their_numbers(void **state)
{
	struct found f;

	put_gpt(512, 1, 2);
	f = find();
	assert_int_equal(f.n, 2);
	assert_int_equal(f.at[0].number, 2);
	assert_int_equal(f.at[0].start, 10 * 512);
	assert_int_equal(f.at[0].size, 10 * 512);
	assert_string_equal(f.at[0].guid, "00000001-0000-0000-0000-000000000000");
	assert_int_equal(f.at[1].number, 3);
}

static void sectors_may_be_large(void **state)
{
	struct found f;

	put_gpt(4096, 1, 2);
	f = find();
	assert_int_equal(f.n, 2);
	assert_int_equal(f.at[0].start, 10 * 4096);
}

static void the_backup_serves_when_the_first_is_damaged(void **state)
{
	put_gpt(512, 1, 2);
	put_gpt(512, DISK / 512 - 1, DISK / 512 - 2);
	disk[512 + 80] ^= 1;
	assert_int_equal(find().n, 2);
	disk[DISK - 512 + 80] ^= 1;
	assert_int_equal(find().n, 0);
}

static void damaged_entries_are_not_believed(void **state)
{
	put_gpt(512, 1, 2);
	disk[1024 + 128 + 32] ^= 1;
	assert_int_equal(find().n, 0);
}

static void an_mbr_serves_without_a_gpt(void **state)
{
	struct found f;

	disk[446 + 16 + 4] = 0x83;
	zb_store32(disk + 446 + 16 + 8, ZB_LE, 8);
	zb_store32(disk + 446 + 16 + 12, ZB_LE, 100);
	disk[510] = 0x55;
	disk[511] = 0xaa;
	f = find();
	assert_int_equal(f.n, 1);
	assert_int_equal(f.at[0].number, 2);
	assert_int_equal(f.at[0].start, 8 * 512);
	assert_int_equal(f.at[0].size, 100 * 512);
	assert_string_equal(f.at[0].guid, "");
}

static int stop(void *ctx, const struct zh_part *part)
{
	return 7;
}

static void a_callback_ends_the_walk(void **state)
{
	struct zb_diag diag;

	put_gpt(512, 1, 2);
	assert_int_equal(zh_parts_each(&dev, stop, NULL, &diag), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_disk_without_a_table_has_no_partitions, setup),
		cmocka_unit_test_setup(partitions_keep_their_numbers, setup),
		cmocka_unit_test_setup(sectors_may_be_large, setup),
		cmocka_unit_test_setup(the_backup_serves_when_the_first_is_damaged,
				       setup),
		cmocka_unit_test_setup(damaged_entries_are_not_believed, setup),
		cmocka_unit_test_setup(an_mbr_serves_without_a_gpt, setup),
		cmocka_unit_test_setup(a_callback_ends_the_walk, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
