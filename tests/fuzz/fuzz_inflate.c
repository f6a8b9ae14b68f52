/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/fuzz/codec.h"
#include <zlib.h>

/*
 * zlib streams against zlib, both ways. Inputs are the DEFLATE data alone: the header and,
 * when zlib can decode them, the right Adler-32 are put around them.
 */

static int decode(struct zb_span src, uint8_t *dst, size_t dst_len)
{
	void *workspace = aligned_alloc(16, ZC_INFLATE_WORKSPACE);
	int rc;

	FUZZ_ASSERT(workspace);
	rc = zc_inflate_zlib(src, dst, dst_len, workspace);
	free(workspace);
	return rc;
}

static ssize_t inflate_as(int window_bits, struct zb_span src, uint8_t *dst,
			  size_t dst_len, size_t *ret_used)
{
	z_stream z = {
		.next_in = (Bytef *)src.ptr,
		.avail_in = (uInt)src.len,
		.next_out = dst,
		.avail_out = (uInt)dst_len,
	};
	int rc;

	FUZZ_ASSERT(inflateInit2(&z, window_bits) == Z_OK);
	rc = inflate(&z, Z_FINISH);
	inflateEnd(&z);
	*ret_used = z.total_in;
	return rc == Z_STREAM_END ? (ssize_t)z.total_out : -1;
}

static ssize_t reference(struct zb_span src, uint8_t *dst, size_t dst_len)
{
	size_t used;

	return inflate_as(15, src, dst, dst_len, &used);
}

static const struct fuzz_codec codec = { decode, reference, NULL, NULL };

/* data: two bytes for the length, then DEFLATE. */
static void compare_wrapped(const uint8_t *data, size_t size)
{
	uint8_t *out = malloc(FUZZ_CODEC_MAX), *stream = malloc(size + 6);
	size_t used = size - 2;
	ssize_t n;

	FUZZ_ASSERT(out && stream);
	n = inflate_as(-15, zb_span(data + 2, size - 2), out, FUZZ_CODEC_MAX, &used);
	memcpy(stream, data, 2);
	stream[2] = 0x78;
	stream[3] = 0x9c;
	memcpy(stream + 4, data + 2, used);
	zb_store32(stream + 4 + used, ZB_BE,
		   n < 0 ? 0 : (uint32_t)adler32(1, out, (uInt)n));
	fuzz_codec_compare(&codec, stream, used + 8);
	free(stream);
	free(out);
}

static void round_trip(const uint8_t *data, size_t size)
{
	size_t bound = compressBound(size - 2) + 64;
	uint8_t *packed = malloc(bound);
	z_stream z = {
		.next_in = (Bytef *)data + 2,
		.avail_in = (uInt)(size - 2),
		.next_out = packed,
		.avail_out = (uInt)bound,
	};

	FUZZ_ASSERT(packed);
	FUZZ_ASSERT(deflateInit2(&z, data[0] % 10, Z_DEFLATED, 9 + data[1] % 7,
				 1 + data[0] / 32, data[1] / 8 % 5) == Z_OK);
	if (deflate(&z, Z_FINISH) == Z_STREAM_END)
		fuzz_codec_expect(&codec, zb_span(packed, z.total_out),
				  zb_span(data + 2, size - 2));
	deflateEnd(&z);
	free(packed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size <= 2)
		return 0;
	fuzz_codec_compare(&codec, data, size);
	compare_wrapped(data, size);
	round_trip(data, size);
	return 0;
}
