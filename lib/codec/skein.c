/* SPDX-License-Identifier: BSD-2-Clause */
#include "codec/blocks.h"
#include "codec/hash.h"

/*
 * Skein-512: the tweakable block cipher Threefish-512, chained by UBI. Source: "The Skein Hash
 * Function Family", version 1.3; the constants stand there in sections 3.3 and 3.5.
 */
#define WORDS	   8
#define ROUNDS	   72
#define KEY_PARITY 0x1bd11bdaa9fc1a22ULL
#define SCHEMA	   0x0000000133414853ULL /* "SHA3", version 1 */
#define CONFIG_LEN 32

/* Bits of the tweak's upper word. */
enum {
	TYPE_KEY = 0,
	TYPE_CONFIG = 4,
	TYPE_MESSAGE = 48,
	TYPE_OUTPUT = 63,
	TYPE_SHIFT = 56,
};
#define FLAG_FIRST (1ULL << 62)
#define FLAG_FINAL (1ULL << 63)

static const uint8_t rotations[8][4] = {
	{ 46, 36, 19, 37 }, { 33, 27, 14, 42 }, { 17, 49, 36, 39 }, { 44, 9, 54, 56 },
	{ 39, 30, 34, 24 }, { 13, 50, 10, 17 }, { 25, 29, 39, 43 }, { 8, 35, 56, 22 },
};

static inline __attribute__((always_inline)) void mix(uint64_t *a, uint64_t *b,
						      unsigned int rotation)
{
	*a += *b;
	*b = zc_rotl64(*b, rotation) ^ *a;
}

/* A round mixes four pairs; the permutation after it is in the choice of the next pairs. */
static inline __attribute__((always_inline)) void four_rounds(uint64_t v[WORDS],
							      const uint8_t r[4][4])
{
	mix(&v[0], &v[1], r[0][0]);
	mix(&v[2], &v[3], r[0][1]);
	mix(&v[4], &v[5], r[0][2]);
	mix(&v[6], &v[7], r[0][3]);
	mix(&v[2], &v[1], r[1][0]);
	mix(&v[4], &v[7], r[1][1]);
	mix(&v[6], &v[5], r[1][2]);
	mix(&v[0], &v[3], r[1][3]);
	mix(&v[4], &v[1], r[2][0]);
	mix(&v[6], &v[3], r[2][1]);
	mix(&v[0], &v[5], r[2][2]);
	mix(&v[2], &v[7], r[2][3]);
	mix(&v[6], &v[1], r[3][0]);
	mix(&v[0], &v[7], r[3][1]);
	mix(&v[2], &v[5], r[3][2]);
	mix(&v[4], &v[3], r[3][3]);
}

static inline void add_subkey(uint64_t v[WORDS], const uint64_t k[WORDS + 1],
			      const uint64_t t[3], unsigned int s)
{
	for (unsigned int i = 0; i < WORDS; i++)
		v[i] += k[(s + i) % (WORDS + 1)];
	v[5] += t[s % 3];
	v[6] += t[(s + 1) % 3];
	v[7] += s;
}

/* One block of UBI; added is what it adds to the position. */
static void ubi_block(struct zc_skein_ctx *ctx, const uint8_t *p, size_t added)
{
	uint64_t k[WORDS + 1], t[3], m[WORDS], v[WORDS];

	ctx->tweak[0] += added;
	t[0] = ctx->tweak[0];
	t[1] = ctx->tweak[1];
	t[2] = t[0] ^ t[1];
	k[WORDS] = KEY_PARITY;
	for (unsigned int i = 0; i < WORDS; i++) {
		k[i] = ctx->h[i];
		k[WORDS] ^= k[i];
		v[i] = m[i] = zb_load64(p + 8 * i, ZB_LE);
	}
	for (unsigned int s = 0; s < ROUNDS / 4; s += 2) {
		add_subkey(v, k, t, s);
		four_rounds(v, rotations);
		add_subkey(v, k, t, s + 1);
		four_rounds(v, rotations + 4);
	}
	add_subkey(v, k, t, ROUNDS / 4);
	for (unsigned int i = 0; i < WORDS; i++)
		ctx->h[i] = v[i] ^ m[i];
	ctx->tweak[1] &= ~FLAG_FIRST;
}

static void start(struct zc_skein_ctx *ctx, unsigned int type)
{
	ctx->tweak[0] = 0;
	ctx->tweak[1] = FLAG_FIRST | (uint64_t)type << TYPE_SHIFT;
	ctx->fill = 0;
}

/* The last block is the one that says so, so a full one waits for more. */
static void finish(struct zc_skein_ctx *ctx)
{
	__builtin_memset(ctx->buf + ctx->fill, 0, ZC_SKEIN_BLOCK - ctx->fill);
	ctx->tweak[1] |= FLAG_FINAL;
	ubi_block(ctx, ctx->buf, ctx->fill);
}

void zc_skein_init(struct zc_skein_ctx *ctx, struct zb_span key, unsigned int bits)
{
	uint8_t config[CONFIG_LEN] = { 0 };

	*ctx = (struct zc_skein_ctx){ 0 };
	if (key.len > 0) {
		start(ctx, TYPE_KEY);
		zc_skein_update(ctx, key);
		finish(ctx);
	}
	zb_store64(config, ZB_LE, SCHEMA);
	zb_store64(config + 8, ZB_LE, bits);
	start(ctx, TYPE_CONFIG);
	zc_skein_update(ctx, zb_span(config, sizeof(config)));
	finish(ctx);
	start(ctx, TYPE_MESSAGE);
}

void zc_skein_update(struct zc_skein_ctx *ctx, struct zb_span data)
{
	const uint8_t *p = data.ptr;
	size_t left = data.len, n;

	while (left > 0) {
		if (ctx->fill == ZC_SKEIN_BLOCK) {
			ubi_block(ctx, ctx->buf, ZC_SKEIN_BLOCK);
			ctx->fill = 0;
		}
		for (; ctx->fill == 0 && left > ZC_SKEIN_BLOCK; left -= ZC_SKEIN_BLOCK) {
			ubi_block(ctx, p, ZC_SKEIN_BLOCK);
			p += ZC_SKEIN_BLOCK;
		}
		n = ZC_SKEIN_BLOCK - ctx->fill < left ? ZC_SKEIN_BLOCK - ctx->fill : left;
		__builtin_memcpy(ctx->buf + ctx->fill, p, n);
		ctx->fill += n;
		p += n;
		left -= n;
	}
}

void zc_skein_final(struct zc_skein_ctx *ctx, uint8_t digest[ZC_SKEIN_BLOCK])
{
	static const uint8_t counter[8] = { 0 };

	finish(ctx);
	start(ctx, TYPE_OUTPUT);
	zc_skein_update(ctx, zb_span(counter, sizeof(counter)));
	finish(ctx);
	for (unsigned int i = 0; i < WORDS; i++)
		zb_store64(digest + 8 * i, ZB_LE, ctx->h[i]);
}
