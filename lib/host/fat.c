/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FAT32, as Microsoft's "FAT: General Overview of On-Disk Format" (1.03) and ECMA-107 lay
 * it out.
 *
 *	sector 0      boot sector with the BIOS parameter block    6  its copy
 *	       1      FSInfo                                       7  its copy
 *	       32     FAT 0, then FAT 1, then cluster 2 and on
 *
 *	cluster 2     root directory: volume label, EFI
 *	        3     \EFI: ., .., BOOT
 *	        4     \EFI\BOOT: ., .., the files
 *	        5..   the files, one after another
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "host/fat.h"

#define RESERVED      32
#define MIN_CLUSTERS  65525
#define ENTRY_SIZE    32
#define FAT_END	      0x0fffffffu
#define ATTR_LABEL    0x08
#define ATTR_DIR      0x10
#define ATTR_ARCHIVE  0x20
#define FIRST_CLUSTER 2

enum {
	CLUSTER_ROOT = 2,
	CLUSTER_EFI,
	CLUSTER_BOOT,
	CLUSTER_FILES,
};

struct geometry {
	uint32_t sector;
	uint32_t sectors;     /* of the partition */
	uint32_t fat_sectors; /* of one FAT */
	uint32_t clusters;    /* of one sector each */
	uint32_t used;	      /* clusters in use */
	uint32_t data_start;  /* sector of cluster 2 */
};

static void put16(uint8_t *p, unsigned int v)
{
	zb_store16(p, ZB_LE, (uint16_t)v);
}

static void put32(uint8_t *p, uint32_t v)
{
	zb_store32(p, ZB_LE, v);
}

uint64_t zh_fat_min_size(uint32_t sector_size)
{
	uint64_t fat = ((uint64_t)MIN_CLUSTERS + 2) * 4 / sector_size + 1;
	uint64_t size = (RESERVED + 2 * fat + MIN_CLUSTERS) * sector_size;

	size = zb_align_up(size, 1 << 20);
	return size < 64 << 20 ? 64 << 20 : size;
}

static int geometry_plan(const struct zh_fat_options *o, struct geometry *g,
			 struct zb_diag *diag)
{
	uint64_t sectors = o->size / o->sector_size;
	uint64_t fat;

	if (!zb_is_pow2(o->sector_size) || o->sector_size < 512 ||
	    o->sector_size > 4096 || sectors > UINT32_MAX)
		return zb_fail(diag, ZB_EINVAL, "EFI system partition", ZB_DIAG_NO_OFFSET,
			       "%llu bytes in sectors of %u is no FAT32",
			       (unsigned long long)o->size, o->sector_size);
	/* As if all sectors were clusters: a little too large a FAT is allowed. */
	fat = ((sectors + 2) * 4 + o->sector_size - 1) / o->sector_size;
	if (sectors < RESERVED + 2 * fat + MIN_CLUSTERS)
		return zb_fail(diag, ZB_EINVAL, "EFI system partition", ZB_DIAG_NO_OFFSET,
			       "%llu bytes are too few for FAT32 with sectors of %u",
			       (unsigned long long)o->size, o->sector_size);
	g->sector = o->sector_size;
	g->sectors = (uint32_t)sectors;
	g->fat_sectors = (uint32_t)fat;
	g->data_start = RESERVED + 2 * g->fat_sectors;
	g->clusters = g->sectors - g->data_start;
	g->used = 0;
	return 0;
}

static void boot_sector_write(const struct zh_fat_options *o, const struct geometry *g,
			      uint8_t *b)
{
	memcpy(b,
	       "\xeb\x58\x90"
	       "zlive   ",
	       11);
	put16(b + 11, g->sector);
	b[13] = 1; /* sectors per cluster */
	put16(b + 14, RESERVED);
	b[16] = 2;    /* FATs */
	b[21] = 0xf8; /* media: fixed disk */
	put16(b + 24, 63);
	put16(b + 26, 255);
	put32(b + 28, (uint32_t)(o->start / g->sector));
	put32(b + 32, g->sectors);
	put32(b + 36, g->fat_sectors);
	put32(b + 44, CLUSTER_ROOT);
	put16(b + 48, 1); /* FSInfo */
	put16(b + 50, 6); /* copy of the boot sector */
	b[64] = 0x80;
	b[66] = 0x29;
	put32(b + 67, o->volume_id);
	memset(b + 71, ' ', 11);
	memcpy(b + 71, o->label, strnlen(o->label, 11));
	memcpy(b + 82, "FAT32   ", 8);
	memcpy(b + 90, "\xf4\xeb\xfd",
	       3); /* hlt; jmp: nothing boots from here on a BIOS */
	put16(b + 510, 0xaa55);
}

