/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/accel.h"
#ifdef __x86_64__
#include <immintrin.h>

/*
 * SHA-256 by the processor's own instructions, two rounds each. They want the state as the words
 * {f, e, b, a} and {h, g, d, c}, lowest first, and the words of the schedule, with the round's
 * constant added, four to a register of which one instruction takes the lower two. Source:
 * Intel's Architectures Software Developer's Manual on SHA256RNDS2, SHA256MSG1 and SHA256MSG2.
 */
#define GROUPS 16 /* of four rounds */

#define TARGET __attribute__((target("sha,ssse3,sse4.1")))

/* Words 4i to 4i + 3 of the schedule, from the sixteen before them. */
static inline TARGET __m128i schedule(const __m128i w[4], unsigned int i)
{
	__m128i old = _mm_sha256msg1_epu32(w[i % 4], w[(i + 1) % 4]);
	__m128i seven = _mm_alignr_epi8(w[(i + 3) % 4], w[(i + 2) % 4], 4);

	return _mm_sha256msg2_epu32(_mm_add_epi32(old, seven), w[(i + 3) % 4]);
}

static TARGET void take_block(__m128i *feba, __m128i *hgdc, const uint8_t *p)
{
	const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
	__m128i w[4], k, x = *feba, y = *hgdc;

	/* Without jumps, so that w is in registers. */
#pragma GCC unroll 16
	for (unsigned int i = 0; i < GROUPS; i++) {
		if (i < 4)
			w[i] = _mm_shuffle_epi8(
				_mm_loadu_si128((const void *)(p + 16 * (size_t)i)),
				swap);
		else
			w[i % 4] = schedule(w, i);
		k = _mm_add_epi32(
			w[i % 4],
			_mm_loadu_si128((const void *)&zc_sha256_constants[4 * i]));
		y = _mm_sha256rnds2_epu32(y, x, k);
		x = _mm_sha256rnds2_epu32(x, y, _mm_shuffle_epi32(k, 0x0e));
	}
	*feba = _mm_add_epi32(*feba, x);
	*hgdc = _mm_add_epi32(*hgdc, y);
}

static TARGET void take_blocks(uint32_t h[8], const uint8_t *p, size_t n)
{
	__m128i feba = _mm_setr_epi32((int)h[5], (int)h[4], (int)h[1], (int)h[0]);
	__m128i hgdc = _mm_setr_epi32((int)h[7], (int)h[6], (int)h[3], (int)h[2]);
	uint32_t out[8];

	for (; n > 0; n--, p += ZC_SHA256_BLOCK)
		take_block(&feba, &hgdc, p);
	_mm_storeu_si128((void *)out, feba);
	_mm_storeu_si128((void *)(out + 4), hgdc);
	h[0] = out[3];
	h[1] = out[2];
	h[2] = out[7];
	h[3] = out[6];
	h[4] = out[1];
	h[5] = out[0];
	h[6] = out[5];
	h[7] = out[4];
}

/* CPUID leaf 7, EBX bit 29; not all compilers have a name for it. */
bool zh_sha256_supported(void)
{
	uint32_t a = 7, b, c = 0, d;

	if (!__builtin_cpu_supports("avx2"))
		return false; /* so that the leaf is there */
	__asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	return b >> 29 & 1;
}

void zh_sha256_blocks(void *state, const uint8_t *p, size_t n)
{
	take_blocks(state, p, n);
}
#else
bool zh_sha256_supported(void)
{
	return false;
}

void zh_sha256_blocks(void *state, const uint8_t *p, size_t n)
{
	zc_sha256_blocks(state, p, n);
}
#endif
