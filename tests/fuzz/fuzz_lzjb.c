/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/fuzz/codec.h"

/* LZJB, which no library has, against the format's definition put down as plainly as possible. */

static ssize_t reference(struct zb_span src, uint8_t *dst, size_t dst_len)
{
	size_t in = 0, out = 0, item = 0;
	uint8_t flags = 0;

	for (; out < dst_len; item++) {
		size_t off, len;

		if (item % 8 == 0) {
			if (in == src.len)
				return -1;
			flags = src.ptr[in++];
		}
		if (!(flags >> item % 8 & 1)) {
			if (in == src.len)
				return -1;
			dst[out++] = src.ptr[in++];
			continue;
		}
		if (src.len - in < 2)
			return -1;
		len = (src.ptr[in] >> 2) + 3u;
		off = (src.ptr[in] & 3u) * 256 + src.ptr[in + 1];
		in += 2;
		if (off == 0 || off > out)
			return -1;
		for (; len > 0 && out < dst_len; len--, out++)
			dst[out] = dst[out - off];
	}
	return (ssize_t)out;
}

static const struct fuzz_codec codec = { zc_lzjb_decompress, reference, NULL, NULL };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_codec_sized(&codec, data, size);
	return 0;
}
