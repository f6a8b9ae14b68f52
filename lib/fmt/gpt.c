/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/format.h"
#include "fmt/gpt.h"

enum {
	OFF_REVISION = 8,
	OFF_HEADER_SIZE = 12,
	OFF_HEADER_CRC = 16,
	OFF_MY_LBA = 24,
	OFF_ALTERNATE_LBA = 32,
	OFF_DISK_GUID = 56,
	OFF_ENTRIES_LBA = 72,
	OFF_N_ENTRIES = 80,
	OFF_ENTRY_SIZE = 84,
	OFF_ENTRIES_CRC = 88,

	ENTRY_OFF_GUID = 16,
	ENTRY_OFF_FIRST = 32,
	ENTRY_OFF_LAST = 40,
	ENTRY_SIZE_MAX = 4096,

	MBR_OFF_ENTRIES = 446,
	MBR_ENTRY_SIZE = 16,
	MBR_ENTRY_OFF_TYPE = 4,
	MBR_ENTRY_OFF_FIRST = 8,
	MBR_ENTRY_OFF_SECTORS = 12,
	MBR_OFF_SIGNATURE = 510,
	MBR_SIGNATURE = 0xaa55,
};

uint32_t zf_crc32(uint32_t crc, struct zb_span data)
{
	crc = ~crc;
	for (size_t i = 0; i < data.len; i++) {
		crc ^= data.ptr[i];
		for (unsigned int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (-(crc & 1) & 0xedb88320U);
	}
	return ~crc;
}

static uint32_t header_crc(struct zb_span header)
{
	static const uint8_t zeros[4];
	uint32_t crc = zf_crc32(0, zb_span(header.ptr, OFF_HEADER_CRC));

	crc = zf_crc32(crc, zb_span(zeros, sizeof(zeros)));
	return zf_crc32(crc, zb_span(header.ptr + OFF_HEADER_CRC + 4,
				     header.len - OFF_HEADER_CRC - 4));
}

int zf_gpt_header_decode(struct zb_span sector, uint64_t my_lba,
			 struct zf_gpt_header *ret_header)
{
	struct zf_gpt_header h;
	const uint8_t *p = sector.ptr;
	struct zb_span header;
	uint32_t size;

	if (sector.len < ZF_GPT_HEADER_SIZE)
		return ZB_ECORRUPT;
	if (__builtin_memcmp(p, "EFI PART", 8) != 0)
		return ZB_ENOENT;
	size = zb_load32(p + OFF_HEADER_SIZE, ZB_LE);
	if (size < ZF_GPT_HEADER_SIZE || zb_span_sub(sector, 0, size, &header))
		return ZB_ECORRUPT;
	if (header_crc(header) != zb_load32(p + OFF_HEADER_CRC, ZB_LE))
		return ZB_ECKSUM;
	h.alternate_lba = zb_load64(p + OFF_ALTERNATE_LBA, ZB_LE);
	h.entries_lba = zb_load64(p + OFF_ENTRIES_LBA, ZB_LE);
	h.n_entries = zb_load32(p + OFF_N_ENTRIES, ZB_LE);
	h.entry_size = zb_load32(p + OFF_ENTRY_SIZE, ZB_LE);
	h.entries_crc = zb_load32(p + OFF_ENTRIES_CRC, ZB_LE);
	__builtin_memcpy(h.disk_guid, p + OFF_DISK_GUID, sizeof(h.disk_guid));
	if (zb_load64(p + OFF_MY_LBA, ZB_LE) != my_lba ||
	    h.n_entries > ZF_GPT_MAX_ENTRIES || h.entry_size < ZF_GPT_ENTRY_SIZE ||
	    h.entry_size > ENTRY_SIZE_MAX || !zb_is_pow2(h.entry_size))
		return ZB_ECORRUPT;
	*ret_header = h;
	return 0;
}

static bool is_zero(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i])
			return false;
	return true;
}

int zf_gpt_entry_decode(struct zb_span entries, const struct zf_gpt_header *header,
			uint32_t i, struct zf_partition *ret_partition)
{
	struct zf_partition part;
	struct zb_span s;

	if (i >= header->n_entries ||
	    zb_span_sub(entries, (uint64_t)i * header->entry_size, header->entry_size,
			&s))
		return ZB_ECORRUPT;
	__builtin_memcpy(part.type_guid, s.ptr, sizeof(part.type_guid));
	__builtin_memcpy(part.guid, s.ptr + ENTRY_OFF_GUID, sizeof(part.guid));
	part.first_lba = zb_load64(s.ptr + ENTRY_OFF_FIRST, ZB_LE);
	part.last_lba = zb_load64(s.ptr + ENTRY_OFF_LAST, ZB_LE);
	if (is_zero(part.type_guid, sizeof(part.type_guid)))
		return 0;
	if (part.first_lba == 0 || part.last_lba < part.first_lba)
		return ZB_ECORRUPT;
	*ret_partition = part;
	return 1;
}

int zf_mbr_entry_decode(struct zb_span sector, unsigned int i,
			struct zf_partition *ret_partition)
{
	struct zf_partition part = { 0 };
	const uint8_t *p;
	uint32_t sectors;

	if (sector.len < MBR_OFF_SIGNATURE + 2 || i >= ZF_MBR_ENTRIES)
		return ZB_ECORRUPT;
	if (zb_load16(sector.ptr + MBR_OFF_SIGNATURE, ZB_LE) != MBR_SIGNATURE)
		return ZB_ENOENT;
	p = sector.ptr + MBR_OFF_ENTRIES + (size_t)i * MBR_ENTRY_SIZE;
	part.type_guid[15] = p[MBR_ENTRY_OFF_TYPE];
	part.first_lba = zb_load32(p + MBR_ENTRY_OFF_FIRST, ZB_LE);
	sectors = zb_load32(p + MBR_ENTRY_OFF_SECTORS, ZB_LE);
	if (p[MBR_ENTRY_OFF_TYPE] == 0 || p[MBR_ENTRY_OFF_TYPE] == ZF_MBR_PROTECTIVE ||
	    part.first_lba == 0 || sectors == 0)
		return 0;
	part.last_lba = part.first_lba + sectors - 1;
	*ret_partition = part;
	return 1;
}

void zf_guid_text(const uint8_t guid[16], char text[37])
{
	const uint8_t *g = guid;

	/* The first three groups are little-endian numbers, the rest is in order. */
	zb_format(text, 37, "%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		  (unsigned int)zb_load32(g, ZB_LE),
		  (unsigned int)zb_load16(g + 4, ZB_LE),
		  (unsigned int)zb_load16(g + 6, ZB_LE), g[8], g[9], g[10], g[11], g[12],
		  g[13], g[14], g[15]);
}
