/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FUZZ_CODEC_H
#define FUZZ_CODEC_H

#include <string.h>
#include <sys/types.h>
#include "codec/decompress.h"
#include "tests/fuzz/fuzz.h"

/*
 * What the targets of the decompressors share: an input is two bytes, then the compressed
 * data. The reference is another implementation of the format.
 */
#define FUZZ_CODEC_MAX ((size_t)1 << 18)

struct fuzz_codec {
	/* Ours; adds what ZFS puts around the data. */
	int (*decode)(struct zb_span src, uint8_t *dst, size_t dst_len);
	/* The number of bytes, at most dst_len, or negative. */
	ssize_t (*reference)(struct zb_span src, uint8_t *dst, size_t dst_len);
	/* Where the reference is known to accept what ours refuses, rightly; may be NULL. */
	bool (*may_refuse)(struct zb_span src);
	/* Where ours is known to be content with less than the reference; may be NULL. */
	bool (*may_accept)(struct zb_span src);
};

/* Fails unless ours and the reference agree. */
void fuzz_codec_compare(const struct fuzz_codec *c, const uint8_t *data, size_t size);

/* src was made by a compressor out of data: ours must decode it. */
void fuzz_codec_expect(const struct fuzz_codec *c, struct zb_span src,
		       struct zb_span data);

/*
 * For a format that says nothing of the length: ours decodes what the reference finds to be the
 * bytes of the length that the input chose, and refuses all else. The reference, plainly written,
 * takes data[2] and on as it is.
 */
void fuzz_codec_sized(const struct fuzz_codec *c, const uint8_t *data, size_t size);

#endif
