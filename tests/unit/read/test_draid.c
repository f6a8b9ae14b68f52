/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "codec/checksum.h"
#include "read/draid.h"

/* First words of fletcher4 over permutation maps, as OpenZFS keeps them beside its seeds. */
static const struct {
	unsigned int children;
	uint64_t sum;
} known[] = {
	{ 2, 0x00000000433d433d },   { 3, 0x00000000bcd8b7b5 },
	{ 5, 0x00000002a1648d74 },   { 7, 0x000000055c4183ee },
	{ 11, 0x0000000dd691358c },  { 31, 0x0000007370e7778f },
	{ 32, 0x000000f7eb08a156 },  { 64, 0x000003fad6c355e1 },
	{ 100, 0x000009c06c9b34cc }, { 255, 0x00003f895c019841 },
};

static void permutations_are_those_of_openzfs(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		unsigned int n = zr_draid_permutations(known[i].children);
		size_t size = (size_t)n * known[i].children;
		uint8_t *perms = malloc(size);
		struct zc_cksum sum;

		assert_non_null(perms);
		zr_draid_permute(known[i].children, 1, perms);
		zc_fletcher4(zb_span(perms, size), ZB_LE, &sum);
		assert_int_equal(sum.word[0], known[i].sum);
		free(perms);
	}
}

static void only_2_to_255_children_have_a_map(void **state)
{
	(void)state;
	assert_int_equal(zr_draid_permutations(0), 0);
	assert_int_equal(zr_draid_permutations(1), 0);
	assert_int_equal(zr_draid_permutations(2), 256);
	assert_int_equal(zr_draid_permutations(255), 512);
	assert_int_equal(zr_draid_permutations(256), 0);
}

/* Each set has one of the children that stand at the same place in their sets. */
static void sets_side_by_side_share_no_failure_domain(void **state)
{
	enum {
		CHILDREN = 7,
		SETS = 3
	};
	unsigned int n = zr_draid_permutations(CHILDREN) / SETS * SETS;
	uint8_t *perms = malloc((size_t)zr_draid_permutations(CHILDREN) * CHILDREN);

	(void)state;
	assert_non_null(perms);
	zr_draid_permute(CHILDREN, SETS, perms);
	for (unsigned int row = 0; row < n; row += SETS) {
		uint32_t all = 0;

		for (unsigned int set = 0; set < SETS; set++) {
			unsigned int places = 0;

			for (unsigned int i = 0; i < CHILDREN; i++) {
				uint8_t child = perms[(row + set) * CHILDREN + i];

				assert_true(child < CHILDREN * SETS);
				places |= 1U << child % CHILDREN;
				all |= 1U << child;
			}
			assert_int_equal(places, (1U << CHILDREN) - 1);
		}
		assert_int_equal(all, (1U << CHILDREN * SETS) - 1);
	}
	free(perms);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(permutations_are_those_of_openzfs),
		cmocka_unit_test(only_2_to_255_children_have_a_map),
		cmocka_unit_test(sets_side_by_side_share_no_failure_domain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
