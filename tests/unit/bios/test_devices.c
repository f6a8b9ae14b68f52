/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/span.h"
#include "fake_bios.h"
#include "fmt/gpt.h"

#define SECTORS	   (1ULL << 22)
#define N_ENTRIES  128
#define HEAP	   (1U << 20)
#define ESP_START  2048
#define ESP_SIZE   (128 * 1024)
#define VDEV_START (ESP_START + ESP_SIZE)

/* A disk with a GPT of two partitions, an ESP and a vdev. */
struct disk {
	uint8_t header[512];
	uint8_t backup[512];
	uint8_t entries[N_ENTRIES * ZF_GPT_ENTRY_SIZE];
	uint8_t mbr[512];
};

struct fixture {
	struct fake_pc *pc;
	struct bi_context *c;
	struct disk disks[2];
	char notes[1000];
};

static const uint8_t esp_type[16] = { 0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11,
				      0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b };

static void fill(void *ctx, uint64_t sector, uint8_t *buf)
{
	struct disk *d = ctx;

	memset(buf, 0, 512);
	if (sector == 0)
		memcpy(buf, d->mbr, 512);
	else if (sector == 1)
		memcpy(buf, d->header, 512);
	else if (sector == SECTORS - 1)
		memcpy(buf, d->backup, 512);
	else if (sector >= 2 && sector < 34)
		memcpy(buf, d->entries + (sector - 2) * 512, 512);
	else
		zb_store64(buf, ZB_LE, sector);
}

static void put_entry(struct disk *d, unsigned int i, const uint8_t type[16],
		      uint64_t first, uint64_t last)
{
	uint8_t *e = d->entries + i * ZF_GPT_ENTRY_SIZE;

	memcpy(e, type, 16);
	memset(e + 16, (int)(0x11 * (i + 1)), 16);
	zb_store64(e + 32, ZB_LE, first);
	zb_store64(e + 40, ZB_LE, last);
}

static void put_header(struct disk *d, uint8_t *h, uint64_t my_lba, uint64_t alternate)
{
	memset(h, 0, 512);
	memcpy(h, "EFI PART", 8);
	zb_store32(h + 8, ZB_LE, 0x10000);
	zb_store32(h + 12, ZB_LE, 92);
	zb_store64(h + 24, ZB_LE, my_lba);
	zb_store64(h + 32, ZB_LE, alternate);
	zb_store64(h + 40, ZB_LE, 34);
	zb_store64(h + 48, ZB_LE, SECTORS - 34);
	zb_store64(h + 72, ZB_LE, 2);
	zb_store32(h + 80, ZB_LE, N_ENTRIES);
	zb_store32(h + 84, ZB_LE, ZF_GPT_ENTRY_SIZE);
	zb_store32(h + 88, ZB_LE, zf_crc32(0, zb_span(d->entries, sizeof(d->entries))));
	zb_store32(h + 16, ZB_LE, zf_crc32(0, zb_span(h, 92)));
}

static void make_disk(struct disk *d, uint64_t vdev_last)
{
	uint8_t vdev_type[16] = { 0xc3, 0x8c, 0x89, 0x6a, 0xd2, 0x1d, 0xb2, 0x11,
				  0x99, 0xa6, 0x08, 0x00, 0x20, 0x73, 0x66, 0x31 };

	put_entry(d, 0, esp_type, ESP_START, ESP_START + ESP_SIZE - 1);
	put_entry(d, 1, vdev_type, VDEV_START, vdev_last);
	put_header(d, d->header, 1, SECTORS - 1);
	put_header(d, d->backup, SECTORS - 1, 1);
}

static void note(void *ctx, const struct zb_diag *what)
{
	struct fixture *f = ctx;

	zb_diag_text(what, f->notes + strlen(f->notes),
		     sizeof(f->notes) - strlen(f->notes));
	strcat(f->notes, "\n");
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->pc = fake_pc_create();
	for (unsigned int i = 0; i < 2; i++) {
		make_disk(&f->disks[i], SECTORS - 2049);
		f->pc->drives[i] = (struct fake_drive){
			.present = true,
			.sector_size = 512,
			.sectors = SECTORS,
			.fill = fill,
			.fill_ctx = &f->disks[i],
		};
	}
	f->pc->low[BI_BDA_DISKS] = 2;
	f->c = fake_context_create(f->pc, HEAP);
	f->c->io.note = note;
	f->c->io.note_ctx = f;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	fake_context_destroy(f->c);
	fake_pc_destroy(f->pc);
	free(f);
	return 0;
}

