/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "fmt/gpt.h"

static void seal(uint8_t sector[512])
{
	zb_store32(sector + 16, ZB_LE, 0);
	zb_store32(sector + 16, ZB_LE, zf_crc32(0, zb_span(sector, 92)));
}

static void make(uint8_t sector[512])
{
	memset(sector, 0, 512);
	memcpy(sector, "EFI PART", 8);
	zb_store32(sector + 8, ZB_LE, 0x10000);
	zb_store32(sector + 12, ZB_LE, 92);
	zb_store64(sector + 24, ZB_LE, 1);
	zb_store64(sector + 32, ZB_LE, 2047);
	zb_store64(sector + 72, ZB_LE, 2);
	zb_store32(sector + 80, ZB_LE, 128);
	zb_store32(sector + 84, ZB_LE, 128);
	seal(sector);
}

static int decode(const uint8_t *sector, size_t len, struct zf_gpt_header *h)
{
	return zf_gpt_header_decode(zb_span(sector, len), 1, h);
}

static void the_crc_is_the_usual_one(void **state)
{
	assert_int_equal(zf_crc32(0, zb_span("123456789", 9)), 0xcbf43926);
	assert_int_equal(zf_crc32(zf_crc32(0, zb_span("1234", 4)), zb_span("56789", 5)),
			 0xcbf43926);
}

static void a_header_decodes(void **state)
{
	struct zf_gpt_header h = { 0 };
	uint8_t sector[512];

	make(sector);
	for (size_t len = 0; len < 92; len++)
		assert_int_equal(decode(sector, len, &h), ZB_ECORRUPT);
	assert_int_equal(decode(sector, 512, &h), 0);
	assert_int_equal(h.n_entries, 128);
	assert_int_equal(h.entries_lba, 2);
	assert_int_equal(h.alternate_lba, 2047);
	assert_int_equal(zf_gpt_header_decode(zb_span(sector, 512), 2, &h), ZB_ECORRUPT);
}

static void bad_headers_are_told_apart(void **state)
{
	struct zf_gpt_header h;
	uint8_t sector[512];

	make(sector);
	sector[0] = 'X';
	assert_int_equal(decode(sector, 512, &h), ZB_ENOENT);
	make(sector);
	sector[80]++;
	assert_int_equal(decode(sector, 512, &h), ZB_ECKSUM);
	make(sector);
	zb_store32(sector + 80, ZB_LE, UINT32_MAX);
	seal(sector);
	assert_int_equal(decode(sector, 512, &h), ZB_ECORRUPT);
	make(sector);
	zb_store32(sector + 84, ZB_LE, 1U << 31);
	seal(sector);
	assert_int_equal(decode(sector, 512, &h), ZB_ECORRUPT);
	make(sector);
	zb_store32(sector + 12, ZB_LE, 4096);
	assert_int_equal(decode(sector, 512, &h), ZB_ECORRUPT);
}

static void entries_are_partitions_or_unused(void **state)
{
	struct zf_gpt_header h = { .n_entries = 2, .entry_size = 128 };
	uint8_t entries[256] = { 0 };
	struct zf_partition p;

	entries[128] = 1;
	zb_store64(entries + 128 + 32, ZB_LE, 34);
	zb_store64(entries + 128 + 40, ZB_LE, 99);
	assert_int_equal(zf_gpt_entry_decode(zb_span(entries, 256), &h, 0, &p), 0);
	assert_int_equal(zf_gpt_entry_decode(zb_span(entries, 256), &h, 1, &p), 1);
	assert_int_equal(p.first_lba, 34);
	assert_int_equal(p.last_lba, 99);
	assert_int_equal(zf_gpt_entry_decode(zb_span(entries, 256), &h, 2, &p),
			 ZB_ECORRUPT);
	assert_int_equal(zf_gpt_entry_decode(zb_span(entries, 255), &h, 1, &p),
			 ZB_ECORRUPT);
	zb_store64(entries + 128 + 40, ZB_LE, 33);
	assert_int_equal(zf_gpt_entry_decode(zb_span(entries, 256), &h, 1, &p),
			 ZB_ECORRUPT);
}

static void mbr_entries_decode(void **state)
{
	uint8_t sector[512] = { 0 };
	struct zf_partition p;

	assert_int_equal(zf_mbr_entry_decode(zb_span(sector, 512), 0, &p), ZB_ENOENT);
	sector[510] = 0x55;
	sector[511] = 0xaa;
	assert_int_equal(zf_mbr_entry_decode(zb_span(sector, 512), 0, &p), 0);
	sector[446 + 4] = ZF_MBR_PROTECTIVE;
	zb_store32(sector + 446 + 8, ZB_LE, 1);
	zb_store32(sector + 446 + 12, ZB_LE, UINT32_MAX);
	assert_int_equal(zf_mbr_entry_decode(zb_span(sector, 512), 0, &p), 0);
	sector[446 + 4] = 0x83;
	assert_int_equal(zf_mbr_entry_decode(zb_span(sector, 512), 0, &p), 1);
	assert_true(p.last_lba == UINT32_MAX);
	assert_int_equal(zf_mbr_entry_decode(zb_span(sector, 511), 0, &p), ZB_ECORRUPT);
	assert_int_equal(zf_mbr_entry_decode(zb_span(sector, 512), 4, &p), ZB_ECORRUPT);
}

static void guids_print_as_linux_shows_them(void **state)
{
	/* C12A7328-F81F-11D2-BA4B-00A0C93EC93B, the ESP's type, as it lies on disk */
	static const uint8_t esp[16] = { 0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11,
					 0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b };
	char text[37];

	zf_guid_text(esp, text);
	assert_string_equal(text, "c12a7328-f81f-11d2-ba4b-00a0c93ec93b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_crc_is_the_usual_one),
		cmocka_unit_test(a_header_decodes),
		cmocka_unit_test(bad_headers_are_told_apart),
		cmocka_unit_test(entries_are_partitions_or_unused),
		cmocka_unit_test(mbr_entries_decode),
		cmocka_unit_test(guids_print_as_linux_shows_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
