/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/format.h"
#include "base/span.h"
#include "boot/bios/bios.h"
#include "boot/common/text.h"
#include "fmt/gpt.h"

#define FIRST_DRIVE 0x80
#define VDEV_MIN    (64ULL << 20) /* OpenZFS makes no smaller one */
#define TABLE_MAX   (128U << 10)

static const uint8_t efi_system[16] = { 0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11,
					0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b };

static void note(struct bi_context *c, const struct zb_diag *what)
{
	if (c->io.note)
		c->io.note(c->io.note_ctx, what);
}

static int part_read(void *ctx, uint64_t offset, void *buf, size_t len)
{
	struct bi_partition *p = ctx;
	struct bi_context *c = p->c;
	struct bi_drive *d = p->drive;
	uint64_t calls = d->calls;
	struct zb_diag why;
	int error;

	error = bi_drive_read(d, p->start + offset / d->sector_size, buf,
			      len / d->sector_size, &why);
	c->io.requests += d->calls - calls;
	if (error < 0)
		note(c, &why);
	else
		c->io.bytes += len;
	if (c->io.tick)
		c->io.tick(c->io.tick_ctx);
	return error;
}

static struct bi_partition *add_device(struct bi_context *c, struct bi_drive *d,
				       uint64_t start, uint64_t sectors)
{
	struct bi_partition *p = &c->parts[c->n_devices];
	struct bt_device *out = &c->devices[c->n_devices];

	if (c->n_devices == BI_DEVICES_MAX || sectors > UINT64_MAX / d->sector_size ||
	    sectors * d->sector_size < VDEV_MIN)
		return NULL;
	c->n_devices++;
	*p = (struct bi_partition){ .c = c, .drive = d, .start = start };
	*out = (struct bt_device){
		.dev = {
			.ctx = p,
			.name = p->name,
			.size = sectors * d->sector_size,
			.block_size = d->sector_size,
			.read = part_read,
		},
		.on_boot_disk = d->number == c->boot_drive,
	};
	return p;
}

static void add_partition(struct bi_context *c, struct bi_drive *d, unsigned int number,
			  const struct zf_partition *found, enum bt_reach reach)
{
	bool is_esp =
		__builtin_memcmp(found->type_guid, efi_system, sizeof(efi_system)) == 0;
	static const uint8_t none[16];
	struct bi_partition *p;
	struct zb_diag why;

	if (is_esp && reach == BT_REACH_BOOT_PARTITIONS)
		return;
	p = add_device(c, d, found->first_lba, found->last_lba - found->first_lba + 1);
	if (!p)
		return;
	zb_format(p->name, sizeof(p->name), "%s, partition %u", d->name, number);
	if (__builtin_memcmp(found->guid, none, sizeof(none)) != 0)
		zf_guid_text(found->guid, c->devices[c->n_devices - 1].part);
	if (d->sectors != 0 && found->last_lba >= d->sectors) {
		zb_fail(&why, ZB_EIO, p->name, ZB_DIAG_NO_OFFSET,
			"it ends with sector %llu, but the BIOS believes that the drive "
			"has %llu only",
			(unsigned long long)found->last_lba,
			(unsigned long long)d->sectors);
		note(c, &why);
	}
}

/* The GPT whose header is in sector lba; its entries are left in buf. */
static int read_gpt(struct bi_drive *d, uint64_t lba, uint8_t *buf,
		    struct zf_gpt_header *ret_header, struct zb_span *ret_entries,
		    struct zb_diag *diag)
{
	uint64_t bytes, sectors;
	int error = bi_drive_read(d, lba, buf, 1, diag);

	if (error < 0)
		return error;
	error = zf_gpt_header_decode(zb_span(buf, d->sector_size), lba, ret_header);
	if (error < 0)
		return zb_fail(diag, error, d->name, ZB_DIAG_NO_OFFSET,
			       "sector %llu: no whole GPT", (unsigned long long)lba);
	bytes = (uint64_t)ret_header->n_entries * ret_header->entry_size;
	sectors = (bytes + d->sector_size - 1) / d->sector_size;
	if (bytes > TABLE_MAX)
		return zb_fail(diag, ZB_E2BIG, d->name, ZB_DIAG_NO_OFFSET,
			       "the GPT has %u entries", ret_header->n_entries);
	error = bi_drive_read(d, ret_header->entries_lba, buf, sectors, diag);
	if (error < 0)
		return error;
	*ret_entries = zb_span(buf, (size_t)bytes);
	if (zf_crc32(0, *ret_entries) != ret_header->entries_crc)
		return zb_fail(diag, ZB_ECKSUM, d->name, ZB_DIAG_NO_OFFSET,
			       "sector %llu: the GPT's checksum is wrong",
			       (unsigned long long)ret_header->entries_lba);
	return 0;
}

static void add_mbr_partitions(struct bi_context *c, struct bi_drive *d,
			       const uint8_t *sector, enum bt_reach reach)
{
	struct zf_partition p;

	for (unsigned int i = 0; i < ZF_MBR_ENTRIES; i++)
		if (zf_mbr_entry_decode(zb_span(sector, d->sector_size), i, &p) == 1)
			add_partition(c, d, i + 1, &p, reach);
}