static unsigned int list(struct fixture *f, enum bt_reach reach,
			 struct bt_device **ret_devices)
{
	size_t before, largest;
	unsigned int n = 0;

	before = bi_heap_free_bytes(&f->c->heap, &largest);
	assert_int_equal(bi_devices(f->c, reach, ret_devices, &n, NULL), 0);
	assert_int_equal(bi_heap_free_bytes(&f->c->heap, &largest), before);
	return n;
}

static void the_boot_drives_partitions_come_first(void **state)
{
	struct fixture *f = *state;
	struct bt_device *d;

	f->c->boot_drive = 0x81;
	assert_int_equal(list(f, BT_REACH_BOOT_PARTITIONS, &d), 1);
	assert_string_equal(d[0].dev.name, "BIOS drive 81h, partition 2");
	assert_true(d[0].on_boot_disk);
	assert_int_equal(d[0].dev.size, (SECTORS - 2048 - VDEV_START) * 512);
	assert_string_equal(d[0].part, "22222222-2222-2222-2222-222222222222");
	assert_int_equal(list(f, BT_REACH_BOOT_DISK, &d), 3);
	assert_string_equal(d[2].dev.name, "BIOS drive 81h");
	assert_int_equal(list(f, BT_REACH_EVERYTHING, &d), 6);
	assert_string_equal(d[3].dev.name, "BIOS drive 80h, partition 1");
	assert_false(d[3].on_boot_disk);
	assert_string_equal(f->notes, "");
}

static void drives_with_the_same_table_are_counted(void **state)
{
	struct fixture *f = *state;
	struct disk *other = &f->disks[1];
	struct bt_device *d;

	assert_int_equal(list(f, BT_REACH_BOOT_PARTITIONS, &d), 1);
	assert_int_equal(d[0].traits.copies, 2);
	assert_int_equal(d[0].traits.bus, BT_BUS_UNKNOWN);
	list(f, BT_REACH_EVERYTHING, &d);
	assert_int_equal(d[0].traits.copies, 2);
	assert_int_equal(d[3].traits.copies, 0);
	/* What mkfs leaves; another partition GUID; another disk GUID. */
	other->entries[0] ^= 1;
	list(f, BT_REACH_BOOT_PARTITIONS, &d);
	assert_int_equal(d[0].traits.copies, 1);
	other->entries[0] ^= 1;
	other->entries[ZF_GPT_ENTRY_SIZE + 16] ^= 1;
	put_header(other, other->header, 1, SECTORS - 1);
	list(f, BT_REACH_BOOT_PARTITIONS, &d);
	assert_int_equal(d[0].traits.copies, 1);
	make_disk(other, SECTORS - 2049);
	other->header[56] ^= 1;
	zb_store32(other->header + 16, ZB_LE, 0);
	zb_store32(other->header + 16, ZB_LE, zf_crc32(0, zb_span(other->header, 92)));
	list(f, BT_REACH_BOOT_PARTITIONS, &d);
	assert_int_equal(d[0].traits.copies, 1);
	assert_string_equal(f->notes, "");
}

static void reads_are_relative_to_the_partition(void **state)
{
	struct fixture *f = *state;
	struct bt_device *d;
	uint8_t buf[1024];

	list(f, BT_REACH_BOOT_PARTITIONS, &d);
	assert_int_equal(d[0].dev.read(d[0].dev.ctx, 512 * 10, buf, 1024), 0);
	assert_int_equal(zb_load64(buf, ZB_LE), VDEV_START + 10);
	assert_int_equal(zb_load64(buf + 512, ZB_LE), VDEV_START + 11);
	assert_int_equal(f->c->io.bytes, 1024);
	assert_int_equal(f->c->io.requests, 1);
}

static void a_failed_read_is_noted_with_drive_and_sector(void **state)
{
	struct fixture *f = *state;
	struct bt_device *d;
	uint8_t buf[512];

	list(f, BT_REACH_BOOT_PARTITIONS, &d);
	f->pc->drives[0].fails_from = VDEV_START;
	f->pc->drives[0].fails_with = 0x10;
	assert_int_equal(d[0].dev.read(d[0].dev.ctx, 512, buf, 512), ZB_EIO);
	assert_non_null(strstr(f->notes, "BIOS drive 80h: sector 133121 "));
}

