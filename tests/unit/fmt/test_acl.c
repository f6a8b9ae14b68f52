/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "fmt/acl.h"
#include "write/acl.h"

/* NFSv4 ACLs, laid out by hand as OpenZFS's zfs_acl.h has them. */

#define OWNING_GROUP (ZF_ACE_GROUP | ZF_ACE_IS_GROUP)

struct raw {
	uint8_t data[4096];
	size_t len;
	enum zb_endian e;
};

static void add(struct raw *r, unsigned int type, unsigned int flags, uint32_t mask)
{
	zb_store16(r->data + r->len, r->e, (uint16_t)type);
	zb_store16(r->data + r->len + 2, r->e, (uint16_t)flags);
	zb_store32(r->data + r->len + 4, r->e, mask);
	r->len += 8;
}

static void add_who(struct raw *r, uint64_t who)
{
	zb_store64(r->data + r->len, r->e, who);
	r->len += 8;
}

static void add_old(struct raw *r, uint32_t who, uint32_t mask, unsigned int flags,
		    unsigned int type)
{
	zb_store32(r->data + r->len, r->e, who);
	zb_store32(r->data + r->len + 4, r->e, mask);
	zb_store16(r->data + r->len + 8, r->e, (uint16_t)flags);
	zb_store16(r->data + r->len + 10, r->e, (uint16_t)type);
	r->len += 12;
}

static void assert_ace(const struct zf_ace *ace, unsigned int type, unsigned int flags,
		       uint32_t mask, uint64_t who)
{
	assert_int_equal(ace->type, type);
	assert_int_equal(ace->flags, flags);
	assert_int_equal(ace->mask, mask);
	assert_int_equal(ace->who, who);
}

/* Of each length that version 1 has. */
static void make_each_length(struct raw *r, enum zb_endian e)
{
	*r = (struct raw){ .e = e };
	add(r, ZF_ACE_DENY, 0, 0x21);
	add_who(r, 1000);
	add(r, ZF_ACE_ALLOW, ZF_ACE_OWNER, 0x1f);
	add(r, ZF_ACE_ALLOW, OWNING_GROUP | ZF_ACE_INHERITED, 0x2f);
	add(r, ZF_ACE_ALLOW, ZF_ACE_IS_GROUP, 0x3f);
	add_who(r, 5ULL << 32 | 7);
	add(r, ZF_ACE_ALLOW_OBJECT, 0, 0x4f);
	add_who(r, 8);
	memset(r->data + r->len, 0xee, 32);
	r->len += 32;
	add(r, ZF_ACE_AUDIT, ZF_ACE_EVERYONE, 0x5f);
	add_who(r, UINT64_MAX);
	add(r, ZF_ACE_ALLOW, ZF_ACE_EVERYONE, 0x6f);
}

static void entries_of_each_length_decode(void **state)
{
	struct zf_ace aces[7];
	struct raw r;

	for (int e = ZB_LE; e <= ZB_BE; e++) {
		make_each_length(&r, (enum zb_endian)e);
		assert_int_equal(
			zf_acl_decode(zb_span(r.data, r.len), r.e, false, 7, aces), 0);
		assert_ace(&aces[0], ZF_ACE_DENY, 0, 0x21, 1000);
		assert_ace(&aces[1], ZF_ACE_ALLOW, ZF_ACE_OWNER, 0x1f, 0);
		assert_ace(&aces[2], ZF_ACE_ALLOW, OWNING_GROUP | ZF_ACE_INHERITED, 0x2f,
			   0);
		assert_ace(&aces[3], ZF_ACE_ALLOW, ZF_ACE_IS_GROUP, 0x3f, 5ULL << 32 | 7);
		assert_ace(&aces[4], ZF_ACE_ALLOW_OBJECT, 0, 0x4f, 8);
		assert_ace(&aces[5], ZF_ACE_AUDIT, ZF_ACE_EVERYONE, 0x5f, 0);
		assert_ace(&aces[6], ZF_ACE_ALLOW, ZF_ACE_EVERYONE, 0x6f, 0);
	}
}

static void old_entries_decode(void **state)
{
	struct zf_ace aces[2];
	struct raw r;

	for (int e = ZB_LE; e <= ZB_BE; e++) {
		r = (struct raw){ .e = (enum zb_endian)e };
		add_old(&r, 1000, 0x21, 0, ZF_ACE_DENY);
		add_old(&r, UINT32_MAX, 0x1f, ZF_ACE_OWNER, ZF_ACE_ALLOW);
		assert_int_equal(
			zf_acl_decode(zb_span(r.data, r.len), r.e, true, 2, aces), 0);
		assert_ace(&aces[0], ZF_ACE_DENY, 0, 0x21, 1000);
		assert_ace(&aces[1], ZF_ACE_ALLOW, ZF_ACE_OWNER, 0x1f, 0);
		for (size_t len = 0; len < r.len; len++)
			assert_int_equal(
				zf_acl_decode(zb_span(r.data, len), r.e, true, 2, aces),
				ZB_ECORRUPT);
	}
}

static void a_truncated_acl_is_corrupt(void **state)
{
	struct zf_ace aces[7];
	struct raw r;

	make_each_length(&r, ZB_LE);
	for (size_t len = 0; len < r.len; len++)
		assert_int_equal(
			zf_acl_decode(zb_span(r.data, len), ZB_LE, false, 7, aces),
			ZB_ECORRUPT);
}

static void counts_and_types_are_bounded(void **state)
{
	struct raw r = { .e = ZB_LE };
	struct zf_ace ace;

	assert_int_equal(zf_acl_decode(zb_span(r.data, sizeof(r.data)), ZB_LE, false,
				       ZF_ACE_MAX + 1, NULL),
			 ZB_E2BIG);
	add(&r, ZF_ACE_TYPE_LAST + 1, 0, 0);
	add_who(&r, 1);
	assert_int_equal(zf_acl_decode(zb_span(r.data, r.len), ZB_LE, false, 1, &ace),
			 ZB_ECORRUPT);
}

