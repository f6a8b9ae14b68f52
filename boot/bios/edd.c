/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What Linux's edd module and udev's firmware links know drives by: struct edd_info of the
 * first six, the signature in the MBR of the first sixteen.
 *
 * edd_info: 0 u8 drive  1 u8 version  2 u16 services  4 u16 cylinders  6 u8 heads  7 u8 sectors
 *	     8 the BIOS's parameters (74 bytes)
 */
#include "boot/bios/params.h"

#define FIRST_DRIVE	   0x80
#define INFOS_MAX	   6
#define SIGNATURES_MAX	   16
#define INFO_SIZE	   82
#define INFO_PARAMS	   8
#define PARAMS_SIZE	   74
#define BUFFER		   (BI_LOW_BUFFERS + 0x100)
#define MBR_SIGNATURE	   440
#define N_INFOS		   0x1e9
#define N_SIGNATURES	   0x1ea
#define SIGNATURES	   0x290
#define INFOS		   0xd00
#define LEGACY_SECTOR_MASK 0x3f

static void put_geometry(const struct bi_machine *m, uint8_t drive, uint8_t *info)
{
	struct bi_regs r = { .eax = 0x0800, .edx = drive };

	bi_call(m, 0x13, &r);
	if (bi_failed(&r))
		return;
	zb_store16(info + 4, ZB_LE,
		   (uint16_t)((r.ecx >> 8 & 0xff) | (r.ecx & 0xc0) << 2));
	info[6] = (uint8_t)(r.edx >> 8);
	info[7] = (uint8_t)(r.ecx & LEGACY_SECTOR_MASK);
}

static bool put_info(const struct bi_machine *m, uint8_t drive, uint8_t *info)
{
	struct bi_regs r = { .eax = 0x4100, .ebx = 0x55aa, .edx = drive };

	bi_call(m, 0x13, &r);
	if (bi_failed(&r) || (r.ebx & 0xffff) != 0xaa55)
		return false;
	info[0] = drive;
	info[1] = (uint8_t)(r.eax >> 8);
	zb_store16(info + 2, ZB_LE, (uint16_t)r.ecx);
	put_geometry(m, drive, info);
	bi_low_zero(m, BUFFER, PARAMS_SIZE);
	bi_put16(m, BUFFER, PARAMS_SIZE);
	r = (struct bi_regs){ .eax = 0x4800, .edx = drive, .esi = BUFFER };
	bi_call(m, 0x13, &r);
	if (!bi_failed(&r))
		bi_low_copy(m, info + INFO_PARAMS, BUFFER, PARAMS_SIZE);
	return true;
}

void bi_params_drives(uint8_t params[BI_PARAMS_SIZE], const struct bi_machine *m)
{
	unsigned int n = bi_low8(m, BI_BDA_DISKS);
	struct bi_drive d;
	uint8_t mbr[BI_SECTOR_MAX];

	for (unsigned int i = 0; i < n && i < SIGNATURES_MAX; i++) {
		uint8_t drive = (uint8_t)(FIRST_DRIVE + i);
		uint8_t *info = params + INFOS + params[N_INFOS] * INFO_SIZE;

		if (params[N_INFOS] < INFOS_MAX && put_info(m, drive, info))
			params[N_INFOS]++;
		/* Linux counts these by the drive's number, so that none may be left out. */
		if (bi_drive_probe(m, drive, &d, NULL) < 0 ||
		    bi_drive_read(&d, 0, mbr, 1, NULL) < 0 || params[N_SIGNATURES] != i)
			continue;
		__builtin_memcpy(params + SIGNATURES + i * 4, mbr + MBR_SIGNATURE, 4);
		params[N_SIGNATURES]++;
	}
}
