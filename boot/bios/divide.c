/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Division of 64-bit numbers, which compilers for 32 bits call without being asked. Compiled with
 * -fno-builtin, or the functions would become calls of themselves.
 */
#include <stddef.h>
#include <stdint.h>

uint64_t __udivdi3(uint64_t a, uint64_t b);
uint64_t __umoddi3(uint64_t a, uint64_t b);
uint64_t __udivmoddi4(uint64_t a, uint64_t b, uint64_t *ret_rest);
int64_t __divdi3(int64_t a, int64_t b);
int64_t __moddi3(int64_t a, int64_t b);

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
