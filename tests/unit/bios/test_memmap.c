/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "fake_bios.h"

#define MIB (1ULL << 20)

static int setup(void **state)
{
	*state = fake_pc_create();
	return 0;
}

static int teardown(void **state)
{
	fake_pc_destroy(*state);
	return 0;
}

static void detect(struct fake_pc *pc, struct bi_memory *memory)
{
	assert_int_equal(bi_memory_detect(&pc->machine, memory, NULL), 0);
}

static void expect_usable(const struct bi_memory *memory, uint64_t from, uint64_t start,
			  uint64_t len)
{
	uint64_t got_start = 0, got_len = 0;

	assert_true(bi_memory_usable(memory, from, &got_start, &got_len));
	assert_int_equal(got_start, start);
	assert_int_equal(got_len, len);
}

static void e820_gives_its_ranges(void **state)
{
	struct bi_memory memory;

	detect(*state, &memory);
	assert_string_equal(memory.source, "E820");
	assert_int_equal(memory.n, 3);
	expect_usable(&memory, MIB, MIB, 0x3ff00000);
}

static void e820_ends_in_an_error(void **state)
{
	struct fake_pc *pc = *state;
	struct bi_memory memory;

	pc->e820_ends_in_error = true;
	detect(pc, &memory);
	assert_int_equal(memory.n, 3);
}

static void e820_that_never_ends_is_left(void **state)
{
	struct fake_pc *pc = *state;
	struct bi_memory memory;

	pc->e820_endless = true;
	pc->n_e820 = FAKE_E820_MAX;
	detect(pc, &memory);
	assert_true(memory.n <= BI_RANGES_MAX);
}

static void e820_entries_that_do_not_count_are_left_out(void **state)
{
	struct fake_pc *pc = *state;
	struct bi_memory memory;

	pc->e820[pc->n_e820++] = (struct fake_e820){ 0x40000000, MIB, 1, 2 };
	pc->e820[pc->n_e820++] = (struct fake_e820){ 0x50000000, 0, 1, 0 };
	pc->e820[pc->n_e820++] = (struct fake_e820){ 0x60000000, MIB, 1, 1 };
	detect(pc, &memory);
	assert_int_equal(memory.n, 4);
	expect_usable(&memory, 0x40000000, 0x60000000, MIB);
}

static void reserved_wins_where_ranges_overlap(void **state)
{
	struct fake_pc *pc = *state;
	struct bi_memory memory;
	uint64_t start, len;

	pc->e820[pc->n_e820++] = (struct fake_e820){ 0x10000000, MIB, 2, 0 };
	pc->e820[pc->n_e820++] = (struct fake_e820){ 0x3ff80000, 4 * MIB, 3, 0 };
	detect(pc, &memory);
	expect_usable(&memory, MIB, MIB, 0x10000000 - MIB);
	expect_usable(&memory, 0x10000000, 0x10000000 + MIB,
		      0x3ff80000 - 0x10000000 - MIB);
	assert_false(bi_memory_usable(&memory, 0x3ff80000, &start, &len));
}

static void unsorted_ranges_and_the_last_address_are_fine(void **state)
{
	struct fake_pc *pc = *state;
	struct bi_memory memory;

	pc->e820[0] = (struct fake_e820){ UINT64_MAX - 4095, 8192, 2, 0 };
	pc->e820[1] = (struct fake_e820){ 0x100000000, 0x100000000, 1, 0 };
	pc->e820[2] = (struct fake_e820){ 0, 0xa0000, 1, 0 };
	detect(pc, &memory);
	expect_usable(&memory, 0, 0, 0xa0000);
	expect_usable(&memory, MIB, 0x100000000, 0x100000000);
}

static void e801_stands_in(void **state)
{
	struct fake_pc *pc = *state;
	struct bi_memory memory;

	pc->e820_without_smap = true;
	pc->e801_ax = 15 * 1024;
	pc->e801_bx = 48 * 16;
	detect(pc, &memory);
	assert_string_equal(memory.source, "E801");
	expect_usable(&memory, MIB, MIB, 15 * MIB);
	expect_usable(&memory, 16 * MIB, 16 * MIB, 48 * MIB);
}

static void e801_in_cx_and_dx(void **state)
{
	struct fake_pc *pc = *state;
	struct bi_memory memory;

	pc->n_e820 = 0;
	pc->e801_cx = 14 * 1024;
	pc->e801_dx = 16;
	detect(pc, &memory);
	expect_usable(&memory, MIB, MIB, 14 * MIB);
	expect_usable(&memory, 15 * MIB, 16 * MIB, MIB);
}

static void call_88h_is_the_last_resort(void **state)
{
	struct fake_pc *pc = *state;
	struct bi_memory memory;

	pc->n_e820 = 0;
	pc->kib_88h = 63 * 1024;
	detect(pc, &memory);
	assert_string_equal(memory.source, "88h");
	expect_usable(&memory, MIB, MIB, 63 * MIB);
}

static void a_bios_that_knows_nothing_is_refused(void **state)
{
	struct fake_pc *pc = *state;
	struct bi_memory memory;
	struct zb_diag why;

	pc->n_e820 = 0;
	assert_int_equal(bi_memory_detect(&pc->machine, &memory, &why), ZB_ENOTSUP);
	assert_non_null(strstr(why.reason, "E820"));
}

static void too_little_low_memory_is_refused(void **state)
{
	struct fake_pc *pc = *state;
	struct bi_memory memory;
	struct zb_diag why;

	pc->e820[0].len = 0x70000;
	assert_int_equal(bi_memory_detect(&pc->machine, &memory, &why), ZB_ENOMEM);
	assert_non_null(strstr(why.reason, "512 KiB"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(e820_gives_its_ranges),
		TEST(e820_ends_in_an_error),
		TEST(e820_that_never_ends_is_left),
		TEST(e820_entries_that_do_not_count_are_left_out),
		TEST(reserved_wins_where_ranges_overlap),
		TEST(unsorted_ranges_and_the_last_address_are_fine),
		TEST(e801_stands_in),
		TEST(e801_in_cx_and_dx),
		TEST(call_88h_is_the_last_resort),
		TEST(a_bios_that_knows_nothing_is_refused),
		TEST(too_little_low_memory_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
