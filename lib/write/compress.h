/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZW_COMPRESS_H
#define ZW_COMPRESS_H

#include "base/span.h"
#include "fmt/enums.h"

/* How a block is compressed: enum zf_compress and, for zstd, OpenZFS's number of the level. */
struct zw_codec {
	uint8_t compress;
	uint8_t level;
};

/* A thread's state of the compressors. */
struct zw_compressor;

struct zw_compressor *zw_compressor_create(void);
void zw_compressor_destroy(struct zw_compressor *c);

/* Whether a block of that length takes many megabytes to compress; a few at a time then. */
bool zw_codec_is_heavy(const struct zw_codec *codec, size_t len);

/* Gives back the memory that heavy blocks took. */
void zw_compressor_trim(struct zw_compressor *c);

/*
 * Compresses src to dst in the form that ZFS stores. Returns the length, 0 if that would take
 * more than room bytes, or ZB_ENOMEM.
 */
ZB_MUST_CHECK int64_t zw_compress(struct zw_compressor *c, const struct zw_codec *codec,
				  const uint8_t *src, size_t len, uint8_t *dst,
				  size_t room);

/* OpenZFS's number of a zstd level ("9", "fast-3" as -3), or 0 if it has none. */
unsigned int zw_zstd_level_number(int level);

#endif
