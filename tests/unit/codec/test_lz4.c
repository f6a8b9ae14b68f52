/* SPDX-License-Identifier: BSD-2-Clause */
#include "codec_test.h"
#include <lz4.h>
#include <lz4hc.h>

#define MAX_DATA (1u << 17)

/* level 0: the fast compressor; above: the HC one; below: accelerated. */
static size_t zfs_lz4(const uint8_t *data, size_t len, int level, uint8_t *out)
{
	char *block = (char *)out + 4;
	int n;

	if (level > 0)
		n = LZ4_compress_HC((const char *)data, block, (int)len,
				    LZ4_compressBound((int)len), level);
	else
		n = LZ4_compress_fast((const char *)data, block, (int)len,
				      LZ4_compressBound((int)len), 1 - level);
	assert_true(n > 0);
	zb_store32(out, ZB_BE, (uint32_t)n);
	return (size_t)n + 4;
}

struct buffers {
	uint8_t data[MAX_DATA];
	uint8_t packed[MAX_DATA + MAX_DATA / 128 + 256];
};

static int setup(void **state)
{
	*state = malloc(sizeof(struct buffers));
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

static void blocks_of_liblz4_decode(void **state)
{
	static const size_t sizes[] = { 1, 12, 13, 17, 100, 512, 4096, 65537, MAX_DATA };
	static const int levels[] = { -20, 0, 1, 9, 12 };
	struct buffers *b = *state;

	for (int kind = 0; kind < SAMPLE_KINDS; kind++) {
		for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
			sample_fill(kind, (uint32_t)s, b->data, sizes[s]);
			for (size_t l = 0; l < sizeof(levels) / sizeof(levels[0]); l++) {
				size_t n =
					zfs_lz4(b->data, sizes[s], levels[l], b->packed);

				codec_assert_decodes(zc_lz4_decompress,
						     zb_span(b->packed, n),
						     zb_span(b->data, sizes[s]));
				codec_assert_exact_length(zc_lz4_decompress,
							  zb_span(b->packed, n),
							  sizes[s]);
			}
		}
	}
}

static void every_truncation_is_refused(void **state)
{
	struct buffers *b = *state;

	for (int kind = 0; kind < SAMPLE_KINDS; kind++) {
		size_t n;

		sample_fill(kind, 7, b->data, 3000);
		n = zfs_lz4(b->data, 3000, 0, b->packed);
		codec_assert_truncations_fail(zc_lz4_decompress, zb_span(b->packed, n),
					      3000);
		/* and when the length in front admits it */
		for (size_t len = 0; len + 4 < n; len++) {
			uint8_t out[3000];

			zb_store32(b->packed, ZB_BE, (uint32_t)len);
			assert_int_equal(codec_decode_exact(zc_lz4_decompress,
							    zb_span(b->packed, len + 4),
							    out, sizeof(out)),
					 ZB_ECORRUPT);
		}
	}
}

static void damaged_blocks_stay_inside_dst(void **state)
{
	struct buffers *b = *state;

	for (int kind = SAMPLE_TEXT; kind < SAMPLE_KINDS; kind++) {
		size_t n;

		sample_fill(kind, 3, b->data, 5000);
		n = zfs_lz4(b->data, 5000, 0, b->packed);
		codec_assert_contained(zc_lz4_decompress, zb_span(b->packed, n), 5000,
				       5000);
	}
}

static void offset_zero_is_refused(void **state)
{
	/* one literal, then a match of offset 0, then five literals */
	static const uint8_t block[] = { 0,    0,   0,	 11,  0x10, 'a', 0, 0,
					 0x50, 'b', 'c', 'd', 'e',  'f', 0 };
	uint8_t out[10];

	assert_int_equal(codec_decode_exact(zc_lz4_decompress,
					    zb_span(block, sizeof(block)), out,
					    sizeof(out)),
			 ZB_ECORRUPT);
}

static void length_beyond_the_block_is_refused(void **state)
{
	uint8_t block[] = { 0xff, 0xff, 0xff, 0xff, 0x10, 'a' };
	uint8_t out[1];

	assert_int_equal(zc_lz4_decompress(zb_span(block, sizeof(block)), out, 1),
			 ZB_ECORRUPT);
	zb_store32(block, ZB_BE, 3);
	assert_int_equal(zc_lz4_decompress(zb_span(block, sizeof(block)), out, 1),
			 ZB_ECORRUPT);
	zb_store32(block, ZB_BE, 2);
	assert_int_equal(zc_lz4_decompress(zb_span(block, sizeof(block)), out, 1), 0);
	assert_int_equal(out[0], 'a');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_of_liblz4_decode),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(damaged_blocks_stay_inside_dst),
		cmocka_unit_test(offset_zero_is_refused),
		cmocka_unit_test(length_beyond_the_block_is_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
