/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "fmt/dnode.h"

enum {
	TYPE = 0,
	INDBLKSHIFT = 1,
	NLEVELS = 2,
	NBLKPTR = 3,
	BONUSTYPE = 4,
	FLAGS = 7,
	EXTRA_SLOTS = 12,
};

/* A file's dnode of two slots: one pointer, 200 bytes of attributes, a spill pointer. */
static void make(uint8_t raw[1024])
{
	memset(raw, 0, 1024);
	raw[TYPE] = ZF_OT_PLAIN_FILE_CONTENTS;
	raw[INDBLKSHIFT] = 17;
	raw[NLEVELS] = 2;
	raw[NBLKPTR] = 1;
	raw[BONUSTYPE] = ZF_OT_SA;
	raw[FLAGS] = ZF_DNODE_FLAG_USED_BYTES | ZF_DNODE_FLAG_SPILL_BLKPTR;
	zb_store16(raw + 8, ZB_LE, 256);
	zb_store16(raw + 10, ZB_LE, 200);
	raw[EXTRA_SLOTS] = 1;
	zb_store64(raw + 16, ZB_LE, 95);
	zb_store64(raw + 24, ZB_LE, 123456);
	raw[64 + 128] = 0xb0;
	raw[1024 - 128] = 0x5b;
}

static int decode(const uint8_t *raw, size_t len, struct zf_dnode *ret_dn)
{
	return zf_dnode_decode(zb_span(raw, len), ZB_LE, ret_dn);
}

static void a_dnode_of_two_slots_decodes(void **state)
{
	struct zf_blkptr bp;
	struct zf_dnode dn;
	uint8_t raw[1024];

	make(raw);
	assert_int_equal(decode(raw, sizeof(raw), &dn), 0);
	assert_int_equal(dn.slots, 2);
	assert_int_equal(dn.datablksz, 131072);
	assert_int_equal(dn.maxblkid, 95);
	assert_int_equal(dn.used, 123456);
	assert_int_equal(zf_dnode_end(&dn), 96 * 131072);
	assert_int_equal(dn.bonus.len, 200);
	assert_int_equal(dn.bonus.ptr[0], 0xb0);
	assert_int_equal(dn.spill.len, 128);
	assert_int_equal(dn.spill.ptr[0], 0x5b);
	assert_int_equal(zf_dnode_blkptr(&dn, 0, &bp), 0);
	assert_true(zf_blkptr_is_hole(&bp));
	assert_int_equal(zf_dnode_blkptr(&dn, 1, &bp), ZB_ECORRUPT);
}

static void every_truncation_is_refused(void **state)
{
	struct zf_dnode dn = { .slots = 77 };
	uint8_t raw[1024];

	make(raw);
	for (size_t len = 0; len < sizeof(raw); len++)
		assert_int_equal(decode(raw, len, &dn), ZB_ECORRUPT);
	assert_int_equal(dn.slots, 77);
}

static void a_free_slot_is_of_type_none(void **state)
{
	uint8_t raw[512] = { 0 };
	struct zf_dnode dn;

	assert_int_equal(decode(raw, sizeof(raw), &dn), 0);
	assert_int_equal(dn.type, ZF_OT_NONE);
}

static void used_counts_sectors_without_the_flag(void **state)
{
	struct zf_dnode dn;
	uint8_t raw[1024];

	make(raw);
	raw[FLAGS] = ZF_DNODE_FLAG_SPILL_BLKPTR;
	assert_int_equal(decode(raw, sizeof(raw), &dn), 0);
	assert_int_equal(dn.used, 123456ULL * 512);
	zb_store64(raw + 24, ZB_LE, UINT64_MAX);
	assert_int_equal(decode(raw, sizeof(raw), &dn), ZB_ECORRUPT);
}

static void values_out_of_range_are_corrupt(void **state)
{
	static const struct {
		unsigned int offset;
		uint8_t value;
	} bad[] = {
		{ INDBLKSHIFT, 9 }, { INDBLKSHIFT, 18 }, { INDBLKSHIFT, 255 },
		{ NLEVELS, 0 },	    { NLEVELS, 31 },	 { NBLKPTR, 0 },
		{ NBLKPTR, 4 },	    { EXTRA_SLOTS, 32 }, { EXTRA_SLOTS, 255 },
	};
	struct zf_dnode dn;
	uint8_t raw[1024];

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		make(raw);
		raw[bad[i].offset] = bad[i].value;
		assert_int_equal(decode(raw, sizeof(raw), &dn), ZB_ECORRUPT);
	}
	make(raw);
	zb_store16(raw + 8, ZB_LE, 0); /* no block size */
	assert_int_equal(decode(raw, sizeof(raw), &dn), ZB_ECORRUPT);
	zb_store16(raw + 8, ZB_LE, 0x8001); /* above 16 MiB */
	assert_int_equal(decode(raw, sizeof(raw), &dn), ZB_ECORRUPT);
}

