/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BI_DISK_H
#define BI_DISK_H

#include "base/diag.h"
#include "boot/bios/machine.h"

/* A drive by the BIOS's Enhanced Disk Drive services: 64-bit sector numbers. */
struct bi_drive {
	const struct bi_machine *m;
	uint8_t number;
	uint32_t sector_size;
	uint64_t sectors;  /* as the BIOS says; 0: it does not */
	uint32_t transfer; /* bytes that a call may ask for; shrinks if the BIOS fails */
	uint32_t proven;   /* bytes of the largest call that succeeded */
	uint64_t calls;	   /* of int 13h for reads */
	char name[24];	   /* "BIOS drive 80h" */
};

#define BI_SECTOR_MAX 4096

/*
 * Asks the BIOS about drive number. ZB_ENODEV if there is none or it has not these services;
 * ZB_ENOTSUP for a sector size that is not 512, 1024, 2048 or 4096.
 */
ZB_MUST_CHECK int bi_drive_probe(const struct bi_machine *m, uint8_t number,
				 struct bi_drive *ret_drive, struct zb_diag *diag);

/*
 * Reads count sectors. What the BIOS fails to read in one call is tried in smaller ones, a
 * single sector several times. ZB_EIO names the drive, the sector and the BIOS's reason.
 */
ZB_MUST_CHECK int bi_drive_read(struct bi_drive *d, uint64_t sector, void *buf,
				uint64_t count, struct zb_diag *diag);

#endif
