/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "fmt/zap.h"

/* ---- micro ---- */

static void make_micro(uint8_t block[512])
{
	memset(block, 0, 512);
	zb_store64(block, ZB_LE, ZF_ZAP_MICRO);
	zb_store64(block + 8, ZB_LE, 0x1234);
	zb_store64(block + 64 + 64, ZB_LE, 99);
	zb_store32(block + 64 + 64 + 8, ZB_LE, 7);
	memcpy(block + 64 + 64 + 14, "ROOT", 4);
}

static void a_micro_zap_gives_its_entries(void **state)
{
	struct zf_mzap_entry e;
	struct zf_mzap zap;
	uint8_t block[512];

	make_micro(block);
	assert_int_equal(zf_mzap_decode(zb_span(block, 512), ZB_LE, &zap), 0);
	assert_int_equal(zap.salt, 0x1234);
	assert_int_equal(zf_mzap_count(&zap), 7);
	assert_int_equal(zf_mzap_entry(&zap, 0, &e), 0);
	assert_int_equal(zf_mzap_entry(&zap, 1, &e), 1);
	assert_int_equal(e.value, 99);
	assert_int_equal(e.cd, 7);
	assert_int_equal(e.name.len, 4);
	assert_memory_equal(e.name.ptr, "ROOT", 4);
	assert_int_equal(zf_mzap_entry(&zap, 7, &e), ZB_ECORRUPT);
}

static void a_micro_zap_cut_short_has_fewer_slots(void **state)
{
	struct zf_mzap zap;
	uint8_t block[512];

	make_micro(block);
	for (size_t len = 0; len < 512; len++) {
		int error = zf_mzap_decode(zb_span(block, len), ZB_LE, &zap);

		assert_int_equal(error, len < 64 ? ZB_ECORRUPT : 0);
		if (!error)
			assert_int_equal(zf_mzap_count(&zap), (len - 64) / 64);
	}
}

static void a_micro_name_without_an_end_is_corrupt(void **state)
{
	struct zf_mzap_entry e;
	struct zf_mzap zap;
	uint8_t block[512];

	make_micro(block);
	memset(block + 64 + 64 + 14, 'x', ZF_MZAP_NAME_LEN);
	assert_int_equal(zf_mzap_decode(zb_span(block, 512), ZB_LE, &zap), 0);
	assert_int_equal(zf_mzap_entry(&zap, 1, &e), ZB_ECORRUPT);
}

/* ---- header ---- */

static void make_header(uint8_t block[1024])
{
	memset(block, 0, 1024);
	zb_store64(block, ZB_BE, ZF_ZAP_HEADER);
	zb_store64(block + 8, ZB_BE, ZF_ZAP_MAGIC);
	zb_store64(block + 32, ZB_BE, 6); /* log2 of the entries in half a block */
	zb_store64(block + 64, ZB_BE, 1);
	zb_store64(block + 80, ZB_BE, 0x5a17);
	zb_store64(block + 512, ZB_BE, 1);
}

static int decode_header(const uint8_t *block, size_t len, struct zf_zap_header *h)
{
	return zf_zap_header_decode(zb_span(block, len), ZB_BE, h);
}

static void a_header_gives_its_embedded_table(void **state)
{
	struct zf_zap_header h = { 0 };
	uint8_t block[1024];

	make_header(block);
	for (size_t len = 0; len < sizeof(block); len++)
		assert_int_equal(decode_header(block, len, &h), ZB_ECORRUPT);
	assert_int_equal(decode_header(block, sizeof(block), &h), 0);
	assert_int_equal(h.block_shift, 10);
	assert_int_equal(h.salt, 0x5a17);
	assert_int_equal(h.embedded.len, 512);
	assert_ptr_equal(h.embedded.ptr, block + 512);
}

static void a_table_outside_must_have_its_size(void **state)
{
	struct zf_zap_header h;
	uint8_t block[1024];

	make_header(block);
	zb_store64(block + 16, ZB_BE, 5);
	zb_store64(block + 24, ZB_BE, 4);
	zb_store64(block + 32, ZB_BE, 9);
	assert_int_equal(decode_header(block, sizeof(block), &h), 0);
	assert_int_equal(h.table_shift, 9);
	zb_store64(block + 32, ZB_BE, 10);
	assert_int_equal(decode_header(block, sizeof(block), &h), ZB_ECORRUPT);
	zb_store64(block + 24, ZB_BE, UINT64_MAX);
	assert_int_equal(decode_header(block, sizeof(block), &h), ZB_ECORRUPT);
}

static void table_shifts_out_of_range_are_corrupt(void **state)
{
	static const uint64_t bad[] = { 0, 5, 7, 49, 64, 1ULL << 32, UINT64_MAX };
	struct zf_zap_header h;
	uint8_t block[1024];

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		make_header(block);
		zb_store64(block + 32, ZB_BE, bad[i]);
		assert_int_equal(decode_header(block, sizeof(block), &h), ZB_ECORRUPT);
	}
}

