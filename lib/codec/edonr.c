/* SPDX-License-Identifier: BSD-2-Clause */
#include "codec/blocks.h"
#include "codec/hash.h"

/*
 * Edon-R 512: a double pipe of 16 words; each block goes through eight quasigroup operations.
 * Source: Gligoroski and others, "Cryptographic Hash Function Edon-R", 2008, and the tweak of
 * 2009: block and old pipe are added to the new pipe.
 */
#define WORDS 8

struct vec {
	uint64_t w[WORDS];
};

static inline struct vec load(const uint8_t *p)
{
	struct vec v;

	for (unsigned int i = 0; i < WORDS; i++)
		v.w[i] = zb_load64(p + 8 * i, ZB_LE);
	return v;
}

static inline struct vec reversed(const struct vec *v)
{
	struct vec r;

	for (unsigned int i = 0; i < WORDS; i++)
		r.w[i] = v->w[WORDS - 1 - i];
	return r;
}

/* Each word is a rotated sum of five words, as the first Latin square says. */
static inline struct vec first_square(const struct vec *x)
{
	const uint64_t *w = x->w;
	uint64_t a = w[0] + w[4] + w[1] + w[7], b = w[2] + w[3] + w[5] + w[6];

	return (struct vec){ {
		0xaaaaaaaaaaaaaaaaULL + a + w[2],
		zc_rotl64(a + w[3], 5),
		zc_rotl64(a + w[6], 15),
		zc_rotl64(b + w[7], 22),
		zc_rotl64(b + w[1], 31),
		zc_rotl64(w[0] + w[4] + w[2] + w[3] + w[5], 40),
		zc_rotl64(w[1] + w[7] + w[5] + w[6] + w[0], 50),
		zc_rotl64(b + w[4], 59),
	} };
}

static inline struct vec second_square(const struct vec *y)
{
	const uint64_t *w = y->w;
	uint64_t a = w[0] + w[1] + w[2] + w[5], b = w[0] + w[1] + w[3] + w[4];
	uint64_t c = w[3] + w[4] + w[6] + w[7], d = w[2] + w[5] + w[6] + w[7];

	return (struct vec){ {
		0x5555555555555555ULL + a + w[7],
		zc_rotl64(b + w[6], 10),
		zc_rotl64(a + w[3], 19),
		zc_rotl64(c + w[2], 29),
		zc_rotl64(b + w[5], 36),
		zc_rotl64(d + w[4], 44),
		zc_rotl64(d + w[1], 48),
		zc_rotl64(c + w[0], 55),
	} };
}

/* x * y in the quasigroup of order 2^512. */
static struct vec multiply(const struct vec *x, const struct vec *y)
{
	struct vec sx = first_square(x), ty = second_square(y);
	const uint64_t *s = sx.w, *t = ty.w;

	return (struct vec){ {
		(s[0] ^ s[1] ^ s[4]) + (t[0] ^ t[1] ^ t[5]),
		(s[0] ^ s[4] ^ s[7]) + (t[2] ^ t[6] ^ t[7]),
		(s[1] ^ s[6] ^ s[7]) + (t[0] ^ t[1] ^ t[3]),
		(s[2] ^ s[3] ^ s[4]) + (t[0] ^ t[3] ^ t[4]),
		(s[0] ^ s[1] ^ s[7]) + (t[1] ^ t[2] ^ t[5]),
		(s[3] ^ s[5] ^ s[6]) + (t[3] ^ t[4] ^ t[6]),
		(s[2] ^ s[5] ^ s[6]) + (t[2] ^ t[5] ^ t[7]),
		(s[2] ^ s[3] ^ s[5]) + (t[4] ^ t[6] ^ t[7]),
	} };
}

static void edonr_block(uint64_t pipe[16], const uint8_t *bytes)
{
	struct vec low = load(bytes), high = load(bytes + 64), end, p, q;
	struct vec pipe_low, pipe_high;

	__builtin_memcpy(&pipe_low, pipe, sizeof(pipe_low));
	__builtin_memcpy(&pipe_high, pipe + WORDS, sizeof(pipe_high));
	end = reversed(&high);
	p = multiply(&end, &low);
	q = multiply(&p, &high);
	p = multiply(&pipe_high, &p);
	q = multiply(&p, &q);
	p = multiply(&p, &pipe_low);
	q = multiply(&q, &p);
	end = reversed(&low);
	p = multiply(&end, &p);
	q = multiply(&p, &q);
	for (unsigned int i = 0; i < WORDS; i++) {
		pipe[i] ^= high.w[i] ^ p.w[i];
		pipe[WORDS + i] ^= low.w[i] ^ q.w[i];
	}
}

static void edonr_blocks(void *state, const uint8_t *p, size_t n)
{
	for (; n > 0; n--, p += ZC_EDONR_BLOCK)
		edonr_block(state, p);
}

void zc_edonr_init(struct zc_edonr_ctx *ctx)
{
	uint8_t bytes[16 * 8];

	*ctx = (struct zc_edonr_ctx){ 0 };
	/* The pipe starts as the bytes 80, 81, ... ff, read as big-endian words. */
	for (unsigned int i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(0x80 + i);
	for (unsigned int i = 0; i < 16; i++)
		ctx->pipe[i] = zb_load64(bytes + 8 * i, ZB_BE);
}

void zc_edonr_update(struct zc_edonr_ctx *ctx, struct zb_span data)
{
	zc_blocks_feed(ctx->pipe, edonr_blocks, ctx->buf, ZC_EDONR_BLOCK, &ctx->len,
		       data);
}

void zc_edonr_final(struct zc_edonr_ctx *ctx, uint8_t digest[ZC_EDONR_SIZE])
{
	zc_blocks_pad(ctx->pipe, edonr_blocks, ctx->buf, ZC_EDONR_BLOCK, ctx->len, 8,
		      ZB_LE);
	for (unsigned int i = 0; i < WORDS; i++)
		zb_store64(digest + 8 * i, ZB_LE, ctx->pipe[WORDS + i]);
}
