/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include "bench/limit.h"
#include "fmt/label.h"
#include "host/dev.h"
#include "host/reader.h"
#include "read/fs.h"

/* Writes where the blocks of a file are, for bench/limit. For pools on one device. */

static void die(const char *what)
{
	fprintf(stderr, "blocks: %s\n", what);
	exit(1);
}

static void write_blocks(struct zr_fs *fs, const char *path, uint64_t start)
{
	struct zf_blkptr bp;
	struct zr_object obj;
	struct zb_diag diag;
	struct zr_stat st;

	if (zr_fs_lookup(fs, path, true, &st, &diag) ||
	    zr_object_open(&fs->os, st.object, &obj, &diag))
		die(diag.reason);
	for (uint64_t i = 0; i <= obj.dn.maxblkid; i++) {
		struct limit_block b = { .lsize = obj.dn.datablksz };

		if (zr_object_blkptr(&obj, i, &bp, &diag))
			die(diag.reason);
		/* Zeros that became a hole have nothing to read. */
		if (bp.ndvas > 0)
			b = (struct limit_block){
				.offset = start + bp.dva[0].offset + ZF_VDEV_DATA_START,
				.psize = (uint32_t)bp.psize,
				.lsize = (uint32_t)bp.lsize,
				.compress = bp.compress,
			};
		if (fwrite(&b, sizeof(b), 1, stdout) != 1)
			die("cannot write");
	}
	zr_object_close(&obj);
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
	struct zr_fs *fs;

	if (argc != 4 || !reader) {
		fprintf(stderr, "usage: blocks IMAGE DATASET PATH >LIST\n");
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
	write_blocks(fs, argv[3], vdev->start);
	if (fclose(stdout))
		die("cannot write");
	return 0;
}
