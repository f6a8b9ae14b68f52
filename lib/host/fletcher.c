/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/accel.h"
#ifdef __x86_64__
#include <immintrin.h>

/*
 * Fletcher4 over n groups of four words at once: word j of each group goes to lane j, and each
 * lane keeps the four sums of its own words. For a word with m groups from its own to the end,
 * lane j has counted it
 *
 *	1, m, T(m) = m(m+1)/2 and U(m) = m(m+1)(m+2)/6
 *
 * times in its sums A, B, C and D, where one pass over all words would have counted it 1, x, T(x)
 * and U(x) times with x = 4m - j. Written by 1, m, T(m) and U(m) that is
 *
 *	x    =                                        4 m - j
 *	T(x) =              16 T(m) -       (6 + 4j)    m + j(j-1)/2
 *	U(x) = 64 U(m) - (48 + 16j) T(m) + (4 + 4j + 2jj) m - j(j-1)(j-2)/6
 *
 * so the sums of the whole follow from those of the lanes, with whole numbers, modulo 2^64.
 * One register of AVX2 holds a sum's four lanes; with two of SSE2 this is slower than one word
 * after the other.
 */
#define LANES 4
#define GROUP (4 * LANES)

static void join(uint64_t sum[4][LANES], struct zc_cksum *ret_cksum)
{
	uint64_t a = 0, b = 0, c = 0, d = 0;

	for (uint64_t j = 0; j < LANES; j++) {
		const uint64_t la = sum[0][j], lb = sum[1][j];
		const uint64_t lc = sum[2][j], ld = sum[3][j];

		a += la;
		b += 4 * lb - j * la;
		c += 16 * lc - (6 + 4 * j) * lb + (j == 0 ? 0 : j * (j - 1) / 2) * la;
		d += 64 * ld - (48 + 16 * j) * lc + (4 + 4 * j + 2 * j * j) * lb -
		     (j == 3 ? la : 0);
	}
	*ret_cksum = (struct zc_cksum){ { a, b, c, d } };
}

/* order says where each byte of a group comes from. */
static __attribute__((target("avx2"))) void
sum_up(struct zb_span data, const uint8_t order[GROUP], uint64_t ret_sum[4][LANES])
{
	const __m128i from = _mm_loadu_si128((const void *)order);
	__m256i a = _mm256_setzero_si256(), b = a, c = a, d = a;
	__m128i w;

	for (size_t at = 0; at < data.len; at += GROUP) {
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

void zh_fletcher4(struct zb_span data, enum zb_endian e, struct zc_cksum *ret_cksum)
{
	static const uint8_t le[GROUP] = { 0, 1, 2,  3,	 4,  5,	 6,  7,
					   8, 9, 10, 11, 12, 13, 14, 15 };
	static const uint8_t be[GROUP] = { 3,  2,  1, 0, 7,  6,	 5,  4,
					   11, 10, 9, 8, 15, 14, 13, 12 };
	uint64_t sum[4][LANES];

	if (data.len % GROUP != 0 || !__builtin_cpu_supports("avx2")) {
		zc_fletcher4(data, e, ret_cksum);
		return;
	}
	sum_up(data, e == ZB_LE ? le : be, sum);
	join(sum, ret_cksum);
}
#else
void zh_fletcher4(struct zb_span data, enum zb_endian e, struct zc_cksum *ret_cksum)
{
	zc_fletcher4(data, e, ret_cksum);
}
#endif
