/* SPDX-License-Identifier: BSD-2-Clause */
#include "codec/blocks.h"
#include "codec/checksum.h"

/* FIPS 180-4, section 6.2. */

const uint32_t zc_sha256_constants[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
	0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
	0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
	0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
	0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static inline uint32_t schedule(const uint32_t w[16], unsigned int i)
{
	uint32_t w15 = w[(i + 1) & 15], w2 = w[(i + 14) & 15];
	uint32_t s0 = zc_rotr32(w15, 7) ^ zc_rotr32(w15, 18) ^ w15 >> 3;
	uint32_t s1 = zc_rotr32(w2, 17) ^ zc_rotr32(w2, 19) ^ w2 >> 10;

	return w[i & 15] + s0 + w[(i + 9) & 15] + s1;
}

/*
 * One round, the variables named by place: instead of moving all eight, the callers rotate
 * the names.
 */
#define ROUND(a, b, c, d, e, f, g, h, i)                                                 \
	do {                                                                             \
		uint32_t t = (h) +                                                       \
			     (zc_rotr32(e, 6) ^ zc_rotr32(e, 11) ^ zc_rotr32(e, 25)) +   \
			     ((g) ^ ((e) & ((f) ^ (g)))) + zc_sha256_constants[i] +      \
			     w[(i)&15];                                                  \
		(d) += t;                                                                \
		(h) = t + (zc_rotr32(a, 2) ^ zc_rotr32(a, 13) ^ zc_rotr32(a, 22)) +      \
		      (((a) & (b)) | ((c) & ((a) | (b))));                               \
	} while (0)

static void sha256_block(uint32_t h[8], const uint8_t *p)
{
	uint32_t v[8], w[16];

	for (unsigned int i = 0; i < 16; i++)
		w[i] = zb_load32(p + 4 * i, ZB_BE);
	__builtin_memcpy(v, h, sizeof(v));
	for (unsigned int i = 0; i < 64; i += 8) {
		if (i >= 16) {
			for (unsigned int j = i; j < i + 8; j++)
				w[j & 15] = schedule(w, j);
		}
		ROUND(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], i);
		ROUND(v[7], v[0], v[1], v[2], v[3], v[4], v[5], v[6], i + 1);
		ROUND(v[6], v[7], v[0], v[1], v[2], v[3], v[4], v[5], i + 2);
		ROUND(v[5], v[6], v[7], v[0], v[1], v[2], v[3], v[4], i + 3);
		ROUND(v[4], v[5], v[6], v[7], v[0], v[1], v[2], v[3], i + 4);
		ROUND(v[3], v[4], v[5], v[6], v[7], v[0], v[1], v[2], i + 5);
		ROUND(v[2], v[3], v[4], v[5], v[6], v[7], v[0], v[1], i + 6);
		ROUND(v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[0], i + 7);
	}
	for (unsigned int i = 0; i < 8; i++)
		h[i] += v[i];
}

void zc_sha256_blocks(void *state, const uint8_t *p, size_t n)
{
	for (; n > 0; n--, p += ZC_SHA256_BLOCK)
		sha256_block(state, p);
}

void zc_sha256_init(struct zc_sha256_ctx *ctx)
{
	*ctx = (struct zc_sha256_ctx){
		.blocks = zc_sha256_blocks,
		.h = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,
		       0x9b05688c, 0x1f83d9ab, 0x5be0cd19 },
	};
}

void zc_sha256_update(struct zc_sha256_ctx *ctx, struct zb_span data)
{
	zc_blocks_feed(ctx->h, ctx->blocks, ctx->buf, ZC_SHA256_BLOCK, &ctx->len, data);
}

void zc_sha256_final(struct zc_sha256_ctx *ctx, struct zc_cksum *ret_cksum)
{
	zc_blocks_pad(ctx->h, ctx->blocks, ctx->buf, ZC_SHA256_BLOCK, ctx->len, 8, ZB_BE);
	for (unsigned int i = 0; i < 4; i++)
		ret_cksum->word[i] = (uint64_t)ctx->h[2 * i] << 32 | ctx->h[2 * i + 1];
}

void zc_sha256(struct zb_span data, struct zc_cksum *ret_cksum)
{
	struct zc_sha256_ctx ctx;

	zc_sha256_init(&ctx);
	zc_sha256_update(&ctx, data);
	zc_sha256_final(&ctx, ret_cksum);
}
