/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "fmt/label.h"
#include "fmt/uberblock.h"
#include "tests/support/small_pool.h"
#include "tests/support/walk.h"

#define SLOT 1024 /* of the uberblock ring */

struct fixture {
	struct small_pool pool;
	struct small_host host;
	struct zr_pool *open;
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

	return small_pool_close(&f->pool, &f->host, f->open);
}

static int pool_open(struct fixture *f, uint64_t guid)
{
	const struct zr_dev *devs[] = { &f->pool.dev };

	zr_pool_close(f->open);
	f->open = NULL;
	return zr_pool_open(&f->host.host, devs, 1, guid, &f->open, &f->diag);
}

/* The newest uberblock below txg in label 0. */
static struct zf_uberblock newest_below(struct fixture *f, uint64_t txg)
{
	struct zf_uberblock best = { 0 }, ub;
	uint8_t slot[SLOT];

	for (uint64_t at = 0; at < ZF_LABEL_UBERBLOCKS_SZ; at += SLOT) {
		assert_int_equal(f->pool.dev.read(f->pool.dev.ctx,
						  ZF_LABEL_UBERBLOCKS + at, slot, SLOT),
				 0);
		if (zf_uberblock_decode(zb_span(slot, SLOT), &ub) == 0 && ub.txg < txg &&
		    ub.txg > best.txg)
			best = ub;
	}
	assert_true(best.txg > 0);
	return best;
}

static void damage_copies(struct fixture *f, const struct zf_blkptr *bp, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		small_pool_damage(&f->pool, bp->dva[i].offset + ZF_VDEV_DATA_START,
				  bp->psize);
}

static void a_pool_opens_and_says_what_it_is(void **state)
{
	struct fixture *f = *state;
	struct zr_pool_info info;
	uint64_t bytes, requests, reads;

	assert_int_equal(pool_open(f, 0), 0);
	reads = f->pool.reads;
	zr_pool_info(f->open, &info);
	assert_string_equal(info.name, "small");
	assert_string_equal(info.bootfs_name, "small/ROOT/be");
	assert_int_equal(info.version, 5000);
	assert_int_equal(info.txg, newest_below(f, UINT64_MAX).txg);
	zr_pool_stats(f->open, &bytes, &requests);
	assert_int_equal(requests, reads);
	assert_true(bytes < 2 << 20);
	assert_int_equal(f->host.notes, 0);
}

static void only_the_guid_that_is_asked_for_counts(void **state)
{
	struct fixture *f = *state;
	struct zr_pool_info info;

	assert_int_equal(pool_open(f, 0), 0);
	zr_pool_info(f->open, &info);
	assert_int_equal(pool_open(f, info.guid), 0);
	assert_int_equal(pool_open(f, info.guid + 1), ZB_ENOENT);
}

static void a_bad_copy_is_made_up_for_and_noted(void **state)
{
	struct fixture *f = *state;
	struct zf_uberblock ub = newest_below(f, UINT64_MAX);
	struct zr_pool_info info;

	assert_int_equal(ub.rootbp.ndvas, 3);
	damage_copies(f, &ub.rootbp, 2);
	assert_int_equal(pool_open(f, 0), 0);
	zr_pool_info(f->open, &info);
	assert_int_equal(info.txg, ub.txg);
	assert_int_equal(f->host.notes, 2);
}

static void without_a_good_copy_an_older_uberblock_serves(void **state)
{
	struct fixture *f = *state;
	struct zf_uberblock ub = newest_below(f, UINT64_MAX);
	struct zf_uberblock older = newest_below(f, ub.txg);
	struct zr_pool_info info;

	damage_copies(f, &ub.rootbp, 3);
	assert_int_equal(pool_open(f, 0), 0);
	zr_pool_info(f->open, &info);
	assert_int_equal(info.txg, older.txg);
	assert_true(f->host.notes > 0);
	damage_copies(f, &older.rootbp, 3);
	assert_int_equal(pool_open(f, 0), 0);
	zr_pool_info(f->open, &info);
	assert_true(info.txg < older.txg);
}

