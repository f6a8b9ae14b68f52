/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "host/gpt.h"
#include "host/target.h"

struct image {
	char path[64];
	struct zh_target *target;
};

static void image_make(struct image *im, uint64_t size, uint32_t sector)
{
	struct zh_target_options o = { .size = size, .sector_size = sector };
	struct zh_gpt_plan plan;
	struct zh_seed seed;
	struct zb_diag diag;

	snprintf(im->path, sizeof(im->path), "/tmp/zlive-test-gpt-%d", (int)getpid());
	assert_int_equal(zh_seed_init(&seed, "test", &diag), 0);
	assert_int_equal(zh_target_create(im->path, &o, &im->target, &diag), 0);
	assert_int_equal(zh_gpt_plan(size, sector, &plan, &diag), 0);
	assert_int_equal(
		zh_gpt_write(zh_target_fd(im->target), im->path, &plan, &seed, &diag), 0);
	assert_int_equal(zh_target_commit(im->target, &diag), 0);
	zh_target_destroy(im->target);
}

static void dump_is(const struct image *im, const char *want)
{
	char cmd[512], got[2048];
	FILE *p;
	size_t n;

	snprintf(
		cmd, sizeof(cmd),
		"PATH=$PATH:/usr/sbin:/sbin sgdisk -v %s 2>&1 | grep -o 'No problems found' &&"
		" PATH=$PATH:/usr/sbin:/sbin sfdisk -d %s | sed 's/^[^ ]*gpt-[0-9]*/p/'",
		im->path, im->path);
	p = popen(cmd, "r");
	assert_non_null(p);
	n = fread(got, 1, sizeof(got) - 1, p);
	got[n] = '\0';
	pclose(p);
	assert_non_null(strstr(got, "No problems found"));
	if (!strstr(got, want))
		print_error("%s", got);
	assert_non_null(strstr(got, want));
}

static void sgdisk_and_sfdisk_agree(void **state)
{
	struct image im;

	image_make(&im, (1ULL << 30) + 12345 * 512, 512);
	dump_is(&im, "p1 : start=        2048, size=      131072, "
		     "type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, "
		     "uuid=");
	dump_is(&im, "p2 : start=      133120, size=     1974272, "
		     "type=6A898CC3-1DD2-11B2-99A6-080020736631, "
		     "uuid=");
	unlink(im.path);
}

static uint8_t *slurp(const char *path, size_t len)
{
	uint8_t *b = malloc(len);
	FILE *f = fopen(path, "r");

	assert_non_null(b);
	assert_non_null(f);
	assert_int_equal(fread(b, 1, len, f), len);
	fclose(f);
	return b;
}

static void the_same_seed_gives_the_same_table(void **state)
{
	struct image im;
	uint8_t *a, *b;

	image_make(&im, 2ULL << 30, 512);
	a = slurp(im.path, 1 << 20);
	unlink(im.path);
	image_make(&im, 2ULL << 30, 512);
	b = slurp(im.path, 1 << 20);
	unlink(im.path);
	assert_memory_equal(a, b, 1 << 20);
	free(a);
	free(b);
}

static void sectors_of_4096_are_counted_as_such(void **state)
{
	struct image im;
	uint8_t *b;

	image_make(&im, 2ULL << 30, 4096);
	b = slurp(im.path, 1 << 20);
	unlink(im.path);
	/* The header is in sector 1; its entries start at sector 2; partition 1 at 1 MiB. */
	assert_memory_equal(b + 4096, "EFI PART", 8);
	assert_true(zb_load64(b + 4096 + 72, ZB_LE) == 2);
	assert_true(zb_load64(b + 2 * 4096 + 32, ZB_LE) == 256);
	free(b);
}

static void a_disk_below_1_gib_is_refused(void **state)
{
	struct zh_gpt_plan plan;
	struct zb_diag diag;

	assert_int_equal(zh_gpt_plan(1000ULL << 20, 512, &plan, &diag), ZB_ENOSPC);
}

static void an_image_not_committed_leaves_nothing(void **state)
{
	struct zh_target_options o = { .size = 1 << 20, .sector_size = 512 };
	char dir[] = "/tmp/zlive-test-target-XXXXXX", path[128];
	struct zh_target *t;
	struct zb_diag diag;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/image", dir);
	assert_int_equal(zh_target_create(path, &o, &t, &diag), 0);
	assert_int_equal(zh_target_write(t, 4096, "abc", 3, &diag), 0);
	assert_int_not_equal(access(path, F_OK), 0);
	zh_target_destroy(t);
	assert_int_equal(rmdir(dir), 0); /* fails if anything is in it */
}

static void a_folder_is_no_target(void **state)
{
	struct zh_target_options o = { .size = 1 << 20, .sector_size = 512 };
	struct zh_target *t = NULL;
	struct zb_diag diag;

	assert_int_equal(zh_target_create("/tmp", &o, &t, &diag), ZB_EINVAL);
	assert_null(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sgdisk_and_sfdisk_agree),
		cmocka_unit_test(the_same_seed_gives_the_same_table),
		cmocka_unit_test(sectors_of_4096_are_counted_as_such),
		cmocka_unit_test(a_disk_below_1_gib_is_refused),
		cmocka_unit_test(an_image_not_committed_leaves_nothing),
		cmocka_unit_test(a_folder_is_no_target),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
