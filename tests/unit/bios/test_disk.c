/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/span.h"
#include "fake_bios.h"

#define COUNT 1000

struct fixture {
	struct fake_pc *pc;
	struct fake_drive *fake;
	struct bi_drive drive;
	uint8_t *buf;
	struct zb_diag why;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->pc = fake_pc_create();
	f->fake = &f->pc->drives[1];
	*f->fake = (struct fake_drive){ .present = true,
					.sector_size = 512,
					.sectors = 1 << 20 };
	f->buf = malloc(COUNT * BI_SECTOR_MAX);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	fake_pc_destroy(f->pc);
	free(f->buf);
	free(f);
	return 0;
}

static void probe(struct fixture *f)
{
	assert_int_equal(bi_drive_probe(&f->pc->machine, 0x81, &f->drive, &f->why), 0);
}

static int read_at(struct fixture *f, uint64_t sector)
{
	return bi_drive_read(&f->drive, sector, f->buf, COUNT, &f->why);
}

static void expect_sectors(const struct fixture *f, uint64_t first)
{
	for (uint64_t i = 0; i < COUNT; i++)
		for (uint32_t j = 0; j < f->fake->sector_size; j += 8)
			assert_int_equal(
				zb_load64(f->buf + i * f->fake->sector_size + j, ZB_LE),
				first + i);
}

static void whole_transfers_are_64_kib(void **state)
{
	struct fixture *f = *state;

	probe(f);
	assert_int_equal(read_at(f, 77), 0);
	expect_sectors(f, 77);
	assert_int_equal(f->fake->largest, 128);
	assert_int_equal(f->fake->calls, 8);
	assert_int_equal(f->drive.calls, 8);
}

static void sectors_of_4096_bytes(void **state)
{
	struct fixture *f = *state;

	f->fake->sector_size = 4096;
	probe(f);
	assert_int_equal(f->drive.sector_size, 4096);
	assert_int_equal(read_at(f, 5), 0);
	expect_sectors(f, 5);
	assert_int_equal(f->fake->largest, 16);
}

static void sectors_beyond_32_bits(void **state)
{
	struct fixture *f = *state;

	f->fake->sectors = 1ULL << 40;
	probe(f);
	assert_int_equal(read_at(f, (1ULL << 33) + 3), 0);
	expect_sectors(f, (1ULL << 33) + 3);
}

static void short_reads_go_on_where_they_ended(void **state)
{
	struct fixture *f = *state;

	f->fake->short_count = 7;
	probe(f);
	assert_int_equal(read_at(f, 0), 0);
	expect_sectors(f, 0);
}

static void a_bios_that_refuses_large_calls_gets_small_ones(void **state)
{
	struct fixture *f = *state;
	uint64_t calls;

	f->fake->max_count = 100;
	probe(f);
	assert_int_equal(read_at(f, 9), 0);
	expect_sectors(f, 9);
	/* It is not asked again for what it refuses. */
	calls = f->fake->calls;
	assert_int_equal(read_at(f, 9), 0);
	assert_int_equal(f->fake->calls - calls, (COUNT + 63) / 64);
}

static void a_bios_that_reads_one_sector_a_call(void **state)
{
	struct fixture *f = *state;

	f->fake->max_count = 1;
	probe(f);
	assert_int_equal(read_at(f, 1), 0);
	expect_sectors(f, 1);
}

static void passing_errors_are_retried(void **state)
{
	struct fixture *f = *state;

	f->fake->flaky = 10;
	probe(f);
	assert_int_equal(read_at(f, 1), 0);
	expect_sectors(f, 1);
}

static void a_bad_sector_is_named(void **state)
{
	struct fixture *f = *state;

	f->fake->fails_from = 300;
	f->fake->fails_with = 0x10;
	probe(f);
	assert_int_equal(read_at(f, 0), ZB_EIO);
	assert_string_equal(f->why.object, "BIOS drive 81h");
	assert_non_null(strstr(f->why.reason, "sector 300 "));
	assert_non_null(strstr(f->why.reason, "error 10h"));
}

