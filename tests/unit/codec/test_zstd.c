/* SPDX-License-Identifier: BSD-2-Clause */
#define ZSTD_STATIC_LINKING_ONLY
#include "codec_test.h"
#include <zstd.h>

#define MAX_DATA (1u << 20)

struct buffers {
	_Alignas(16) uint8_t workspace[ZC_ZSTD_WORKSPACE];
	uint8_t data[MAX_DATA];
	uint8_t packed[MAX_DATA + MAX_DATA / 128 + 1024];
	ZSTD_CCtx *cctx;
};

static struct buffers *buffers;

static int decode(struct zb_span src, uint8_t *dst, size_t dst_len)
{
	/* what an earlier call left behind must not matter */
	memset(buffers->workspace, 0x77, 16384);
	return zc_zstd_decompress(src, dst, dst_len, buffers->workspace);
}

static int setup(void **state)
{
	buffers = aligned_alloc(16, (sizeof(*buffers) + 15) & ~(size_t)15);
	if (!buffers)
		return -1;
	buffers->cctx = ZSTD_createCCtx();
	*state = buffers;
	return buffers->cctx ? 0 : -1;
}

static int teardown(void **state)
{
	ZSTD_freeCCtx(buffers->cctx);
	free(buffers);
	return 0;
}

static void set(struct buffers *b, ZSTD_cParameter p, int value)
{
	assert_false(ZSTD_isError(ZSTD_CCtx_setParameter(b->cctx, p, value)));
}

/* As OpenZFS does it: magicless, no checksum, no content size. */
static void set_zfs(struct buffers *b, int level)
{
	ZSTD_CCtx_reset(b->cctx, ZSTD_reset_session_and_parameters);
	set(b, ZSTD_c_compressionLevel, level);
	set(b, ZSTD_c_format, ZSTD_f_zstd1_magicless);
	set(b, ZSTD_c_checksumFlag, 0);
	set(b, ZSTD_c_contentSizeFlag, 0);
}

static size_t zfs_zstd(struct buffers *b, size_t len)
{
	size_t n = ZSTD_compress2(b->cctx, b->packed + 8, sizeof(b->packed) - 8, b->data,
				  len);

	assert_false(ZSTD_isError(n));
	zb_store32(b->packed, ZB_BE, (uint32_t)n);
	zb_store32(b->packed + 4, ZB_BE, 10405u << 8 | 3);
	return n + 8;
}

static void every_level_decodes(void **state)
{
	static const size_t sizes[] = { 1,     5,      60,     512,	4096,
					16384, 131072, 300000, MAX_DATA };
	struct buffers *b = *state;

	for (int kind = 0; kind < SAMPLE_KINDS; kind++) {
		for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
			sample_fill(kind, (uint32_t)s, b->data, sizes[s]);
			for (int level = -7; level <= 19; level++) {
				size_t n;

				/* the slow levels on the large ones take minutes */
				if (level == 0 || (sizes[s] > 16384 && level % 5 != 3))
					continue;
				set_zfs(b, level);
				n = zfs_zstd(b, sizes[s]);
				codec_assert_decodes(decode, zb_span(b->packed, n),
						     zb_span(b->data, sizes[s]));
				codec_assert_exact_length(decode, zb_span(b->packed, n),
							  sizes[s]);
			}
		}
	}
}

static void far_negative_levels_decode(void **state)
{
	static const int levels[] = { -10, -50, -100, -500, -1000 };
	struct buffers *b = *state;

	for (int kind = 0; kind < SAMPLE_KINDS; kind++) {
		sample_fill(kind, 8, b->data, 131072);
		for (size_t l = 0; l < sizeof(levels) / sizeof(levels[0]); l++) {
			set_zfs(b, levels[l]);
			codec_assert_decodes(decode,
					     zb_span(b->packed, zfs_zstd(b, 131072)),
					     zb_span(b->data, 131072));
		}
	}
}

