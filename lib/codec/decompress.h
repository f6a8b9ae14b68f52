/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZC_DECOMPRESS_H
#define ZC_DECOMPRESS_H

#include "base/span.h"

/*
 * The decompressors of ZFS blocks. src is a block as it stands on disk, all psize bytes of it:
 * what ZFS puts around a codec's own format is dealt with here, padding after the data is
 * ignored. dst is the logical block; each function fills exactly dst_len bytes and returns 0,
 * or returns ZB_ECORRUPT when src does not give exactly that many. It never writes outside dst
 * nor reads outside src; after an error dst's contents are undefined. dst and src do not
 * overlap. Nothing is allocated and no state is kept between calls.
 *
 * A workspace is memory of the given size, aligned to 16 bytes, that belongs to the call; it
 * needs no preparation. Threads need one each.
 */
#define ZC_ZSTD_WORKSPACE    ((size_t)152 << 10)
#define ZC_INFLATE_WORKSPACE ((size_t)16 << 10)
#define ZC_WORKSPACE	     ZC_ZSTD_WORKSPACE /* enough for any of them */

/* ZF_COMPRESS_LZ4: the length of the LZ4 block, 32 bits big-endian, then the block. */
ZB_MUST_CHECK int zc_lz4_decompress(struct zb_span src, uint8_t *dst, size_t dst_len);

/*
 * ZF_COMPRESS_ZSTD: the frame's length, 32 bits big-endian; 32 bits of version and level, which
 * say nothing about the format and are ignored; then one frame without the magic number. A
 * frame's own checksum, which ZFS never asks for, is skipped: blocks have ZFS's.
 */
ZB_MUST_CHECK int zc_zstd_decompress(struct zb_span src, uint8_t *dst, size_t dst_len,
				     void *workspace);

/* ZF_COMPRESS_ZLE: runs of zeros; a control byte below 64 means literals. */
ZB_MUST_CHECK int zc_zle_decompress(struct zb_span src, uint8_t *dst, size_t dst_len);

/* ZF_COMPRESS_LZJB */
ZB_MUST_CHECK int zc_lzjb_decompress(struct zb_span src, uint8_t *dst, size_t dst_len);

/* ZF_COMPRESS_GZIP_1 to _9: a zlib stream (RFC 1950), whose Adler-32 is verified. */
ZB_MUST_CHECK int zc_inflate_zlib(struct zb_span src, uint8_t *dst, size_t dst_len,
				  void *workspace);

#endif
