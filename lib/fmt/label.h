/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZF_LABEL_H
#define ZF_LABEL_H

#include "base/span.h"

/*
 * A vdev has four labels of 256 KiB: two at the front, two at the end of its size rounded down
 * to 256 KiB. Between the front pair and the first allocatable byte lies the boot region.
 *
 *	0        256K      512K              4M                     size-512K  size-256K
 *	| label 0 | label 1 | boot region 3.5M | allocatable ...     | label 2   | label 3 |
 *
 *	in a label:
 *	0     8K            16K                          128K                          256K
 *	| pad | boot env    | nvlist, XDR, 112K          | uberblock ring 128K         |
 *
 * Boot env and nvlist end in a zio_eck_t: magic, then a SHA-256 over the area with the offset
 * of the area on the device as verifier. Source: OpenZFS include/sys/vdev_impl.h.
 */
#define ZF_LABEL_SIZE	       (256ULL << 10)
#define ZF_LABEL_COUNT	       4
#define ZF_LABEL_BOOTENV       (8ULL << 10)
#define ZF_LABEL_BOOTENV_SIZE  (8ULL << 10)
#define ZF_LABEL_NVLIST	       (16ULL << 10)
#define ZF_LABEL_NVLIST_SIZE   (112ULL << 10)
#define ZF_LABEL_UBERBLOCKS    (128ULL << 10)
#define ZF_LABEL_UBERBLOCKS_SZ (128ULL << 10)
#define ZF_BOOT_REGION	       (512ULL << 10)
#define ZF_BOOT_REGION_SIZE    (3584ULL << 10)
#define ZF_VDEV_DATA_START     (4ULL << 20) /* a DVA's offset 0 is this byte of the vdev */
#define ZF_VDEV_END_RESERVED   (512ULL << 10)

/* zio_eck_t, the last 40 bytes of an area that checks itself */
#define ZF_ECK_MAGIC	       0x210da7ab10c7a11ULL
#define ZF_ECK_SIZE	       40

/* Where label n (0..3) of a vdev of `size` bytes starts. size is at least 64 MiB. */
static inline uint64_t zf_label_offset(unsigned int n, uint64_t size)
{
	uint64_t end = size & ~(ZF_LABEL_SIZE - 1);

	return n < 2 ? n * ZF_LABEL_SIZE : end - (ZF_LABEL_COUNT - n) * ZF_LABEL_SIZE;
}

#endif
