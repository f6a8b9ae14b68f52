/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "fmt/label.h"
#include "fmt/uberblock.h"
#include "host/parts.h"
#include "tests/support/small_pool.h"
#include "tests/support/walk.h"

/*
 * extract-base IMAGE.xz OUTPUT: the sectors of a golden pool that a walk through it reads, as
 * records of small_pool.h, one device for each partition of the image, or the whole of it.
 */
#define MAX_IMAGE ((size_t)1 << 30)

struct source {
	struct zr_dev dev;
	uint64_t start;	 /* in the image */
	uint8_t *wanted; /* by sector */
};

static uint8_t *image;
static size_t image_len;
static struct source sources[SMALL_POOLS_MAX];
static unsigned int n_sources;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "extract-base: %s\n", what);
	exit(1);
}

static void load(const char *path)
{
	char command[4096];
	size_t n;
	FILE *f;

	snprintf(command, sizeof(command), "xz -dc '%s'", path);
	f = popen(command, "r");
	image = malloc(MAX_IMAGE);
	if (!f || !image)
		die("no memory or no xz");
	while ((n = fread(image + image_len, 1, MAX_IMAGE - image_len, f)) > 0)
		image_len += n;
	if (pclose(f) || image_len == 0 || image_len == MAX_IMAGE)
		die("the image cannot be unpacked");
}

static int read_source(void *ctx, uint64_t offset, void *buf, size_t len)
{
	const struct source *s = ctx;

	if (offset > s->dev.size || len > s->dev.size - offset)
		return ZB_EIO;
	memcpy(buf, image + s->start + offset, len);
	if (s->wanted)
		memset(s->wanted + offset / SMALL_POOL_SECTOR, 1,
		       len / SMALL_POOL_SECTOR);
	return 0;
}

static struct source *add_source(uint64_t start, uint64_t size)
{
	struct source *s = &sources[n_sources];

	if (n_sources == SMALL_POOLS_MAX)
		die("too many partitions");
	n_sources++;
	s->start = start;
	s->dev = (struct zr_dev){ .ctx = s,
				  .name = "image",
				  .size = size,
				  .block_size = SMALL_POOL_SECTOR,
				  .read = read_source };
	return s;
}

static int add_part(void *ctx, const struct zh_part *part)
{
	add_source(part->start, part->size);
	return 0;
}

/* The partitions; without any the image itself. */
static void find_devices(void)
{
	struct zb_diag diag;
	struct source disk;

	add_source(0, image_len);
	disk = sources[0];
	disk.dev.ctx = &disk;
	n_sources = 0;
	if (zh_parts_each(&disk.dev, add_part, NULL, &diag) || n_sources == 0) {
		n_sources = 0;
		add_source(0, image_len);
	}
	for (unsigned int i = 0; i < n_sources; i++) {
		sources[i].wanted =
			calloc(1, sources[i].dev.size / SMALL_POOL_SECTOR + 1);
		if (!sources[i].wanted)
			die("no memory");
	}
}

/* Whether the place is in a ring, but not near the newest uberblock. */
static bool is_old_uberblock(const struct source *s, uint64_t offset, uint64_t txg)
{
	const uint64_t unit = 1U << ZF_UBERBLOCK_MAX_SHIFT;
	struct zf_uberblock ub;

	for (unsigned int l = 0; l < ZF_LABEL_COUNT; l++) {
		uint64_t ring = zf_label_offset(l, s->dev.size) + ZF_LABEL_UBERBLOCKS;

		if (offset < ring || offset >= ring + ZF_LABEL_UBERBLOCKS_SZ)
			continue;
		for (uint64_t at = offset & ~(unit - 1);
		     at < (offset & ~(unit - 1)) + unit; at += 1024)
			if (zf_uberblock_decode(zb_span(image + s->start + at, 1024),
						&ub) == 0 &&
			    ub.txg == txg)
				return false;
		return true;
	}
	return false;
}

static void write_record(FILE *f, uint32_t number, const uint8_t *sector)
{
	uint8_t raw[4];

	zb_store32(raw, ZB_LE, number);
	if (fwrite(raw, sizeof(raw), 1, f) != 1 ||
	    fwrite(sector, SMALL_POOL_SECTOR, 1, f) != 1)
		die("the output cannot be written");
}

static void write_all(FILE *f, uint64_t txg)
{
	static const uint8_t zeros[SMALL_POOL_SECTOR];
	uint8_t head[SMALL_POOL_SECTOR] = { 0 };

	zb_store64(head, ZB_LE, n_sources);
	for (unsigned int i = 0; i < n_sources; i++) {
		const struct source *s = &sources[i];

		zb_store64(head + 8 + 8 * (size_t)i, ZB_LE, s->dev.size);
		for (uint64_t n = 0; n < s->dev.size / SMALL_POOL_SECTOR; n++) {
			uint64_t at = n * SMALL_POOL_SECTOR;
			const uint8_t *sector = image + s->start + at;

			if (s->wanted[n] && memcmp(sector, zeros, sizeof(zeros)) != 0 &&
			    !is_old_uberblock(s, at, txg))
				write_record(f, (uint32_t)n | i << SMALL_POOLS_SHIFT,
					     sector);
		}
	}
	write_record(f, SMALL_POOLS_HEAD, head);
}

int main(int argc, char **argv)
{
	const struct zr_dev *devs[SMALL_POOLS_MAX];
	struct zr_pool_info info;
	struct walk_counts counts;
	struct small_host host;
	struct zr_pool *pool;
	struct zb_diag diag;
	FILE *f;

	if (argc != 3) {
		fprintf(stderr, "usage: extract-base IMAGE.xz OUTPUT\n");
		return 2;
	}
	load(argv[1]);
	find_devices();
	for (unsigned int i = 0; i < n_sources; i++)
		devs[i] = &sources[i].dev;
	small_host_init(&host);
	if (zr_pool_open(&host.host, devs, n_sources, 0, &pool, &diag))
		die(diag.reason);
	zr_pool_info(pool, &info);
	zr_pool_close(pool);
	if (walk_pool(&host.host, devs, n_sources, &counts) || counts.files == 0)
		die("there are no files");
	f = fopen(argv[2], "wb");
	if (!f)
		die("the output cannot be written");
	write_all(f, info.txg);
	if (fclose(f))
		die("the output cannot be written");
	return 0;
}