static void a_bonus_that_reaches_into_the_spill_pointer_is_corrupt(void **state)
{
	struct zf_dnode dn;
	uint8_t raw[1024];

	make(raw);
	zb_store16(raw + 10, ZB_LE, 1024 - 64 - 128 - 128);
	assert_int_equal(decode(raw, sizeof(raw), &dn), 0);
	zb_store16(raw + 10, ZB_LE, 1024 - 64 - 128 - 128 + 1);
	assert_int_equal(decode(raw, sizeof(raw), &dn), ZB_ECORRUPT);
}

static void three_pointers_leave_no_room_for_a_spill_pointer_in_one_slot(void **state)
{
	struct zf_dnode dn;
	uint8_t raw[1024];

	make(raw);
	raw[EXTRA_SLOTS] = 0;
	raw[NBLKPTR] = 3;
	zb_store16(raw + 10, ZB_LE, 0);
	assert_int_equal(decode(raw, sizeof(raw), &dn), ZB_ECORRUPT);
	raw[FLAGS] = 0;
	assert_int_equal(decode(raw, sizeof(raw), &dn), 0);
}

static void the_end_of_a_huge_object_saturates(void **state)
{
	struct zf_dnode dn;
	uint8_t raw[1024];

	make(raw);
	zb_store64(raw + 16, ZB_LE, UINT64_MAX);
	assert_int_equal(decode(raw, sizeof(raw), &dn), 0);
	assert_true(zf_dnode_end(&dn) == UINT64_MAX);
}

static void make_objset(uint8_t raw[1024])
{
	memset(raw, 0, 1024);
	raw[TYPE] = ZF_OT_DNODE;
	raw[INDBLKSHIFT] = 17;
	raw[NLEVELS] = 1;
	raw[NBLKPTR] = 3;
	zb_store16(raw + 8, ZB_LE, 32);
	zb_store64(raw + ZF_OBJSET_TYPE_OFFSET, ZB_LE, ZF_OST_ZFS);
}

static void an_objset_gives_its_type_and_meta_dnode(void **state)
{
	struct zf_objset os = { 0 };
	uint8_t raw[1024];

	make_objset(raw);
	for (size_t len = 0; len < sizeof(raw); len++)
		assert_int_equal(zf_objset_decode(zb_span(raw, len), ZB_LE, &os),
				 ZB_ECORRUPT);
	assert_int_equal(zf_objset_decode(zb_span(raw, sizeof(raw)), ZB_LE, &os), 0);
	assert_int_equal(os.type, ZF_OST_ZFS);
	assert_int_equal(os.meta.datablksz, 16384);
}

static void an_objset_whose_meta_dnode_is_none_is_corrupt(void **state)
{
	struct zf_objset os;
	uint8_t raw[1024];

	make_objset(raw);
	raw[TYPE] = ZF_OT_PLAIN_FILE_CONTENTS;
	assert_int_equal(zf_objset_decode(zb_span(raw, sizeof(raw)), ZB_LE, &os),
			 ZB_ECORRUPT);
	make_objset(raw);
	zb_store16(raw + 8, ZB_LE, 33); /* dnode blocks of an odd size */
	assert_int_equal(zf_objset_decode(zb_span(raw, sizeof(raw)), ZB_LE, &os),
			 ZB_ECORRUPT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_dnode_of_two_slots_decodes),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(a_free_slot_is_of_type_none),
		cmocka_unit_test(used_counts_sectors_without_the_flag),
		cmocka_unit_test(values_out_of_range_are_corrupt),
		cmocka_unit_test(a_bonus_that_reaches_into_the_spill_pointer_is_corrupt),
		cmocka_unit_test(
			three_pointers_leave_no_room_for_a_spill_pointer_in_one_slot),
		cmocka_unit_test(the_end_of_a_huge_object_saturates),
		cmocka_unit_test(an_objset_gives_its_type_and_meta_dnode),
		cmocka_unit_test(an_objset_whose_meta_dnode_is_none_is_corrupt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