/* ---- leaf ---- */

#define LEAF_SIZE   1024
#define LEAF_HASHES 32
#define LEAF_CHUNKS 38 /* (1024 - 2 * 32) / 24 - 2 */

static uint8_t *chunk(uint8_t *block, unsigned int i)
{
	return block + ZF_ZAP_LEAF_HEADER + 2 * LEAF_HASHES + i * ZF_ZAP_CHUNK_SIZE;
}

static void put_array(uint8_t *c, const void *bytes, size_t len, uint16_t next)
{
	c[0] = ZF_ZAP_CHUNK_ARRAY;
	memcpy(c + 1, bytes, len);
	zb_store16(c + 22, ZB_LE, next);
}

/* One entry in chunk 0: a name of 29 bytes in chunks 1 and 2, one 8-byte number in chunk 3. */
static const char long_name[] = "org.zfsbootmenu:commandline.x";

static void make_leaf(uint8_t block[LEAF_SIZE])
{
	uint8_t *e = chunk(block, 0);
	uint8_t value[8];

	memset(block, 0, LEAF_SIZE);
	zb_store64(block, ZB_LE, ZF_ZAP_LEAF);
	zb_store64(block + 16, ZB_LE, 2);
	zb_store32(block + 24, ZB_LE, ZF_ZAP_LEAF_MAGIC);
	zb_store16(block + 30, ZB_LE, 1);
	zb_store16(block + 32, ZB_LE, 2);
	for (unsigned int i = 0; i < LEAF_HASHES; i++)
		zb_store16(block + ZF_ZAP_LEAF_HEADER + 2 * i, ZB_LE, ZF_ZAP_CHAIN_END);
	/* prefix 2 of two bits, then 5 bits of bucket: 0b10 00011 at the top of the hash */
	zb_store16(block + ZF_ZAP_LEAF_HEADER + 2 * 3, ZB_LE, 0);
	for (unsigned int i = 0; i < LEAF_CHUNKS; i++)
		chunk(block, i)[0] = ZF_ZAP_CHUNK_FREE;
	e[0] = ZF_ZAP_CHUNK_ENTRY;
	e[1] = 8;
	zb_store16(e + 2, ZB_LE, ZF_ZAP_CHAIN_END);
	zb_store16(e + 4, ZB_LE, 1);
	zb_store16(e + 6, ZB_LE, sizeof(long_name));
	zb_store16(e + 8, ZB_LE, 3);
	zb_store16(e + 10, ZB_LE, 1);
	zb_store64(e + 16, ZB_LE, 0x87ULL << 56);
	put_array(chunk(block, 1), long_name, 21, 2);
	put_array(chunk(block, 2), long_name + 21, sizeof(long_name) - 21,
		  ZF_ZAP_CHAIN_END);
	zb_store64(value, ZB_BE, 4711);
	put_array(chunk(block, 3), value, 8, ZF_ZAP_CHAIN_END);
}

static int decode_leaf(const uint8_t *block, size_t len, struct zf_zap_leaf *leaf)
{
	return zf_zap_leaf_decode(zb_span(block, len), ZB_LE, leaf);
}

static void a_leaf_gives_names_and_values(void **state)
{
	uint8_t block[LEAF_SIZE], value[8];
	struct zf_zap_leaf leaf;
	struct zf_zap_entry e;

	make_leaf(block);
	assert_int_equal(decode_leaf(block, LEAF_SIZE, &leaf), 0);
	assert_int_equal(leaf.num_chunks, LEAF_CHUNKS);
	assert_int_equal(zf_zap_leaf_bucket(&leaf, 0x87ULL << 56), 0);
	assert_int_equal(zf_zap_leaf_bucket(&leaf, 0x85ULL << 56), ZF_ZAP_CHAIN_END);
	assert_int_equal(zf_zap_leaf_entry(&leaf, 0, &e), 1);
	assert_int_equal(zf_zap_leaf_entry(&leaf, 1, &e), 0);
	assert_int_equal(zf_zap_leaf_entry(&leaf, LEAF_CHUNKS, &e), ZB_ECORRUPT);
	assert_int_equal(zf_zap_leaf_entry(&leaf, 0, &e), 1);
	assert_true(zf_zap_leaf_name_is(&leaf, &e, long_name, sizeof(long_name) - 1));
	assert_false(zf_zap_leaf_name_is(&leaf, &e, long_name, sizeof(long_name) - 2));
	assert_int_equal(zf_zap_leaf_array(&leaf, e.value_chunk, value, 8), 0);
	assert_int_equal(zb_load64(value, ZB_BE), 4711);
}

