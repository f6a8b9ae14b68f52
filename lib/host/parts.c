/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include "fmt/gpt.h"
#include "host/parts.h"

struct table {
	const struct zr_dev *disk;
	uint32_t sector;
	zh_part_fn fn;
	void *ctx;
	uint8_t block[65536];
};

/* Whole blocks around [offset, offset + len), since that is what a device reads. */
static int read_range(const struct zr_dev *disk, uint64_t offset, uint8_t *buf,
		      size_t len)
{
	uint64_t mask = disk->block_size - 1, start = offset & ~mask;
	uint64_t end = (offset + len + mask) & ~mask;
	uint8_t *blocks;
	int error;

	if (len > disk->size || offset > disk->size - len || end > disk->size)
		return ZB_EIO;
	blocks = malloc((size_t)(end - start));
	if (!blocks)
		return ZB_ENOMEM;
	error = disk->read(disk->ctx, start, blocks, (size_t)(end - start));
	if (!error)
		memcpy(buf, blocks + (offset - start), len);
	free(blocks);
	return error;
}

static int give(const struct table *t, unsigned int number, const struct zf_partition *p,
		bool gpt)
{
	uint64_t sectors = t->disk->size / t->sector;
	struct zh_part part = { .number = number };

	if (p->last_lba >= sectors)
		return 0; /* a truncated image, or a lie: there is nothing to read */
	part.start = p->first_lba * t->sector;
	part.size = (p->last_lba - p->first_lba + 1) * t->sector;
	if (gpt)
		zf_guid_text(p->guid, part.guid);
	return t->fn(t->ctx, &part);
}

static int give_entries(struct table *t, const struct zf_gpt_header *h,
			struct zb_span entries)
{
	struct zf_partition part;
	int r;

	for (uint32_t i = 0; i < h->n_entries; i++) {
		if (zf_gpt_entry_decode(entries, h, i, &part) != 1)
			continue;
		r = give(t, i + 1, &part, true);
		if (r)
			return r;
	}
	return 0;
}

/* ZB_ENOENT if there is no sound GPT whose header is at that sector. */
static int try_gpt(struct table *t, uint64_t lba)
{
	struct zf_gpt_header h;
	uint8_t *entries;
	size_t len;
	int r;

	if (read_range(t->disk, lba * t->sector, t->block, t->sector) ||
	    zf_gpt_header_decode(zb_span(t->block, t->sector), lba, &h) ||
	    h.entries_lba > t->disk->size / t->sector)
		return ZB_ENOENT;
	len = (size_t)h.n_entries * h.entry_size;
	entries = malloc(len ? len : 1);
	if (!entries)
		return ZB_ENOMEM;
	if (read_range(t->disk, h.entries_lba * t->sector, entries, len) ||
	    zf_crc32(0, zb_span(entries, len)) != h.entries_crc)
		r = ZB_ENOENT;
	else
		r = give_entries(t, &h, zb_span(entries, len));
	free(entries);
	return r;
}

static int try_mbr(struct table *t)
{
	struct zf_partition part;
	int r;

	if (read_range(t->disk, 0, t->block, 512))
		return 0;
	for (unsigned int i = 0; i < ZF_MBR_ENTRIES; i++) {
		r = zf_mbr_entry_decode(zb_span(t->block, 512), i, &part);
		if (r < 0)
			return 0;
		r = r ? give(t, i + 1, &part, false) : 0;
		if (r)
			return r;
	}
	return 0;
}

static int try_tables(struct table *t)
{
	static const uint32_t sectors[] = { 512, 4096 };
	int r;

	for (unsigned int i = 0; i < 2; i++) {
		t->sector = sectors[i];
		r = try_gpt(t, 1);
		if (r == ZB_ENOENT && t->disk->size >= 2 * (uint64_t)t->sector)
			r = try_gpt(t, t->disk->size / t->sector - 1);
		if (r != ZB_ENOENT)
			return r;
	}
	t->sector = t->disk->block_size;
	return try_mbr(t);
}

int zh_parts_each(const struct zr_dev *disk, zh_part_fn fn, void *ctx,
		  struct zb_diag *diag)
{
	struct table *t = malloc(sizeof(*t));
	int r;

	if (!t)
		return zb_fail(diag, ZB_ENOMEM, disk->name, ZB_DIAG_NO_OFFSET,
			       "no memory to read its partition table");
	t->disk = disk;
	t->fn = fn;
	t->ctx = ctx;
	r = try_tables(t);
	free(t);
	return r;
}
