/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZC_HASH_H
#define ZC_HASH_H

#include "base/span.h"

/* Cryptographic hashes as byte strings; checksum.h says how ZFS stores SHA-256. */

/* SHA-512 and SHA-512/256 (FIPS 180-4): the latter is the first 32 bytes of a digest. */
#define ZC_SHA512_BLOCK 128
#define ZC_SHA512_SIZE	64

struct zc_sha512_ctx {
	uint64_t h[8];
	uint64_t len; /* bytes so far */
	uint8_t buf[ZC_SHA512_BLOCK];
};

void zc_sha512_init(struct zc_sha512_ctx *ctx);
void zc_sha512_256_init(struct zc_sha512_ctx *ctx);
void zc_sha512_update(struct zc_sha512_ctx *ctx, struct zb_span data);
void zc_sha512_final(struct zc_sha512_ctx *ctx, uint8_t digest[ZC_SHA512_SIZE]);

/*
 * Skein-512 (version 1.3), an output of `bits` bits, at most 512; the first bits / 8 bytes of
 * the digest count. key may be empty: then it is a plain hash, else a MAC.
 */
#define ZC_SKEIN_BLOCK 64

struct zc_skein_ctx {
	uint64_t h[8];
	uint64_t tweak[2];
	size_t fill;
	uint8_t buf[ZC_SKEIN_BLOCK];
};

void zc_skein_init(struct zc_skein_ctx *ctx, struct zb_span key, unsigned int bits);
void zc_skein_update(struct zc_skein_ctx *ctx, struct zb_span data);
void zc_skein_final(struct zc_skein_ctx *ctx, uint8_t digest[ZC_SKEIN_BLOCK]);

/* Edon-R 512, with the tweak that was published after its submission to the SHA-3 contest. */
#define ZC_EDONR_BLOCK 128
#define ZC_EDONR_SIZE  64

struct zc_edonr_ctx {
	uint64_t pipe[16];
	uint64_t len; /* bytes so far */
	uint8_t buf[ZC_EDONR_BLOCK];
};

void zc_edonr_init(struct zc_edonr_ctx *ctx);
void zc_edonr_update(struct zc_edonr_ctx *ctx, struct zb_span data);
void zc_edonr_final(struct zc_edonr_ctx *ctx, uint8_t digest[ZC_EDONR_SIZE]);

/* BLAKE3, 32 bytes of output. key is ZC_BLAKE3_KEY bytes, or NULL for the plain hash. */
#define ZC_BLAKE3_SIZE 32
#define ZC_BLAKE3_KEY  32

void zc_blake3(const uint8_t *key, struct zb_span data, uint8_t digest[ZC_BLAKE3_SIZE]);

/* SHA-1: only for PBKDF2, where ZFS has it. */
#define ZC_SHA1_BLOCK 64
#define ZC_SHA1_SIZE  20

struct zc_sha1_ctx {
	uint32_t h[5];
	uint64_t len; /* bytes so far */
	uint8_t buf[ZC_SHA1_BLOCK];
};

void zc_sha1_init(struct zc_sha1_ctx *ctx);
void zc_sha1_update(struct zc_sha1_ctx *ctx, struct zb_span data);
void zc_sha1_final(struct zc_sha1_ctx *ctx, uint8_t digest[ZC_SHA1_SIZE]);

#endif
