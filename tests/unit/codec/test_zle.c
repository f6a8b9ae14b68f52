/* SPDX-License-Identifier: BSD-2-Clause */
#include "codec_test.h"

/* A plain encoder: zeros as runs of at most 192, anything else as at most 64 literals. */
static size_t zle(const uint8_t *data, size_t len, uint8_t *out)
{
	size_t o = 0;

	for (size_t i = 0; i < len;) {
		size_t n = 0;

		if (data[i] == 0) {
			while (i + n < len && n < 192 && data[i + n] == 0)
				n++;
			out[o++] = (uint8_t)(n - 1 + 64);
		} else {
			while (i + n < len && n < 64 && data[i + n] != 0)
				n++;
			out[o++] = (uint8_t)(n - 1);
			memcpy(out + o, data + i, n);
			o += n;
		}
		i += n;
	}
	return o;
}

static void runs_and_literals_decode(void **state)
{
	static uint8_t data[20000], packed[40000];

	for (int kind = 0; kind < SAMPLE_KINDS; kind++) {
		struct zb_span src;

		sample_fill(kind, 5, data, sizeof(data));
		src = zb_span(packed, zle(data, sizeof(data), packed));
		codec_assert_decodes(zc_zle_decompress, src, zb_span(data, sizeof(data)));
		codec_assert_contained(zc_zle_decompress, src, sizeof(data), 300);
		sample_fill(kind, 5, data, 1000);
		src = zb_span(packed, zle(data, 1000, packed));
		codec_assert_truncations_fail(zc_zle_decompress, src, 1000);
		assert_int_equal(zc_zle_decompress(src, data, 1001), ZB_ECORRUPT);
	}
}

static void control_bytes_mean_what_openzfs_says(void **state)
{
	static const uint8_t src[] = { 63, 1, 2, 3 }, runs[] = { 0, 9, 64, 255 };
	uint8_t out[194];

	/* 63: 64 literals, which are not there */
	assert_int_equal(zc_zle_decompress(zb_span(src, sizeof(src)), out, 64),
			 ZB_ECORRUPT);
	/* 0: one literal; 64: one zero; 255: 192 zeros */
	memset(out, 1, sizeof(out));
	assert_int_equal(zc_zle_decompress(zb_span(runs, sizeof(runs)), out, 194), 0);
	assert_int_equal(out[0], 9);
	for (size_t i = 1; i < 194; i++)
		assert_int_equal(out[i], 0);
	/* a run beyond the end of the block */
	assert_int_equal(zc_zle_decompress(zb_span(runs, sizeof(runs)), out, 193),
			 ZB_ECORRUPT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_and_literals_decode),
		cmocka_unit_test(control_bytes_mean_what_openzfs_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