/* The head of an old znode's ACL. */
static struct zb_span make_znode_acl(uint8_t raw[ZF_ZNODE_ACL_SIZE], enum zb_endian e,
				     uint32_t size, unsigned int version,
				     unsigned int count)
{
	memset(raw, 0, ZF_ZNODE_ACL_SIZE);
	zb_store64(raw, e, 99);
	zb_store32(raw + 8, e, size);
	zb_store16(raw + 12, e, (uint16_t)version);
	zb_store16(raw + 14, e, (uint16_t)count);
	return zb_span(raw, ZF_ZNODE_ACL_SIZE);
}

static void old_znodes_tell_where_and_how_many(void **state)
{
	uint8_t raw[ZF_ZNODE_ACL_SIZE];
	struct zf_znode_acl acl;

	for (int e = ZB_LE; e <= ZB_BE; e++) {
		enum zb_endian endian = (enum zb_endian)e;

		assert_int_equal(
			zf_znode_acl_decode(make_znode_acl(raw, endian, 40, 1, 3), endian,
					    &acl),
			0);
		assert_int_equal(acl.object, 99);
		assert_int_equal(acl.n, 3);
		assert_int_equal(acl.size, 40);
		assert_false(acl.old);
		assert_ptr_equal(acl.inside.ptr, raw + 16);
		assert_int_equal(acl.inside.len, 72);
		assert_int_equal(
			zf_znode_acl_decode(make_znode_acl(raw, endian, 3, 0, 40), endian,
					    &acl),
			0);
		assert_true(acl.old);
		assert_int_equal(acl.n, 3);
		assert_int_equal(acl.size, 36);
	}
}

static void hostile_znodes_are_refused(void **state)
{
	static const struct {
		uint32_t size;
		unsigned int version, count;
		int error;
	} bad[] = {
		{ UINT32_MAX, 0, 0, ZB_E2BIG }, { ZF_ACE_MAX + 1, 0, 0, ZB_E2BIG },
		{ UINT32_MAX, 1, 1, ZB_E2BIG }, { 8, 1, ZF_ACE_MAX + 1, ZB_E2BIG },
		{ 8, 2, 1, ZB_ENOTSUP },
	};
	uint8_t raw[ZF_ZNODE_ACL_SIZE];
	struct zf_znode_acl acl;
	struct zb_span s;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		s = make_znode_acl(raw, ZB_LE, bad[i].size, bad[i].version, bad[i].count);
		assert_int_equal(zf_znode_acl_decode(s, ZB_LE, &acl), bad[i].error);
	}
	s = make_znode_acl(raw, ZB_LE, 8, 1, 1);
	for (s.len = 0; s.len < ZF_ZNODE_ACL_SIZE; s.len++)
		assert_int_equal(zf_znode_acl_decode(s, ZB_LE, &acl), ZB_ECORRUPT);
}

static void acls_made_from_modes_are_trivial(void **state)
{
	struct zf_ace aces[6];
	struct zw_acl acl;

	for (unsigned int mode = 0; mode < 01000; mode++) {
		for (unsigned int dir = 0; dir < 2; dir++) {
			zw_acl_trivial(mode | (dir ? 0040000 : 0100000), &acl);
			assert_int_equal(zf_acl_decode(zb_span(acl.aces, acl.len), ZB_LE,
						       false, acl.count, aces),
					 0);
			assert_true(zf_acl_is_trivial(aces, acl.count));
		}
	}
}

static void acls_that_say_more_are_not_trivial(void **state)
{
	static const struct zf_ace more[] = {
		{ ZF_ACE_ALLOW, 0, ZF_ACE_READ_DATA, 1000 },
		{ ZF_ACE_ALLOW, ZF_ACE_IS_GROUP, ZF_ACE_READ_DATA, 1000 },
		{ ZF_ACE_ALLOW, ZF_ACE_OWNER | ZF_ACE_FILE_INHERIT, ZF_ACE_READ_DATA, 0 },
		{ ZF_ACE_ALLOW, ZF_ACE_OWNER | ZF_ACE_INHERIT_ONLY, ZF_ACE_READ_DATA, 0 },
		{ ZF_ACE_ALLOW, ZF_ACE_OWNER, ZF_ACE_DELETE, 0 },
		{ ZF_ACE_ALLOW, ZF_ACE_OWNER, ZF_ACE_DELETE_CHILD, 0 },
		{ ZF_ACE_DENY, ZF_ACE_OWNER, ZF_ACE_READ_ACL, 0 },
		{ ZF_ACE_DENY, ZF_ACE_EVERYONE, ZF_ACE_READ_ATTRIBUTES, 0 },
		{ ZF_ACE_ALLOW, ZF_ACE_EVERYONE, ZF_ACE_WRITE_ACL, 0 },
		{ ZF_ACE_ALLOW, OWNING_GROUP, ZF_ACE_WRITE_NAMED_ATTRS, 0 },
	};

	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		assert_false(zf_acl_is_trivial(&more[i], 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_of_each_length_decode),
		cmocka_unit_test(old_entries_decode),
		cmocka_unit_test(a_truncated_acl_is_corrupt),
		cmocka_unit_test(counts_and_types_are_bounded),
		cmocka_unit_test(old_znodes_tell_where_and_how_many),
		cmocka_unit_test(hostile_znodes_are_refused),
		cmocka_unit_test(acls_made_from_modes_are_trivial),
		cmocka_unit_test(acls_that_say_more_are_not_trivial),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
