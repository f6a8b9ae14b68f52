/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "fmt/label.h"
#include "read/dtl.h"
#include "read/traverse.h"
#include "read/ways.h"
#include "tests/support/small_pool.h"

/*
 * Golden pools with devices that lack something, as OpenZFS's own logs say: a mirror's side that
 * was away, a third side and a disk of a raidz that have just joined. What was not needed to
 * read their files is not there: it reads as zeros.
 */
extern const uint8_t base_mirror_start[], base_mirror_end[];
extern const uint8_t base_resilvering_start[], base_resilvering_end[];
extern const uint8_t base_replacing_start[], base_replacing_end[];

/* If set, what space maps hold. They are short enough to be embedded, hence never cached. */
static const uint64_t *log_words;
static size_t n_log_words;

int __real_zr_block_read(struct zr_pool *pool, const struct zf_blkptr *bp, uint8_t *dst,
			 struct zb_diag *diag);
int __wrap_zr_block_read(struct zr_pool *pool, const struct zf_blkptr *bp, uint8_t *dst,
			 struct zb_diag *diag);

int __wrap_zr_block_read(struct zr_pool *pool, const struct zf_blkptr *bp, uint8_t *dst,
			 struct zb_diag *diag)
{
	if (!log_words || bp->type != ZF_OT_SPACE_MAP)
		return __real_zr_block_read(pool, bp, dst, diag);
	assert_true(bp->embedded && bp->lsize >= 8 * n_log_words);
	memset(dst, 0, bp->lsize);
	for (size_t i = 0; i < n_log_words; i++)
		zb_store64(dst + 8 * i, bp->endian, log_words[i]);
	return 0;
}

struct fixture {
	struct small_pools pools;
	struct small_host host;
	struct zr_pool *open;
	struct zb_diag diag;
	uint8_t *buf, *stage;
};

static void open_pool(struct fixture *f, const uint8_t *start, const uint8_t *end)
{
	memset(f, 0, sizeof(*f));
	small_pools_init(&f->pools, start, end);
	small_host_init(&f->host);
	f->buf = malloc(ZF_MAX_BLOCK);
	f->stage = malloc(ZF_MAX_BLOCK);
	assert_non_null(f->buf);
	assert_non_null(f->stage);
	assert_int_equal(zr_pool_open(&f->host.host, f->pools.list, f->pools.n, 0,
				      &f->open, &f->diag),
			 0);
}

static void close_pool(struct fixture *f)
{
	zr_pool_close(f->open);
	assert_int_equal(f->host.held, 0);
	small_pools_done(&f->pools);
	free(f->buf);
	free(f->stage);
}

/* The only side of the pool that lacks anything. */
static struct zr_side *lacking_side(struct fixture *f)
{
	struct zr_side *found = NULL;

	for (unsigned int id = 0; id < f->open->n_vdevs; id++) {
		const struct zr_vdev *vdev = &f->open->vdevs[id];

		for (unsigned int i = 0; i < vdev->n_sides; i++) {
			if (vdev->sides[i].n_lacks == 0)
				continue;
			assert_null(found);
			assert_true(vdev->has_lacks);
			found = &vdev->sides[i];
		}
	}
	assert_non_null(found);
	return found;
}

/* Makes it the first of its slot, where it would be read first but for its log. */
static void put_first(struct fixture *f, const struct zr_side *side)
{
	for (unsigned int id = 0; id < f->open->n_vdevs; id++) {
		struct zr_vdev *vdev = &f->open->vdevs[id];

		for (unsigned int i = 0; i < vdev->n_slots; i++) {
			struct zr_side *first = vdev->sides + vdev->slots[i].first;
			struct zr_side moving = *side;

			if (side < first || side >= first + vdev->slots[i].n)
				continue;
			memmove(first + 1, first,
				(size_t)(side - first) * sizeof(*first));
			*first = moving;
		}
	}
}

static void read_fast(struct fixture *f, const struct zf_blkptr *bp)
{
	struct zr_extent extent;
	struct zb_span data;
	struct zr_run run;
	int error = ZB_ENODEV;

	assert_true(zr_extent_of(f->open, bp, 0, &extent));
	assert_true(zr_extent_stage(&extent) <= ZF_MAX_BLOCK);
	for (unsigned int i = 0; error && i < zr_extent_copies(&extent); i++)
		error = zr_extent_read(f->open, &extent, i, f->stage, NULL, &run);
	assert_int_equal(error, 0);
	assert_int_equal(zr_run_block(&run, &extent, bp->psize, f->buf, &data), 0);
	assert_int_equal(zr_verify_block(&f->open->verifier, bp, data), 0);
}

