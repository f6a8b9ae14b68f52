/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/accel.h"
#ifdef __x86_64__
#include <immintrin.h>

/*
 * Fletcher4 over groups of L words at once: word j of each group goes to lane j, and each lane keeps
 * the four sums of its own words. For a word with m groups from its own to the end, lane j has
 * counted it
 *
 *	1, m, T(m) = m(m+1)/2 and U(m) = m(m+1)(m+2)/6
 *
 * times in its sums A, B, C and D, where one pass over all words would have counted it 1, x, T(x)
 * and U(x) times with x = Lm - j. Written by 1, m, T(m) and U(m) that is
 *
 *	x    =                                            L m - j
 *	T(x) =               L^2 T(m) - (L(L-1)/2 + Lj)     m + j(j-1)/2
 *	U(x) = L^3 U(m) - L^2 (L-1 + j) T(m)
 *	       + (L(L-1)(L-2)/6 + Lj(L-2)/2 + Ljj/2) m - j(j-1)(j-2)/6
 *
 * so the sums of the whole follow from those of the lanes, with whole numbers, modulo 2^64. One
 * register of AVX-512 holds a sum's lanes if they are eight, one of AVX2 four; with two of SSE2
 * this is slower than one word after the other.
 */
#define LANES_MAX 8

static void join(uint64_t l, uint64_t sum[4][LANES_MAX], struct zc_cksum *ret_cksum)
{
	uint64_t a = 0, b = 0, c = 0, d = 0;

	for (uint64_t j = 0; j < l; j++) {
		const uint64_t la = sum[0][j], lb = sum[1][j];
		const uint64_t lc = sum[2][j], ld = sum[3][j];

		a += la;
		b += l * lb - j * la;
		c += l * l * lc - (l * (l - 1) / 2 + l * j) * lb +
		     (j < 2 ? 0 : j * (j - 1) / 2) * la;
		d += l * l * l * ld - l * l * (l - 1 + j) * lc +
		     (l * (l - 1) * (l - 2) / 6 + l * j * (l - 2) / 2 + l * j * j / 2) *
			     lb -
		     (j < 3 ? 0 : j * (j - 1) * (j - 2) / 6) * la;
	}
	*ret_cksum = (struct zc_cksum){ { a, b, c, d } };
}

static __attribute__((target("avx512f"))) void sum_by_8(struct zb_span data,
							uint64_t ret_sum[4][LANES_MAX])
{
	__m512i a = _mm512_setzero_si512(), b = a, c = a, d = a, w;

#pragma GCC unroll 4
	for (size_t at = 0; at < data.len; at += 32) {
		w = _mm512_cvtepu32_epi64(
			_mm256_loadu_si256((const void *)(data.ptr + at)));
		a = _mm512_add_epi64(a, w);
		b = _mm512_add_epi64(b, a);
		c = _mm512_add_epi64(c, b);
		d = _mm512_add_epi64(d, c);
	}
	_mm512_storeu_si512((void *)ret_sum[0], a);
	_mm512_storeu_si512((void *)ret_sum[1], b);
	_mm512_storeu_si512((void *)ret_sum[2], c);
	_mm512_storeu_si512((void *)ret_sum[3], d);
}

/* order says where each byte of a group comes from. */
static __attribute__((target("avx2"))) void
sum_by_4(struct zb_span data, const uint8_t order[16], uint64_t ret_sum[4][LANES_MAX])
{
	const __m128i from = _mm_loadu_si128((const void *)order);
	__m256i a = _mm256_setzero_si256(), b = a, c = a, d = a;
	__m128i w;

	for (size_t at = 0; at < data.len; at += 16) {
		w = _mm_loadu_si128((const void *)(data.ptr + at));
		w = _mm_shuffle_epi8(w, from);
		a = _mm256_add_epi64(a, _mm256_cvtepu32_epi64(w));
		b = _mm256_add_epi64(b, a);
		c = _mm256_add_epi64(c, b);
		d = _mm256_add_epi64(d, c);
	}
	_mm256_storeu_si256((void *)ret_sum[0], a);
	_mm256_storeu_si256((void *)ret_sum[1], b);
	_mm256_storeu_si256((void *)ret_sum[2], c);
	_mm256_storeu_si256((void *)ret_sum[3], d);
}

bool zh_fletcher4_by_4(struct zb_span data, enum zb_endian e, struct zc_cksum *ret_cksum)
{
	static const uint8_t le[16] = { 0, 1, 2,  3,  4,  5,  6,  7,
					8, 9, 10, 11, 12, 13, 14, 15 };
	static const uint8_t be[16] = { 3,  2,	1, 0, 7,  6,  5,  4,
					11, 10, 9, 8, 15, 14, 13, 12 };
	uint64_t sum[4][LANES_MAX];

	if (data.len % 16 != 0 || !__builtin_cpu_supports("avx2"))
		return false;
	sum_by_4(data, e == ZB_LE ? le : be, sum);
	join(4, sum, ret_cksum);
	return true;
}

/* Of the other byte order there are few pools. */
bool zh_fletcher4_by_8(struct zb_span data, enum zb_endian e, struct zc_cksum *ret_cksum)
{
	uint64_t sum[4][LANES_MAX];

	if (data.len % 32 != 0 || e != ZB_LE || !__builtin_cpu_supports("avx512f"))
		return false;
	sum_by_8(data, sum);
	join(8, sum, ret_cksum);
	return true;
}

void zh_fletcher4(struct zb_span data, enum zb_endian e, struct zc_cksum *ret_cksum)
{
	if (!zh_fletcher4_by_8(data, e, ret_cksum) &&
	    !zh_fletcher4_by_4(data, e, ret_cksum))
		zc_fletcher4(data, e, ret_cksum);
}
#else
bool zh_fletcher4_by_4(struct zb_span data, enum zb_endian e, struct zc_cksum *ret_cksum)
{
	return false;
}

bool zh_fletcher4_by_8(struct zb_span data, enum zb_endian e, struct zc_cksum *ret_cksum)
{
	return false;
}

void zh_fletcher4(struct zb_span data, enum zb_endian e, struct zc_cksum *ret_cksum)
{
	zc_fletcher4(data, e, ret_cksum);
}
#endif
