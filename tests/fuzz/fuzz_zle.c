/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/fuzz/codec.h"

/* ZLE, which no library has, against the format's definition put down as plainly as possible. */

static ssize_t reference(struct zb_span src, uint8_t *dst, size_t dst_len)
{
	size_t in = 0, out = 0;

	while (in < src.len && out < dst_len) {
		unsigned int control = src.ptr[in++];
		unsigned int n = control < 64 ? control + 1 : control + 1 - 64;

		while (n-- > 0) {
			if (out == dst_len || (control < 64 && in == src.len))
				return -1;
			dst[out++] = control < 64 ? src.ptr[in++] : 0;
		}
	}
	return (ssize_t)out;
}

static const struct fuzz_codec codec = { zc_zle_decompress, reference, NULL, NULL };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_codec_sized(&codec, data, size);
	return 0;
}
