/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "boot/common/load.h"
#include "fake_source.h"

struct machine {
	struct bt_io_stats io;
	int shown;
	int allocations;
	int allow; /* image allocations that succeed */
};

static void *heap_alloc(void *ctx, size_t size)
{
	return malloc(size);
}

static void heap_free(void *ctx, void *ptr)
{
	free(ptr);
}

static void test_show(void *ctx, const struct bt_screen *screen)
{
	struct machine *m = ctx;

	m->shown++;
}

static void *test_image_alloc(void *ctx, size_t size)
{
	struct machine *m = ctx;

	if (m->allow-- <= 0)
		return NULL;
	m->allocations++;
	return malloc(size);
}

static void test_image_free(void *ctx, void *ptr, size_t size)
{
	struct machine *m = ctx;

	m->allocations--;
	free(ptr);
}

static struct bt_platform platform(struct machine *m)
{
	return (struct bt_platform){
		.ctx = m,
		.host = { .ctx = m, .alloc = heap_alloc, .free = heap_free },
		.io = &m->io,
		.show = test_show,
		.image_alloc = test_image_alloc,
		.image_free = test_image_free,
	};
}

static const struct bt_kernel kernel = {
	.image = "/boot/k",
	.ramdisk = { "/boot/a", "/boot/b" },
	.n_ramdisks = 2,
};

static int load(const struct fake_row *rows, struct machine *m, struct bt_image *image,
		struct zb_diag *diag)
{
	struct bt_platform p = platform(m);
	struct fake_pool pool = { .rows = rows };
	struct bt_source source = fake_source(&pool);

	return bt_load(&p, &source, "d", &kernel, image, diag);
}

#define FILE_ROW(name, text)                                                             \
	{                                                                                \
		.dataset = "d", .path = name, .value = text                              \
	}

static void ramdisks_are_joined_at_multiples_of_four(void **state)
{
	static const struct fake_row rows[] = { FILE_ROW("/boot/k", "KERNEL"),
						FILE_ROW("/boot/a", "abcde"),
						FILE_ROW("/boot/b", "xyz"),
						{ 0 } };
	struct machine m = { .allow = 2 };
	struct bt_platform p = platform(&m);
	struct bt_image image;

	assert_int_equal(load(rows, &m, &image, NULL), 0);
	assert_int_equal(image.kernel_size, 6);
	assert_memory_equal(image.kernel, "KERNEL", 6);
	assert_int_equal(image.ramdisk_size, 11);
	assert_memory_equal(image.ramdisk, "abcde\0\0\0xyz", 11);
	assert_true(m.shown > 0);
	assert_null(m.io.tick);
	bt_load_free(&p, &image);
	assert_int_equal(m.allocations, 0);
}

static void a_failing_file_is_named_and_nothing_leaks(void **state)
{
	static const struct fake_row rows[] = {
		FILE_ROW("/boot/k", "KERNEL"),
		FILE_ROW("/boot/a", "abcde"),
		{ .dataset = "d", .path = "/boot/b", .value = "xyz", .error = ZB_ECKSUM },
		{ 0 }
	};
	struct machine m = { .allow = 2 };
	struct bt_image image = { .kernel_size = 77 };
	struct zb_diag diag;

	assert_int_equal(load(rows, &m, &image, &diag), ZB_ECKSUM);
	assert_string_equal(diag.object, "/boot/b");
	assert_int_equal(m.allocations, 0);
	assert_int_equal(image.kernel_size, 77);
	assert_null(m.io.tick);
}

static void an_empty_or_missing_file_is_refused(void **state)
{
	static const struct fake_row empty[] = { FILE_ROW("/boot/k", ""), { 0 } };
	static const struct fake_row missing[] = { FILE_ROW("/boot/k", "K"),
						   FILE_ROW("/boot/a", "a"),
						   { 0 } };
	struct machine m = { .allow = 2 };
	struct bt_image image;
	struct zb_diag diag;

	assert_int_equal(load(empty, &m, &image, &diag), ZB_E2BIG);
	assert_string_equal(diag.object, "/boot/k");
	assert_int_equal(load(missing, &m, &image, &diag), ZB_ENOENT);
	assert_string_equal(diag.object, "/boot/b");
	assert_int_equal(m.allocations, 0);
}

static void memory_that_is_not_there_is_an_error(void **state)
{
	static const struct fake_row rows[] = { FILE_ROW("/boot/k", "KERNEL"),
						FILE_ROW("/boot/a", "abcde"),
						FILE_ROW("/boot/b", "xyz"),
						{ 0 } };
	struct bt_image image;
	struct zb_diag diag;

	for (int allow = 0; allow < 2; allow++) {
		struct machine m = { .allow = allow };

		assert_int_equal(load(rows, &m, &image, &diag), ZB_ENOMEM);
		assert_int_equal(m.allocations, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ramdisks_are_joined_at_multiples_of_four),
		cmocka_unit_test(a_failing_file_is_named_and_nothing_leaks),
		cmocka_unit_test(an_empty_or_missing_file_is_refused),
		cmocka_unit_test(memory_that_is_not_there_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
