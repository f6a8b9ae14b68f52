/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZH_FAT_H
#define ZH_FAT_H

#include "base/diag.h"
#include "base/span.h"

/*
 * The EFI system partition: a FAT32 file system that holds \EFI\BOOT and in it a few
 * files. No general FAT writer: 8.3 names only, every file in one run of clusters,
 * nothing that depends on anything but the arguments.
 */
struct zh_fat_file {
	const char *name; /* "BOOTX64.EFI": at most 8.3, upper case */
	struct zb_span data;
};

struct zh_fat_options {
	uint64_t size;	      /* of the partition, bytes */
	uint64_t start;	      /* of the partition on the disk, bytes */
	uint32_t sector_size; /* 512 .. 4096 */
	uint32_t volume_id;
	const char *label; /* at most 11 characters, upper case */
	uint64_t time;	   /* of directories and files: seconds, written as UTC */
};

/*
 * The smallest partition, rounded up to MiB, that still is FAT32 by the rule of the
 * format (65525 clusters or more) with one-sector clusters, but at least 64 MiB.
 */
uint64_t zh_fat_min_size(uint32_t sector_size);

/*
 * The leading bytes of the file system into a buffer that the caller frees; clusters
 * behind it are free and may hold anything. ZB_ENOSPC if the files do not fit, ZB_EINVAL
 * for a size that is no FAT32 or a name that is no 8.3.
 */
ZB_MUST_CHECK int zh_fat_build(const struct zh_fat_options *options,
			       const struct zh_fat_file *files, unsigned int n_files,
			       uint8_t **ret_image, size_t *ret_len,
			       struct zb_diag *diag);

#endif
