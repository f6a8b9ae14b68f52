/* SPDX-License-Identifier: BSD-2-Clause */
#include "codec_test.h"
#include <zlib.h>

#define MAX_DATA (1u << 18)

struct buffers {
	_Alignas(16) uint8_t workspace[ZC_INFLATE_WORKSPACE];
	uint8_t data[MAX_DATA];
	uint8_t packed[MAX_DATA + MAX_DATA / 64 + 1024];
};

static struct buffers *buffers;

static int decode(struct zb_span src, uint8_t *dst, size_t dst_len)
{
	memset(buffers->workspace, 0x77, sizeof(buffers->workspace));
	return zc_inflate_zlib(src, dst, dst_len, buffers->workspace);
}

static int setup(void **state)
{
	buffers = aligned_alloc(16, (sizeof(*buffers) + 15) & ~(size_t)15);
	*state = buffers;
	return buffers ? 0 : -1;
}

static int teardown(void **state)
{
	free(buffers);
	return 0;
}

static size_t deflate_with(struct buffers *b, size_t len, int level, int strategy)
{
	z_stream z = {
		.next_in = b->data,
		.avail_in = (uInt)len,
		.next_out = b->packed,
		.avail_out = sizeof(b->packed),
	};

	assert_int_equal(deflateInit2(&z, level, Z_DEFLATED, 15, 9, strategy), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	assert_int_equal(deflateEnd(&z), Z_OK);
	return z.total_out;
}

static void streams_of_zlib_decode(void **state)
{
	static const size_t sizes[] = { 1, 2, 100, 512, 4096, 70000, MAX_DATA };
	struct buffers *b = *state;

	for (int kind = 0; kind < SAMPLE_KINDS; kind++) {
		for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
			sample_fill(kind, (uint32_t)s, b->data, sizes[s]);
			for (int level = 0; level <= 9; level += 3) {
				size_t n = deflate_with(b, sizes[s], level,
							Z_DEFAULT_STRATEGY);

				codec_assert_decodes(decode, zb_span(b->packed, n),
						     zb_span(b->data, sizes[s]));
				codec_assert_exact_length(decode, zb_span(b->packed, n),
							  sizes[s]);
			}
		}
	}
}

static void other_strategies_decode(void **state)
{
	static const int strategies[] = { Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE, Z_FILTERED };
	struct buffers *b = *state;

	for (int kind = 0; kind < SAMPLE_KINDS; kind++) {
		sample_fill(kind, 6, b->data, 50000);
		for (size_t i = 0; i < sizeof(strategies) / sizeof(strategies[0]); i++) {
			size_t n = deflate_with(b, 50000, 6, strategies[i]);

			codec_assert_decodes(decode, zb_span(b->packed, n),
					     zb_span(b->data, 50000));
		}
	}
}

/* Byte frequencies like Fibonacci numbers give codes of the greatest length. */
static void longest_codes_decode(void **state)
{
	struct buffers *b = *state;
	size_t len = 0;
	uint32_t f0 = 1, f1 = 1;

	for (int sym = 0; sym < 24; sym++) {
		uint32_t f2 = f0 + f1;

		for (uint32_t i = 0; i < f0 && len < MAX_DATA; i++)
			b->data[len++] = (uint8_t)(sym * 7);
		f0 = f1;
		f1 = f2;
	}
	codec_assert_decodes(decode,
			     zb_span(b->packed, deflate_with(b, len, 9, Z_HUFFMAN_ONLY)),
			     zb_span(b->data, len));
}

static void every_truncation_is_refused(void **state)
{
	struct buffers *b = *state;

	for (int kind = 0; kind < SAMPLE_KINDS; kind++) {
		for (int level = 0; level <= 9; level += 9) {
			sample_fill(kind, 7, b->data, 3000);
			codec_assert_truncations_fail(
				decode,
				zb_span(b->packed,
					deflate_with(b, 3000, level, Z_DEFAULT_STRATEGY)),
				3000);
		}
	}
}

static void damaged_streams_stay_inside_dst(void **state)
{
	struct buffers *b = *state;

	for (int kind = SAMPLE_TEXT; kind < SAMPLE_KINDS; kind++) {
		sample_fill(kind, 3, b->data, 5000);
		codec_assert_contained(
			decode,
			zb_span(b->packed, deflate_with(b, 5000, 6, Z_DEFAULT_STRATEGY)),
			5000, 5000);
	}
}

static void a_wrong_adler32_is_refused(void **state)
{
	struct buffers *b = *state;
	uint8_t out[600];
	size_t n;

	sample_fill(SAMPLE_TEXT, 1, b->data, sizeof(out));
	n = deflate_with(b, sizeof(out), 6, Z_DEFAULT_STRATEGY);
	assert_int_equal(decode(zb_span(b->packed, n), out, sizeof(out)), 0);
	b->packed[n - 1] ^= 1;
	assert_int_equal(decode(zb_span(b->packed, n), out, sizeof(out)), ZB_ECORRUPT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(streams_of_zlib_decode),
		cmocka_unit_test(other_strategies_decode),
		cmocka_unit_test(longest_codes_decode),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(damaged_streams_stay_inside_dst),
		cmocka_unit_test(a_wrong_adler32_is_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
