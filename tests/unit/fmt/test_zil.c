/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "fmt/label.h"
#include "fmt/zil.h"

#define SIZE 4096

/* A block of both kinds, as OpenZFS's zil.h lays them out: one record without, one with a block. */
struct block {
	uint8_t raw[SIZE];
	struct zf_blkptr bp;
	size_t chain, records;
};

static void put_pointer(uint8_t *p, unsigned int type, uint64_t seq)
{
	zb_store64(p, ZB_LE, 8);      /* ASIZE */
	zb_store64(p + 8, ZB_LE, 64); /* offset */
	zb_store64(p + 0x30, ZB_LE,
		   1ULL << 63 | (uint64_t)type << 48 | 9ULL << 40 | 2ULL << 32 | 7 << 16 |
			   7);
	zb_store64(p + 0x50, ZB_LE, 5);
	for (unsigned int i = 0; i < 3; i++)
		zb_store64(p + 0x60 + 8 * i, ZB_LE, 11 + i);
	zb_store64(p + 0x78, ZB_LE, seq);
}

static void fill(struct block *b, unsigned int checksum)
{
	uint8_t *r;

	memset(b, 0, sizeof(*b));
	b->bp.checksum = (uint8_t)checksum;
	for (unsigned int i = 0; i < 3; i++)
		b->bp.cksum[i] = 11 + i;
	b->bp.cksum[ZF_ZIL_SEQ] = 7;
	b->chain = checksum == ZF_CHECKSUM_ZILOG2 ? 0 : SIZE - ZF_ZIL_CHAIN_SIZE;
	b->records = checksum == ZF_CHECKSUM_ZILOG2 ? ZF_ZIL_CHAIN_SIZE : 0;
	put_pointer(b->raw + b->chain + 8, ZF_OT_INTENT_LOG, 8);
	zb_store64(b->raw + b->chain + 136, ZB_LE, b->records + 40 + 192);
	zb_store64(b->raw + b->chain + 144, ZB_LE, ZF_ECK_MAGIC);
	r = b->raw + b->records;
	zb_store64(r, ZB_LE, 1);
	zb_store64(r + 8, ZB_LE, 40);
	zb_store64(r + 24, ZB_LE, 100);
	r += 40;
	zb_store64(r, ZB_LE, ZF_ZIL_TX_WRITE);
	zb_store64(r + 8, ZB_LE, 192);
	zb_store64(r + 24, ZB_LE, 101);
	zb_store64(r + 32, ZB_LE, 3ULL << 56 | 42);
	zb_store64(r + 40, ZB_LE, 4096);
	zb_store64(r + 48, ZB_LE, 512);
	put_pointer(r + 64, 19, 1);
}

static int decode(const struct block *b, struct zf_zil_chain *c)
{
	return zf_zil_chain_decode(&b->bp, zb_span(b->raw, SIZE), c);
}

static void chain_and_records_of_both_kinds(void **state)
{
	const unsigned int kinds[] = { ZF_CHECKSUM_ZILOG, ZF_CHECKSUM_ZILOG2 };
	struct zf_zil_record r;
	struct zf_zil_chain c;
	struct block b;
	size_t pos;

	for (unsigned int i = 0; i < 2; i++) {
		fill(&b, kinds[i]);
		assert_int_equal(decode(&b, &c), 0);
		assert_int_equal(c.next.cksum[ZF_ZIL_SEQ], 8);
		assert_int_equal(c.records.len, 40 + 192);
		pos = 0;
		assert_int_equal(zf_zil_record_next(&c, &pos, &r), 1);
		assert_true(r.seq == 100 && !r.has_block);
		assert_int_equal(zf_zil_record_next(&c, &pos, &r), 1);
		assert_true(r.seq == 101 && r.has_block &&
			    r.bp.dva[0].offset == 64 * 512);
		assert_true(r.object == 42 && r.offset == 4096 && r.length == 512);
		assert_int_equal(zf_zil_record_next(&c, &pos, &r), 0);
	}
}

static void encrypted_tells_no_place(void **state)
{
	struct zf_zil_record r;
	struct zf_zil_chain c;
	struct block b;
	size_t pos = 0;

	fill(&b, ZF_CHECKSUM_ZILOG2);
	b.bp.encrypted = true;
	assert_int_equal(decode(&b, &c), 0);
	assert_int_equal(zf_zil_record_next(&c, &pos, &r), 1);
	assert_int_equal(zf_zil_record_next(&c, &pos, &r), 1);
	assert_true(r.has_block && r.object == 0 && r.length == 0);
}

