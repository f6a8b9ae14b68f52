/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include "tests/tools/hostile/cases.h"

/* Files that are sound, but as costly as a file can be: records of 16 MiB. */
#define BE		       "small/ROOT/be"
#define RECORD		       ((size_t)16 << 20)
#define RECORDS		       4
#define ZSTD_VERSION_AND_LEVEL (10405U << 8 | 19)

static uint8_t *contents(bool random)
{
	uint8_t *data = malloc(RECORD);
	uint64_t v = 1;

	if (!data)
		hostile_die("no memory");
	for (size_t i = 0; i < RECORD; i += 8) {
		v = v * 6364136223846793005ULL + 1442695040888963407ULL;
		zb_store64(data + i, ZB_LE, random && i % 16 == 0 ? v : i / 4096);
	}
	return data;
}

static void point_to(struct hostile *h, const struct zf_blkptr *records)
{
	uint64_t objset = hostile_dataset(h, BE), file = hostile_file(h, BE, "sparse");
	struct zf_blkptr bp = { .level = 1, .type = ZF_OT_PLAIN_FILE_CONTENTS };
	const uint8_t shape[2] = { 14, 2 }; /* size of indirect blocks, levels */
	uint8_t indirect[1 << 14] = { 0 }, raw[ZF_BLKPTR_SIZE], blksz[2];

	for (unsigned int i = 0; i < RECORDS; i++)
		zf_blkptr_encode(&records[i], indirect + (size_t)i * ZF_BLKPTR_SIZE);
	hostile_write(h, &bp, indirect, sizeof(indirect));
	zf_blkptr_encode(&bp, raw);
	zb_store16(blksz, ZB_LE, RECORD >> ZF_SECTOR_SHIFT);
	hostile_attr(h, BE, file, ZF_ZPL_SIZE, RECORDS * RECORD);
	hostile_dnode(h, objset, file, ZF_DNODE_CORE, raw, sizeof(raw));
	hostile_dnode(h, objset, file, 1, shape, sizeof(shape));
	hostile_dnode(h, objset, file, 8, blksz, sizeof(blksz));
	hostile_dnode_u64(h, objset, file, 16, RECORDS - 1);
}

void make_records_stored(struct hostile *h)
{
	struct zf_blkptr records[RECORDS] = { 0 };
	uint8_t *data = contents(false);

	for (unsigned int i = 0; i < RECORDS; i++) {
		records[i].type = ZF_OT_PLAIN_FILE_CONTENTS;
		hostile_write(h, &records[i], data, RECORD);
	}
	free(data);
	point_to(h, records);
}

/* One frame over the whole record, as of zstd-19, whose window is as large. */
static size_t compress(uint8_t *packed, size_t room, const uint8_t *data)
{
	ZSTD_CCtx *cctx = ZSTD_createCCtx();
	size_t n;

	if (!cctx)
		hostile_die("no memory");
	/* ZSTD_f_zstd1_magicless is 1 */
	ZSTD_CCtx_setParameter(cctx, ZSTD_c_experimentalParam2, 1);
	ZSTD_CCtx_setParameter(cctx, ZSTD_c_contentSizeFlag, 1);
	ZSTD_CCtx_setParameter(cctx, ZSTD_c_windowLog, 24);
	n = ZSTD_compress2(cctx, packed + 8, room - 8, data, RECORD);
	if (ZSTD_isError(n))
		hostile_die(ZSTD_getErrorName(n));
	zb_store32(packed, ZB_BE, (uint32_t)n);
	zb_store32(packed + 4, ZB_BE, ZSTD_VERSION_AND_LEVEL);
	ZSTD_freeCCtx(cctx);
	return n + 8;
}

void make_records_zstd(struct hostile *h)
{
	struct zf_blkptr records[RECORDS] = { 0 };
	uint8_t *data = contents(true), *packed = malloc(RECORD);
	size_t len;

	if (!packed)
		hostile_die("no memory");
	len = compress(packed, RECORD, data);
	for (unsigned int i = 0; i < RECORDS; i++) {
		records[i].type = ZF_OT_PLAIN_FILE_CONTENTS;
		hostile_write_packed(h, &records[i], packed, len, ZF_COMPRESS_ZSTD,
				     RECORD);
	}
	free(packed);
	free(data);
	point_to(h, records);
}
