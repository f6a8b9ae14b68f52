/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "write/acl.h"

struct ace {
	unsigned int type, who;
	uint32_t mask;
};

static void expect(uint32_t mode, const struct ace *aces, unsigned int n)
{
	struct zw_acl acl;

	zw_acl_trivial(mode, &acl);
	assert_int_equal(acl.count, n);
	assert_int_equal(acl.len, n * ZW_ACE_SIZE);
	for (unsigned int i = 0; i < n; i++) {
		const uint8_t *ace = acl.aces + i * ZW_ACE_SIZE;

		assert_int_equal(zb_load16(ace, ZB_LE), aces[i].type);
		assert_int_equal(zb_load16(ace + 2, ZB_LE), aces[i].who);
		assert_int_equal(zb_load32(ace + 4, ZB_LE), aces[i].mask);
	}
}

/* As OpenZFS 2.3 writes them. */
static void ordinary_modes_need_three_entries(void **state)
{
	const struct ace file[] = {
		{ 0, 0x1000, 0x1e019f },
		{ 0, 0x2040, 0x12008f },
		{ 0, 0x4000, 0x12008f },
	};
	const struct ace dir[] = {
		{ 0, 0x1000, 0x1e01ff },
		{ 0, 0x2040, 0x1200ef },
		{ 0, 0x4000, 0x1200ef },
	};

	expect(S_IFREG | 0666, file, 3);
	expect(S_IFDIR | 0777, dir, 3);
}

static void odd_modes_need_denials(void **state)
{
	const struct ace owner_less[] = {
		{ 1, 0x1000, 0x6 }, /* others may write, the owner not */
		{ 1, 0x2040, 0x6 },	 { 0, 0x1000, 0x1e0199 },
		{ 0, 0x2040, 0x120089 }, { 0, 0x4000, 0x12008f },
	};
	const struct ace group_less[] = {
		{ 0, 0x1000, 0x1 }, /* the owner may read all the same */
		{ 1, 0x2040, 0x1 },	 { 0, 0x1000, 0x1e0199 },
		{ 0, 0x2040, 0x120088 }, { 0, 0x4000, 0x120089 },
	};

	expect(S_IFREG | 0446, owner_less, 5);
	expect(S_IFREG | 0404, group_less, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ordinary_modes_need_three_entries),
		cmocka_unit_test(odd_modes_need_denials),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