/* Copy i of a block as if it had no checksum: what comes must have the one that it does have. */
static bool read_copy(struct fixture *f, const struct zf_blkptr *bp, unsigned int i)
{
	struct zf_blkptr copy = *bp, unsummed;

	copy.ndvas = 1;
	copy.dva[0] = bp->dva[i];
	if (zr_block_read_raw(f->open, &copy, f->buf, &f->diag))
		return false; /* it is not among the sectors that are here */
	unsummed = copy;
	unsummed.checksum = ZF_CHECKSUM_OFF;
	assert_int_equal(zr_block_read_raw(f->open, &unsummed, f->buf, &f->diag), 0);
	assert_int_equal(
		zr_verify_block(&f->open->verifier, &copy, zb_span(f->buf, copy.psize)),
		0);
	read_fast(f, &copy);
	return true;
}

/* Reads every copy that a side lacks, by itself and as one of many. Returns how many. */
static unsigned int read_unsummed(struct fixture *f)
{
	struct zr_traverse *t;
	struct zr_visit v;
	unsigned int n = 0;
	int r;

	assert_int_equal(zr_traverse_create(f->open, &t, &f->diag), 0);
	while ((r = zr_traverse_next(t, &v, &f->diag)) > 0) {
		uint64_t birth = zf_blkptr_birth(&v.bp);

		if (r != ZR_TRAVERSE_BLOCK || v.bp.embedded)
			continue;
		for (unsigned int i = 0; i < v.bp.ndvas; i++)
			if (zr_vdev_lacking(zr_dva_vdev(f->open, &v.bp.dva[i]), birth))
				n += read_copy(f, &v.bp, i);
	}
	assert_int_equal(r, ZR_TRAVERSE_END);
	zr_traverse_destroy(t);
	return n;
}

static void a_stale_side_is_not_read_first(void **state)
{
	struct fixture f;
	struct zr_side *side;

	(void)state;
	open_pool(&f, base_mirror_start, base_mirror_end);
	side = lacking_side(&f);
	assert_true(side->stale);
	put_first(&f, side);
	assert_true(read_unsummed(&f) > 20);
	close_pool(&f);
}

static void a_side_that_has_just_joined_is_not_read_first(void **state)
{
	struct fixture f;

	(void)state;
	open_pool(&f, base_resilvering_start, base_resilvering_end);
	put_first(&f, lacking_side(&f));
	assert_true(read_unsummed(&f) > 20);
	close_pool(&f);
}

static void a_new_disk_of_a_raidz_is_not_read_first(void **state)
{
	struct fixture f;

	(void)state;
	open_pool(&f, base_replacing_start, base_replacing_end);
	put_first(&f, lacking_side(&f));
	assert_true(read_unsummed(&f) >= 4);
	close_pool(&f);
}

/* With the old one gone, parity has what the new one does not have yet. */
static void parity_goes_before_a_new_disk(void **state)
{
	struct zr_side *side;
	struct fixture f;

	(void)state;
	open_pool(&f, base_replacing_start, base_replacing_end);
	side = lacking_side(&f);
	side[-1].dev = NULL;
	assert_true(read_unsummed(&f) >= 4);
	close_pool(&f);
}

/* Without any other the device is read all the same: here it has everything. */
static void a_side_that_lacks_a_block_is_a_last_resort(void **state)
{
	struct zr_txgs all = { 0, UINT64_MAX };
	struct zr_vdev *vdev;
	struct fixture f;

	(void)state;
	open_pool(&f, base_mirror_start, base_mirror_end);
	vdev = &f.open->vdevs[0];
	for (unsigned int i = 0; i < vdev->n_sides; i++) {
		struct zr_side *side = &vdev->sides[i];

		if (side->n_lacks > 0) {
			side->dev = NULL;
			continue;
		}
		side->lacks = zr_alloc(&f.host.host, sizeof(all));
		assert_non_null(side->lacks);
		*side->lacks = all;
		side->n_lacks = 1;
	}
	assert_true(read_unsummed(&f) > 20);
	close_pool(&f);
}

static void forget(struct fixture *f, struct zr_side *side)
{
	zr_free(&f->host.host, side->lacks);
	side->lacks = NULL;
	side->n_lacks = 0;
}

