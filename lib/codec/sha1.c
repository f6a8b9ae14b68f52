/* SPDX-License-Identifier: BSD-2-Clause */
#include "codec/blocks.h"
#include "codec/hash.h"

static inline uint32_t rotl(uint32_t v, unsigned int n)
{
	return v << n | v >> (32 - n);
}

static inline uint32_t choose(unsigned int i, uint32_t b, uint32_t c, uint32_t d)
{
	if (i < 20)
		return ((d ^ (b & (c ^ d)))) + 0x5a827999;
	if (i < 40)
		return (b ^ c ^ d) + 0x6ed9eba1;
	if (i < 60)
		return ((b & c) | (d & (b | c))) + 0x8f1bbcdc;
	return (b ^ c ^ d) + 0xca62c1d6;
}

/* FIPS 180-4. */
static void sha1_block(uint32_t h[5], const uint8_t *p)
{
	uint32_t w[16], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4], t;

	for (unsigned int i = 0; i < 80; i++) {
		if (i < 16)
			w[i] = zb_load32(p + 4 * i, ZB_BE);
		else
			w[i & 15] = rotl(w[(i + 13) & 15] ^ w[(i + 8) & 15] ^
						 w[(i + 2) & 15] ^ w[i & 15],
					 1);
		t = rotl(a, 5) + choose(i, b, c, d) + e + w[i & 15];
		e = d;
		d = c;
		c = rotl(b, 30);
		b = a;
		a = t;
	}
	h[0] += a;
	h[1] += b;
	h[2] += c;
	h[3] += d;
	h[4] += e;
}

static void sha1_blocks(void *state, const uint8_t *p, size_t n)
{
	for (; n > 0; n--, p += ZC_SHA1_BLOCK)
		sha1_block(state, p);
}

void zc_sha1_init(struct zc_sha1_ctx *ctx)
{
	*ctx = (struct zc_sha1_ctx){
		.h = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 },
	};
}

void zc_sha1_update(struct zc_sha1_ctx *ctx, struct zb_span data)
{
	zc_blocks_feed(ctx->h, sha1_blocks, ctx->buf, ZC_SHA1_BLOCK, &ctx->len, data);
}

void zc_sha1_final(struct zc_sha1_ctx *ctx, uint8_t digest[ZC_SHA1_SIZE])
{
	zc_blocks_pad(ctx->h, sha1_blocks, ctx->buf, ZC_SHA1_BLOCK, ctx->len, 8, ZB_BE);
	for (unsigned int i = 0; i < 5; i++)
		zb_store32(digest + 4 * i, ZB_BE, ctx->h[i]);
}