static void fsinfo_write(const struct geometry *g, uint8_t *b)
{
	put32(b, 0x41615252);
	put32(b + 484, 0x61417272);
	put32(b + 488, g->clusters - g->used);
	put32(b + 492, FIRST_CLUSTER + g->used);
	put32(b + 508, 0xaa550000);
}

/* FAT's date and time, two-second steps since 1980, of a count of seconds in UTC. */
static void entry_time(uint8_t *e, uint64_t seconds)
{
	time_t t = (time_t)seconds;
	struct tm tm;
	unsigned int date = 0x21, clock = 0;

	if (gmtime_r(&t, &tm) && tm.tm_year >= 80 && tm.tm_year <= 207) {
		date = (unsigned int)((tm.tm_year - 80) << 9 | (tm.tm_mon + 1) << 5 |
				      tm.tm_mday);
		clock = (unsigned int)(tm.tm_hour << 11 | tm.tm_min << 5 | tm.tm_sec / 2);
	}
	put16(e + 14, clock);
	put16(e + 16, date);
	put16(e + 18, date);
	put16(e + 22, clock);
	put16(e + 24, date);
}

static void entry_write(uint8_t *e, const char name[11], unsigned int attr,
			uint32_t cluster, uint32_t size, uint64_t time)
{
	memcpy(e, name, 11);
	e[11] = (uint8_t)attr;
	put16(e + 20, cluster >> 16);
	put16(e + 26, cluster & 0xffff);
	put32(e + 28, size);
	entry_time(e, time);
}

