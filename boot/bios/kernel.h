/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BI_KERNEL_H
#define BI_KERNEL_H

#include "base/diag.h"
#include "base/span.h"

/*
 * The setup header of a Linux kernel file. Source: Linux, Documentation/arch/x86/boot.rst.
 * Offsets in the file, which are also those in boot_params.
 */
#define BI_HDR_START	     0x1f1
#define BI_HDR_SETUP_SECTS   0x1f1 /* u8 */
#define BI_HDR_BOOT_FLAG     0x1fe /* u16 */
#define BI_HDR_JUMP	     0x201 /* u8: the header ends as many bytes behind 202 */
#define BI_HDR_MAGIC	     0x202 /* u32 "HdrS" */
#define BI_HDR_VERSION	     0x206 /* u16 */
#define BI_HDR_LOADER	     0x210 /* u8 */
#define BI_HDR_LOADFLAGS     0x211 /* u8 */
#define BI_HDR_CODE32_START  0x214 /* u32 */
#define BI_HDR_RAMDISK	     0x218 /* u32 */
#define BI_HDR_RAMDISK_SIZE  0x21c /* u32 */
#define BI_HDR_CMDLINE	     0x228 /* u32 */
#define BI_HDR_RAMDISK_MAX   0x22c /* u32, 2.03 */
#define BI_HDR_ALIGNMENT     0x230 /* u32, 2.05 */
#define BI_HDR_RELOCATABLE   0x234 /* u8, 2.05 */
#define BI_HDR_MIN_ALIGNMENT 0x235 /* u8, 2.10: log2 */
#define BI_HDR_XLOADFLAGS    0x236 /* u16, 2.12 */
#define BI_HDR_CMDLINE_SIZE  0x238 /* u32, 2.06 */
#define BI_HDR_SETUP_DATA    0x250 /* u64, 2.09 */
#define BI_HDR_PREF_ADDRESS  0x258 /* u64, 2.10 */
#define BI_HDR_INIT_SIZE     0x260 /* u32, 2.10 */
#define BI_HDR_LIMIT	     0x290 /* boot_params holds no more of it */
#define BI_ENTRY64	     0x200 /* of the 64-bit entry, behind the start */

struct bi_kernel {
	uint16_t version;
	uint32_t payload; /* where the protected-mode part starts in the file */
	uint32_t payload_size;
	uint32_t header_end;
	uint64_t pref_address; /* where it wants to be */
	uint64_t init_size;    /* what it needs from there on */
	uint32_t alignment;    /* for other places */
	bool relocatable;
	bool enter64;
	uint64_t ramdisk_end; /* the ramdisk must lie below */
	uint32_t cmdline_max; /* characters */
};

/* ZB_ENOTSUP, with the reason, if it is no kernel that this loader can start. */
ZB_MUST_CHECK int bi_kernel_decode(struct zb_span file, struct bi_kernel *ret_kernel,
				   struct zb_diag *diag);

#endif