static void when_no_uberblock_leads_anywhere_the_first_fault_is_told(void **state)
{
	struct fixture *f = *state;
	struct zf_uberblock ub = newest_below(f, UINT64_MAX);

	for (unsigned int i = 0; i < 3; i++) {
		damage_copies(f, &ub.rootbp, 3);
		if (i < 2)
			ub = newest_below(f, ub.txg);
	}
	assert_int_equal(pool_open(f, 0), ZB_ECKSUM);
	assert_string_equal(f->diag.object, "small");
	assert_non_null(strstr(f->diag.reason, "3 copies: checksum mismatch"));
}

static void an_uberblock_that_is_damaged_itself_is_passed_over(void **state)
{
	struct fixture *f = *state;
	struct zf_uberblock ub = newest_below(f, UINT64_MAX);
	struct zr_pool_info info;

	for (unsigned int n = 0; n < ZF_LABEL_COUNT; n++)
		small_pool_damage(&f->pool,
				  zf_label_offset(n, SMALL_POOL_SIZE) +
					  ZF_LABEL_UBERBLOCKS +
					  ub.txg * SLOT % ZF_LABEL_UBERBLOCKS_SZ,
				  SLOT);
	assert_int_equal(pool_open(f, 0), 0);
	zr_pool_info(f->open, &info);
	assert_int_equal(info.txg, newest_below(f, ub.txg).txg);
}

/* An I/O error is as good a reason to take another copy as a wrong checksum. */
static void an_unreadable_copy_is_made_up_for(void **state)
{
	struct fixture *f = *state;
	struct zf_uberblock ub = newest_below(f, UINT64_MAX);
	struct zr_pool_info info;

	f->pool.fail_from = ub.rootbp.dva[0].offset + ZF_VDEV_DATA_START;
	f->pool.fail_to = f->pool.fail_from + SMALL_POOL_SECTOR;
	assert_int_equal(pool_open(f, 0), 0);
	zr_pool_info(f->open, &info);
	assert_int_equal(info.txg, ub.txg);
	assert_int_equal(f->host.notes, 1);
}

static void an_older_state_can_be_asked_for(void **state)
{
	struct fixture *f = *state;
	const struct zr_dev *devs[] = { &f->pool.dev };
	struct zf_uberblock ub = newest_below(f, UINT64_MAX);
	struct zf_uberblock older = newest_below(f, ub.txg);
	struct zr_open_options options = { .max_txg = ub.txg - 1 };
	struct zr_pool_info info;

	assert_int_equal(
		zr_pool_open_at(&f->host.host, devs, 1, &options, &f->open, &f->diag), 0);
	zr_pool_info(f->open, &info);
	assert_int_equal(info.txg, older.txg);
	zr_pool_close(f->open);
	f->open = NULL;
	options.max_txg = 1;
	assert_int_equal(
		zr_pool_open_at(&f->host.host, devs, 1, &options, &f->open, &f->diag),
		ZB_ENOENT);
	options = (struct zr_open_options){ .checkpoint = true };
	assert_int_equal(
		zr_pool_open_at(&f->host.host, devs, 1, &options, &f->open, &f->diag),
		ZB_EINVAL);
	assert_non_null(strstr(f->diag.reason, "checkpoint"));
}

/* A dd copy that missed the last group: the newer of the two is the device. */
static void the_newer_of_two_copies_is_taken(void **state)
{
	struct fixture *f = *state;
	struct zf_uberblock ub = newest_below(f, UINT64_MAX);
	struct small_pool copy;
	const struct zr_dev *devs[] = { &copy.dev, &f->pool.dev };
	struct zr_pool_info info;

	small_pool_init(&copy);
	for (unsigned int n = 0; n < ZF_LABEL_COUNT; n++)
		small_pool_damage(&copy,
				  zf_label_offset(n, SMALL_POOL_SIZE) +
					  ZF_LABEL_UBERBLOCKS +
					  ub.txg * SLOT % ZF_LABEL_UBERBLOCKS_SZ,
				  SLOT);
	copy.fail_from = ZF_VDEV_DATA_START;
	copy.fail_to = SMALL_POOL_SIZE - ZF_VDEV_END_RESERVED;
	assert_int_equal(zr_pool_open(&f->host.host, devs, 2, 0, &f->open, &f->diag), 0);
	zr_pool_info(f->open, &info);
	assert_int_equal(info.txg, ub.txg);
	assert_int_equal(f->host.notes, 0);
	small_pool_done(&copy);
}

