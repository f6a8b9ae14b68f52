/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "fmt/eck.h"
#include "fmt/uberblock.h"

static void make(uint8_t slot[1024], enum zb_endian e)
{
	memset(slot, 0, 1024);
	zb_store64(slot, e, ZF_UBERBLOCK_MAGIC);
	zb_store64(slot + 8, e, 5000);
	zb_store64(slot + 16, e, 42);
	zb_store64(slot + 32, e, 1700000000);
	/* The root pointer: an objset of 4 KiB, lz4 to 512 bytes, at sector 8 of vdev 0. */
	zb_store64(slot + 40, e, 1);
	zb_store64(slot + 48, e, 8);
	zb_store64(slot + 40 + 0x30, e,
		   1ULL << 63 | (uint64_t)ZF_OT_OBJSET << 48 |
			   (uint64_t)ZF_CHECKSUM_FLETCHER_4 << 40 |
			   (uint64_t)ZF_COMPRESS_LZ4 << 32 | 7);
}

static int decode(const uint8_t *slot, size_t len, struct zf_uberblock *ub)
{
	return zf_uberblock_decode(zb_span(slot, len), ub);
}

static void both_byte_orders_decode(void **state)
{
	struct zf_uberblock ub;
	uint8_t slot[1024];

	for (int e = ZB_LE; e <= ZB_BE; e++) {
		make(slot, (enum zb_endian)e);
		assert_int_equal(decode(slot, sizeof(slot), &ub), 0);
		assert_int_equal(ub.endian, e);
		assert_int_equal(ub.version, 5000);
		assert_int_equal(ub.txg, 42);
		assert_int_equal(ub.timestamp, 1700000000);
		assert_int_equal(ub.rootbp.type, ZF_OT_OBJSET);
		assert_int_equal(ub.mmp_delay, 0);
	}
}

static void every_truncation_is_refused(void **state)
{
	struct zf_uberblock ub = { .txg = 77 };
	uint8_t slot[1024];

	make(slot, ZB_LE);
	for (size_t len = 0; len < 208; len++)
		assert_int_equal(decode(slot, len, &ub), ZB_ECORRUPT);
	assert_int_equal(ub.txg, 77);
}

static void an_empty_slot_is_none(void **state)
{
	uint8_t slot[1024] = { 0 };
	struct zf_uberblock ub;

	assert_int_equal(decode(slot, sizeof(slot), &ub), ZB_ENOENT);
}

static void a_root_pointer_that_is_none_is_corrupt(void **state)
{
	struct zf_uberblock ub;
	uint8_t slot[1024];

	make(slot, ZB_LE);
	memset(slot + 40, 0, 16); /* a hole */
	assert_int_equal(decode(slot, sizeof(slot), &ub), ZB_ECORRUPT);
	make(slot, ZB_LE);
	slot[40 + 0x36] = ZF_OT_DNODE;
	assert_int_equal(decode(slot, sizeof(slot), &ub), ZB_ECORRUPT);
	make(slot, ZB_LE);
	slot[40 + 0x37] |= 1; /* level 1 */
	assert_int_equal(decode(slot, sizeof(slot), &ub), ZB_ECORRUPT);
}

static void multihost_words_count_only_behind_their_magic(void **state)
{
	struct zf_uberblock ub;
	uint8_t slot[1024];

	make(slot, ZB_LE);
	zb_store64(slot + 184, ZB_LE, 1000);
	assert_int_equal(decode(slot, sizeof(slot), &ub), 0);
	assert_int_equal(ub.mmp_delay, 0);
	zb_store64(slot + 176, ZB_LE, ZF_MMP_MAGIC);
	assert_int_equal(decode(slot, sizeof(slot), &ub), 0);
	assert_int_equal(ub.mmp_delay, 1000);
}

static void slots_grow_with_the_sectors(void **state)
{
	assert_int_equal(zf_uberblock_shift(9), 10);
	assert_int_equal(zf_uberblock_shift(12), 12);
	assert_int_equal(zf_uberblock_shift(16), 13);
}

static void labels_lie_at_both_ends(void **state)
{
	assert_int_equal(zf_label_offset(0, 64 << 20), 0);
	assert_int_equal(zf_label_offset(1, 64 << 20), 256 << 10);
	assert_int_equal(zf_label_offset(2, (64 << 20) + 4096), (64 << 20) - (512 << 10));
	assert_int_equal(zf_label_offset(3, (64 << 20) + 4096), (64 << 20) - (256 << 10));
}

static void the_checksum_word_shows_its_byte_order(void **state)
{
	uint8_t block[64] = { 0 };
	struct zf_eck eck;

	assert_int_equal(zf_eck_decode(zb_span(block, sizeof(block)), &eck), ZB_ENOENT);
	for (int e = ZB_LE; e <= ZB_BE; e++) {
		zb_store64(block + 24, (enum zb_endian)e, ZF_ECK_MAGIC);
		zb_store64(block + 56, (enum zb_endian)e, 0x44);
		assert_int_equal(zf_eck_decode(zb_span(block, sizeof(block)), &eck), 0);
		assert_int_equal(eck.endian, e);
		assert_int_equal(eck.cksum[3], 0x44);
	}
	for (size_t len = 0; len < ZF_ECK_SIZE; len++)
		assert_int_equal(zf_eck_decode(zb_span(block, len), &eck), ZB_ECORRUPT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_byte_orders_decode),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(an_empty_slot_is_none),
		cmocka_unit_test(a_root_pointer_that_is_none_is_corrupt),
		cmocka_unit_test(multihost_words_count_only_behind_their_magic),
		cmocka_unit_test(slots_grow_with_the_sectors),
		cmocka_unit_test(labels_lie_at_both_ends),
		cmocka_unit_test(the_checksum_word_shows_its_byte_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
