/* SPDX-License-Identifier: BSD-2-Clause */
#define ZSTD_STATIC_LINKING_ONLY
#include "host/decompress.h"
#include <limits.h>
#include <lz4.h>
#include <zstd.h>
#include "codec/decompress.h"
#include "fmt/enums.h"

#define ZSTD_HEADER 8 /* the frame's length, then version and level */
#define LZ4_HEADER  4 /* the block's length */

/* What ZFS put around the codec's own data: its length, big-endian, first. */
static int strip(struct zb_span src, size_t header, struct zb_span *ret_data)
{
	uint32_t len;
	int error = zb_span_u32(src, 0, ZB_BE, &len);

	return error ? error : zb_span_sub(src, header, len, ret_data);
}

static int unzstd(struct zb_span src, uint8_t *dst, size_t dst_len, void *workspace)
{
	ZSTD_DCtx *ctx = ZSTD_initStaticDCtx(workspace, ZC_WORKSPACE);
	size_t n;

	if (!ctx)
		return ZB_ENOMEM;
	if (strip(src, ZSTD_HEADER, &src) ||
	    ZSTD_isError(
		    ZSTD_DCtx_setParameter(ctx, ZSTD_d_format, ZSTD_f_zstd1_magicless)) ||
	    ZSTD_isError(ZSTD_DCtx_setParameter(ctx, ZSTD_d_forceIgnoreChecksum,
						ZSTD_d_ignoreChecksum)))
		return ZB_ECORRUPT;
	n = ZSTD_decompressDCtx(ctx, dst, dst_len, src.ptr, src.len);
	return !ZSTD_isError(n) && n == dst_len ? 0 : ZB_ECORRUPT;
}

static int unlz4(struct zb_span src, uint8_t *dst, size_t dst_len)
{
	if (strip(src, LZ4_HEADER, &src) || src.len > INT_MAX || dst_len > INT_MAX)
		return ZB_ECORRUPT;
	return LZ4_decompress_safe((const char *)src.ptr, (char *)dst, (int)src.len,
				   (int)dst_len) == (int)dst_len
		       ? 0
		       : ZB_ECORRUPT;
}

int zh_decompress(void *ctx, unsigned int compress, struct zb_span src, uint8_t *dst,
		  size_t dst_len, void *workspace)
{
	if (compress == ZF_COMPRESS_ZSTD)
		return unzstd(src, dst, dst_len, workspace);
	if (compress == ZF_COMPRESS_LZ4)
		return unlz4(src, dst, dst_len);
	return ZB_ENOTSUP;
}
