/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "fmt/nvlist.h"

/* Writes XDR by hand: a second opinion on the format, not lib/fmt's own encoder. */
struct xdr {
	uint8_t buf[4096];
	size_t len;
};

static void put32(struct xdr *x, uint32_t v)
{
	zb_store32(x->buf + x->len, ZB_BE, v);
	x->len += 4;
}

static void put64(struct xdr *x, uint64_t v)
{
	zb_store64(x->buf + x->len, ZB_BE, v);
	x->len += 8;
}

static void put_bytes(struct xdr *x, const void *p, size_t len)
{
	memcpy(x->buf + x->len, p, len);
	memset(x->buf + x->len + len, 0, 4);
	x->len += (len + 3) & ~(size_t)3;
}

static void put_string(struct xdr *x, const char *s)
{
	put32(x, (uint32_t)strlen(s));
	put_bytes(x, s, strlen(s));
}

static size_t begin_pair(struct xdr *x, const char *name, uint32_t type,
			 uint32_t elements)
{
	size_t start = x->len;

	put32(x, 0);
	put32(x, 64);
	put_string(x, name);
	put32(x, type);
	put32(x, elements);
	return start;
}

static void end_pair(struct xdr *x, size_t start)
{
	zb_store32(x->buf + start, ZB_BE, (uint32_t)(x->len - start));
}

static void begin_list(struct xdr *x)
{
	put32(x, 0);
	put32(x, 1);
}

static void end_list(struct xdr *x)
{
	put32(x, 0);
	put32(x, 0);
}

static void put_u64(struct xdr *x, const char *name, uint64_t v)
{
	size_t at = begin_pair(x, name, ZF_NV_UINT64, 1);

	put64(x, v);
	end_pair(x, at);
}

static void put_text(struct xdr *x, const char *name, const char *v)
{
	size_t at = begin_pair(x, name, ZF_NV_STRING, 1);

	put_string(x, v);
	end_pair(x, at);
}

static void start(struct xdr *x)
{
	static const uint8_t header[4] = { 1, 1, 0, 0 };

	x->len = 0;
	put_bytes(x, header, 4);
	begin_list(x);
}

/* Of every kind one: number, text, list, array of two lists, bytes, flag, array of numbers. */
static void make(struct xdr *x)
{
	size_t at;

	start(x);
	put_u64(x, "txg", 0x1122334455667788ULL);
	put_text(x, "name", "tank");
	at = begin_pair(x, "tree", ZF_NV_NVLIST, 1);
	begin_list(x);
	put_text(x, "type", "root");
	end_list(x);
	end_pair(x, at);
	at = begin_pair(x, "children", ZF_NV_NVLIST_ARRAY, 2);
	for (uint64_t i = 0; i < 2; i++) {
		begin_list(x);
		put_u64(x, "id", i + 5);
		end_list(x);
	}
	end_pair(x, at);
	at = begin_pair(x, "raw", ZF_NV_BYTE_ARRAY, 5);
	put_bytes(x, "\1\2\3\4\5", 5);
	end_pair(x, at);
	at = begin_pair(x, "flag", ZF_NV_BOOLEAN, 0);
	end_pair(x, at);
	at = begin_pair(x, "numbers", ZF_NV_UINT64_ARRAY, 2);
	put32(x, 2);
	put64(x, 1);
	put64(x, 2);
	end_pair(x, at);
	end_list(x);
}

static struct zb_span span_of(const struct xdr *x)
{
	return zb_span(x->buf, x->len);
}

static void pairs_are_found_by_name_and_type(void **state)
{
	struct xdr x;
	struct zf_nvlist list, sub;
	struct zf_nvpair pair;
	struct zb_span bytes;
	char name[8];
	uint64_t v = 0;

	make(&x);
	assert_int_equal(zf_nvlist_init(span_of(&x), &list), 0);
	assert_int_equal(zf_nvlist_u64(list, "txg", &v), 0);
	assert_true(v == 0x1122334455667788ULL);
	assert_int_equal(zf_nvlist_u64(list, "name", &v), ZB_ENOENT);
	assert_int_equal(zf_nvlist_u64(list, "tx", &v), ZB_ENOENT);
	assert_int_equal(zf_nvlist_u64(list, "txgs", &v), ZB_ENOENT);
	assert_int_equal(zf_nvlist_string(list, "name", name, sizeof(name)), 0);
	assert_string_equal(name, "tank");
	assert_int_equal(zf_nvlist_string(list, "name", name, 4), ZB_E2BIG);
	assert_int_equal(zf_nvlist_list(list, "tree", &sub), 0);
	assert_true(zf_nvlist_string_is(sub, "type", "root"));
	assert_false(zf_nvlist_string_is(sub, "type", "roots"));
	assert_int_equal(zf_nvlist_find(list, "raw", ZF_NV_BYTE_ARRAY, &pair), 0);
	assert_int_equal(zf_nvpair_bytes(&pair, &bytes), 0);
	assert_int_equal(bytes.len, 5);
	assert_int_equal(bytes.ptr[4], 5);
}

