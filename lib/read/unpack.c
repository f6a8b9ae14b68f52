/* SPDX-License-Identifier: BSD-2-Clause */
#include "codec/decompress.h"
#include "read/keys.h"
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

static int expand(const struct zr_pool *pool, const struct zf_blkptr *bp,
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

/* The order of writing was: compress, encrypt, checksum. */
static int decrypt(const struct zr_pool *pool, const struct zf_blkptr *bp,
		   struct zb_span raw, uint8_t *dst, void *workspace)
{
	uint8_t *plain;
	int error;

	if (bp->compress == ZF_COMPRESS_OFF && raw.len == bp->lsize)
		return zr_crypt_decrypt(pool, bp, raw, dst);
	plain = zr_alloc(pool->host, raw.len);
	if (!plain)
		return ZB_ENOMEM;
	error = zr_crypt_decrypt(pool, bp, raw, plain);
	if (!error)
		error = expand(pool, bp, zb_span(plain, raw.len), dst, workspace);
	zr_free(pool->host, plain);
	return error;
}

int zr_block_open(const struct zr_pool *pool, const struct zf_blkptr *bp,
		  struct zb_span raw, uint8_t *dst, void *workspace)
{
	int error = 0;

	if (bp->embedded || !bp->encrypted)
		return expand(pool, bp, raw, dst, workspace);
	if (zf_blkptr_is_encrypted(bp))
		return decrypt(pool, bp, raw, dst, workspace);
	if (bp->level == 0)
		error = zr_crypt_authenticate(bp, raw);
	if (!error)
		error = expand(pool, bp, raw, dst, workspace);
	if (!error && bp->level > 0)
		error = zr_crypt_check_pointers(bp, zb_span(dst, (size_t)bp->lsize));
	return error;
}

int zr_block_unpack(const struct zr_pool *pool, const struct zf_blkptr *bp,
		    struct zb_span raw, uint8_t *dst, void *workspace)
{
	int error = zr_verify_block(&pool->verifier, bp, raw);

	return error ? error : zr_block_open(pool, bp, raw, dst, workspace);
}
