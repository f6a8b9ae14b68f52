/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "boot/bios/heap.h"

#define ARENA (1U << 20)
#define PAGE  4096

struct arena {
	struct bi_heap heap;
	uint8_t *bytes;
};

static int setup(void **state)
{
	struct arena *a = calloc(1, sizeof(*a));

	a->bytes = aligned_alloc(PAGE, ARENA);
	bi_heap_init(&a->heap);
	bi_heap_add(&a->heap, (uintptr_t)a->bytes, ARENA);
	*state = a;
	return 0;
}

static int teardown(void **state)
{
	struct arena *a = *state;

	free(a->bytes);
	free(a);
	return 0;
}

static void expect_all_free(struct arena *a)
{
	size_t largest;

	assert_int_equal(bi_heap_free_bytes(&a->heap, &largest), ARENA);
	assert_int_equal(largest, ARENA);
}

static void memory_comes_from_the_top(void **state)
{
	struct arena *a = *state;
	uint8_t *p = bi_heap_alloc(&a->heap, 1000, 16, BI_HEAP_LIMIT);
	uint8_t *q = bi_heap_alloc(&a->heap, 1000, 16, BI_HEAP_LIMIT);

	assert_true(p + 1000 <= a->bytes + ARENA && p >= a->bytes + ARENA - 1100);
	assert_true(q + 1000 <= p);
	bi_heap_free(&a->heap, p);
	bi_heap_free(&a->heap, q);
	expect_all_free(a);
}

static void alignment_and_limit_are_kept(void **state)
{
	struct arena *a = *state;
	uintptr_t limit = (uintptr_t)a->bytes + ARENA / 2 + 5;
	uint8_t *p = bi_heap_alloc(&a->heap, 10000, PAGE, limit);

	assert_int_equal((uintptr_t)p % PAGE, 0);
	assert_true((uintptr_t)p + 10000 <= limit);
	bi_heap_free(&a->heap, p);
	expect_all_free(a);
}

static void what_does_not_fit_is_refused(void **state)
{
	struct arena *a = *state;

	assert_null(bi_heap_alloc(&a->heap, ARENA, 16, BI_HEAP_LIMIT));
	assert_null(bi_heap_alloc(&a->heap, SIZE_MAX, 16, BI_HEAP_LIMIT));
	assert_null(bi_heap_alloc(&a->heap, 0, 16, BI_HEAP_LIMIT));
	assert_null(bi_heap_alloc(&a->heap, 16, 16, (uintptr_t)a->bytes));
	assert_int_equal(bi_heap_take(&a->heap, 0, ARENA + 16, 16), 0);
	expect_all_free(a);
}

static void a_place_is_taken_from_the_bottom(void **state)
{
	struct arena *a = *state;
	uintptr_t from = (uintptr_t)a->bytes + PAGE + 1;
	uintptr_t at = bi_heap_take(&a->heap, from, 3 * PAGE, PAGE);

	assert_int_equal(at, (uintptr_t)a->bytes + 2 * PAGE);
	bi_heap_add(&a->heap, at, 3 * PAGE);
	expect_all_free(a);
}

static void pieces_in_several_areas_do_not_join(void **state)
{
	struct arena *a = *state;
	struct bi_heap heap;
	size_t largest;

	bi_heap_init(&heap);
	bi_heap_add(&heap, (uintptr_t)a->bytes + ARENA / 2, ARENA / 4);
	bi_heap_add(&heap, (uintptr_t)a->bytes, ARENA / 4);
	assert_int_equal(bi_heap_free_bytes(&heap, &largest), ARENA / 2);
	assert_int_equal(largest, ARENA / 4);
	assert_null(bi_heap_alloc(&heap, ARENA / 4, 16, BI_HEAP_LIMIT));
	assert_non_null(bi_heap_alloc(&heap, ARENA / 4 - 16, 16, BI_HEAP_LIMIT));
}

#define SLOTS 64

static void a_long_random_use_loses_nothing(void **state)
{
	struct arena *a = *state;
	uint8_t *ptr[SLOTS] = { 0 };
	size_t size[SLOTS] = { 0 };

	srand(7);
	for (unsigned int i = 0; i < 20000; i++) {
		unsigned int s = (unsigned int)rand() % SLOTS;

		if (ptr[s]) {
			for (size_t j = 0; j < size[s]; j++)
				assert_int_equal(ptr[s][j], s);
			bi_heap_free(&a->heap, ptr[s]);
			ptr[s] = NULL;
		} else {
			size[s] = (size_t)rand() % 20000 + 1;
			ptr[s] = bi_heap_alloc(&a->heap, size[s], rand() % 4 ? 16 : PAGE,
					       BI_HEAP_LIMIT);
			if (ptr[s])
				memset(ptr[s], (int)s, size[s]);
		}
	}
	for (unsigned int s = 0; s < SLOTS; s++)
		bi_heap_free(&a->heap, ptr[s]);
	expect_all_free(a);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(memory_comes_from_the_top),
		TEST(alignment_and_limit_are_kept),
		TEST(what_does_not_fit_is_refused),
		TEST(a_place_is_taken_from_the_bottom),
		TEST(pieces_in_several_areas_do_not_join),
		TEST(a_long_random_use_loses_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
