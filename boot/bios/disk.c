/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Source: Enhanced Disk Drive specification (T13 1572D).
 *
 * packet: 0 u8 size 16  2 u16 sectors, after the call those that were transferred
 *	   4 u16 offset  6 u16 segment  8 u64 sector
 * parameters: 0 u16 size of buffer  2 u16 flags  16 u64 sectors  24 u16 bytes per sector
 */
#include "base/format.h"
#include "base/span.h"
#include "boot/bios/disk.h"

#define PACKET	      BI_LOW_BUFFERS
#define PACKET_SIZE   16
#define PARAMS	      (BI_LOW_BUFFERS + 0x100)
#define PARAMS_SIZE   30
#define SIGNATURE_ASK 0x55aa
#define SIGNATURE     0xaa55
#define PACKET_ACCESS 1 /* in CX of function 41h */
#define TRIES	      4
#define NO_STATUS     0x100 /* the call succeeded, but transferred nothing */

static const char *status_text(unsigned int status)
{
	switch (status) {
	case 0x01:
		return "the BIOS refuses the request";
	case 0x02:
	case 0x04:
		return "the sector is not found: is the BIOS too old for so large a drive?";
	case 0x10:
	case 0x11:
		return "the drive cannot read its medium there";
	case 0x20:
		return "the controller has failed";
	case 0x31:
		return "there is no medium";
	case 0x40:
		return "the drive cannot go there";
	case 0x80:
	case 0xaa:
		return "the drive does not answer: was it unplugged?";
	case NO_STATUS:
		return "the BIOS says that it read nothing";
	default:
		return "the BIOS gives no known reason";
	}
}

static int fail_read(const struct bi_drive *d, uint64_t sector, unsigned int status,
		     struct zb_diag *diag)
{
	bool beyond = d->sectors != 0 && sector >= d->sectors;

	if (beyond)
		return zb_fail(diag, ZB_EIO, d->name, ZB_DIAG_NO_OFFSET,
			       "sector %llu cannot be read: the BIOS believes that the "
			       "drive has %llu only (error %02xh)",
			       (unsigned long long)sector, (unsigned long long)d->sectors,
			       status & 0xff);
	return zb_fail(diag, ZB_EIO, d->name, ZB_DIAG_NO_OFFSET,
		       "sector %llu cannot be read: %s (error %02xh)",
		       (unsigned long long)sector, status_text(status), status & 0xff);
}

int bi_drive_probe(const struct bi_machine *m, uint8_t number, struct bi_drive *ret_drive,
		   struct zb_diag *diag)
{
	struct bi_drive d = { .m = m, .number = number, .sector_size = 512 };
	struct bi_regs r = { .eax = 0x4100, .ebx = SIGNATURE_ASK, .edx = number };

	zb_format(d.name, sizeof(d.name), "BIOS drive %02xh", number);
	bi_call(m, 0x13, &r);
	if (bi_failed(&r) || (r.ebx & 0xffff) != SIGNATURE || !(r.ecx & PACKET_ACCESS))
		return zb_fail(diag, ZB_ENODEV, d.name, ZB_DIAG_NO_OFFSET,
			       "the BIOS has no LBA services for it");
	bi_low_zero(m, PARAMS, PARAMS_SIZE);
	bi_put16(m, PARAMS, PARAMS_SIZE);
	r = (struct bi_regs){ .eax = 0x4800, .edx = number, .esi = PARAMS };
	bi_call(m, 0x13, &r);
	if (bi_failed(&r))
		return zb_fail(diag, ZB_ENODEV, d.name, ZB_DIAG_NO_OFFSET,
			       "the BIOS does not describe it");
	d.sectors = bi_low64(m, PARAMS + 16);
	/* Some BIOSes give -1 for what they do not know. */
	if (d.sectors >= UINT64_MAX / BI_SECTOR_MAX)
		d.sectors = 0;
	if (bi_low16(m, PARAMS + 24) != 0)
		d.sector_size = bi_low16(m, PARAMS + 24);
	if (!zb_is_pow2(d.sector_size) || d.sector_size < 512 ||
	    d.sector_size > BI_SECTOR_MAX)
		return zb_fail(diag, ZB_ENOTSUP, d.name, ZB_DIAG_NO_OFFSET,
			       "its sectors have %u bytes", d.sector_size);
	d.transfer = BI_TRANSFER_SIZE;
	*ret_drive = d;
	return 0;
}

/* One call; the number of sectors that are in the transfer buffer, or 0 and the status. */
static uint32_t read_once(struct bi_drive *d, uint64_t sector, uint32_t count,
			  unsigned int *ret_status)
{
	const struct bi_machine *m = d->m;
	struct bi_regs r = { .eax = 0x4200, .edx = d->number, .esi = PACKET };
	uint32_t done;

	bi_put16(m, PACKET, PACKET_SIZE);
	bi_put16(m, PACKET + 2, (uint16_t)count);
	bi_put16(m, PACKET + 4, 0);
	bi_put16(m, PACKET + 6, BI_TRANSFER >> 4);
	bi_put64(m, PACKET + 8, sector);
	d->calls++;
	bi_call(m, 0x13, &r);
	*ret_status = r.eax >> 8 & 0xff;
	/* After an error the count is not worth trusting: some BIOSes leave what was asked. */
	if (bi_failed(&r))
		return 0;
	done = bi_low16(m, PACKET + 2);
	if (done == 0)
		*ret_status = NO_STATUS;
	return done < count ? done : count;
}

static void reset(const struct bi_drive *d)
{
	struct bi_regs r = { .edx = d->number };

	bi_call(d->m, 0x13, &r);
}

/*
 * Reads up to count sectors into the transfer buffer, fewer if the BIOS will not have it
 * otherwise; 0 and the status if it reads none.
 */
static uint32_t read_some(struct bi_drive *d, uint64_t sector, uint32_t count,
			  unsigned int *ret_status)
{
	unsigned int tries = 0;
	bool failed = false;

	for (;;) {
		uint32_t done = read_once(d, sector, count, ret_status);

		if (done > 0) {
			if (done * d->sector_size > d->proven)
				d->proven = done * d->sector_size;
			/* Nothing larger ever went well: ask for no more from now on. */
			if (failed && d->transfer > d->proven)
				d->transfer = d->proven;
			return done;
		}
		failed = true;
		if (count > 1) {
			count /= 2;
			continue;
		}
		if (++tries == TRIES)
			return 0;
		reset(d);
	}
}

int bi_drive_read(struct bi_drive *d, uint64_t sector, void *buf, uint64_t count,
		  struct zb_diag *diag)
{
	uint8_t *to = buf;

	while (count > 0) {
		uint32_t most = d->transfer / d->sector_size;
		uint32_t want = count < most ? (uint32_t)count : most;
		unsigned int status = 0;
		uint32_t done = read_some(d, sector, want, &status);

		if (done == 0)
			return fail_read(d, sector, status, diag);
		bi_low_copy(d->m, to, BI_TRANSFER, (size_t)done * d->sector_size);
		to += (size_t)done * d->sector_size;
		sector += done;
		count -= done;
	}
	return 0;
}
