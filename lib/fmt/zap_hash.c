/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/zap.h"

/* CRC-64 of ECMA-182, reflected; OpenZFS calls the polynomial ZFS_CRC64_POLY. */
#define CRC64_POLY     0xc96c5795d7870f42ULL
#define HASH_BITS      28
#define HASH_BITS_LONG 48

/*
 * Bit by bit instead of with a table of 2 KiB: a lookup hashes one name, and the loaders are
 * counted in KiB.
 */
static uint64_t crc64_byte(uint64_t crc)
{
	for (unsigned int i = 0; i < 8; i++)
		crc = (crc >> 1) ^ (-(crc & 1) & CRC64_POLY);
	return crc;
}

uint64_t zf_zap_hash(uint64_t salt, uint64_t flags, const void *name, size_t len)
{
	unsigned int keep = flags & ZF_ZAP_FLAG_HASH64 ? HASH_BITS_LONG : HASH_BITS;
	const uint8_t *p = name;
	uint64_t h = salt;

	for (size_t i = 0; i < len; i++)
		h = (h >> 8) ^ crc64_byte((h ^ p[i]) & 0xff);
	return h & ~((1ULL << (64 - keep)) - 1);
}
