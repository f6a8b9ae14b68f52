/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "base/span.h"
#include "init/file.h"
#include "init/gpt.h"

/*
 * GPT header, in block 1 and in the disk's last one; an entry. Source: UEFI specification 2.10,
 * section 5.3. Little-endian; of a GUID the first three fields are swapped.
 *
 *	header: 0 "EFI PART"  72 u64 block of the entries  80 u32 how many  84 u32 size of one
 *	entry:  0 type GUID  16 GUID  32 u64 first block  40 u64 last block
 */
#define SIGNATURE   "EFI PART"
#define HEADER_LEN  92
#define ENTRY_LEN   128
#define MAX_ENTRIES 1024

static bool read_at(int fd, uint64_t offset, void *buf, size_t len)
{
	return offset <= INT64_MAX && pread(fd, buf, len, (off_t)offset) == (ssize_t)len;
}

static void format_guid(const uint8_t *g, char out[40])
{
	snprintf(out, 40, "%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		 zb_load32(g, ZB_LE), zb_load16(g + 4, ZB_LE), zb_load16(g + 6, ZB_LE),
		 g[8], g[9], g[10], g[11], g[12], g[13], g[14], g[15]);
}

static int find(int fd, uint32_t block_size, uint64_t header_at, unsigned int number,
		uint64_t start, char ret_guid[40])
{
	uint8_t header[HEADER_LEN], entry[ENTRY_LEN];
	uint64_t entries, first;
	uint32_t size;

	if (!read_at(fd, header_at, header, sizeof(header)) ||
	    memcmp(header, SIGNATURE, 8) != 0)
		return ZB_ENOENT;
	entries = zb_load64(header + 72, ZB_LE);
	size = zb_load32(header + 84, ZB_LE);
	if (number == 0 || number > zb_load32(header + 80, ZB_LE) ||
	    number > MAX_ENTRIES || size < ENTRY_LEN || size > 65536 ||
	    entries > INT64_MAX / block_size)
		return ZB_ENOENT;
	if (!read_at(fd, entries * block_size + (uint64_t)(number - 1) * size, entry,
		     sizeof(entry)))
		return ZB_ENOENT;
	first = zb_load64(entry + 32, ZB_LE);
	if (first > UINT64_MAX / block_size || first * block_size != start)
		return ZB_ENOENT;
	format_guid(entry + 16, ret_guid);
	return 0;
}

int zi_gpt_partition(int fd, uint32_t block_size, uint64_t disk_size, unsigned int number,
		     uint64_t start, char ret_guid[40])
{
	int r;

	if (block_size < 512 || disk_size < 2ULL * block_size)
		return ZB_ENOENT;
	r = find(fd, block_size, block_size, number, start, ret_guid);
	if (r < 0)
		r = find(fd, block_size, disk_size - block_size, number, start, ret_guid);
	return r;
}

/* A number from the file /sys/class/block/NAME/WHAT; 0 if there is none. */
static uint64_t sysfs_number(const char *name, const char *what)
{
	char path[256], line[32];

	snprintf(path, sizeof(path), "/sys/class/block/%.64s/%s", name, what);
	zi_file_line(path, line, sizeof(line));
	return strtoull(line, NULL, 10);
}

/* The folder of a partition lies in that of its disk. */
static bool disk_of(const char *name, char disk[256])
{
	char path[128], real[PATH_MAX], *slash;

	snprintf(path, sizeof(path), "/sys/class/block/%.64s", name);
	if (!realpath(path, real))
		return false;
	slash = strrchr(real, '/');
	*slash = 0;
	slash = strrchr(real, '/');
	return slash && snprintf(disk, 256, "/dev/%s", slash + 1) < 256;
}

void zi_gpt_partition_of(const char *name, char ret_guid[40])
{
	uint64_t number = sysfs_number(name, "partition"), size = 0;
	char disk[256];
	int block = 0, fd;

	ret_guid[0] = 0;
	if (number == 0 || number > MAX_ENTRIES || !disk_of(name, disk))
		return;
	fd = open(disk, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return;
	if (ioctl(fd, BLKGETSIZE64, &size) == 0 && ioctl(fd, BLKSSZGET, &block) == 0 &&
	    zi_gpt_partition(fd, (uint32_t)block, size, (unsigned int)number,
			     sysfs_number(name, "start") * 512, ret_guid) < 0)
		ret_guid[0] = 0;
	close(fd);
}
