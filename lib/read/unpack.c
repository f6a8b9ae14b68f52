/* SPDX-License-Identifier: BSD-2-Clause */
#include "codec/decompress.h"
#include "read/pool.h"
#include "read/verify.h"

static int decompress(unsigned int compress, struct zb_span src, uint8_t *dst,
		      size_t dst_len, void *workspace)
{
	if (compress >= ZF_COMPRESS_GZIP_1 && compress <= ZF_COMPRESS_GZIP_9)
		return zc_inflate_zlib(src, dst, dst_len, workspace);
	switch (compress) {
	case ZF_COMPRESS_OFF:
		if (src.len != dst_len)
			return ZB_ECORRUPT;
		__builtin_memcpy(dst, src.ptr, dst_len);
		return 0;
	case ZF_COMPRESS_LZJB:
		return zc_lzjb_decompress(src, dst, dst_len);
	case ZF_COMPRESS_ZLE:
		return zc_zle_decompress(src, dst, dst_len);
	case ZF_COMPRESS_LZ4:
		return zc_lz4_decompress(src, dst, dst_len);
	case ZF_COMPRESS_ZSTD:
		return zc_zstd_decompress(src, dst, dst_len, workspace);
	default:
		return ZB_ECORRUPT;
	}
}

int zr_block_open(const struct zr_pool *pool, const struct zf_blkptr *bp,
		  struct zb_span raw, uint8_t *dst, void *workspace)
{
	const struct zr_host *host = pool->host;
	size_t len = (size_t)bp->lsize;

	/* What the host's decoder refuses, ours has the last word on. */
	if (host->decompress &&
	    host->decompress(host->ctx, bp->compress, raw, dst, len, workspace) == 0)
		return 0;
	return decompress(bp->compress, raw, dst, len, workspace);
}

int zr_block_unpack(const struct zr_pool *pool, const struct zf_blkptr *bp,
		    struct zb_span raw, uint8_t *dst, void *workspace)
{
	int error = zr_verify_block(&pool->verifier, bp, raw);

	return error ? error : zr_block_open(pool, bp, raw, dst, workspace);
}
