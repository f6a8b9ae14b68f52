/* SPDX-License-Identifier: BSD-2-Clause */
#include "codec_test.h"

static size_t longest_match(const uint8_t *data, size_t at, size_t len, size_t *ret_off)
{
	size_t best = 0, max = len - at < 66 ? len - at : 66;

	for (size_t off = 1; off <= at && off < 1024; off++) {
		size_t n = 0;

		while (n < max && data[at + n] == data[at + n - off])
			n++;
		if (n > best) {
			best = n;
			*ret_off = off;
		}
	}
	return best;
}

/* A slow encoder that finds every match. */
static size_t lzjb(const uint8_t *data, size_t len, uint8_t *out)
{
	size_t o = 0, flags = 0;
	unsigned int items = 8;

	for (size_t i = 0; i < len; items++) {
		size_t off = 0, n = longest_match(data, i, len, &off);

		if (items == 8) {
			items = 0;
			flags = o++;
			out[flags] = 0;
		}
		if (n >= 3) {
			zb_store16(out + o, ZB_BE, (uint16_t)((n - 3) << 10 | off));
			out[flags] |= (uint8_t)(1u << items);
			o += 2;
			i += n;
		} else {
			out[o++] = data[i++];
		}
	}
	return o;
}

static void literals_and_matches_decode(void **state)
{
	static uint8_t data[8192], packed[16384];

	for (int kind = 0; kind < SAMPLE_KINDS; kind++) {
		struct zb_span src;

		sample_fill(kind, 9, data, sizeof(data));
		src = zb_span(packed, lzjb(data, sizeof(data), packed));
		codec_assert_decodes(zc_lzjb_decompress, src,
				     zb_span(data, sizeof(data)));
		codec_assert_contained(zc_lzjb_decompress, src, sizeof(data), 300);
		codec_assert_truncations_fail(zc_lzjb_decompress, src, sizeof(data));
	}
}

static void a_match_at_the_end_is_cut(void **state)
{
	/* flags 2: a literal, then a match of 66 bytes, offset 1 */
	static const uint8_t src[] = { 2, 'z', 0xfc, 1 };
	uint8_t out[5] = { 0 };

	assert_int_equal(zc_lzjb_decompress(zb_span(src, sizeof(src)), out, 5), 0);
	assert_memory_equal(out, "zzzzz", 5);
}

static void offsets_before_the_start_are_refused(void **state)
{
	static const uint8_t far[] = { 2, 'z', 0xfc, 2 }, zero[] = { 2, 'z', 0xfc, 0 };
	uint8_t out[5];

	assert_int_equal(zc_lzjb_decompress(zb_span(far, 4), out, 5), ZB_ECORRUPT);
	assert_int_equal(zc_lzjb_decompress(zb_span(zero, 4), out, 5), ZB_ECORRUPT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(literals_and_matches_decode),
		cmocka_unit_test(a_match_at_the_end_is_cut),
		cmocka_unit_test(offsets_before_the_start_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
