/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/parity.h"

#define POLYNOMIAL 0x1d
#define WORDS	   64 /* a chunk of 512 bytes at a time, which stays in the first cache */
#define CHUNK	   (WORDS * sizeof(uint64_t))
#define EVERY_BYTE 0x0101010101010101ULL

/* ---- single elements of the field ---- */

static uint8_t mul2(uint8_t a)
{
	return (uint8_t)(a << 1 ^ (a >> 7) * POLYNOMIAL);
}

static uint8_t mul(uint8_t a, uint8_t b)
{
	uint8_t v = 0;

	for (unsigned int bit = 8; bit-- > 0;)
		v = (uint8_t)(mul2(v) ^ (b >> bit & 1 ? a : 0));
	return v;
}

static uint8_t power(uint8_t a, unsigned int n)
{
	uint8_t v = 1;

	for (unsigned int bit = 8; bit-- > 0;) {
		v = mul(v, v);
		if (n >> bit & 1)
			v = mul(v, a);
	}
	return v;
}

static uint8_t inverse(uint8_t a)
{
	return power(a, 254);
}

/* ---- chunks: eight elements in a word ---- */

static void chunk_mul2(uint64_t *v)
{
	for (unsigned int i = 0; i < WORDS; i++) {
		uint64_t top = v[i] >> 7 & EVERY_BYTE;

		v[i] = (v[i] & 0x7f * EVERY_BYTE) << 1 ^
		       (top ^ top << 2 ^ top << 3 ^ top << 4);
	}
}

static void chunk_add(uint64_t *v, const uint8_t *p)
{
	uint64_t w;

	for (unsigned int i = 0; i < WORDS; i++) {
		__builtin_memcpy(&w, p + i * sizeof(w), sizeof(w));
		v[i] ^= w;
	}
}

/* v += c * a */
static void chunk_add_multiple(uint64_t *v, const uint64_t *a, uint8_t c)
{
	uint64_t t[WORDS];

	__builtin_memcpy(t, a, sizeof(t));
	for (; c > 0; c >>= 1) {
		if (c & 1)
			for (unsigned int i = 0; i < WORDS; i++)
				v[i] ^= t[i];
		if (c > 1)
			chunk_mul2(t);
	}
}

/* The sum of parity column j, by Horner's rule. Columns in `lost` count as zeros. */
static void chunk_parity(const struct zr_stripe *s, unsigned int j, size_t at,
			 const uint8_t *lost, unsigned int n_lost, uint64_t *v)
{
	unsigned int next = 0;

	__builtin_memset(v, 0, CHUNK);
	for (unsigned int i = 0; i < s->n; i++) {
		for (unsigned int k = 0; k < j; k++)
			chunk_mul2(v);
		if (next < n_lost && lost[next] == i)
			next++;
		else if (s->data[i])
			chunk_add(v, s->data[i] + at);
	}
}

void zr_parity_compute(const struct zr_stripe *s, unsigned int j, uint8_t *out)
{
	uint64_t v[WORDS];

	for (size_t at = 0; at < s->len; at += CHUNK) {
		chunk_parity(s, j, at, NULL, 0, v);
		__builtin_memcpy(out + at, v, CHUNK);
	}
}

bool zr_parity_agrees(const struct zr_stripe *s, unsigned int j)
{
	uint64_t v[WORDS];

	for (size_t at = 0; at < s->len; at += CHUNK) {
		chunk_parity(s, j, at, NULL, 0, v);
		if (__builtin_memcmp(s->parity[j] + at, v, CHUNK) != 0)
			return false;
	}
	return true;
}

/* Which parity columns give lost data, and by which factors: lost = inv * (parity - rest). */
struct solution {
	unsigned int n;
	uint8_t parity[ZR_PARITY_MAX];
	uint8_t inv[ZR_PARITY_MAX][ZR_PARITY_MAX];
};

/* Gauss and Jordan. Any rows of this matrix are independent, so no pivot need be looked for. */
static void invert(struct solution *sol, uint8_t m[ZR_PARITY_MAX][ZR_PARITY_MAX])
{
	for (unsigned int i = 0; i < sol->n; i++)
		for (unsigned int k = 0; k < sol->n; k++)
			sol->inv[i][k] = i == k;
	for (unsigned int i = 0; i < sol->n; i++) {
		uint8_t by = inverse(m[i][i]);

		for (unsigned int k = 0; k < sol->n; k++) {
			m[i][k] = mul(m[i][k], by);
			sol->inv[i][k] = mul(sol->inv[i][k], by);
		}
		for (unsigned int r = 0; r < sol->n; r++) {
			uint8_t f = m[r][i];

			for (unsigned int k = 0; r != i && k < sol->n; k++) {
				m[r][k] ^= mul(m[i][k], f);
				sol->inv[r][k] ^= mul(sol->inv[i][k], f);
			}
		}
	}
}

static void solve_chunk(struct zr_stripe *s, const struct solution *sol,
			const uint8_t *lost, size_t at)
{
	uint64_t rest[ZR_PARITY_MAX][WORDS], v[WORDS];

	for (unsigned int k = 0; k < sol->n; k++) {
		chunk_parity(s, sol->parity[k], at, lost, sol->n, rest[k]);
		chunk_add(rest[k], s->parity[sol->parity[k]] + at);
	}
	for (unsigned int i = 0; i < sol->n; i++) {
		__builtin_memset(v, 0, sizeof(v));
		for (unsigned int k = 0; k < sol->n; k++)
			chunk_add_multiple(v, rest[k], sol->inv[i][k]);
		__builtin_memcpy(s->data[lost[i]] + at, v, CHUNK);
	}
}

int zr_parity_solve(struct zr_stripe *s, const uint8_t *lost, unsigned int n_lost,
		    unsigned int usable)
{
	uint8_t m[ZR_PARITY_MAX][ZR_PARITY_MAX];
	struct solution sol = { 0 };

	for (unsigned int j = 0; j < s->p && sol.n < n_lost; j++) {
		if (!(usable >> j & 1))
			continue;
		for (unsigned int i = 0; i < n_lost; i++)
			m[sol.n][i] = power((uint8_t)(1U << j), s->n - 1 - lost[i]);
		sol.parity[sol.n++] = (uint8_t)j;
		usable &= ~(1U << j);
	}
	if (sol.n < n_lost)
		return ZB_EIO;
	if (n_lost > 0) {
		invert(&sol, m);
		for (size_t at = 0; at < s->len; at += CHUNK)
			solve_chunk(s, &sol, lost, at);
	}
	return (int)usable;
}
