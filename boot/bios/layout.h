/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BI_LAYOUT_H
#define BI_LAYOUT_H

/*
 * Where everything lies below 1 MiB, for C and assembly alike, and the header of stage 2.
 *
 *	00000  interrupt vectors, BIOS data
 *	01000  buffers for BIOS calls (4 KiB)
 *	02000  real-mode stack, downwards from 7c00
 *	07c00  the MBR, as the BIOS loads it
 *	08000  stage 2 (at most 256 KiB): the MBR reads the first 8 KiB, these the rest
 *	48000  its zero-initialised data
 *	50000  transfer buffer of the disks (64 KiB, crosses no 64 KiB border)
 *	60000  32-bit stack, downwards from 70000
 *	70000  what Linux gets: boot parameters, command line, page tables, GDT
 *	80000  end; what lies above is the BIOS's
 */
#define BI_LOW_BUFFERS	  0x1000
#define BI_REAL_STACK	  0x7c00
#define BI_MBR		  0x7c00
#define BI_STAGE2	  0x8000
#define BI_STAGE2_MAX	  0x40000
#define BI_BSS_END	  0x50000
#define BI_TRANSFER	  0x50000
#define BI_TRANSFER_SIZE  0x10000
#define BI_STACK_TOP	  0x70000
#define BI_BOOT_PARAMS	  0x70000
#define BI_CMDLINE	  0x71000
#define BI_PAGE_TABLES	  0x72000 /* 6 pages */
#define BI_LOW_END	  0x80000

/*
 * The header of stage 2, little-endian. The head, its first 8 KiB, is what the MBR reads and
 * sums up; it reads the rest and compares its CRC-32. On disk stage 2 starts with the boot
 * region of the vdev, 512 KiB into the partition.
 *
 *	0 magic (8)  8 u32 version  12 u32 length  16 u32 CRC-32 of the bytes behind the head
 *	20 u32 makes the head's sum 0   24 entry point, 16-bit code
 *
 * The sum: for each little-endian word of 32 bits, rotate left by one, then add the word.
 */
#define BI_HEADER_MAGIC	  0
#define BI_HEADER_VERSION 8
#define BI_HEADER_LENGTH  12
#define BI_HEADER_CRC	  16
#define BI_HEADER_SUM	  20
#define BI_HEADER_ENTRY	  24
#define BI_HEAD_SIZE	  0x2000
#define BI_MAGIC_0	  0x76696c7a /* "zliv" */
#define BI_MAGIC_1	  0x32534265 /* "eBS2" */
#define BI_VERSION	  1	     /* of what MBR and stage 2 agree on */

/* In the MBR: four bytes that differ from stick to stick, behind the code. */
#define BI_MBR_CODE_SIZE  440
#define BI_MBR_ID	  436

#endif
