/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include "fmt/label.h"
#include "host/dev.h"
#include "host/reader.h"
#include "read/pool.h"
#include "tests/support/seen.h"
#include "tests/support/walk.h"

/*
 * blockmap IMAGE: where in an image the blocks lie that reading its pool takes, for tests that
 * damage them. A line for each copy on each side of a mirror, "TYPE LEVEL COPIES COPY SIDE OFFSET
 * LENGTH", some lines more than once. Vdevs that are no disks or mirrors are left out. The linker
 * leads zr_block_read() through what is below, which learns of the pool.
 */
static const struct zr_pool *opened;

int __real_zr_block_read(struct zr_pool *pool, const struct zf_blkptr *bp, uint8_t *dst,
			 struct zb_diag *diag);
int __wrap_zr_block_read(struct zr_pool *pool, const struct zf_blkptr *bp, uint8_t *dst,
			 struct zb_diag *diag);

static void print_copy(const struct zf_blkptr *bp, unsigned int copy)
{
	const struct zf_dva *dva = &bp->dva[copy];
	const struct zr_vdev *vdev;

	if (dva->vdev >= opened->n_vdevs)
		return;
	vdev = &opened->vdevs[dva->vdev];
	if (vdev->kind != ZR_VDEV_MIRROR)
		return;
	for (unsigned int i = 0; i < vdev->n_sides; i++) {
		/* Each is the first member of a zh_dev. */
		const struct zh_dev *dev = (const struct zh_dev *)vdev->sides[i].dev;

		if (dev)
			printf("%u %u %u %u %u %llu %llu\n", bp->type, bp->level,
			       bp->ndvas, copy, i,
			       (unsigned long long)(dev->start + dva->offset +
						    ZF_VDEV_DATA_START),
			       (unsigned long long)(dva->gang ? 512 : bp->psize));
	}
}

void seen_block(const struct zf_blkptr *bp)
{
	for (unsigned int i = 0; i < bp->ndvas; i++)
		print_copy(bp, i);
}

int __wrap_zr_block_read(struct zr_pool *pool, const struct zf_blkptr *bp, uint8_t *dst,
			 struct zb_diag *diag)
{
	opened = pool;
	return __real_zr_block_read(pool, bp, dst, diag);
}

int main(int argc, char **argv)
{
	const char *paths[] = { argc > 1 ? argv[1] : NULL };
	struct zh_reader *reader = zh_reader_create(1, NULL, NULL);
	struct walk_counts counts;
	struct zh_devs devs;
	struct zb_diag diag;
	int error;

	if (argc != 2 || !reader) {
		fprintf(stderr, "usage: blockmap IMAGE\n");
		return 2;
	}
	if (zh_devs_open(paths, 1, &devs, &diag)) {
		fprintf(stderr, "blockmap: %s: %s\n", diag.object, diag.reason);
		return 1;
	}
	error = walk_pool(zh_reader_host(reader), devs.list, devs.n, &counts);
	zh_devs_close(&devs);
	zh_reader_destroy(reader);
	return error ? 1 : 0;
}
