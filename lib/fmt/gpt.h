/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZF_GPT_H
#define ZF_GPT_H

#include "base/span.h"

/*
 * GUID partition table and the MBR's table, decoding only. Source: UEFI specification, chapter
 * 5. All little-endian. A GPT header is in sector 1 and again in the last one:
 *
 *	0 "EFI PART"  8 u32 revision  12 u32 header size  16 u32 CRC-32 of the header, this
 *	field as 0  24 my LBA  32 alternate LBA  40 first usable  48 last usable
 *	56 disk GUID (16)  72 LBA of the entries  80 u32 entries  84 u32 entry size
 *	88 u32 CRC-32 of all entries
 *
 * entry: 0 type GUID (16)  16 partition GUID (16)  32 first LBA  40 last LBA  48 attributes
 *	56 name, UTF-16 (72)
 *
 * MBR: four entries of 16 bytes at 446: 4 u8 type  8 u32 first sector  12 u32 sectors
 */
#define ZF_GPT_HEADER_SIZE 92
#define ZF_GPT_MAX_ENTRIES 1024 /* the specification asks for 128 */
#define ZF_GPT_ENTRY_SIZE  128
#define ZF_MBR_ENTRIES	   4
#define ZF_MBR_PROTECTIVE  0xee

struct zf_gpt_header {
	uint64_t alternate_lba;
	uint64_t entries_lba;
	uint32_t n_entries; /* at most ZF_GPT_MAX_ENTRIES */
	uint32_t
		entry_size; /* at least ZF_GPT_ENTRY_SIZE, a power of two, at most 4096 */
	uint32_t entries_crc;
	uint8_t disk_guid[16];
};

struct zf_partition {
	uint8_t type_guid
		[16];	  /* of an MBR partition all zeros, but the last byte the type */
	uint8_t guid[16]; /* of an MBR partition zeros */
	uint64_t first_lba;
	uint64_t last_lba;
};

/* CRC-32 as GPT uses it (reflected 0xEDB88320); crc is 0 or what the piece before gave. */
uint32_t zf_crc32(uint32_t crc, struct zb_span data);

/*
 * The header in a sector read from my_lba. ZB_ENOENT without the signature; ZB_ECKSUM, or
 * ZB_ECORRUPT for fields that make no sense.
 */
ZB_MUST_CHECK int zf_gpt_header_decode(struct zb_span sector, uint64_t my_lba,
				       struct zf_gpt_header *ret_header);

/* Entry i of the entries: 1 with *ret_partition, 0 if it is unused, or ZB_ECORRUPT. */
ZB_MUST_CHECK int zf_gpt_entry_decode(struct zb_span entries,
				      const struct zf_gpt_header *header, uint32_t i,
				      struct zf_partition *ret_partition);

/* Entry i of the MBR in sector 0: 1, 0 if it is unused or protective, ZB_ENOENT: no MBR. */
ZB_MUST_CHECK int zf_mbr_entry_decode(struct zb_span sector, unsigned int i,
				      struct zf_partition *ret_partition);

/* "XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX" in lower case as Linux shows it; 37 bytes. */
void zf_guid_text(const uint8_t guid[16], char text[37]);

#endif
