/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZC_CHECKSUM_H
#define ZC_CHECKSUM_H

#include "base/span.h"

/* A block's checksum as host integers: what zf_blkptr_decode() gives in cksum[]. */
struct zc_cksum {
	uint64_t word[4];
};

static inline bool zc_cksum_equal(const struct zc_cksum *a, const struct zc_cksum *b)
{
	return ((a->word[0] ^ b->word[0]) | (a->word[1] ^ b->word[1]) |
		(a->word[2] ^ b->word[2]) | (a->word[3] ^ b->word[3])) == 0;
}

/*
 * Over the words of a block that was written in byte order e (the block pointer's). Bytes
 * beyond the last whole step (16 for fletcher2, 4 for fletcher4) do not count, as in OpenZFS,
 * whose blocks are of whole sectors.
 */
void zc_fletcher2(struct zb_span data, enum zb_endian e, struct zc_cksum *ret_cksum);
void zc_fletcher4(struct zb_span data, enum zb_endian e, struct zc_cksum *ret_cksum);

/* SHA-256 as ZFS stores it: the digest read as four big-endian words, in any byte order. */
void zc_sha256(struct zb_span data, struct zc_cksum *ret_cksum);

/* The same in pieces, for areas that check themselves and for digests of streams. */
#define ZC_SHA256_BLOCK 64

/* Takes n blocks at p into the state, eight words. */
typedef void (*zc_sha256_blocks_fn)(void *state, const uint8_t *p, size_t n);

struct zc_sha256_ctx {
	uint32_t h[8];
	uint64_t len;		    /* bytes so far */
	zc_sha256_blocks_fn blocks; /* zc_sha256_blocks(), or what does the same */
	uint8_t buf[ZC_SHA256_BLOCK];
};

void zc_sha256_blocks(void *state, const uint8_t *p, size_t n);

/* One for each of the 64 rounds, for those who do the same: FIPS 180-4, section 4.2.2. */
extern const uint32_t zc_sha256_constants[64];

void zc_sha256_init(struct zc_sha256_ctx *ctx);
void zc_sha256_update(struct zc_sha256_ctx *ctx, struct zb_span data);
void zc_sha256_final(struct zc_sha256_ctx *ctx, struct zc_cksum *ret_cksum);

#endif
