/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "fmt/enums.h"
#include "fmt/label.h"
#include "tests/support/small_pool.h"

struct fixture {
	struct small_pool pool;
	struct small_host host;
	struct zr_label label;
	struct zb_diag diag;
};

static int setup(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	small_pool_init(&f.pool);
	small_host_init(&f.host);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	return small_pool_close(&f->pool, &f->host, NULL);
}

static int label_read(struct fixture *f)
{
	return zr_label_read(&f->host.host, &f->pool.dev, &f->label, &f->diag);
}

static void damage_config(struct fixture *f, unsigned int n)
{
	small_pool_damage(&f->pool, zf_label_offset(n, SMALL_POOL_SIZE) + ZF_LABEL_NVLIST,
			  4096);
}

/* Nothing, not even the magic, is left of label n. */
static void erase_label(struct fixture *f, unsigned int n)
{
	uint64_t start = zf_label_offset(n, SMALL_POOL_SIZE);
	uint8_t *sector;

	for (uint64_t at = start; at < start + ZF_LABEL_SIZE; at += SMALL_POOL_SECTOR) {
		sector = small_pool_sector(&f->pool, at);
		if (sector)
			memset(sector, 0, SMALL_POOL_SECTOR);
	}
}

static void a_sound_device_tells_all(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(label_read(f), 0);
	assert_string_equal(f->label.pool_name, "small");
	assert_int_equal(f->label.state, ZF_POOL_STATE_EXPORTED);
	assert_int_equal(f->label.valid, 0xf);
	assert_int_equal(f->label.version, 5000);
	assert_int_equal(f->label.vdev_children, 1);
	assert_int_equal(f->label.ashift, 9);
	assert_true(f->label.pool_guid != 0 && f->label.vdev_guid != 0);
	assert_true(f->label.top_guid == f->label.vdev_guid);
	assert_int_equal(f->label.txg, f->label.uberblock_txg);
	assert_string_equal(f->label.path, "/mnt/small");
}

static void any_single_label_is_enough(void **state)
{
	struct fixture *f = *state;
	struct zr_label all;

	assert_int_equal(label_read(f), 0);
	all = f->label;
	for (unsigned int keep = 0; keep < ZF_LABEL_COUNT; keep++) {
		small_pool_done(&f->pool);
		small_pool_init(&f->pool);
		for (unsigned int n = 0; n < ZF_LABEL_COUNT; n++)
			if (n != keep)
				erase_label(f, n);
		assert_int_equal(label_read(f), 0);
		assert_int_equal(f->label.valid, 1U << keep);
		assert_true(f->label.pool_guid == all.pool_guid);
		assert_true(f->label.uberblock_txg == all.uberblock_txg);
	}
}

static void a_damaged_label_does_not_count(void **state)
{
	struct fixture *f = *state;

	damage_config(f, 0);
	damage_config(f, 2);
	assert_int_equal(label_read(f), 0);
	assert_int_equal(f->label.valid, 0xa);
}

static void four_damaged_labels_are_corrupt(void **state)
{
	struct fixture *f = *state;

	for (unsigned int n = 0; n < ZF_LABEL_COUNT; n++)
		damage_config(f, n);
	assert_int_equal(label_read(f), ZB_ECORRUPT);
	assert_string_equal(f->diag.object, "small_pool");
	assert_non_null(strstr(f->diag.reason, "none is whole"));
}

static void an_empty_device_has_none(void **state)
{
	struct fixture *f = *state;

	for (unsigned int n = 0; n < ZF_LABEL_COUNT; n++)
		erase_label(f, n);
	assert_int_equal(label_read(f), ZB_ENOENT);
	f->pool.dev.size = 64 << 10;
	assert_int_equal(label_read(f), ZB_ENOENT);
}

/* The end of a disk whose last partition ends with it shows that partition's labels. */
static void labels_of_a_partition_at_the_end_are_not_the_disks(void **state)
{
	struct fixture *f = *state;

	erase_label(f, 0);
	erase_label(f, 1);
	damage_config(f, 2);
	damage_config(f, 3);
	assert_int_equal(label_read(f), ZB_ENOENT);
}

static void an_unreadable_front_leaves_the_end(void **state)
{
	struct fixture *f = *state;

	f->pool.fail_to = 1 << 20;
	assert_int_equal(label_read(f), 0);
	assert_int_equal(f->label.valid, 0xc);
	f->pool.fail_to = SMALL_POOL_SIZE;
	assert_int_equal(label_read(f), ZB_EIO);
}

static void each_failing_allocation_is_reported_and_nothing_leaks(void **state)
{
	struct fixture *f = *state;
	size_t n;

	assert_int_equal(label_read(f), 0);
	n = f->host.allocs;
	for (size_t at = 1; at <= n; at++) {
		f->host.allocs = 0;
		f->host.fail_at = at;
		assert_int_equal(label_read(f), ZB_ENOMEM);
		assert_int_equal(f->host.held, 0);
	}
}

/* Who looks only there first finds whatever zr_label_read() would. */
static void labels_are_looked_for_in_twenty_places(void **state)
{
	const uint64_t least = ZF_LABEL_COUNT * ZF_LABEL_SIZE, size = (64 << 20) + 512;
	uint64_t at[ZR_LABEL_PLACES];

	assert_int_equal(zr_label_places(size, at), 20);
	for (unsigned int n = 0; n < ZF_LABEL_COUNT; n++)
		assert_true(at[n] == zf_label_offset(n, size));
	for (unsigned int n = ZF_LABEL_COUNT; n < 20; n++)
		assert_true(at[n] == at[2] - (n - 3) * ZF_LABEL_SIZE);
	/* None over the front labels. */
	assert_int_equal(zr_label_places(least, at), 4);
	assert_int_equal(zr_label_places(least + 2 * ZF_LABEL_SIZE + 512, at), 6);
	assert_true(at[5] == 2 * ZF_LABEL_SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_are_looked_for_in_twenty_places),
		cmocka_unit_test_setup_teardown(a_sound_device_tells_all, setup,
						teardown),
		cmocka_unit_test_setup_teardown(any_single_label_is_enough, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_damaged_label_does_not_count, setup,
						teardown),
		cmocka_unit_test_setup_teardown(four_damaged_labels_are_corrupt, setup,
						teardown),
		cmocka_unit_test_setup_teardown(an_empty_device_has_none, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			labels_of_a_partition_at_the_end_are_not_the_disks, setup,
			teardown),
		cmocka_unit_test_setup_teardown(an_unreadable_front_leaves_the_end, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			each_failing_allocation_is_reported_and_nothing_leaks, setup,
			teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