static void arrays_of_lists_are_walked(void **state)
{
	struct xdr x;
	struct zf_nvlist list, child;
	uint64_t v = 0;

	make(&x);
	assert_int_equal(zf_nvlist_init(span_of(&x), &list), 0);
	assert_int_equal(zf_nvlist_array_count(list, "children"), 2);
	assert_int_equal(zf_nvlist_array_count(list, "tree"), 0);
	assert_int_equal(zf_nvlist_array_at(list, "children", 1, &child), 0);
	assert_int_equal(zf_nvlist_u64(child, "id", &v), 0);
	assert_int_equal(v, 6);
	assert_int_equal(zf_nvlist_array_at(list, "children", 2, &child), ZB_ENOENT);
}

static void every_truncation_is_refused(void **state)
{
	struct xdr x;
	struct zf_nvlist list;

	make(&x);
	for (size_t len = 0; len < x.len; len++)
		assert_int_equal(zf_nvlist_init(zb_span(x.buf, len), &list), ZB_ECORRUPT);
}

static void bytes_behind_the_end_do_not_count(void **state)
{
	struct xdr x;
	struct zf_nvlist list;
	struct zf_nvpair pair;
	unsigned int n = 0;
	size_t pos = 0;

	make(&x);
	memset(x.buf + x.len, 0xff, 64);
	x.len += 64;
	assert_int_equal(zf_nvlist_init(span_of(&x), &list), 0);
	while (zf_nvlist_next(list, &pos, &pair) > 0)
		n++;
	assert_int_equal(n, 7);
}

static void the_native_encoding_is_unsupported(void **state)
{
	struct xdr x;
	struct zf_nvlist list;

	make(&x);
	x.buf[0] = 0;
	assert_int_equal(zf_nvlist_init(span_of(&x), &list), ZB_ENOTSUP);
	x.buf[0] = 2;
	assert_int_equal(zf_nvlist_init(span_of(&x), &list), ZB_ECORRUPT);
}

static void nesting_beyond_the_limit_is_refused(void **state)
{
	struct xdr x;
	struct zf_nvlist list;
	size_t at[64];

	for (unsigned int depth = ZF_NVLIST_MAX_DEPTH; depth < ZF_NVLIST_MAX_DEPTH + 2;
	     depth++) {
		start(&x);
		for (unsigned int i = 0; i < depth; i++) {
			at[i] = begin_pair(&x, "n", ZF_NV_NVLIST, 1);
			begin_list(&x);
		}
		for (unsigned int i = depth; i-- > 0;) {
			end_list(&x);
			end_pair(&x, at[i]);
		}
		end_list(&x);
		assert_int_equal(zf_nvlist_init(span_of(&x), &list),
				 depth > ZF_NVLIST_MAX_DEPTH ? ZB_E2BIG : 0);
	}
}

/* Each is one bad pair in an otherwise good list. */
static int refused(void (*bad)(struct xdr *x))
{
	struct xdr x;
	struct zf_nvlist list;

	start(&x);
	bad(&x);
	end_list(&x);
	return zf_nvlist_init(span_of(&x), &list);
}

static void bad_huge_string(struct xdr *x)
{
	size_t at = begin_pair(x, "s", ZF_NV_STRING, 1);

	put32(x, UINT32_MAX);
	end_pair(x, at);
}

static void bad_huge_name(struct xdr *x)
{
	size_t at = begin_pair(x, "name", ZF_NV_UINT64, 1);

	put64(x, 1);
	end_pair(x, at);
	zb_store32(x->buf + at + 8, ZB_BE, 0xfffffff0);
}

static void bad_huge_array(struct xdr *x)
{
	size_t at = begin_pair(x, "a", ZF_NV_UINT64_ARRAY, UINT32_MAX);

	put32(x, UINT32_MAX);
	put64(x, 0);
	end_pair(x, at);
}

static void bad_huge_list_array(struct xdr *x)
{
	end_pair(x, begin_pair(x, "a", ZF_NV_NVLIST_ARRAY, UINT32_MAX));
}

static void bad_short_number(struct xdr *x)
{
	size_t at = begin_pair(x, "n", ZF_NV_UINT64, 1);

	put32(x, 0);
	end_pair(x, at);
}

static void bad_type(struct xdr *x)
{
	end_pair(x, begin_pair(x, "n", 99, 1));
}

static void bad_tiny_pair(struct xdr *x)
{
	put32(x, 8);
	put32(x, 8);
}

static void bad_pair_beyond_the_end(struct xdr *x)
{
	put_u64(x, "n", 1);
	zb_store32(x->buf + 12, ZB_BE, 4000000000U);
}

static void bad_pairs_are_corrupt(void **state)
{
	void (*const bad[])(struct xdr * x) = {
		bad_huge_string,  bad_huge_name, bad_huge_array, bad_huge_list_array,
		bad_short_number, bad_type,	 bad_tiny_pair,	 bad_pair_beyond_the_end,
	};

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(refused(bad[i]), ZB_ECORRUPT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs_are_found_by_name_and_type),
		cmocka_unit_test(arrays_of_lists_are_walked),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(bytes_behind_the_end_do_not_count),
		cmocka_unit_test(the_native_encoding_is_unsupported),
		cmocka_unit_test(nesting_beyond_the_limit_is_refused),
		cmocka_unit_test(bad_pairs_are_corrupt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
