/* SPDX-License-Identifier: BSD-2-Clause */
#define ZSTD_STATIC_LINKING_ONLY
#include "tests/fuzz/codec.h"
#include <zstd.h>

/* Zstandard frames against libzstd, both ways. */

static int decode(struct zb_span src, uint8_t *dst, size_t dst_len)
{
	void *workspace = aligned_alloc(16, ZC_ZSTD_WORKSPACE);
	uint8_t *framed = malloc(src.len + 8);
	int rc;

	FUZZ_ASSERT(framed && workspace);
	zb_store32(framed, ZB_BE, (uint32_t)src.len);
	zb_store32(framed + 4, ZB_BE, 10405u << 8 | 3);
	memcpy(framed + 8, src.ptr, src.len);
	rc = zc_zstd_decompress(zb_span(framed, src.len + 8), dst, dst_len, workspace);
	free(framed);
	free(workspace);
	return rc;
}

/* One frame only, and no skippable one: libzstd goes on with whatever follows. */
static bool is_one_frame(struct zb_span src)
{
	uint8_t *with_magic = malloc(src.len + 4);
	size_t n;

	FUZZ_ASSERT(with_magic);
	zb_store32(with_magic, ZB_LE, ZSTD_MAGICNUMBER);
	memcpy(with_magic + 4, src.ptr, src.len);
	n = ZSTD_findFrameCompressedSize(with_magic, src.len + 4);
	free(with_magic);
	return n == src.len + 4;
}

static ssize_t reference(struct zb_span src, uint8_t *dst, size_t dst_len)
{
	ZSTD_DCtx *dctx = ZSTD_createDCtx();
	size_t n;

	FUZZ_ASSERT(dctx);
	ZSTD_DCtx_setParameter(dctx, ZSTD_d_format, ZSTD_f_zstd1_magicless);
	/* ZFS never asks for one; ours skips it */
	ZSTD_DCtx_setParameter(dctx, ZSTD_d_forceIgnoreChecksum, ZSTD_d_ignoreChecksum);
	n = ZSTD_decompressDCtx(dctx, dst, dst_len, src.ptr, src.len);
	ZSTD_freeDCtx(dctx);
	return ZSTD_isError(n) || !is_one_frame(src) ? -1 : (ssize_t)n;
}

/*
 * libzstd reads some damaged blocks as if they were whole: up to 1.5.5 an offset of 0, made of
 * a repeated offset of 1 less 1, counts as 1; and it does not look whether the four streams of
 * Huffman-coded literals were used up exactly. So among blocks that no compressor made, only
 * those without any compressed block must be accepted; what we do accept must be equal, and
 * round_trip() sees to blocks that a compressor makes.
 */
static bool has_compressed_block(struct zb_span src)
{
	static const uint8_t sizes[4] = { 0, 2, 4, 8 }, ids[4] = { 0, 1, 2, 4 };
	uint8_t desc = src.ptr[0];
	size_t at = 1 + !(desc & 32) + ids[desc & 3] + sizes[desc >> 6];

	at += (desc & 32) && desc >> 6 == 0;
	while (at + 3 <= src.len) {
		uint32_t head = src.ptr[at] | (uint32_t)zb_load16(src.ptr + at + 1, ZB_LE)
						      << 8;

		if ((head >> 1 & 3) == 2)
			return true;
		at += 3 + ((head >> 1 & 3) == 1 ? 1 : head >> 3);
	}
	return false;
}

static const struct fuzz_codec codec = { decode, reference, has_compressed_block, NULL };

/* What the first byte says about how to compress, beyond the level. */
static void set_parameters(ZSTD_CCtx *cctx, uint8_t how, uint8_t level)
{
	ZSTD_CCtx_setParameter(cctx, ZSTD_c_format, ZSTD_f_zstd1_magicless);
	ZSTD_CCtx_setParameter(cctx, ZSTD_c_compressionLevel, level % 24 - 4);
	ZSTD_CCtx_setParameter(cctx, ZSTD_c_checksumFlag, how & 1);
	ZSTD_CCtx_setParameter(cctx, ZSTD_c_contentSizeFlag, how >> 1 & 1);
	if (how & 4)
		ZSTD_CCtx_setParameter(cctx, ZSTD_c_minMatch, 3);
	if (how & 8)
		ZSTD_CCtx_setParameter(cctx, ZSTD_c_windowLog, 10);
	if (how & 16)
		ZSTD_CCtx_setParameter(cctx, ZSTD_c_targetCBlockSize, 1340);
	ZSTD_CCtx_setParameter(cctx, ZSTD_c_literalCompressionMode, how >> 5 & 1);
}

static void round_trip(const uint8_t *data, size_t size)
{
	size_t bound = ZSTD_compressBound(size - 2) + 512, n;
	ZSTD_CCtx *cctx = ZSTD_createCCtx();
	uint8_t *packed = malloc(bound);

	FUZZ_ASSERT(cctx && packed);
	set_parameters(cctx, data[0], data[1]);
	n = ZSTD_compress2(cctx, packed, bound, data + 2, size - 2);
	if (!ZSTD_isError(n))
		fuzz_codec_expect(&codec, zb_span(packed, n),
				  zb_span(data + 2, size - 2));
	ZSTD_freeCCtx(cctx);
	free(packed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_codec_compare(&codec, data, size);
	if (size > 2)
		round_trip(data, size);
	return 0;
}