static void records_cut_short_are_corrupt(void **state)
{
	struct zf_zil_record r;
	struct zf_zil_chain c;
	struct block b;
	size_t pos;
	int more;

	fill(&b, ZF_CHECKSUM_ZILOG2);
	assert_int_equal(decode(&b, &c), 0);
	for (size_t len = 0; len < 40 + 192; len++) {
		c.records.len = len;
		pos = 0;
		do
			more = zf_zil_record_next(&c, &pos, &r);
		while (more > 0);
		assert_int_equal(more, len == 0 || len == 40 ? 0 : ZB_ECORRUPT);
	}
}

static void what_is_no_successor_is_corrupt(void **state)
{
	struct zf_zil_chain c;
	struct block b;

	for (unsigned int word = 0; word < 4; word++) {
		fill(&b, ZF_CHECKSUM_ZILOG2);
		b.bp.cksum[word]++;
		assert_int_equal(decode(&b, &c), ZB_ECORRUPT);
	}
}

static void sum_covers_what_is_used(void **state)
{
	struct zf_zil_sum sum;
	struct block b;

	fill(&b, ZF_CHECKSUM_ZILOG2);
	assert_int_equal(zf_zil_sum(&b.bp, zb_span(b.raw, SIZE), &sum), 0);
	assert_true(sum.covered.len == SIZE && sum.at == 152);
	zb_store64(b.raw + 136, ZB_LE, SIZE + 1);
	assert_int_equal(zf_zil_sum(&b.bp, zb_span(b.raw, SIZE), &sum), ZB_ECKSUM);
	zb_store64(b.raw + 136, ZB_LE, ZF_ZIL_CHAIN_SIZE - 1);
	assert_int_equal(zf_zil_sum(&b.bp, zb_span(b.raw, SIZE), &sum), ZB_ECKSUM);
	fill(&b, ZF_CHECKSUM_ZILOG);
	assert_int_equal(zf_zil_sum(&b.bp, zb_span(b.raw, SIZE), &sum), 0);
	assert_true(sum.covered.len == SIZE && sum.at == SIZE - 32);
	b.raw[b.chain + 144] ^= 1;
	assert_int_equal(zf_zil_sum(&b.bp, zb_span(b.raw, SIZE), &sum), ZB_ECKSUM);
}

/* Each byte is in one part; a write cut short has none, unless nothing says that it is a write. */
static void parts_are_the_whole_record(void **state)
{
	struct zf_zil_part part[ZF_ZIL_PARTS];
	size_t pos = 0, sum = 0, sealed = 0;
	struct zf_zil_chain c;
	struct block b;
	int n;

	fill(&b, ZF_CHECKSUM_ZILOG2);
	assert_int_equal(decode(&b, &c), 0);
	while ((n = zf_zil_parts_next(&c, &pos, part)) > 0)
		for (int i = 0; i < n; i++) {
			assert_ptr_equal(part[i].s.ptr, c.records.ptr + sum);
			sum += part[i].s.len;
			sealed += part[i].encrypted ? part[i].s.len : 0;
		}
	assert_int_equal(n, 0);
	assert_int_equal(sum, 40 + 192);
	assert_int_equal(sealed, 8 + 32); /* all but head and pointer */
	zb_store64(b.raw + b.records + 40 + 8, ZB_LE, 191);
	pos = 40;
	assert_int_equal(zf_zil_parts_next(&c, &pos, part), ZB_ECORRUPT);
	zb_store64(b.raw + b.records, ZB_LE, ZF_ZIL_TX_CLONE_RANGE);
	pos = 0;
	assert_int_equal(zf_zil_parts_next(&c, &pos, part), ZB_ECORRUPT);
	zb_store64(b.raw + b.records + 40, ZB_LE, ZF_ZIL_TX_CLONE_RANGE);
	pos = 40;
	assert_int_equal(zf_zil_parts_next(&c, &pos, part), ZF_ZIL_PARTS);
	assert_true(part[1].s.len == 32 && part[2].s.len == 191 - 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chain_and_records_of_both_kinds),
		cmocka_unit_test(encrypted_tells_no_place),
		cmocka_unit_test(records_cut_short_are_corrupt),
		cmocka_unit_test(what_is_no_successor_is_corrupt),
		cmocka_unit_test(sum_covers_what_is_used),
		cmocka_unit_test(parts_are_the_whole_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