/* The backup's place is the last sector, if the BIOS tells the truth about that. */
static void add_partitions(struct bi_context *c, struct bi_drive *d, uint8_t *buf,
			   enum bt_reach reach)
{
	struct zf_gpt_header header;
	struct zf_partition p;
	struct zb_span entries;
	struct zb_diag why = { 0 }, second;
	int error = read_gpt(d, 1, buf, &header, &entries, &why);

	if (error == ZB_ENOENT) {
		error = bi_drive_read(d, 0, buf, 1, &why);
		if (error == 0)
			add_mbr_partitions(c, d, buf, reach);
		else
			note(c, &why);
		return;
	}
	if (error < 0) {
		note(c, &why);
		if (d->sectors < 2 ||
		    read_gpt(d, d->sectors - 1, buf, &header, &entries, &second) < 0)
			return;
	}
	for (uint32_t i = 0; i < header.n_entries; i++)
		if (zf_gpt_entry_decode(entries, &header, i, &p) == 1)
			add_partition(c, d, i + 1, &p, reach);
}

static void add_drive(struct bi_context *c, struct bi_drive *d, uint8_t *buf,
		      enum bt_reach reach)
{
	struct bi_partition *p;

	add_partitions(c, d, buf, reach);
	if (reach == BT_REACH_BOOT_PARTITIONS || d->sectors == 0)
		return;
	p = add_device(c, d, 0, d->sectors);
	if (p)
		bt_copy(p->name, sizeof(p->name), d->name);
}

static void probe(struct bi_context *c, uint8_t number)
{
	struct zb_diag why;
	int error;

	if (c->n_drives == BI_DRIVES_MAX)
		return;
	error = bi_drive_probe(c->m, number, &c->drives[c->n_drives], &why);
	if (error == 0)
		c->n_drives++;
	else if (error != ZB_ENODEV || number == c->boot_drive)
		note(c, &why);
}

static bool read_header(struct bi_drive *d, uint8_t *buf, struct zf_gpt_header *ret)
{
	return bi_drive_read(d, 1, buf, 1, NULL) == 0 &&
	       zf_gpt_header_decode(zb_span(buf, d->sector_size), 1, ret) == 0;
}

/*
 * Drives with the very GPT of the boot drive, itself included. Linux is told of each drive's
 * MBR anyway, so that none is woken for this alone; a sector of each is read, and the entries
 * of those that are alike: of a copy that was formatted later the header may be left, and no more.
 */
static unsigned int count_copies(struct bi_context *c, uint8_t *buf)
{
	unsigned int n = bi_low8(c->m, BI_BDA_DISKS), copies = 1;
	struct zf_gpt_header mine, theirs;
	struct zb_span entries;
	struct bi_drive d;

	if (bi_drive_probe(c->m, c->boot_drive, &d, NULL) < 0 ||
	    !read_header(&d, buf, &mine))
		return copies;
	for (unsigned int i = 0; i < n && i < BI_DRIVES_MAX; i++)
		if (FIRST_DRIVE + i != c->boot_drive &&
		    bi_drive_probe(c->m, (uint8_t)(FIRST_DRIVE + i), &d, NULL) == 0 &&
		    read_header(&d, buf, &theirs) &&
		    theirs.entries_crc == mine.entries_crc &&
		    __builtin_memcmp(theirs.disk_guid, mine.disk_guid,
				     sizeof(mine.disk_guid)) == 0 &&
		    read_gpt(&d, 1, buf, &theirs, &entries, NULL) == 0)
			copies++;
	return copies;
}

/* The BIOS is not believed in what a drive hangs on and how large it is. */
static void note_copies(struct bi_context *c, uint8_t *buf)
{
	unsigned int copies = count_copies(c, buf);

	for (unsigned int i = 0; i < c->n_devices; i++)
		if (c->devices[i].on_boot_disk)
			c->devices[i].traits.copies = copies;
}

/*
 * The boot drive first. The BIOS counts its fixed disks from 80h; one that was plugged in since
 * it looked is not among them, and stays unknown to it.
 */
int bi_devices(void *ctx, enum bt_reach reach, struct bt_device **ret_devices,
	       unsigned int *ret_n, struct zb_diag *diag)
{
	struct bi_context *c = ctx;
	unsigned int n = bi_low8(c->m, BI_BDA_DISKS);
	uint8_t *buf = bi_heap_alloc(&c->heap, TABLE_MAX + BI_SECTOR_MAX, BI_HEAP_ALIGN,
				     BI_HEAP_LIMIT);

	if (!buf)
		return zb_fail(diag, ZB_ENOMEM, "drives", ZB_DIAG_NO_OFFSET,
			       "no memory for their partition tables");
	c->n_drives = 0;
	c->n_devices = 0;
	probe(c, c->boot_drive);
	for (unsigned int i = 0; reach == BT_REACH_EVERYTHING && i < BI_DRIVES_MAX; i++)
		if (i < n && FIRST_DRIVE + i != c->boot_drive)
			probe(c, (uint8_t)(FIRST_DRIVE + i));
	for (unsigned int i = 0; i < c->n_drives; i++)
		add_drive(c, &c->drives[i], buf, reach);
	note_copies(c, buf);
	bi_heap_free(&c->heap, buf);
	*ret_devices = c->devices;
	*ret_n = c->n_devices;
	return 0;
}
