/* SPDX-License-Identifier: BSD-2-Clause */
#define ZSTD_STATIC_LINKING_ONLY
#include "fmt/enums.h"
#include "host/decompress.h"
#include "tests/unit/codec/codec_test.h"
#include <lz4.h>
#include <zstd.h>

#define RECORD ((size_t)128 << 10)

static _Alignas(16) uint8_t workspace[ZC_WORKSPACE];

static int unzstd(struct zb_span src, uint8_t *dst, size_t dst_len)
{
	memset(workspace, 0x77, sizeof(workspace));
	return zh_decompress(NULL, ZF_COMPRESS_ZSTD, src, dst, dst_len, workspace);
}

static int unlz4(struct zb_span src, uint8_t *dst, size_t dst_len)
{
	return zh_decompress(NULL, ZF_COMPRESS_LZ4, src, dst, dst_len, workspace);
}

static struct zb_span pack_zstd(struct zb_span data, uint8_t *out, size_t room)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();
	size_t n;

	ZSTD_CCtx_setParameter(c, ZSTD_c_format, ZSTD_f_zstd1_magicless);
	ZSTD_CCtx_setParameter(c, ZSTD_c_contentSizeFlag, 0);
	n = ZSTD_compress2(c, out + 8, room - 8, data.ptr, data.len);
	ZSTD_freeCCtx(c);
	assert_false(ZSTD_isError(n));
	zb_store32(out, ZB_BE, (uint32_t)n);
	zb_store32(out + 4, ZB_BE, 0x2a);
	return zb_span(out, n + 8);
}

static struct zb_span pack_lz4(struct zb_span data, uint8_t *out, size_t room)
{
	int n = LZ4_compress_default((const char *)data.ptr, (char *)out + 4,
				     (int)data.len, (int)room - 4);

	assert_true(n > 0);
	zb_store32(out, ZB_BE, (uint32_t)n);
	return zb_span(out, (size_t)n + 4);
}

static void check(codec_fn fn,
		  struct zb_span (*pack)(struct zb_span data, uint8_t *out, size_t room))
{
	uint8_t *data = malloc(RECORD), *packed = malloc(2 * RECORD);
	struct zb_span src;

	assert_true(data && packed);
	for (unsigned int kind = 0; kind < SAMPLE_KINDS; kind++) {
		sample_fill(kind, 7, data, RECORD);
		src = pack(zb_span(data, RECORD), packed, 2 * RECORD);
		codec_assert_decodes(fn, src, zb_span(data, RECORD));
		codec_assert_exact_length(fn, src, RECORD);
		codec_assert_contained(fn, src, RECORD, 50);
	}
	free(data);
	free(packed);
}

static void zstd_is_as_zfs_stores_it(void **state)
{
	check(unzstd, pack_zstd);
}

static void lz4_is_as_zfs_stores_it(void **state)
{
	check(unlz4, pack_lz4);
}

static void what_is_cut_is_refused(void **state)
{
	uint8_t data[600], packed[2000];

	sample_fill(SAMPLE_TEXT, 3, data, sizeof(data));
	codec_assert_truncations_fail(
		unzstd, pack_zstd(zb_span(data, sizeof(data)), packed, sizeof(packed)),
		sizeof(data));
	codec_assert_truncations_fail(
		unlz4, pack_lz4(zb_span(data, sizeof(data)), packed, sizeof(packed)),
		sizeof(data));
}

static void other_codecs_are_left_to_the_reader(void **state)
{
	uint8_t data[16] = { 0 }, out[16];

	for (unsigned int c = 0; c < 256; c++)
		if (c != ZF_COMPRESS_LZ4 && c != ZF_COMPRESS_ZSTD)
			assert_int_equal(zh_decompress(NULL, c,
						       zb_span(data, sizeof(data)), out,
						       sizeof(out), workspace),
					 ZB_ENOTSUP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zstd_is_as_zfs_stores_it),
		cmocka_unit_test(lz4_is_as_zfs_stores_it),
		cmocka_unit_test(what_is_cut_is_refused),
		cmocka_unit_test(other_codecs_are_left_to_the_reader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
