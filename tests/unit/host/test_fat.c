/* SPDX-License-Identifier: BSD-2-Clause */
/* The oracles here are fsck.fat and mtools, which know nothing of our writer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "host/fat.h"

static uint8_t content[100000];

static const struct zh_fat_options options = {
	.size = 64 << 20,
	.start = 1 << 20,
	.sector_size = 512,
	.volume_id = 0x12345678,
	.label = "ZLIVE",
	.time = 1700000000,
};

static int build(const struct zh_fat_options *o, uint8_t **image, size_t *len)
{
	struct zh_fat_file files[] = {
		{ "BOOTX64.EFI", zb_span(content, sizeof(content)) },
		{ "EMPTY", zb_span(content, 0) },
	};
	struct zb_diag diag;

	for (size_t i = 0; i < sizeof(content); i++)
		content[i] = (uint8_t)(i * 31 >> 3);
	return zh_fat_build(o, files, 2, image, len, &diag);
}

/* The image, extended to its whole size, in a temporary file. */
static void to_file(const struct zh_fat_options *o, char path[])
{
	uint8_t *image;
	size_t len;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(build(o, &image, &len), 0);
	assert_int_equal(write(fd, image, len), (ssize_t)len);
	assert_int_equal(ftruncate(fd, (off_t)o->size), 0);
	close(fd);
	free(image);
}

static void run_ok(const char *fmt, const char *path)
{
	char cmd[512];

	snprintf(cmd, sizeof(cmd), fmt, path);
	assert_int_equal(system(cmd), 0);
}

static void checked_with(const struct zh_fat_options *o)
{
	char path[] = "/tmp/zlive-test-fat-XXXXXX";
	uint8_t *back = calloc(1, sizeof(content) + 1);
	char cmd[512];
	FILE *p;

	to_file(o, path);
	run_ok("PATH=$PATH:/usr/sbin:/sbin fsck.fat -n %s >/dev/null", path);
	snprintf(cmd, sizeof(cmd), "mtype -i %s ::/EFI/BOOT/BOOTX64.EFI", path);
	p = popen(cmd, "r");
	assert_non_null(p);
	assert_int_equal(fread(back, 1, sizeof(content) + 1, p), sizeof(content));
	assert_memory_equal(back, content, sizeof(content));
	assert_int_equal(pclose(p), 0);
	unlink(path);
	free(back);
}

static void fsck_and_mtools_agree(void **state)
{
	checked_with(&options);
}

static void sectors_of_4096_are_fat32_too(void **state)
{
	struct zh_fat_options o = options;

	o.sector_size = 4096;
	o.size = zh_fat_min_size(4096);
	assert_true(o.size > 256 << 20);
	checked_with(&o);
}

static void the_same_arguments_give_the_same_bytes(void **state)
{
	uint8_t *a, *b;
	size_t la, lb;

	assert_int_equal(build(&options, &a, &la), 0);
	assert_int_equal(build(&options, &b, &lb), 0);
	assert_int_equal(la, lb);
	assert_memory_equal(a, b, la);
	free(a);
	free(b);
}

static void too_small_a_partition_is_refused(void **state)
{
	struct zh_fat_options o = options;
	uint8_t *image = NULL;
	size_t len;

	o.size = 32 << 20;
	assert_int_equal(build(&o, &image, &len), ZB_EINVAL);
	assert_null(image);
}

static void long_and_small_names_are_refused(void **state)
{
	static const char *const names[] = { "bootx64.efi", "TOOLONGNAME.EFI",
					     "A.LONG",	    "",
					     ".EFI",	    "A.B.C" };
	struct zb_diag diag;
	uint8_t *image = NULL;
	size_t len;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct zh_fat_file f = { names[i], zb_span(content, 10) };

		assert_int_equal(zh_fat_build(&options, &f, 1, &image, &len, &diag),
				 ZB_EINVAL);
	}
}

static void files_that_do_not_fit_are_refused(void **state)
{
	struct zh_fat_file f = { "BIG.EFI", zb_span(content, 64 << 20) };
	struct zb_diag diag;
	uint8_t *image = NULL;
	size_t len;

	assert_int_equal(zh_fat_build(&options, &f, 1, &image, &len, &diag), ZB_ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fsck_and_mtools_agree),
		cmocka_unit_test(sectors_of_4096_are_fat32_too),
		cmocka_unit_test(the_same_arguments_give_the_same_bytes),
		cmocka_unit_test(too_small_a_partition_is_refused),
		cmocka_unit_test(long_and_small_names_are_refused),
		cmocka_unit_test(files_that_do_not_fit_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