/* What OpenZFS does not ask for, yet the format allows. */
static void other_frame_headers_decode(void **state)
{
	static const size_t sizes[] = { 1, 200, 255, 256, 300, 65791, 65792, 100000 };
	struct buffers *b = *state;

	sample_fill(SAMPLE_MIXED, 2, b->data, 100000);
	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		for (int bits = 0; bits < 4; bits++) {
			set_zfs(b, 3);
			set(b, ZSTD_c_checksumFlag, bits & 1);
			set(b, ZSTD_c_contentSizeFlag, bits >> 1);
			codec_assert_decodes(decode,
					     zb_span(b->packed, zfs_zstd(b, sizes[s])),
					     zb_span(b->data, sizes[s]));
		}
	}
}

static void small_blocks_and_windows_decode(void **state)
{
	static const int strategies[] = { ZSTD_fast, ZSTD_lazy2, ZSTD_btultra2 };
	struct buffers *b = *state;

	for (int kind = SAMPLE_TEXT; kind < SAMPLE_KINDS; kind++) {
		sample_fill(kind, 4, b->data, 200000);
		for (size_t i = 0; i < sizeof(strategies) / sizeof(strategies[0]); i++) {
			for (int log = 10; log <= 18; log += 4) {
				set_zfs(b, 5);
				set(b, ZSTD_c_strategy, strategies[i]);
				set(b, ZSTD_c_windowLog, log);
				set(b, ZSTD_c_minMatch, 3);
				set(b, ZSTD_c_targetCBlockSize, log == 14 ? 2000 : 0);
				codec_assert_decodes(
					decode, zb_span(b->packed, zfs_zstd(b, 200000)),
					zb_span(b->data, 200000));
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
		set_zfs(b, 3);
		n = zfs_zstd(b, 3000);
		codec_assert_truncations_fail(decode, zb_span(b->packed, n), 3000);
		/* and when the length in front admits it */
		for (size_t len = 0; len + 8 < n; len++) {
			uint8_t out[3000];

			zb_store32(b->packed, ZB_BE, (uint32_t)len);
			assert_int_equal(codec_decode_exact(decode,
							    zb_span(b->packed, len + 8),
							    out, sizeof(out)),
					 ZB_ECORRUPT);
		}
	}
}

static void damaged_blocks_stay_inside_dst(void **state)
{
	struct buffers *b = *state;

	for (int kind = SAMPLE_TEXT; kind < SAMPLE_KINDS; kind++) {
		for (int level = 1; level <= 16; level += 15) {
			sample_fill(kind, 3, b->data, 5000);
			set_zfs(b, level);
			codec_assert_contained(decode,
					       zb_span(b->packed, zfs_zstd(b, 5000)),
					       5000, 5000);
		}
	}
}

static void a_dictionary_is_refused(void **state)
{
	/* no content size, 1 KiB window, dictionary 5; a last raw block of one byte */
	uint8_t src[] = { 0, 0, 0, 7, 0, 0, 0, 0, 1, 0, 5, 9, 0, 0, 'x' };
	uint8_t out[1];

	assert_int_equal(decode(zb_span(src, sizeof(src)), out, 1), ZB_ECORRUPT);
	src[10] = 0; /* of id 0: none */
	assert_int_equal(decode(zb_span(src, sizeof(src)), out, 1), 0);
	assert_int_equal(out[0], 'x');
}

static void reserved_values_are_refused(void **state)
{
	uint8_t src[] = { 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 9, 0, 0, 'x' };
	uint8_t out[1];

	assert_int_equal(decode(zb_span(src, sizeof(src)), out, 1), 0);
	src[10] = 9 | 6; /* block type 3 */
	assert_int_equal(decode(zb_span(src, sizeof(src)), out, 1), ZB_ECORRUPT);
	src[10] = 9;
	src[8] = 8; /* the descriptor's reserved bit */
	assert_int_equal(decode(zb_span(src, sizeof(src)), out, 1), ZB_ECORRUPT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_level_decodes),
		cmocka_unit_test(far_negative_levels_decode),
		cmocka_unit_test(other_frame_headers_decode),
		cmocka_unit_test(small_blocks_and_windows_decode),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(damaged_blocks_stay_inside_dst),
		cmocka_unit_test(a_dictionary_is_refused),
		cmocka_unit_test(reserved_values_are_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
