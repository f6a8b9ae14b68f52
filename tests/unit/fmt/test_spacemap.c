/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "fmt/spacemap.h"

/* Words as OpenZFS's space_map.h lays them out. */
#define ONE(type, offset, run)	 ((uint64_t)(offset) << 16 | (type) << 15 | ((run)-1))
#define DEBUG(txg)		 (2ULL << 62 | (txg))
#define TWO_FIRST(run, vdev)	 (3ULL << 62 | ((uint64_t)(run)-1) << 24 | (vdev))
#define TWO_SECOND(type, offset) ((uint64_t)(type) << 63 | (offset))

#define LONG_RUN		 (1ULL << 36)
#define FAR_OFFSET		 ((1ULL << 63) - 1)

static struct zb_span store(uint8_t *raw, enum zb_endian e, const uint64_t *words,
			    size_t n)
{
	for (size_t i = 0; i < n; i++)
		zb_store64(raw + 8 * i, e, words[i]);
	return zb_span(raw, 8 * n);
}

static void assert_entry(struct zb_span block, enum zb_endian e, size_t *pos, bool free,
			 uint64_t offset, uint64_t run)
{
	struct zf_spacemap_entry entry;

	assert_int_equal(zf_spacemap_next(block, e, pos, &entry), 1);
	assert_int_equal(entry.free, free);
	assert_int_equal(entry.offset, offset);
	assert_int_equal(entry.run, run);
}

static void entries_of_both_versions_decode(void **state)
{
	const uint64_t words[] = {
		ONE(0ULL, 7, 1),
		ONE(1ULL, (1ULL << 47) - 1, 1 << 15),
		DEBUG(99ULL),
		TWO_FIRST(LONG_RUN, 0ULL),
		TWO_SECOND(0, FAR_OFFSET),
		TWO_FIRST(1, (1ULL << 24) - 1),
		TWO_SECOND(1, 4ULL),
		DEBUG(0ULL),
	};

	(void)state;
	for (int e = ZB_LE; e <= ZB_BE; e++) {
		uint8_t raw[sizeof(words)];
		struct zb_span s = store(raw, e, words, sizeof(words) / 8);
		struct zf_spacemap_entry none;
		size_t pos = 0;

		assert_entry(s, e, &pos, false, 7, 1);
		assert_entry(s, e, &pos, true, (1ULL << 47) - 1, 1 << 15);
		assert_entry(s, e, &pos, false, FAR_OFFSET, LONG_RUN);
		assert_entry(s, e, &pos, true, 4, 1);
		assert_int_equal(zf_spacemap_next(s, e, &pos, &none), 0);
		assert_int_equal(pos, s.len);
	}
}

static void an_entry_that_is_cut_off_is_corrupt(void **state)
{
	const uint64_t words[] = { DEBUG(1ULL), TWO_FIRST(5, 0ULL), TWO_SECOND(0, 9ULL) };
	struct zf_spacemap_entry entry = { .offset = 123 };
	uint8_t raw[sizeof(words)];
	struct zb_span s = store(raw, ZB_LE, words, 3);

	(void)state;
	for (size_t len = 0; len < sizeof(raw); len++) {
		size_t pos = 0;
		bool whole = len == 0 || len == 8; /* nothing, or padding only */

		assert_int_equal(zf_spacemap_next(zb_span(raw, len), ZB_LE, &pos, &entry),
				 whole ? 0 : ZB_ECORRUPT);
		assert_int_equal(pos, whole ? len : 0);
		assert_int_equal(entry.offset, 123);
	}
	s.ptr = raw;
	assert_entry(s, ZB_LE, &(size_t){ 0 }, false, 9, 5);
}

static void the_header_tells_the_length(void **state)
{
	uint8_t raw[ZF_SPACEMAP_HEADER_SIZE] = { 0 };
	uint64_t length = 1;

	(void)state;
	zb_store64(raw + 8, ZB_BE, 4096);
	for (size_t len = 0; len < sizeof(raw); len++)
		assert_int_equal(zf_spacemap_length(zb_span(raw, len), ZB_BE, &length),
				 ZB_ECORRUPT);
	assert_int_equal(length, 1);
	assert_int_equal(zf_spacemap_length(zb_span(raw, sizeof(raw)), ZB_BE, &length),
			 0);
	assert_int_equal(length, 4096);
	zb_store64(raw + 8, ZB_BE, 4095);
	assert_int_equal(zf_spacemap_length(zb_span(raw, sizeof(raw)), ZB_BE, &length),
			 ZB_ECORRUPT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_of_both_versions_decode),
		cmocka_unit_test(an_entry_that_is_cut_off_is_corrupt),
		cmocka_unit_test(the_header_tells_the_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
