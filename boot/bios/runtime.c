/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the compiler calls without being asked: copying, and division of 64-bit numbers.
 * Compiled with -fno-builtin, or the loops would become calls of themselves.
 */
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
uint64_t __udivdi3(uint64_t a, uint64_t b);
uint64_t __umoddi3(uint64_t a, uint64_t b);
uint64_t __udivmoddi4(uint64_t a, uint64_t b, uint64_t *ret_rest);
int64_t __divdi3(int64_t a, int64_t b);
int64_t __moddi3(int64_t a, int64_t b);

void *memcpy(void *to, const void *from, size_t n)
{
	void *d = to;
	size_t words = n / 4;

	n %= 4;
	__asm__ volatile("rep movsl" : "+D"(d), "+S"(from), "+c"(words) : : "memory");
	__asm__ volatile("rep movsb" : "+D"(d), "+S"(from), "+c"(n) : : "memory");
	return to;
}

void *memmove(void *to, const void *from, size_t n)
{
	uint8_t *d = to;
	const uint8_t *s = from;

	if ((uintptr_t)d - (uintptr_t)s >= n)
		return memcpy(to, from, n);
	while (n > 0) {
		n--;
		d[n] = s[n];
	}
	return to;
}

void *memset(void *to, int c, size_t n)
{
	void *d = to;
	size_t words = n / 4;

	n %= 4;
	__asm__ volatile("rep stosl"
			 : "+D"(d), "+c"(words)
			 : "a"((uint32_t)(uint8_t)c * 0x01010101U)
			 : "memory");
	__asm__ volatile("rep stosb" : "+D"(d), "+c"(n) : "a"(c) : "memory");
	return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *x = a, *y = b;

	for (size_t i = 0; i < n; i++)
		if (x[i] != y[i])
			return x[i] - y[i];
	return 0;
}

/* The processor divides 64 bits by 32 where the result has 32; that twice, as on paper. */
static uint64_t divide_by_32(uint64_t a, uint32_t b, uint64_t *ret_rest)
{
	uint32_t high = (uint32_t)(a >> 32), low = (uint32_t)a;
	uint32_t q_high = high / b, rest = high % b, q_low;

	__asm__("divl %4" : "=a"(q_low), "=d"(rest) : "0"(low), "1"(rest), "r"(b));
	*ret_rest = rest;
	return (uint64_t)q_high << 32 | q_low;
}

uint64_t __udivmoddi4(uint64_t a, uint64_t b, uint64_t *ret_rest)
{
	uint64_t quotient = 0, rest = 0;

	if (b >> 32 == 0) {
		quotient = divide_by_32(a, (uint32_t)b, &rest);
	} else {
		/* The quotient has at most 32 bits. */
		rest = a >> 32;
		a <<= 32;
		for (int i = 0; i < 32; i++) {
			rest = rest << 1 | a >> 63;
			a <<= 1;
			quotient <<= 1;
			if (rest >= b) {
				rest -= b;
				quotient |= 1;
			}
		}
	}
	if (ret_rest)
		*ret_rest = rest;
	return quotient;
}

uint64_t __udivdi3(uint64_t a, uint64_t b)
{
	return __udivmoddi4(a, b, NULL);
}

uint64_t __umoddi3(uint64_t a, uint64_t b)
{
	uint64_t rest;

	__udivmoddi4(a, b, &rest);
	return rest;
}

static uint64_t magnitude(int64_t v)
{
	return v < 0 ? -(uint64_t)v : (uint64_t)v;
}

int64_t __divdi3(int64_t a, int64_t b)
{
	uint64_t q = __udivdi3(magnitude(a), magnitude(b));

	return (int64_t)((a < 0) != (b < 0) ? -q : q);
}

int64_t __moddi3(int64_t a, int64_t b)
{
	uint64_t rest = __umoddi3(magnitude(a), magnitude(b));

	return (int64_t)(a < 0 ? -rest : rest);
}