static void a_log_that_does_not_read_is_noted(void **state)
{
	const uint64_t bad[] = { ZR_OBJECT_DIRECTORY, UINT64_MAX / 2 };
	struct zr_side *side;
	struct fixture f;

	(void)state;
	open_pool(&f, base_resilvering_start, base_resilvering_end);
	side = lacking_side(&f);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		unsigned int notes = f.host.notes;

		forget(&f, side);
		side->dtl = bad[i];
		assert_int_equal(zr_dtl_load(f.open, &f.diag), 0);
		assert_int_equal(f.host.notes, notes + 1);
		assert_int_equal(side->n_lacks, 1);
		assert_int_equal(side->lacks[0].start, 0);
		assert_int_equal(side->lacks[0].end, UINT64_MAX);
	}
	close_pool(&f);
}

/* What a log with other entries makes of its side. */
static void load_words(struct fixture *f, struct zr_side *side, const uint64_t *words,
		       size_t n)
{
	struct zr_object obj;

	forget(f, side);
	assert_int_equal(zr_object_open(&f->open->mos, side->dtl, &obj, &f->diag), 0);
	zb_store64((uint8_t *)obj.dn.bonus.ptr + 8, obj.dn.endian, 8 * n);
	log_words = words;
	n_log_words = n;
	assert_int_equal(zr_dtl_load(f->open, &f->diag), 0);
	log_words = NULL;
	zr_object_close(&obj);
}

static void entries_become_ranges(void **state)
{
	const uint64_t good[] = { 10ULL << 16 | 1, 12ULL << 16, 3ULL << 62 | 9ULL << 24,
				  40 };
	const uint64_t freed[] = { 10ULL << 16, 10ULL << 16 | 1 << 15 };
	const uint64_t half[] = { 10ULL << 16, 3ULL << 62 };
	struct zr_side *side;
	struct fixture f;

	(void)state;
	open_pool(&f, base_resilvering_start, base_resilvering_end);
	side = lacking_side(&f);
	f.host.notes = 0;
	load_words(&f, side, good, 4);
	assert_int_equal(side->n_lacks, 2);
	for (uint64_t txg = 0; txg < 100; txg++)
		assert_int_equal(zr_side_lacks(&f.open->vdevs[0], side, 0, txg),
				 (txg >= 10 && txg < 13) || (txg >= 40 && txg < 50));
	load_words(&f, side, good, 0);
	assert_int_equal(side->n_lacks, 0);
	assert_int_equal(f.host.notes, 0);
	load_words(&f, side, freed, 2);
	assert_int_equal(f.host.notes, 1);
	assert_true(zr_side_lacks(&f.open->vdevs[0], side, 0, 77));
	load_words(&f, side, half, 2);
	assert_int_equal(f.host.notes, 2);
	assert_true(zr_side_lacks(&f.open->vdevs[0], side, 0, 77));
	close_pool(&f);
}

/* The vdev tree of the pool's config, where logs have another name if `hide`. */
static uint8_t *config_tree(struct fixture *f, bool hide, struct zf_nvlist *ret_tree)
{
	struct zf_nvlist list, tree;
	uint8_t *bytes;
	size_t len;

	assert_int_equal(zr_pool_list(f->open, "config", &bytes, &len, &f->diag), 0);
	for (size_t i = 0; hide && i + 4 <= len; i++)
		if (memcmp(bytes + i, "DTL", 4) == 0)
			bytes[i] = 'X';
	assert_int_equal(zf_nvlist_init(zb_span(bytes, len), &list), 0);
	assert_int_equal(zf_nvlist_list(list, "vdev_tree", &tree), 0);
	assert_int_equal(zf_nvlist_array_at(tree, "children", 0, ret_tree), 0);
	return bytes;
}

static void a_new_device_comes_last_until_its_log_is_read(void **state)
{
	struct zf_nvlist tree;
	struct zr_vdev vdev;
	struct fixture f;
	unsigned int n;

	(void)state;
	open_pool(&f, base_resilvering_start, base_resilvering_end);
	for (int hide = 0; hide <= 1; hide++) {
		uint8_t *bytes = config_tree(&f, hide, &tree);

		assert_int_equal(zr_vdev_init(&f.host.host, tree, "pool", &vdev, &f.diag),
				 0);
		assert_true(vdev.has_lacks);
		n = 0;
		for (unsigned int i = 0; i < vdev.n_sides; i++) {
			assert_int_equal(vdev.sides[i].n_lacks, vdev.sides[i].joining);
			assert_int_equal(zr_side_lacks(&vdev, &vdev.sides[i], 0, 7),
					 vdev.sides[i].joining);
			assert_true(!hide || vdev.sides[i].dtl == 0);
			n += vdev.sides[i].joining;
		}
		assert_int_equal(n, 1);
		zr_vdev_done(&f.host.host, &vdev);
		zr_free(&f.host.host, bytes);
	}
	/* By its log it has what was written before the pool had a history. */
	assert_false(zr_side_lacks(&f.open->vdevs[0], lacking_side(&f), 0, 1));
	close_pool(&f);
}

