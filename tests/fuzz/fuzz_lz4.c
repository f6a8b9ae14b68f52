/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/fuzz/codec.h"
#include <lz4.h>
#include <lz4hc.h>

/* LZ4 blocks against liblz4, both ways. */

static int decode(struct zb_span src, uint8_t *dst, size_t dst_len)
{
	uint8_t *framed = malloc(src.len + 4);
	int rc;

	FUZZ_ASSERT(framed);
	zb_store32(framed, ZB_BE, (uint32_t)src.len);
	memcpy(framed + 4, src.ptr, src.len);
	rc = zc_lz4_decompress(zb_span(framed, src.len + 4), dst, dst_len);
	free(framed);
	return rc;
}

static ssize_t reference(struct zb_span src, uint8_t *dst, size_t dst_len)
{
	return LZ4_decompress_safe((const char *)src.ptr, (char *)dst, (int)src.len,
				   (int)dst_len);
}

static bool length(struct zb_span s, size_t *at, size_t *len)
{
	uint8_t b = 255;

	if (*len != 15)
		return true;
	for (; b == 255; *len += b) {
		if (*at >= s.len)
			return false;
		b = s.ptr[(*at)++];
	}
	return true;
}

/* A match of offset 0 means nothing; liblz4 outputs whatever is there. */
static bool has_offset_zero(struct zb_span s)
{
	for (size_t at = 0; at < s.len;) {
		size_t literals = s.ptr[at] >> 4, match = s.ptr[at] & 15;

		at++;
		if (!length(s, &at, &literals) || literals > s.len - at)
			return false;
		at += literals;
		if (s.len - at < 2)
			return false;
		if (s.ptr[at] == 0 && s.ptr[at + 1] == 0)
			return true;
		at += 2;
		if (!length(s, &at, &match))
			return false;
	}
	return false;
}

/* liblz4 also insists on what compressors must leave as literals at the end; it need not. */
static bool anything(struct zb_span s)
{
	return true;
}

static const struct fuzz_codec codec = { decode, reference, has_offset_zero, anything };

static void round_trip(const uint8_t *data, size_t size)
{
	int bound = LZ4_compressBound((int)size - 2), n;
	char *packed = malloc((size_t)bound);

	FUZZ_ASSERT(packed);
	if (data[1] & 1)
		n = LZ4_compress_HC((const char *)data + 2, packed, (int)size - 2, bound,
				    data[1] >> 4);
	else
		n = LZ4_compress_fast((const char *)data + 2, packed, (int)size - 2,
				      bound, data[1] >> 4);
	FUZZ_ASSERT(n > 0);
	fuzz_codec_expect(&codec, zb_span(packed, (size_t)n),
			  zb_span(data + 2, size - 2));
	free(packed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_codec_compare(&codec, data, size);
	if (size > 2)
		round_trip(data, size);
	return 0;
}