static void every_truncation_of_a_leaf_is_refused(void **state)
{
	struct zf_zap_leaf leaf = { .num_chunks = 77 };
	uint8_t block[LEAF_SIZE];

	make_leaf(block);
	/* Half of it is a leaf size again, whose header is sound: it just has fewer chunks. */
	for (size_t len = 0; len < LEAF_SIZE; len++)
		if (len != LEAF_SIZE / 2)
			assert_int_equal(decode_leaf(block, len, &leaf), ZB_ECORRUPT);
	assert_int_equal(leaf.num_chunks, 77);
}

static void an_array_chain_that_goes_round_is_corrupt(void **state)
{
	uint8_t block[LEAF_SIZE], out[4096];
	struct zf_zap_leaf leaf;

	make_leaf(block);
	zb_store16(chunk(block, 2) + 22, ZB_LE, 1);
	assert_int_equal(decode_leaf(block, LEAF_SIZE, &leaf), 0);
	assert_int_equal(zf_zap_leaf_array(&leaf, 1, out, sizeof(out)), ZB_ECORRUPT);
}

static void an_array_chain_that_leaves_the_leaf_is_corrupt(void **state)
{
	static const uint16_t bad[] = { LEAF_CHUNKS, 0x8000, ZF_ZAP_CHAIN_END, 0, 10 };
	uint8_t block[LEAF_SIZE], out[64];
	struct zf_zap_leaf leaf;

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		make_leaf(block);
		zb_store16(chunk(block, 1) + 22, ZB_LE, bad[i]);
		assert_int_equal(decode_leaf(block, LEAF_SIZE, &leaf), 0);
		assert_int_equal(zf_zap_leaf_array(&leaf, 1, out, sizeof(long_name)),
				 ZB_ECORRUPT);
	}
}

static void a_prefix_that_does_not_fit_is_corrupt(void **state)
{
	struct zf_zap_leaf leaf;
	uint8_t block[LEAF_SIZE];

	make_leaf(block);
	zb_store64(block + 16, ZB_LE, 4);
	assert_int_equal(decode_leaf(block, LEAF_SIZE, &leaf), ZB_ECORRUPT);
	make_leaf(block);
	zb_store16(block + 32, ZB_LE, 0xffff);
	assert_int_equal(decode_leaf(block, LEAF_SIZE, &leaf), ZB_ECORRUPT);
}

static void an_odd_integer_width_is_corrupt(void **state)
{
	static const uint8_t bad[] = { 0, 3, 16, 255 };
	struct zf_zap_leaf leaf;
	struct zf_zap_entry e;
	uint8_t block[LEAF_SIZE];

	for (unsigned int i = 0; i < sizeof(bad); i++) {
		make_leaf(block);
		chunk(block, 0)[1] = bad[i];
		assert_int_equal(decode_leaf(block, LEAF_SIZE, &leaf), 0);
		assert_int_equal(zf_zap_leaf_entry(&leaf, 0, &e), ZB_ECORRUPT);
	}
}

/* The polynomial is that of CRC-64/XZ, whose check value is well known. */
static void the_hash_is_a_crc64_of_which_the_top_bits_count(void **state)
{
	/* CRC-64/XZ of "123456789" is 995dc9bbdf1939fa; ZFS neither starts nor ends with an
	 * inversion, so start from all ones and invert what stays. */
	uint64_t h = zf_zap_hash(UINT64_MAX, ZF_ZAP_FLAG_HASH64, "123456789", 9);

	assert_true((~h & ~0xffffULL) == (0x995dc9bbdf1939faULL & ~0xffffULL));
	h = zf_zap_hash(UINT64_MAX, 0, "123456789", 9);
	assert_true((~h & ~0xfffffffffULL) == (0x995dc9bbdf1939faULL & ~0xfffffffffULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_micro_zap_gives_its_entries),
		cmocka_unit_test(a_micro_zap_cut_short_has_fewer_slots),
		cmocka_unit_test(a_micro_name_without_an_end_is_corrupt),
		cmocka_unit_test(a_header_gives_its_embedded_table),
		cmocka_unit_test(a_table_outside_must_have_its_size),
		cmocka_unit_test(table_shifts_out_of_range_are_corrupt),
		cmocka_unit_test(a_leaf_gives_names_and_values),
		cmocka_unit_test(every_truncation_of_a_leaf_is_refused),
		cmocka_unit_test(an_array_chain_that_goes_round_is_corrupt),
		cmocka_unit_test(an_array_chain_that_leaves_the_leaf_is_corrupt),
		cmocka_unit_test(a_prefix_that_does_not_fit_is_corrupt),
		cmocka_unit_test(an_odd_integer_width_is_corrupt),
		cmocka_unit_test(the_hash_is_a_crc64_of_which_the_top_bits_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
