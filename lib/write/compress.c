/* SPDX-License-Identifier: BSD-2-Clause */
#define ZSTD_STATIC_LINKING_ONLY /* the magicless format */
#include "write/compress.h"

#include <lz4.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <zlib.h>
#include <zstd.h>

/*
 * What ZFS puts before the stream. Source: OpenZFS include/sys/zstd/zstd.h, module/zfs/lz4_zfs.c.
 *	lz4:  u32 length, big-endian
 *	zstd: u32 length, big-endian;  u32, big-endian: level (8 bits), zstd version (24 bits)
 */
#define LZ4_HEADER		4
#define ZSTD_HEADER		8
#define ZSTD_VERSION_OF_OPENZFS 10405 /* OpenZFS 2.x has zstd 1.4.5 */

#define ZSTD_LEVELS		19
#define HEAVY_BYTES		(4U << 20)
#define ZSTD_FAST_FIRST		103 /* the number of zstd-fast-1 */

static const int zstd_fast[] = { 1,  2,	 3,  4,	 5,  6,	 7,  8,	  9,   10,  20,
				 30, 40, 50, 60, 70, 80, 90, 100, 500, 1000 };

struct zw_compressor {
	ZSTD_CCtx *zstd;
	int zstd_level; /* that zstd is set to */
	void *lz4;
};

unsigned int zw_zstd_level_number(int level)
{
	if (level >= 1 && level <= ZSTD_LEVELS)
		return level;
	for (unsigned int i = 0; i < sizeof(zstd_fast) / sizeof(zstd_fast[0]); i++)
		if (zstd_fast[i] == -level)
			return ZSTD_FAST_FIRST + i;
	return 0;
}

static int zstd_level_of(unsigned int number)
{
	if (number >= ZSTD_FAST_FIRST)
		return -zstd_fast[number - ZSTD_FAST_FIRST];
	return (int)number;
}

/*
 * A context of zstd's in a mapping of its own: what is freed is really gone, while malloc's
 * per-thread arenas would keep it.
 */
#define MAPPING_HEADER 64 /* keeps its alignment */

static void *mapping_alloc(void *opaque, size_t size)
{
	size_t *p = mmap(NULL, size + MAPPING_HEADER, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	*p = size + MAPPING_HEADER;
	return (char *)p + MAPPING_HEADER;
}

static void mapping_free(void *opaque, void *address)
{
	size_t *p;

	if (!address)
		return;
	p = (size_t *)((char *)address - MAPPING_HEADER);
	munmap(p, *p);
}

struct zw_compressor *zw_compressor_create(void)
{
	return calloc(1, sizeof(struct zw_compressor));
}

void zw_compressor_destroy(struct zw_compressor *c)
{
	if (!c)
		return;
	ZSTD_freeCCtx(c->zstd);
	free(c->lz4);
	free(c);
}

bool zw_codec_is_heavy(const struct zw_codec *codec, size_t len)
{
	ZSTD_compressionParameters params;

	if (codec->compress != ZF_COMPRESS_ZSTD)
		return false;
	params = ZSTD_getCParams(zstd_level_of(codec->level), len, 0);
	return ZSTD_estimateCCtxSize_usingCParams(params) > HEAVY_BYTES;
}

void zw_compressor_trim(struct zw_compressor *c)
{
	ZSTD_freeCCtx(c->zstd);
	c->zstd = NULL;
}

static int64_t compress_lz4(struct zw_compressor *c, const uint8_t *src, size_t len,
			    uint8_t *dst, size_t room)
{
	int n;

	if (!c->lz4)
		c->lz4 = malloc(LZ4_sizeofState());
	if (!c->lz4)
		return ZB_ENOMEM;
	if (room <= LZ4_HEADER)
		return 0;
	n = LZ4_compress_fast_extState(c->lz4, (const char *)src,
				       (char *)dst + LZ4_HEADER, len, room - LZ4_HEADER,
				       1);
	if (n <= 0)
		return 0;
	zb_store32(dst, ZB_BE, n);
	return n + LZ4_HEADER;
}

static int zstd_prepare(struct zw_compressor *c, int level)
{
	if (c->zstd && c->zstd_level == level)
		return 0;
	if (!c->zstd)
		c->zstd = ZSTD_createCCtx_advanced(
			(ZSTD_customMem){ mapping_alloc, mapping_free, NULL });
	if (!c->zstd)
		return ZB_ENOMEM;
	if (ZSTD_isError(
		    ZSTD_CCtx_setParameter(c->zstd, ZSTD_c_compressionLevel, level)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(c->zstd, ZSTD_c_format,
						ZSTD_f_zstd1_magicless)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(c->zstd, ZSTD_c_checksumFlag, 0)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(c->zstd, ZSTD_c_contentSizeFlag, 0)))
		return ZB_ENOMEM;
	c->zstd_level = level;
	return 0;
}

static int64_t compress_zstd(struct zw_compressor *c, unsigned int number,
			     const uint8_t *src, size_t len, uint8_t *dst, size_t room)
{
	size_t n;

	if (zstd_prepare(c, zstd_level_of(number)) < 0)
		return ZB_ENOMEM;
	if (room <= ZSTD_HEADER)
		return 0;
	n = ZSTD_compress2(c->zstd, dst + ZSTD_HEADER, room - ZSTD_HEADER, src, len);
	if (ZSTD_isError(n))
		return 0;
	zb_store32(dst, ZB_BE, n);
	zb_store32(dst + 4, ZB_BE, ZSTD_VERSION_OF_OPENZFS | number << 24);
	return n + ZSTD_HEADER;
}

static int64_t compress_gzip(unsigned int level, const uint8_t *src, size_t len,
			     uint8_t *dst, size_t room)
{
	uLongf n = room;

	if (compress2(dst, &n, src, len, level) != Z_OK)
		return 0;
	return n;
}

int64_t zw_compress(struct zw_compressor *c, const struct zw_codec *codec,
		    const uint8_t *src, size_t len, uint8_t *dst, size_t room)
{
	if (codec->compress == ZF_COMPRESS_LZ4)
		return compress_lz4(c, src, len, dst, room);
	if (codec->compress == ZF_COMPRESS_ZSTD)
		return compress_zstd(c, codec->level, src, len, dst, room);
	if (codec->compress >= ZF_COMPRESS_GZIP_1 &&
	    codec->compress <= ZF_COMPRESS_GZIP_9)
		return compress_gzip(codec->compress - ZF_COMPRESS_GZIP_1 + 1, src, len,
				     dst, room);
	return 0;
}