/* OpenZFS forgets the log with the resilver: an empty one is as good as none. */
static void an_empty_log_ends_that(void **state)
{
	struct zr_side *side;
	struct fixture f;

	(void)state;
	open_pool(&f, base_resilvering_start, base_resilvering_end);
	side = lacking_side(&f);
	assert_true(side->joining);
	assert_int_equal(zr_side_lacks_all(&f.host.host, side), 0);
	load_words(&f, side, NULL, 0);
	assert_int_equal(side->n_lacks, 0);
	assert_false(f.open->vdevs[0].has_lacks);
	close_pool(&f);
}

/* A file of many blocks, so that they are read in runs, on a raidz of which a disk fails. */
static void a_failing_disk_of_a_raidz_is_told(void **state)
{
	struct zr_dataset *ds;
	struct zr_stat st;
	struct zr_fs *fs;
	struct fixture f;

	(void)state;
	open_pool(&f, base_replacing_start, base_replacing_end);
	assert_int_equal(zr_dataset_open(f.open, "tank", &ds, &f.diag), 0);
	assert_int_equal(zr_fs_open(ds, &fs, &f.diag), 0);
	assert_int_equal(zr_fs_lookup(fs, "/numbers", true, &st, &f.diag), 0);
	assert_int_equal(zr_fs_read(fs, st.object, 0, f.stage, 140000, &f.diag), 140000);
	f.pools.at[0].fail_from = ZF_VDEV_DATA_START;
	f.pools.at[0].fail_to = UINT64_MAX;
	f.host.notes = 0;
	assert_int_equal(zr_fs_read(fs, st.object, 0, f.buf, 140000, &f.diag), 140000);
	assert_memory_equal(f.buf, f.stage, 140000);
	assert_true(f.host.notes > 0);
	assert_int_equal(f.host.noted.error, ZB_EIO);
	assert_string_equal(f.host.noted.object, f.pools.list[0]->name);
	assert_true(f.host.noted.offset >= ZF_VDEV_DATA_START);
	zr_fs_close(fs);
	zr_dataset_close(ds);
	close_pool(&f);
}

static void too_many_ranges_are_merged(void **state)
{
	struct zr_txgs at[4];
	unsigned int n = 0;

	(void)state;
	for (uint64_t i = 0; i < 10; i++)
		n = zr_txgs_add(at, n, 4, (struct zr_txgs){ 10 * i, 10 * i + 5 });
	assert_int_equal(n, 4);
	assert_int_equal(at[2].end, 25);
	assert_int_equal(at[3].start, 30);
	assert_int_equal(at[3].end, 95);
	n = zr_txgs_add(at, n, 4, (struct zr_txgs){ 12, 13 });
	assert_int_equal(n, 2);
	assert_int_equal(at[0].end, 5);
	assert_int_equal(at[1].start, 10);
	assert_int_equal(at[1].end, 95);
}

static void memory_may_end_anywhere(void **state)
{
	struct zr_side *side;
	struct fixture f;
	int error = ZB_ENOMEM;

	(void)state;
	open_pool(&f, base_resilvering_start, base_resilvering_end);
	side = lacking_side(&f);
	for (size_t at = 1; error; at++) {
		forget(&f, side);
		f.host.allocs = 0;
		f.host.fail_at = at;
		error = zr_dtl_load(f.open, &f.diag);
		assert_true(error ? error == ZB_ENOMEM : at > 3);
		assert_int_equal(side->n_lacks > 0, !error);
		assert_true(at < 100);
	}
	close_pool(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stale_side_is_not_read_first),
		cmocka_unit_test(a_side_that_has_just_joined_is_not_read_first),
		cmocka_unit_test(a_new_disk_of_a_raidz_is_not_read_first),
		cmocka_unit_test(parity_goes_before_a_new_disk),
		cmocka_unit_test(a_side_that_lacks_a_block_is_a_last_resort),
		cmocka_unit_test(a_log_that_does_not_read_is_noted),
		cmocka_unit_test(entries_become_ranges),
		cmocka_unit_test(a_new_device_comes_last_until_its_log_is_read),
		cmocka_unit_test(an_empty_log_ends_that),
		cmocka_unit_test(a_failing_disk_of_a_raidz_is_told),
		cmocka_unit_test(too_many_ranges_are_merged),
		cmocka_unit_test(memory_may_end_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
