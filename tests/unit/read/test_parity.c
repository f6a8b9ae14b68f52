/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "read/parity.h"

#define LEN	1024
#define MAX_COL 12

struct columns {
	struct zr_stripe stripe;
	uint8_t data[MAX_COL][LEN], parity[ZR_PARITY_MAX][LEN], before[MAX_COL][LEN];
};

static void fill(struct columns *c, unsigned int n, unsigned int p)
{
	uint32_t seed = n * 7 + p;

	c->stripe = (struct zr_stripe){ .n = n, .p = p, .len = LEN };
	for (unsigned int i = 0; i < n; i++) {
		c->stripe.data[i] = c->data[i];
		for (unsigned int k = 0; k < LEN; k++) {
			seed = seed * 1664525 + 1013904223;
			c->data[i][k] = (uint8_t)(seed >> 24);
		}
	}
	memcpy(c->before, c->data, sizeof(c->before));
	for (unsigned int j = 0; j < p; j++) {
		c->stripe.parity[j] = c->parity[j];
		zr_parity_compute(&c->stripe, j, c->parity[j]);
	}
}

/* Loses the data columns and keeps the parity columns of two masks. */
static int lose(struct columns *c, unsigned int data, unsigned int usable)
{
	uint8_t lost[MAX_COL];
	unsigned int n = 0;

	for (unsigned int i = 0; i < c->stripe.n; i++) {
		if (!(data >> i & 1))
			continue;
		lost[n++] = (uint8_t)i;
		memset(c->data[i], 0xa5, LEN);
	}
	return zr_parity_solve(&c->stripe, lost, n, usable);
}

static void parity_is_what_the_format_says(void **state)
{
	struct columns c;

	/* One byte of three columns, by hand: 1, 2 and 0x80. */
	(void)state;
	memset(&c, 0, sizeof(c));
	fill(&c, 3, 3);
	memset(c.data, 0, sizeof(c.data));
	c.data[0][0] = 1;
	c.data[1][0] = 2;
	c.data[2][0] = 0x80;
	for (unsigned int j = 0; j < 3; j++)
		zr_parity_compute(&c.stripe, j, c.parity[j]);
	assert_int_equal(c.parity[0][0], 1 ^ 2 ^ 0x80);
	assert_int_equal(c.parity[1][0], 4 ^ 4 ^ 0x80);
	assert_int_equal(c.parity[2][0], 16 ^ 8 ^ 0x80);
	c.data[0][0] = 0x80; /* times 4 is 0x3a, times 16 is 0xe8, by x^8 = 0x1d */
	zr_parity_compute(&c.stripe, 1, c.parity[1]);
	zr_parity_compute(&c.stripe, 2, c.parity[2]);
	assert_int_equal(c.parity[1][0], 0x3a ^ 4 ^ 0x80);
	assert_int_equal(c.parity[2][0], 0xe8 ^ 8 ^ 0x80);
}

static void whatever_parity_can_make_up_for_comes_back(void **state)
{
	static struct columns c;

	(void)state;
	for (unsigned int n = 1; n <= MAX_COL; n++) {
		for (unsigned int p = 1; p <= ZR_PARITY_MAX; p++) {
			fill(&c, n, p);
			for (unsigned int data = 0; data < 1U << n; data++) {
				unsigned int k = (unsigned int)__builtin_popcount(data);

				if (k > p)
					continue;
				for (unsigned int u = 0; u < 1U << p; u++) {
					unsigned int have =
						(unsigned int)__builtin_popcount(u);
					int left = lose(&c, data, u);

					if (have < k) {
						assert_int_equal(left, ZB_EIO);
						memcpy(c.data, c.before, sizeof(c.data));
						continue;
					}
					assert_true(left >= 0);
					assert_int_equal(
						__builtin_popcount((unsigned int)left),
						have - k);
					assert_memory_equal(c.data, c.before,
							    (size_t)n * LEN);
				}
			}
		}
	}
}

static void a_wrong_byte_is_seen_by_each_parity(void **state)
{
	static struct columns c;

	(void)state;
	fill(&c, 5, 3);
	for (unsigned int j = 0; j < 3; j++)
		assert_true(zr_parity_agrees(&c.stripe, j));
	c.data[3][LEN - 1] ^= 1;
	for (unsigned int j = 0; j < 3; j++)
		assert_false(zr_parity_agrees(&c.stripe, j));
}

static void columns_that_are_not_there_are_zeros(void **state)
{
	static struct columns c;
	uint8_t parity[LEN];

	(void)state;
	fill(&c, 4, 2);
	memset(c.data[2], 0, LEN);
	zr_parity_compute(&c.stripe, 1, c.parity[1]);
	c.stripe.data[2] = NULL;
	zr_parity_compute(&c.stripe, 1, parity);
	assert_memory_equal(parity, c.parity[1], LEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parity_is_what_the_format_says),
		cmocka_unit_test(whatever_parity_can_make_up_for_comes_back),
		cmocka_unit_test(a_wrong_byte_is_seen_by_each_parity),
		cmocka_unit_test(columns_that_are_not_there_are_zeros),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
