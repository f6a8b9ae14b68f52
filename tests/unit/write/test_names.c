/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <dirent.h>
#include <cmocka.h>

#include "fmt/zpl.h"
#include "write/names.h"

#define ENTRIES 20000

struct fixture {
	struct zw_spill_cache cache;
	struct zw_names names;
};

static void setup(struct fixture *f)
{
	zw_spill_cache_init(&f->cache, "/tmp", 1 << 20);
	zw_names_init(&f->names, &f->cache);
}

static void teardown(struct fixture *f)
{
	zw_names_done(&f->names);
	zw_spill_cache_done(&f->cache);
}

static void names_are_found_in_their_directory_only(void **state)
{
	struct zw_dir dir = { 0 };
	struct zw_name name;
	struct fixture f;

	setup(&f);
	assert_int_equal(zw_names_add(&f.names, 34, &dir, "etc", 3, 50, DT_DIR), 0);
	assert_int_equal(zw_names_find(&f.names, 34, "etc", 3, &name), 0);
	assert_int_equal(name.object, 50);
	assert_int_equal(name.type, DT_DIR);
	assert_int_equal(zw_names_find(&f.names, 35, "etc", 3, &name), ZB_ENOENT);
	assert_int_equal(zw_names_find(&f.names, 34, "et", 2, &name), ZB_ENOENT);
	assert_int_equal(zw_names_find(&f.names, 34, "etc2", 4, &name), ZB_ENOENT);
	teardown(&f);
}

static void a_name_can_be_given_to_another_object(void **state)
{
	struct zw_dir dir = { 0 };
	struct zw_name name;
	struct fixture f;

	setup(&f);
	assert_int_equal(zw_names_add(&f.names, 34, &dir, "x", 1, 50, DT_REG), 0);
	assert_int_equal(zw_names_find(&f.names, 34, "x", 1, &name), 0);
	assert_int_equal(zw_names_set(&f.names, name.ref, 60, DT_LNK), 0);
	assert_int_equal(zw_names_find(&f.names, 34, "x", 1, &name), 0);
	assert_int_equal(name.object, 60);
	assert_int_equal(name.type, DT_LNK);
	teardown(&f);
}

struct expect {
	uint64_t next; /* number of the entry that comes next */
	uint64_t odd;
};

static int expect_in_order(void *arg, const struct zw_zap_item *item)
{
	struct expect *e = arg;
	char name[32];
	uint64_t i = 2 * e->next++ + e->odd, value = zb_load64(item->value, ZB_BE);

	snprintf(name, sizeof(name), "entry-%llu", (unsigned long long)i);
	assert_int_equal(item->name_len, strlen(name));
	assert_memory_equal(item->name, name, item->name_len);
	assert_int_equal(ZF_DIRENT_OBJ(value), 1000 + i);
	assert_int_equal(ZF_DIRENT_TYPE(value), DT_REG);
	return 0;
}

static void many_names_of_two_directories_keep_their_order(void **state)
{
	struct zw_dir dirs[2] = { { 0 } };
	struct zw_zap_source source;
	struct zw_dir_source data;
	struct zw_name name;
	struct fixture f;
	char text[32];

	setup(&f);
	for (uint64_t i = 0; i < ENTRIES; i++) {
		snprintf(text, sizeof(text), "entry-%llu", (unsigned long long)i);
		assert_int_equal(zw_names_add(&f.names, i % 2, &dirs[i % 2], text,
					      strlen(text), 1000 + i, DT_REG),
				 0);
	}
	for (uint64_t i = 0; i < ENTRIES; i++) {
		snprintf(text, sizeof(text), "entry-%llu", (unsigned long long)i);
		assert_int_equal(
			zw_names_find(&f.names, i % 2, text, strlen(text), &name), 0);
		assert_int_equal(name.object, 1000 + i);
	}
	for (uint64_t odd = 0; odd < 2; odd++) {
		struct expect e = { .odd = odd };

		zw_dir_source_init(&data, &f.names, &dirs[odd], 1, &source);
		assert_int_equal(source.count, ENTRIES / 2);
		assert_int_equal(source.walk(source.ctx, expect_in_order, &e), 0);
		assert_int_equal(e.next, ENTRIES / 2);
	}
	teardown(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_found_in_their_directory_only),
		cmocka_unit_test(a_name_can_be_given_to_another_object),
		cmocka_unit_test(many_names_of_two_directories_keep_their_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
