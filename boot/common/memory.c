/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copying and filling, which the compiler calls without being asked. Compiled with -fno-builtin,
 * or the loops would become calls of themselves.
 *
 * The string instructions run at the full width of memory on all but ancient CPUs; by words, so
 * that emulators, which take them one by one, are not slow either.
 */
#include <stddef.h>
#include <stdint.h>

#ifdef __x86_64__
#define WORDS "q"
#else
#define WORDS "l"
#endif
#define BYTES "b"

#define COPY(unit, to, from, n)                                                          \
	__asm__ volatile("rep movs" unit : "+D"(to), "+S"(from), "+c"(n) : : "memory")
#define FILL(unit, to, value, n)                                                         \
	__asm__ volatile("rep stos" unit : "+D"(to), "+c"(n) : "a"(value) : "memory")

void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);

void *memcpy(void *to, const void *from, size_t n)
{
	size_t words = n / sizeof(size_t), rest = n % sizeof(size_t);
	void *d = to;

	COPY(WORDS, d, from, words);
	COPY(BYTES, d, from, rest);
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
	size_t pattern = (uint8_t)c * (SIZE_MAX / UINT8_MAX); /* 0x...010101 */
	size_t words = n / sizeof(size_t), rest = n % sizeof(size_t);
	void *d = to;

	FILL(WORDS, d, pattern, words);
	FILL(BYTES, d, pattern, rest);
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