/* "BOOTX64.EFI" to "BOOTX64 EFI". False if it is no 8.3 name of plain characters. */
static bool name_pack(const char *name, char out[11])
{
	const char *dot = strchr(name, '.');
	size_t base = dot ? (size_t)(dot - name) : strlen(name);
	size_t ext = dot ? strlen(dot + 1) : 0;

	if (base == 0 || base > 8 || ext > 3)
		return false;
	for (const char *p = name; *p; p++)
		if (p != dot && !((*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9')))
			return false;
	memset(out, ' ', 11);
	memcpy(out, name, base);
	if (dot)
		memcpy(out + 8, dot + 1, ext);
	return true;
}

static uint8_t *cluster_at(const struct geometry *g, uint8_t *image, uint32_t cluster)
{
	return image + (uint64_t)(g->data_start + cluster - FIRST_CLUSTER) * g->sector;
}

static uint32_t clusters_of(const struct geometry *g, size_t len)
{
	return (uint32_t)((len + g->sector - 1) / g->sector);
}

/* Chains n clusters from first on, in both FATs. */
static void chain_write(const struct geometry *g, uint8_t *image, uint32_t first,
			uint32_t n)
{
	for (unsigned int f = 0; f < 2; f++) {
		uint8_t *fat =
			image + (uint64_t)(RESERVED + f * g->fat_sectors) * g->sector;

		for (uint32_t i = 0; i < n; i++)
			put32(fat + 4 * (uint64_t)(first + i),
			      i + 1 < n ? first + i + 1 : FAT_END);
	}
}

static void directories_write(const struct zh_fat_options *o, const struct geometry *g,
			      uint8_t *image)
{
	uint8_t *root = cluster_at(g, image, CLUSTER_ROOT);
	uint8_t *efi = cluster_at(g, image, CLUSTER_EFI);
	uint8_t *boot = cluster_at(g, image, CLUSTER_BOOT);
	char label[11];

	memset(label, ' ', sizeof(label));
	memcpy(label, o->label, strnlen(o->label, 11));
	entry_write(root, label, ATTR_LABEL, 0, 0, o->time);
	entry_write(root + ENTRY_SIZE, "EFI        ", ATTR_DIR, CLUSTER_EFI, 0, o->time);
	entry_write(efi, ".          ", ATTR_DIR, CLUSTER_EFI, 0, o->time);
	/* ".." of a directory in the root says 0, not the root's cluster. */
	entry_write(efi + ENTRY_SIZE, "..         ", ATTR_DIR, 0, 0, o->time);
	entry_write(efi + 2 * ENTRY_SIZE, "BOOT       ", ATTR_DIR, CLUSTER_BOOT, 0,
		    o->time);
	entry_write(boot, ".          ", ATTR_DIR, CLUSTER_BOOT, 0, o->time);
	entry_write(boot + ENTRY_SIZE, "..         ", ATTR_DIR, CLUSTER_EFI, 0, o->time);
	for (uint32_t c = CLUSTER_ROOT; c < CLUSTER_FILES; c++)
		chain_write(g, image, c, 1);
}

static int files_plan(struct geometry *g, const struct zh_fat_file *files, unsigned int n,
		      struct zb_diag *diag)
{
	uint64_t used = CLUSTER_FILES - FIRST_CLUSTER;
	char packed[11];

	if ((n + 2) * ENTRY_SIZE > g->sector)
		return zb_fail(diag, ZB_E2BIG, "EFI system partition", ZB_DIAG_NO_OFFSET,
			       "%u files are too many for \\EFI\\BOOT", n);
	for (unsigned int i = 0; i < n; i++) {
		if (!name_pack(files[i].name, packed))
			return zb_fail(diag, ZB_EINVAL, files[i].name, ZB_DIAG_NO_OFFSET,
				       "no 8.3 name in capitals");
		if (files[i].data.len > UINT32_MAX / 2)
			return zb_fail(diag, ZB_E2BIG, files[i].name, ZB_DIAG_NO_OFFSET,
				       "too large for the EFI system partition");
		used += clusters_of(g, files[i].data.len);
	}
	if (used > g->clusters)
		return zb_fail(diag, ZB_ENOSPC, "EFI system partition", ZB_DIAG_NO_OFFSET,
			       "its files need %llu clusters, it has %u",
			       (unsigned long long)used, g->clusters);
	g->used = (uint32_t)used;
	return 0;
}

static void files_write(const struct zh_fat_options *o, const struct geometry *g,
			const struct zh_fat_file *files, unsigned int n, uint8_t *image)
{
	uint8_t *boot = cluster_at(g, image, CLUSTER_BOOT);
	uint32_t next = CLUSTER_FILES;

	for (unsigned int i = 0; i < n; i++) {
		uint32_t count = clusters_of(g, files[i].data.len);
		char packed[11];

		if (!name_pack(files[i].name, packed))
			continue; /* files_plan() has refused it */
		entry_write(boot + (i + 2) * ENTRY_SIZE, packed, ATTR_ARCHIVE,
			    count ? next : 0, (uint32_t)files[i].data.len, o->time);
		if (count == 0)
			continue;
		memcpy(cluster_at(g, image, next), files[i].data.ptr, files[i].data.len);
		chain_write(g, image, next, count);
		next += count;
	}
}

int zh_fat_build(const struct zh_fat_options *options, const struct zh_fat_file *files,
		 unsigned int n_files, uint8_t **ret_image, size_t *ret_len,
		 struct zb_diag *diag)
{
	struct geometry g = { 0 };
	uint8_t *image;
	size_t len;
	int r = geometry_plan(options, &g, diag);

	if (r < 0)
		return r;
	r = files_plan(&g, files, n_files, diag);
	if (r < 0)
		return r;
	len = (size_t)(g.data_start + g.used) * g.sector;
	image = calloc(1, len);
	if (!image)
		return zb_fail(diag, ZB_ENOMEM, "EFI system partition", ZB_DIAG_NO_OFFSET,
			       "no memory for %zu bytes", len);
	boot_sector_write(options, &g, image);
	fsinfo_write(&g, image + g.sector);
	memcpy(image + 6 * g.sector, image, 2 * g.sector);
	chain_write(&g, image, 0, 1);
	chain_write(&g, image, 1, 1);
	image[(uint64_t)RESERVED * g.sector] = 0xf8;
	image[(uint64_t)(RESERVED + g.fat_sectors) * g.sector] = 0xf8;
	directories_write(options, &g, image);
	files_write(options, &g, files, n_files, image);
	*ret_image = image;
	*ret_len = len;
	return 0;
}
