/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZF_ENCODE_H
#define ZF_ENCODE_H

#include "fmt/dnode.h"
#include "fmt/eck.h"
#include "fmt/sa.h"
#include "fmt/uberblock.h"

/* Encoders of the smaller structures; all little-endian, into zeroed memory. */

/* The core of a dnode, what stands before its block pointers. */
struct zf_dnode_core {
	uint8_t type; /* enum zf_object_type */
	uint8_t indblkshift;
	uint8_t nlevels;
	uint8_t nblkptr;
	uint8_t bonustype;
	uint8_t compress; /* 0: inherit */
	uint8_t flags;	  /* enum zf_dnode_flag */
	uint8_t slots;
	uint32_t datablksz; /* bytes, a multiple of 512 */
	uint16_t bonuslen;
	uint64_t maxblkid;
	uint64_t used; /* bytes */
};

void zf_dnode_core_encode(const struct zf_dnode_core *dn, uint8_t out[ZF_DNODE_CORE]);

/* Room for the bonus in a dnode of that many slots; the last 128 bytes may hold the spill. */
static inline size_t zf_dnode_bonus_room(unsigned int slots, unsigned int nblkptr)
{
	return (size_t)slots * ZF_DNODE_SIZE - ZF_DNODE_CORE -
	       (size_t)nblkptr * ZF_BLKPTR_SIZE;
}

/* Everything but the zio_eck_t, which ends the slot; rootbp is given encoded. */
#define ZF_UBERBLOCK_SIZE 216
void zf_uberblock_encode(const struct zf_uberblock *ub,
			 const uint8_t rootbp[ZF_BLKPTR_SIZE], uint8_t *out);

/*
 * Prepares the zio_eck_t at the end of a block: magic and the verifier, the block's offset on
 * the device. The SHA-256 over the block then goes in by zf_eck_encode_cksum().
 */
void zf_eck_encode_verifier(uint8_t *block, size_t size, uint64_t offset);
void zf_eck_encode_cksum(uint8_t *block, size_t size, const uint64_t cksum[4]);

/* size: of the whole header, with the lengths that the caller puts at 6, 8, ... */
void zf_sa_header_encode(unsigned int layout, size_t size, uint8_t *out);

#define ZF_SA_ATTR_ENCODE(num, bswap, length)                                            \
	((uint64_t)(length) << 24 | (uint64_t)(bswap) << 16 | (uint64_t)(num))

#endif
