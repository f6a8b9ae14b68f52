/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <lz4.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>
#include "fmt/label.h"
#include "host/dev.h"
#include "host/reader.h"
#include "read/fs.h"

/*
 * The limit for reading a file on one core: the same stored bytes, block by block, and the
 * system's library to decompress them, neither checksums nor a search for the blocks. Those are
 * looked up before the time is taken. For pools on one device.
 */
#define RECORD ((size_t)128 << 10)

struct block {
	uint64_t offset;
	uint32_t psize, lsize;
	uint8_t compress;
};

static void die(const char *what)
{
	fprintf(stderr, "limit: %s\n", what);
	exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static size_t find_blocks(struct zr_fs *fs, const char *path, struct block **ret_blocks)
{
	struct zf_blkptr bp;
	struct zr_object obj;
	struct zb_diag diag;
	struct block *blocks;
	struct zr_stat st;
	size_t n;

	if (zr_fs_lookup(fs, path, true, &st, &diag) ||
	    zr_object_open(&fs->os, st.object, &obj, &diag))
		die(diag.reason);
	n = (size_t)(obj.dn.maxblkid + 1);
	blocks = calloc(n, sizeof(*blocks));
	for (size_t i = 0; blocks && i < n; i++) {
		if (zr_object_blkptr(&obj, i, &bp, &diag))
			die(diag.reason);
		/* Zeros that became a hole have nothing to read. */
		if (bp.ndvas == 0)
			continue;
		blocks[i] = (struct block){ bp.dva[0].offset + ZF_VDEV_DATA_START,
					    (uint32_t)bp.psize, (uint32_t)bp.lsize,
					    bp.compress };
	}
	zr_object_close(&obj);
	*ret_blocks = blocks;
	return blocks ? n : 0;
}

static bool unpack(const struct block *b, const uint8_t *raw, uint8_t *out)
{
	uLongf len = b->lsize;

	if (b->compress == ZF_COMPRESS_LZ4)
		return LZ4_decompress_safe((const char *)raw + 4, (char *)out,
					   (int)zb_load32(raw, ZB_BE),
					   (int)b->lsize) == (int)b->lsize;
	if (b->compress >= ZF_COMPRESS_GZIP_1 && b->compress <= ZF_COMPRESS_GZIP_9)
		return uncompress(out, &len, raw, b->psize) == Z_OK && len == b->lsize;
	return b->compress == ZF_COMPRESS_OFF;
}

static double read_all(int fd, uint64_t start, const struct block *blocks, size_t n)
{
	static uint8_t raw[1 << 20], out[1 << 20];
	double begin = now();

	for (size_t i = 0; i < n; i++) {
		const struct block *b = &blocks[i];

		if (b->psize == 0)
			memset(out, 0, RECORD);
		else if (b->psize > sizeof(raw) || b->lsize > sizeof(out) ||
			 pread(fd, raw, b->psize, (off_t)(start + b->offset)) !=
				 (ssize_t)b->psize ||
			 !unpack(b, raw, out))
			die("a block cannot be read");
	}
	return now() - begin;
}

int main(int argc, char **argv)
{
	struct zh_reader *reader = zh_reader_create(1, NULL, NULL);
	const struct zh_dev *vdev = NULL;
	struct zr_label label;
	struct zr_dataset *ds;
	struct zr_pool *pool;
	struct zh_devs devs;
	struct zb_diag diag;
	struct block *blocks;
	struct zr_fs *fs;
	size_t n;

	if (argc != 4 || !reader) {
		fprintf(stderr, "usage: limit IMAGE DATASET PATH\n");
		return 2;
	}
	if (zh_devs_open((const char *const *)argv + 1, 1, &devs, &diag))
		die(diag.reason);
	for (unsigned int i = 0; i < devs.n; i++)
		if (zr_label_read(zh_reader_host(reader), &devs.at[i]->dev, &label,
				  &diag) == 0)
			vdev = devs.at[i];
	if (!vdev ||
	    zr_pool_open(zh_reader_host(reader), devs.list, devs.n, 0, &pool, &diag) ||
	    zr_dataset_open(pool, argv[2], &ds, &diag) || zr_fs_open(ds, &fs, &diag))
		die(diag.reason);
	n = find_blocks(fs, argv[3], &blocks);
	printf("%.6f\n", read_all(vdev->fd, vdev->start, blocks, n));
	return 0;
}
