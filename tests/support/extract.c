/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "fmt/label.h"
#include "fmt/uberblock.h"
#include "tests/support/seen.h"
#include "tests/support/small_pool.h"
#include "tests/support/walk.h"

/*
 * extract IMAGE [N] > small_pool.bin: the sectors of an image that the reader needs for all of
 * its pool, as each of the N (three) newest uberblocks shows it.
 */
#define SECTORS	 (SMALL_POOL_SIZE / SMALL_POOL_SECTOR)
#define MAX_RING 128
#define SLOT	 1024 /* of a vdev of 512-byte sectors */

static uint8_t image[SMALL_POOL_SIZE];
static uint8_t wanted[SECTORS];

static void want(uint64_t offset, uint64_t len)
{
	for (uint64_t at = offset / SMALL_POOL_SECTOR;
	     at < SECTORS && at * SMALL_POOL_SECTOR < offset + len; at++)
		wanted[at] = 1;
}

/* All copies; of a gang block the header, whose pieces come here by themselves. */
void seen_block(const struct zf_blkptr *bp)
{
	for (unsigned int i = 0; i < bp->ndvas; i++)
		want(bp->dva[i].offset + ZF_VDEV_DATA_START,
		     bp->dva[i].gang ? SMALL_POOL_SECTOR : bp->psize);
}

static int read_image(void *ctx, uint64_t offset, void *buf, size_t len)
{
	memcpy(buf, image + offset, len);
	return 0;
}

/* Empties the slots of uberblocks newer than txg; returns the newest that is left. */
static uint64_t hide_newer(uint64_t txg)
{
	uint64_t newest = 0;

	for (unsigned int l = 0; l < ZF_LABEL_COUNT; l++) {
		uint8_t *ring =
			image + zf_label_offset(l, SMALL_POOL_SIZE) + ZF_LABEL_UBERBLOCKS;

		for (unsigned int i = 0; i < MAX_RING; i++) {
			struct zf_uberblock ub;

			if (zf_uberblock_decode(zb_span(ring + i * SLOT, SLOT), &ub))
				continue;
			if (ub.txg > txg)
				memset(ring + i * SLOT, 0, SLOT);
			else if (ub.txg > newest)
				newest = ub.txg;
		}
	}
	return newest;
}

static void hide_older(uint64_t txg)
{
	for (unsigned int l = 0; l < ZF_LABEL_COUNT; l++) {
		uint8_t *ring =
			image + zf_label_offset(l, SMALL_POOL_SIZE) + ZF_LABEL_UBERBLOCKS;

		for (unsigned int i = 0; i < MAX_RING; i++) {
			struct zf_uberblock ub;

			if (zf_uberblock_decode(zb_span(ring + i * SLOT, SLOT), &ub) ==
				    0 &&
			    ub.txg < txg)
				memset(ring + i * SLOT, 0, SLOT);
		}
	}
}

static int load(const char *path)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : pread(fd, image, sizeof(image), 0);

	if (fd >= 0)
		close(fd);
	return n == (ssize_t)sizeof(image) ? 0 : -1;
}

static void write_records(void)
{
	static const uint8_t zeros[SMALL_POOL_SECTOR];
	uint8_t number[4];

	for (uint32_t at = 0; at < SECTORS; at++) {
		const uint8_t *sector = image + (size_t)at * SMALL_POOL_SECTOR;

		if (!wanted[at] || memcmp(sector, zeros, sizeof(zeros)) == 0)
			continue;
		zb_store32(number, ZB_LE, at);
		fwrite(number, sizeof(number), 1, stdout);
		fwrite(sector, SMALL_POOL_SECTOR, 1, stdout);
	}
}

int main(int argc, char **argv)
{
	struct zr_dev dev = { .name = "image",
			      .size = SMALL_POOL_SIZE,
			      .block_size = SMALL_POOL_SECTOR,
			      .read = read_image };
	const struct zr_dev *devs[] = { &dev };
	unsigned int keep = argc > 2 ? (unsigned int)atoi(argv[2]) : 3;
	uint64_t txg = UINT64_MAX, oldest = 0;
	struct walk_counts counts;
	struct small_host host;
	int error;

	if (argc < 2 || argc > 3 || load(argv[1]) || isatty(STDOUT_FILENO)) {
		fprintf(stderr, "usage: extract IMAGE [N] > small_pool.bin\n");
		return 2;
	}
	small_host_init(&host);
	for (unsigned int i = 0; i < keep; i++) {
		oldest = hide_newer(txg);
		error = walk_whole_pool(&host.host, devs, 1, &counts);
		fprintf(stderr, "txg %llu: error %d, %u datasets, %u files, %u faults\n",
			(unsigned long long)oldest, error, counts.datasets, counts.files,
			counts.faults);
		txg = oldest - 1;
	}
	if (load(argv[1]))
		return 1;
	hide_older(oldest);
	for (unsigned int l = 0; l < ZF_LABEL_COUNT; l++)
		want(zf_label_offset(l, SMALL_POOL_SIZE) + ZF_LABEL_NVLIST,
		     ZF_LABEL_SIZE - ZF_LABEL_NVLIST);
	write_records();
	return 0;
}