static void one_bad_place_does_not_make_all_calls_small(void **state)
{
	struct fixture *f = *state;

	f->fake->fails_from = 500;
	f->fake->fails_with = 0x10;
	probe(f);
	assert_int_equal(read_at(f, 0), ZB_EIO);
	f->fake->fails_from = 0;
	f->fake->largest = 0;
	assert_int_equal(read_at(f, 0), 0);
	assert_int_equal(f->fake->largest, 128);
}

static void a_bios_that_ends_at_137_gb(void **state)
{
	struct fixture *f = *state;

	f->fake->sectors = 1ULL << 30;
	f->fake->claims = 1ULL << 28;
	f->fake->fails_from = 1ULL << 28;
	f->fake->fails_with = 0x04;
	probe(f);
	assert_int_equal(read_at(f, (1ULL << 28) - 10), ZB_EIO);
	assert_non_null(strstr(f->why.reason, "sector 268435456 "));
	assert_non_null(strstr(f->why.reason, "has 268435456 only"));
}

static void a_drive_that_claims_too_little_is_read_all_the_same(void **state)
{
	struct fixture *f = *state;

	f->fake->claims = 100;
	probe(f);
	assert_int_equal(read_at(f, 5000), 0);
	expect_sectors(f, 5000);
}

static void a_drive_that_vanishes_is_named(void **state)
{
	struct fixture *f = *state;

	f->fake->vanishes = 3;
	probe(f);
	assert_int_equal(read_at(f, 0), ZB_EIO);
	assert_string_equal(f->why.object, "BIOS drive 81h");
	assert_non_null(strstr(f->why.reason, "sector 384 "));
	assert_non_null(strstr(f->why.reason, "unplugged"));
}

static void success_without_data_is_a_failure(void **state)
{
	struct fixture *f = *state;

	f->fake->short_zero = true;
	probe(f);
	assert_int_equal(read_at(f, 0), ZB_EIO);
	assert_non_null(strstr(f->why.reason, "read nothing"));
}

static void drives_without_lba_services_are_refused(void **state)
{
	struct fixture *f = *state;

	f->fake->no_edd = true;
	assert_int_equal(bi_drive_probe(&f->pc->machine, 0x81, &f->drive, &f->why),
			 ZB_ENODEV);
	assert_int_equal(bi_drive_probe(&f->pc->machine, 0x83, &f->drive, &f->why),
			 ZB_ENODEV);
}

static void odd_sector_sizes_are_refused(void **state)
{
	struct fixture *f = *state;

	f->fake->sector_size = 520;
	assert_int_equal(bi_drive_probe(&f->pc->machine, 0x81, &f->drive, &f->why),
			 ZB_ENOTSUP);
	f->fake->sector_size = 8192;
	assert_int_equal(bi_drive_probe(&f->pc->machine, 0x81, &f->drive, &f->why),
			 ZB_ENOTSUP);
}

static void a_bios_that_knows_no_sector_size_means_512(void **state)
{
	struct fixture *f = *state;

	f->fake->sector_size = 0;
	probe(f);
	assert_int_equal(f->drive.sector_size, 512);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(whole_transfers_are_64_kib),
		TEST(sectors_of_4096_bytes),
		TEST(sectors_beyond_32_bits),
		TEST(short_reads_go_on_where_they_ended),
		TEST(a_bios_that_refuses_large_calls_gets_small_ones),
		TEST(a_bios_that_reads_one_sector_a_call),
		TEST(passing_errors_are_retried),
		TEST(a_bad_sector_is_named),
		TEST(one_bad_place_does_not_make_all_calls_small),
		TEST(a_bios_that_ends_at_137_gb),
		TEST(a_drive_that_claims_too_little_is_read_all_the_same),
		TEST(a_drive_that_vanishes_is_named),
		TEST(success_without_data_is_a_failure),
		TEST(drives_without_lba_services_are_refused),
		TEST(odd_sector_sizes_are_refused),
		TEST(a_bios_that_knows_no_sector_size_means_512),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
