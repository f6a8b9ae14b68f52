/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZF_BLKPTR_H
#define ZF_BLKPTR_H

#include "base/span.h"
#include "fmt/enums.h"

/*
 * Block pointer, 128 bytes. Source: OpenZFS include/sys/spa.h.
 *
 *	     64      56      48      40      32      24      16      8       0
 *	0    | pad   |     vdev1 (24)       | GRID  |       ASIZE (24)        |  DVA 0
 *	8    |G|                     offset1 (63, sectors)                    |
 *	10   DVA 1, 20 DVA 2 alike
 *	30   |BDX|lvl (5)| type  | cksum | E comp(7) |    PSIZE     |   LSIZE   |  blk_prop
 *	38, 40 padding; 48 physical birth txg; 50 logical birth txg; 58 fill count
 *	60 .. 7f  checksum, four words
 *
 * LSIZE and PSIZE are in 512-byte sectors less one, ASIZE in sectors, offsets in sectors past
 * the vdev's data start. With E set the pointer embeds its data: payload in all words but
 * blk_prop (30) and logical birth (50); LSIZE is 25 bits and PSIZE 7 bits, in bytes less one.
 */
#define ZF_BLKPTR_SIZE	     128
#define ZF_BLKPTR_SHIFT	     7
#define ZF_SECTOR_SHIFT	     9
#define ZF_DVAS_PER_BP	     3
#define ZF_BP_EMBEDDED_BYTES 112
#define ZF_MAX_BLOCK	     (16ULL << 20)

struct zf_dva {
	uint32_t vdev;	 /* id of the top-level vdev */
	uint64_t offset; /* bytes past the vdev's data start */
	uint64_t asize;	 /* bytes, with parity and padding */
	bool gang;
};

struct zf_blkptr {
	struct zf_dva dva[ZF_DVAS_PER_BP];
	unsigned int ndvas; /* of a hole and of embedded data: 0 */
	bool embedded;
	bool encrypted; /* or authenticated: the X bit */
	bool dedup;
	enum zb_endian endian; /* of the block pointed to */
	uint8_t level;
	uint8_t type;	  /* enum zf_object_type */
	uint8_t checksum; /* enum zf_checksum; of embedded data unused */
	uint8_t compress; /* enum zf_compress */
	uint64_t lsize;	  /* bytes */
	uint64_t psize;	  /* bytes */
	uint64_t logical_birth;
	uint64_t physical_birth; /* as stored: 0 means equal to logical_birth */
	uint64_t fill;
	uint64_t cksum[4];
	uint8_t etype; /* of embedded data: enum zf_embedded */
	union {
		/* of embedded data: psize bytes are valid */
		uint8_t data[ZF_BP_EMBEDDED_BYTES];
		struct { /* of one with the X bit; byte strings, see crypt.h */
			uint8_t mac[16];
			uint8_t salt[8];
			uint8_t iv[12];
		};
	};
	/* Not on disk: the reader notes here what opens an encrypted block (struct zr_key). */
	const void *key;
};

/* Whether the block itself is, as against pointers and types that are only authenticated. */
static inline bool zf_blkptr_is_encrypted(const struct zf_blkptr *bp)
{
	return bp->encrypted && bp->level == 0 && zf_ot_is_encrypted(bp->type);
}

/* What an embedded pointer has in it. */
enum zf_embedded {
	ZF_EMBEDDED_DATA = 0,
	ZF_EMBEDDED_REDACTED = 2, /* nothing: the data were left out of a send stream */
};

/* No data, although there were some; its sizes are 0. */
static inline bool zf_blkptr_is_redacted(const struct zf_blkptr *bp)
{
	return bp->embedded && bp->etype == ZF_EMBEDDED_REDACTED;
}

/* A hole: nothing was ever written; reads as lsize zeros. */
static inline bool zf_blkptr_is_hole(const struct zf_blkptr *bp)
{
	return !bp->embedded && bp->ndvas == 0;
}

/* The txg in which the bytes were written where they are. */
static inline uint64_t zf_blkptr_birth(const struct zf_blkptr *bp)
{
	return bp->physical_birth ? bp->physical_birth : bp->logical_birth;
}

/*
 * Decodes and validates the 128 bytes of s, whose words are in byte order e.
 * ZB_ECORRUPT for a short span or values that no OpenZFS writes (size beyond 16 MiB, unknown
 * checksum, compression or level); ZB_ENOTSUP for an embedded type that we do not know.
 */
ZB_MUST_CHECK int zf_blkptr_decode(struct zb_span s, enum zb_endian e,
				   struct zf_blkptr *ret_bp);

/* The inverse, little-endian, for the writer. Values are the caller's duty (asserted). */
void zf_blkptr_encode(const struct zf_blkptr *bp, uint8_t out[ZF_BLKPTR_SIZE]);

#endif
