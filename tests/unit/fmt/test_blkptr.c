/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "fmt/blkptr.h"

/* Words of a block pointer as include/sys/spa.h of OpenZFS draws them. */
struct words {
	uint64_t w[16];
};

#define PROP(e, level, type, cksum, comp, psize, lsize)                                  \
	((uint64_t)(e) << 63 | (uint64_t)(level) << 56 | (uint64_t)(type) << 48 |        \
	 (uint64_t)(cksum) << 40 | (uint64_t)(comp) << 32 | (uint64_t)(psize) << 16 |    \
	 (uint64_t)(lsize))
#define EMBEDDED (1ULL << 39)

/* 128 KiB of file contents, lz4 to 4 KiB, on vdev 3 at sector 0x1234, one gang copy on vdev 1. */
static struct words sample(void)
{
	return (struct words){ {
		[0] = 3ULL << 32 | 8,
		[1] = 0x1234,
		[2] = 1ULL << 32 | 16,
		[3] = 1ULL << 63 | 0x99,
		[6] = PROP(1, 0, ZF_OT_PLAIN_FILE_CONTENTS, ZF_CHECKSUM_FLETCHER_4,
			   ZF_COMPRESS_LZ4, 7, 255),
		[9] = 40,
		[10] = 41,
		[11] = 1,
		[12] = 0xc0,
		[13] = 0xc1,
		[14] = 0xc2,
		[15] = 0xc3,
	} };
}

static void store(const struct words *words, enum zb_endian e, uint8_t out[128])
{
	for (unsigned int i = 0; i < 16; i++)
		zb_store64(out + 8 * i, e, words->w[i]);
}

static int decode(const struct words *words, struct zf_blkptr *ret_bp)
{
	uint8_t raw[128];

	store(words, ZB_LE, raw);
	return zf_blkptr_decode(zb_span(raw, sizeof(raw)), ZB_LE, ret_bp);
}

static void check_sample(const struct zf_blkptr *bp)
{
	assert_int_equal(bp->ndvas, 2);
	assert_int_equal(bp->dva[0].vdev, 3);
	assert_int_equal(bp->dva[0].offset, 0x1234 * 512);
	assert_int_equal(bp->dva[0].asize, 4096);
	assert_false(bp->dva[0].gang);
	assert_int_equal(bp->dva[1].vdev, 1);
	assert_int_equal(bp->dva[1].offset, 0x99 * 512);
	assert_true(bp->dva[1].gang);
	assert_int_equal(bp->endian, ZB_LE);
	assert_int_equal(bp->type, ZF_OT_PLAIN_FILE_CONTENTS);
	assert_int_equal(bp->checksum, ZF_CHECKSUM_FLETCHER_4);
	assert_int_equal(bp->compress, ZF_COMPRESS_LZ4);
	assert_int_equal(bp->lsize, 131072);
	assert_int_equal(bp->psize, 4096);
	assert_int_equal(bp->physical_birth, 40);
	assert_int_equal(bp->logical_birth, 41);
	assert_int_equal(bp->fill, 1);
	assert_int_equal(bp->cksum[3], 0xc3);
	assert_false(zf_blkptr_is_hole(bp));
}

static void both_byte_orders_decode_alike(void **state)
{
	struct words words = sample();
	struct zf_blkptr bp;
	uint8_t raw[129];

	store(&words, ZB_LE, raw + 1);
	assert_int_equal(zf_blkptr_decode(zb_span(raw + 1, 128), ZB_LE, &bp), 0);
	check_sample(&bp);
	store(&words, ZB_BE, raw);
	assert_int_equal(zf_blkptr_decode(zb_span(raw, 128), ZB_BE, &bp), 0);
	check_sample(&bp);
}

static void every_truncation_is_refused_and_the_result_untouched(void **state)
{
	struct words words = sample();
	struct zf_blkptr bp = { .ndvas = 77 };
	uint8_t raw[128];

	store(&words, ZB_LE, raw);
	for (size_t len = 0; len < sizeof(raw); len++)
		assert_int_equal(zf_blkptr_decode(zb_span(raw, len), ZB_LE, &bp),
				 ZB_ECORRUPT);
	assert_int_equal(bp.ndvas, 77);
}