static void two_copies_of_a_device_are_one_pool(void **state)
{
	struct fixture *f = *state;
	struct small_pool copy;
	const struct zr_dev *devs[] = { &f->pool.dev, &copy.dev };

	/* A byte-for-byte copy is the same pool; the first device is taken. */
	small_pool_init(&copy);
	assert_int_equal(zr_pool_open(&f->host.host, devs, 2, 0, &f->open, &f->diag), 0);
	small_pool_done(&copy);
}

static void no_device_is_no_pool(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(zr_pool_open(&f->host.host, NULL, 0, 0, &f->open, &f->diag),
			 ZB_ENOENT);
}

static void everything_in_it_can_be_read(void **state)
{
	struct fixture *f = *state;
	const struct zr_dev *devs[] = { &f->pool.dev };
	struct walk_counts counts;

	assert_int_equal(walk_pool(&f->host.host, devs, 1, &counts), 0);
	assert_int_equal(counts.datasets, 7);
	assert_int_equal(counts.files, 3 * 79);
	assert_int_equal(counts.xattrs, 3 * 6);
	assert_int_equal(f->host.notes, 0);
}

static void with_a_tiny_cache_too(void **state)
{
	struct fixture *f = *state;
	const struct zr_dev *devs[] = { &f->pool.dev };
	struct walk_counts counts, tiny;

	assert_int_equal(walk_pool(&f->host.host, devs, 1, &counts), 0);
	f->host.host.cache_bytes = 1;
	assert_int_equal(walk_pool(&f->host.host, devs, 1, &tiny), 0);
	assert_memory_equal(&counts, &tiny, sizeof(counts));
}

/* Every allocation fails once; the walk goes on past what it could not see. */
static void each_failing_allocation_is_survived_and_nothing_leaks(void **state)
{
	struct fixture *f = *state;
	const struct zr_dev *devs[] = { &f->pool.dev };
	struct walk_counts counts;
	size_t n;

	(void)!walk_pool(&f->host.host, devs, 1, &counts);
	n = f->host.allocs;
	assert_true(n > 100);
	for (size_t at = 1; at <= n; at += at < 200 ? 1 : 29) {
		f->host.allocs = 0;
		f->host.fail_at = at;
		(void)!walk_pool(&f->host.host, devs, 1, &counts);
		assert_int_equal(f->host.held, 0);
	}
}

#define POOL_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(a_pool_opens_and_says_what_it_is),
		POOL_TEST(only_the_guid_that_is_asked_for_counts),
		POOL_TEST(a_bad_copy_is_made_up_for_and_noted),
		POOL_TEST(without_a_good_copy_an_older_uberblock_serves),
		POOL_TEST(when_no_uberblock_leads_anywhere_the_first_fault_is_told),
		POOL_TEST(an_uberblock_that_is_damaged_itself_is_passed_over),
		POOL_TEST(an_unreadable_copy_is_made_up_for),
		POOL_TEST(an_older_state_can_be_asked_for),
		POOL_TEST(the_newer_of_two_copies_is_taken),
		POOL_TEST(two_copies_of_a_device_are_one_pool),
		POOL_TEST(no_device_is_no_pool),
		POOL_TEST(everything_in_it_can_be_read),
		POOL_TEST(with_a_tiny_cache_too),
		POOL_TEST(each_failing_allocation_is_survived_and_nothing_leaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
