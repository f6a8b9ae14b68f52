/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "fmt/dsl.h"
#include "fmt/sa.h"
#include "fmt/zpl.h"

/* What stands in bonus buffers: DSL directories and datasets, system attributes. */

static void a_dsl_directory_decodes(void **state)
{
	uint8_t raw[ZF_DSL_DIR_SIZE];
	struct zf_dsl_dir dir = { 0 };

	for (unsigned int i = 0; i < sizeof(raw) / 8; i++)
		zb_store64(raw + 8 * i, ZB_LE, i);
	for (size_t len = 0; len < sizeof(raw); len++)
		assert_int_equal(zf_dsl_dir_decode(zb_span(raw, len), ZB_LE, &dir),
				 ZB_ECORRUPT);
	assert_int_equal(zf_dsl_dir_decode(zb_span(raw, sizeof(raw)), ZB_LE, &dir), 0);
	assert_int_equal(dir.head_dataset_obj, 1);
	assert_int_equal(dir.parent_obj, 2);
	assert_int_equal(dir.origin_obj, 3);
	assert_int_equal(dir.child_dir_zapobj, 4);
	assert_int_equal(dir.props_zapobj, 10);
}

static void a_dsl_dataset_decodes(void **state)
{
	uint8_t raw[ZF_DSL_DATASET_SIZE] = { 0 };
	struct zf_dsl_dataset ds = { 0 };

	for (unsigned int i = 0; i < sizeof(raw) / 8; i++)
		if (i < 16 || i >= 32)
			zb_store64(raw + 8 * i, ZB_BE, i);
	for (size_t len = 0; len < sizeof(raw); len++)
		assert_int_equal(zf_dsl_dataset_decode(zb_span(raw, len), ZB_BE, &ds),
				 ZB_ECORRUPT);
	assert_int_equal(zf_dsl_dataset_decode(zb_span(raw, sizeof(raw)), ZB_BE, &ds), 0);
	assert_int_equal(ds.dir_obj, 0);
	assert_int_equal(ds.snapnames_zapobj, 4);
	assert_int_equal(ds.creation_time, 6);
	assert_int_equal(ds.guid, 14);
	assert_true(zf_blkptr_is_hole(&ds.bp));
	assert_int_equal(ds.props_obj, 33);
}

static void a_dsl_dataset_with_a_bad_pointer_is_corrupt(void **state)
{
	uint8_t raw[ZF_DSL_DATASET_SIZE] = { 0 };
	struct zf_dsl_dataset ds;

	zb_store64(raw + 128 + 0x30, ZB_LE, 200ULL << 40); /* checksum 200 */
	assert_int_equal(zf_dsl_dataset_decode(zb_span(raw, sizeof(raw)), ZB_LE, &ds),
			 ZB_ECORRUPT);
}

static void make_sa(uint8_t raw[64], enum zb_endian e, unsigned int layout, size_t size)
{
	memset(raw, 0xaa, 64);
	zb_store32(raw, e, ZF_SA_MAGIC);
	zb_store16(raw + 4, e, (uint16_t)(layout | size / 8 << 10));
}

static void attribute_headers_of_both_byte_orders_decode(void **state)
{
	struct zf_sa_header h;
	uint8_t raw[64];

	for (int e = ZB_LE; e <= ZB_BE; e++) {
		make_sa(raw, (enum zb_endian)e, 5, 16);
		assert_int_equal(zf_sa_header_decode(zb_span(raw, 64), &h), 0);
		assert_int_equal(h.endian, e);
		assert_int_equal(h.layout, 5);
		assert_int_equal(h.size, 16);
		assert_int_equal(h.lengths.len, 10);
		assert_ptr_equal(h.data.ptr, raw + 16);
		assert_int_equal(h.data.len, 48);
	}
}

static void an_attribute_header_beyond_its_buffer_is_corrupt(void **state)
{
	struct zf_sa_header h;
	uint8_t raw[64];

	make_sa(raw, ZB_LE, 5, 16);
	for (size_t len = 0; len < 16; len++)
		assert_int_equal(zf_sa_header_decode(zb_span(raw, len), &h), ZB_ECORRUPT);
	make_sa(raw, ZB_LE, 5, 0);
	assert_int_equal(zf_sa_header_decode(zb_span(raw, 64), &h), ZB_ECORRUPT);
	make_sa(raw, ZB_LE, 5, 16);
	raw[0]++;
	assert_int_equal(zf_sa_header_decode(zb_span(raw, 64), &h), ZB_ECORRUPT);
}

static void layout_zero_means_one(void **state)
{
	struct zf_sa_header h;
	uint8_t raw[64];

	make_sa(raw, ZB_LE, 0, 8);
	assert_int_equal(zf_sa_header_decode(zb_span(raw, 64), &h), 0);
	assert_int_equal(h.layout, ZF_SA_DEFAULT_LAYOUT);
}

static void old_znodes_have_fixed_offsets(void **state)
{
	unsigned int len = 0;

	assert_int_equal(zf_znode_offset(ZF_ZPL_MTIME, &len), 16);
	assert_int_equal(len, 16);
	assert_int_equal(zf_znode_offset(ZF_ZPL_MODE, &len), 72);
	assert_int_equal(len, 8);
	assert_int_equal(zf_znode_offset(ZF_ZPL_GID, &len), 136);
	assert_int_equal(zf_znode_offset(ZF_ZPL_DXATTR, &len), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_dsl_directory_decodes),
		cmocka_unit_test(a_dsl_dataset_decodes),
		cmocka_unit_test(a_dsl_dataset_with_a_bad_pointer_is_corrupt),
		cmocka_unit_test(attribute_headers_of_both_byte_orders_decode),
		cmocka_unit_test(an_attribute_header_beyond_its_buffer_is_corrupt),
		cmocka_unit_test(layout_zero_means_one),
		cmocka_unit_test(old_znodes_have_fixed_offsets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
