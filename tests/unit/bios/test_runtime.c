/* SPDX-License-Identifier: BSD-2-Clause */
/* What stage 2's compiler calls, under other names, against this machine's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define memcpy	     bi_memcpy
#define memmove	     bi_memmove
#define memset	     bi_memset
#define memcmp	     bi_memcmp
#define __udivdi3    bi_udivdi3
#define __umoddi3    bi_umoddi3
#define __udivmoddi4 bi_udivmoddi4
#define __divdi3     bi_divdi3
#define __moddi3     bi_moddi3
#include "boot/common/memory.c"
#include "boot/bios/divide.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp

#define ROUNDS 200000
#define SIZE   67

/* Numbers of all lengths, and those next to powers of two. */
static uint64_t any_number(void)
{
	uint64_t v = (uint64_t)rand() << 42 ^ (uint64_t)rand() << 21 ^ (uint64_t)rand();

	v >>= rand() % 64;
	return rand() % 4 ? v : (1ULL << rand() % 64) + (uint64_t)(rand() % 3) - 1;
}

static void division_is_that_of_the_machine(void **state)
{
	srand(1);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		uint64_t a = any_number(), b = any_number(), rest;

		if (b == 0)
			continue;
		assert_int_equal(bi_udivdi3(a, b), a / b);
		assert_int_equal(bi_umoddi3(a, b), a % b);
		assert_int_equal(bi_udivmoddi4(a, b, &rest), a / b);
		assert_int_equal(rest, a % b);
		/* The one quotient that does not exist. */
		if ((int64_t)a == INT64_MIN && (int64_t)b == -1)
			continue;
		assert_int_equal(bi_divdi3((int64_t)a, (int64_t)b),
				 (int64_t)a / (int64_t)b);
		assert_int_equal(bi_moddi3((int64_t)a, (int64_t)b),
				 (int64_t)a % (int64_t)b);
	}
}

static void copies_of_every_length_and_overlap(void **state)
{
	uint8_t from[3 * SIZE], want[3 * SIZE], got[3 * SIZE];

	for (unsigned int i = 0; i < sizeof(from); i++)
		from[i] = (uint8_t)(i * 7);
	for (size_t n = 0; n <= SIZE; n++)
		for (size_t to = 0; to <= SIZE; to++) {
			memcpy(want, from, sizeof(from));
			memcpy(got, from, sizeof(from));
			memmove(want + to, want + SIZE / 2, n);
			assert_ptr_equal(bi_memmove(got + to, got + SIZE / 2, n),
					 got + to);
			assert_memory_equal(got, want, sizeof(want));
			memset(want + to, 0xa7, n);
			bi_memset(got + to, 0x1a7, n);
			assert_memory_equal(got, want, sizeof(want));
			bi_memcpy(got + to, from + 1, n);
			memcpy(want + to, from + 1, n);
			assert_memory_equal(got, want, sizeof(want));
		}
}

static void comparison_tells_the_order(void **state)
{
	assert_int_equal(bi_memcmp("abc", "abc", 3), 0);
	assert_true(bi_memcmp("abc", "abd", 3) < 0);
	assert_true(bi_memcmp("\xff", "a", 1) > 0);
	assert_int_equal(bi_memcmp("a", "b", 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(division_is_that_of_the_machine),
		cmocka_unit_test(copies_of_every_length_and_overlap),
		cmocka_unit_test(comparison_tells_the_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