static void zeros_are_a_hole(void **state)
{
	struct words words = { 0 };
	struct zf_blkptr bp;

	assert_int_equal(decode(&words, &bp), 0);
	assert_true(zf_blkptr_is_hole(&bp));
}

static void embedded_data_skip_the_property_and_birth_words(void **state)
{
	struct words words = { 0 };
	struct zf_blkptr bp;

	for (unsigned int i = 0; i < 16; i++)
		words.w[i] = 0x0101010101010101ULL * i;
	words.w[6] = PROP(1, 0, ZF_OT_PLAIN_FILE_CONTENTS, 0, ZF_COMPRESS_LZ4, 0, 0) |
		     EMBEDDED | 111ULL << 25 | 899;
	assert_int_equal(decode(&words, &bp), 0);
	assert_true(bp.embedded);
	assert_int_equal(bp.ndvas, 0);
	assert_false(zf_blkptr_is_hole(&bp));
	assert_int_equal(bp.psize, 112);
	assert_int_equal(bp.lsize, 900);
	assert_int_equal(bp.data[0], 0);
	assert_int_equal(bp.data[5 * 8], 5);
	assert_int_equal(bp.data[6 * 8], 7);
	assert_int_equal(bp.data[8 * 8], 9);
	assert_int_equal(bp.data[9 * 8], 11);
	assert_int_equal(bp.data[111], 15);
	assert_int_equal(bp.logical_birth, words.w[10]);
}

static void embedded_data_beyond_the_payload_are_corrupt(void **state)
{
	struct words words = { 0 };
	struct zf_blkptr bp;

	words.w[6] = EMBEDDED | 112ULL << 25 | 899 | 1ULL << 63;
	assert_int_equal(decode(&words, &bp), ZB_ECORRUPT);
}

static void a_redacted_block_is_neither_hole_nor_data(void **state)
{
	struct words words = { 0 };
	struct zf_blkptr bp;

	words.w[6] = EMBEDDED | 2ULL << 40 | 1ULL << 63;
	assert_int_equal(decode(&words, &bp), 0);
	assert_true(zf_blkptr_is_redacted(&bp));
	assert_false(zf_blkptr_is_hole(&bp));
	assert_int_equal(bp.psize, 0);
	words.w[6] |= 1ULL << 56; /* an indirect block is never redacted */
	assert_int_equal(decode(&words, &bp), ZB_ECORRUPT);
	words.w[6] = EMBEDDED | 1ULL << 40 | 1ULL << 63;
	assert_int_equal(decode(&words, &bp), ZB_ENOTSUP);
}

static void an_encrypted_block_has_no_third_copy(void **state)
{
	struct words words = sample();
	struct zf_blkptr bp;

	words.w[4] = 0x1122334455667788ULL; /* the salt */
	words.w[5] = 0x99;
	words.w[6] |= 1ULL << 61;
	assert_int_equal(decode(&words, &bp), 0);
	assert_true(bp.encrypted);
	assert_int_equal(bp.ndvas, 2);
}

static void values_that_no_openzfs_writes_are_corrupt(void **state)
{
	const uint64_t bad[] = {
		PROP(1, 0, 19, 7, ZF_COMPRESS_FUNCTIONS, 7, 255),
		PROP(1, 0, 19, ZF_CHECKSUM_FUNCTIONS, 15, 7, 255),
		PROP(1, 0, 19, 255, 15, 7, 255),
		PROP(1, 0, 19, 7, 15, 7, 0xffff), /* 32 MiB */
		PROP(1, 0, 19, 7, 15, 256, 255),  /* larger than it is uncompressed */
	};
	struct zf_blkptr bp;

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct words words = sample();

		words.w[6] = bad[i];
		assert_int_equal(decode(&words, &bp), ZB_ECORRUPT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_byte_orders_decode_alike),
		cmocka_unit_test(every_truncation_is_refused_and_the_result_untouched),
		cmocka_unit_test(zeros_are_a_hole),
		cmocka_unit_test(embedded_data_skip_the_property_and_birth_words),
		cmocka_unit_test(embedded_data_beyond_the_payload_are_corrupt),
		cmocka_unit_test(a_redacted_block_is_neither_hole_nor_data),
		cmocka_unit_test(an_encrypted_block_has_no_third_copy),
		cmocka_unit_test(values_that_no_openzfs_writes_are_corrupt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