static void the_backup_gpt_stands_in(void **state)
{
	struct fixture *f = *state;
	struct bt_device *d;

	f->disks[0].header[100] ^= 1; /* not under the checksum */
	assert_int_equal(list(f, BT_REACH_BOOT_PARTITIONS, &d), 1);
	f->disks[0].header[40] ^= 1;
	assert_int_equal(list(f, BT_REACH_BOOT_PARTITIONS, &d), 1);
	assert_non_null(strstr(f->notes, "no whole GPT"));
	f->disks[0].backup[40] ^= 1;
	assert_int_equal(list(f, BT_REACH_BOOT_PARTITIONS, &d), 0);
}

static void wrong_entries_are_refused(void **state)
{
	struct fixture *f = *state;
	struct bt_device *d;

	f->disks[0].entries[33] ^= 1;
	assert_int_equal(list(f, BT_REACH_BOOT_PARTITIONS, &d), 0);
	assert_non_null(strstr(f->notes, "checksum"));
}

static void mbr_partitions_where_there_is_no_gpt(void **state)
{
	struct fixture *f = *state;
	struct disk *disk = &f->disks[0];
	struct bt_device *d;

	memset(disk->header, 0, 512);
	disk->mbr[446 + 16 + 4] = 0xbf;
	zb_store32(disk->mbr + 446 + 16 + 8, ZB_LE, 4096);
	zb_store32(disk->mbr + 446 + 16 + 12, ZB_LE, 1 << 20);
	zb_store16(disk->mbr + 510, ZB_LE, 0xaa55);
	assert_int_equal(list(f, BT_REACH_BOOT_PARTITIONS, &d), 1);
	assert_string_equal(d[0].dev.name, "BIOS drive 80h, partition 2");
	assert_string_equal(d[0].part, "");
	assert_int_equal(d[0].dev.size, 512ULL << 20);
}

static void a_bios_that_lies_about_the_size_is_told_of(void **state)
{
	struct fixture *f = *state;
	struct bt_device *d;

	f->pc->drives[0].claims = 1 << 20;
	assert_int_equal(list(f, BT_REACH_BOOT_PARTITIONS, &d), 1);
	assert_int_equal(d[0].dev.size, (SECTORS - 2048 - VDEV_START) * 512);
	assert_non_null(strstr(f->notes, "believes that the drive has 1048576 only"));
}

static void a_partition_beyond_2_tib(void **state)
{
	struct fixture *f = *state;
	struct disk *disk = &f->disks[0];
	struct bt_device *d;
	uint8_t buf[512];

	f->pc->drives[0].sectors = 1ULL << 34;
	zb_store64(disk->entries + 128 + 32, ZB_LE, 1ULL << 33);
	zb_store64(disk->entries + 128 + 40, ZB_LE, (1ULL << 34) - 100);
	put_header(disk, disk->header, 1, SECTORS - 1);
	assert_int_equal(list(f, BT_REACH_BOOT_PARTITIONS, &d), 1);
	assert_int_equal(d[0].dev.read(d[0].dev.ctx, 512, buf, 512), 0);
	assert_int_equal(zb_load64(buf, ZB_LE), (1ULL << 33) + 1);
}

static void a_missing_boot_drive_is_told_of(void **state)
{
	struct fixture *f = *state;
	struct bt_device *d;

	f->pc->drives[0].no_edd = true;
	assert_int_equal(list(f, BT_REACH_BOOT_PARTITIONS, &d), 0);
	assert_non_null(strstr(f->notes, "BIOS drive 80h"));
	assert_int_equal(list(f, BT_REACH_EVERYTHING, &d), 3);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_boot_drives_partitions_come_first),
		TEST(drives_with_the_same_table_are_counted),
		TEST(reads_are_relative_to_the_partition),
		TEST(a_failed_read_is_noted_with_drive_and_sector),
		TEST(the_backup_gpt_stands_in),
		TEST(wrong_entries_are_refused),
		TEST(mbr_partitions_where_there_is_no_gpt),
		TEST(a_bios_that_lies_about_the_size_is_told_of),
		TEST(a_partition_beyond_2_tib),
		TEST(a_missing_boot_drive_is_told_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
