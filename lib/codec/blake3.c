/* SPDX-License-Identifier: BSD-2-Clause */
#include "codec/blocks.h"
#include "codec/hash.h"

/*
 * BLAKE3: chunks of 1 KiB are the leaves of a binary tree, whose left sides are complete.
 * Source: O'Connor and others, "BLAKE3: one function, fast everywhere", 2020.
 */
#define CHUNK 1024
#define BLOCK 64

enum {
	FLAG_CHUNK_START = 1,
	FLAG_CHUNK_END = 2,
	FLAG_PARENT = 4,
	FLAG_ROOT = 8,
	FLAG_KEYED = 16,
};

static const uint32_t iv[8] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
	0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

/* Where round r finds its message words. */
static const uint8_t schedule[7][16] = {
	{ 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 },
	{ 2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8 },
	{ 3, 4, 10, 12, 13, 2, 7, 14, 6, 5, 9, 0, 11, 15, 8, 1 },
	{ 10, 7, 12, 9, 14, 3, 13, 15, 4, 0, 11, 2, 5, 8, 1, 6 },
	{ 12, 13, 9, 11, 15, 10, 14, 8, 7, 2, 5, 3, 0, 1, 6, 4 },
	{ 9, 14, 11, 5, 8, 12, 15, 1, 13, 3, 0, 10, 2, 6, 4, 7 },
	{ 11, 15, 5, 0, 1, 9, 8, 6, 14, 10, 2, 12, 3, 4, 7, 13 },
};

struct node {
	uint32_t cv[8];
};

struct tree {
	struct node key;
	uint32_t flags;
};

static inline __attribute__((always_inline)) void mix(uint32_t v[16], unsigned int a,
						      unsigned int b, unsigned int c,
						      unsigned int d, uint32_t x,
						      uint32_t y)
{
	v[a] += v[b] + x;
	v[d] = zc_rotr32(v[d] ^ v[a], 16);
	v[c] += v[d];
	v[b] = zc_rotr32(v[b] ^ v[c], 12);
	v[a] += v[b] + y;
	v[d] = zc_rotr32(v[d] ^ v[a], 8);
	v[c] += v[d];
	v[b] = zc_rotr32(v[b] ^ v[c], 7);
}

static void compress(struct node *n, const uint8_t block[BLOCK], uint64_t counter,
		     uint32_t len, uint32_t flags)
{
	uint32_t m[16], v[16];

	for (unsigned int i = 0; i < 16; i++)
		m[i] = zb_load32(block + 4 * i, ZB_LE);
	for (unsigned int i = 0; i < 8; i++)
		v[i] = n->cv[i];
	for (unsigned int i = 0; i < 4; i++)
		v[8 + i] = iv[i];
	v[12] = (uint32_t)counter;
	v[13] = (uint32_t)(counter >> 32);
	v[14] = len;
	v[15] = flags;
	for (unsigned int r = 0; r < 7; r++) {
		const uint8_t *s = schedule[r];

		mix(v, 0, 4, 8, 12, m[s[0]], m[s[1]]);
		mix(v, 1, 5, 9, 13, m[s[2]], m[s[3]]);
		mix(v, 2, 6, 10, 14, m[s[4]], m[s[5]]);
		mix(v, 3, 7, 11, 15, m[s[6]], m[s[7]]);
		mix(v, 0, 5, 10, 15, m[s[8]], m[s[9]]);
		mix(v, 1, 6, 11, 12, m[s[10]], m[s[11]]);
		mix(v, 2, 7, 8, 13, m[s[12]], m[s[13]]);
		mix(v, 3, 4, 9, 14, m[s[14]], m[s[15]]);
	}
	for (unsigned int i = 0; i < 8; i++)
		n->cv[i] = v[i] ^ v[8 + i];
}

static struct node hash_chunk(const struct tree *t, struct zb_span data, uint64_t index,
			      uint32_t root)
{
	uint32_t flags = t->flags | FLAG_CHUNK_START;
	struct node n = t->key;
	uint8_t last[BLOCK] = { 0 };

	for (; data.len > BLOCK; data = zb_span(data.ptr + BLOCK, data.len - BLOCK)) {
		compress(&n, data.ptr, index, BLOCK, flags);
		flags = t->flags;
	}
	if (data.len > 0)
		__builtin_memcpy(last, data.ptr, data.len);
	compress(&n, last, index, (uint32_t)data.len, flags | FLAG_CHUNK_END | root);
	return n;
}

static void join(const struct tree *t, struct node *left, const struct node *right,
		 uint32_t root)
{
	uint8_t block[BLOCK];

	for (unsigned int i = 0; i < 8; i++) {
		zb_store32(block + 4 * i, ZB_LE, left->cv[i]);
		zb_store32(block + 32 + 4 * i, ZB_LE, right->cv[i]);
	}
	*left = t->key;
	compress(left, block, 0, BLOCK, t->flags | FLAG_PARENT | root);
}

/*
 * Chunks come one by one; stack holds the finished subtrees, whose sizes are the ones in the
 * binary number of chunks so far. 54 levels are enough for 2^64 bytes.
 */
void zc_blake3(const uint8_t *key, struct zb_span data, uint8_t digest[ZC_BLAKE3_SIZE])
{
	struct node stack[54], n;
	struct tree t = { .flags = key ? FLAG_KEYED : 0 };
	unsigned int depth = 0;
	uint64_t chunks = 0;

	for (unsigned int i = 0; i < 8; i++)
		t.key.cv[i] = key ? zb_load32(key + 4 * i, ZB_LE) : iv[i];
	for (; data.len > CHUNK; data = zb_span(data.ptr + CHUNK, data.len - CHUNK)) {
		n = hash_chunk(&t, zb_span(data.ptr, CHUNK), chunks++, 0);
		for (uint64_t done = chunks; !(done & 1); done >>= 1) {
			join(&t, &stack[--depth], &n, 0);
			n = stack[depth];
		}
		stack[depth++] = n;
	}
	n = hash_chunk(&t, data, chunks, depth == 0 ? FLAG_ROOT : 0);
	while (depth-- > 0) {
		join(&t, &stack[depth], &n, depth == 0 ? FLAG_ROOT : 0);
		n = stack[depth];
	}
	for (unsigned int i = 0; i < 8; i++)
		zb_store32(digest + 4 * i, ZB_LE, n.cv[i]);
}
