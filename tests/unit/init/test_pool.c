/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "fmt/enums.h"
#include "init/pool.h"

#define POOL 100

/* Up to eight devices; each test fills what it needs. */
struct world {
	struct zi_device at[8];
	struct zi_label label[8];
	struct zi_devices d;
	struct zi_options o;
	struct zi_decision out;
};

static void start(struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->d.at = w->at;
	w->o.pool = POOL;
}

/* A disk whose top-level vdev has the n leaves first, first + 1, ... */
static struct zi_label *add(struct world *w, const char *name, uint64_t vdev,
			    uint64_t first, unsigned int n)
{
	struct zi_device *dev = &w->at[w->d.n];
	struct zi_label *label = &w->label[w->d.n++];

	strcpy(dev->name, name);
	dev->probe = ZI_PROBE_DONE;
	dev->label = label;
	label->zr.pool_guid = POOL;
	label->zr.vdev_guid = vdev;
	label->zr.top_guid = 1000 + first;
	label->zr.vdev_children = 1;
	label->zr.txg = 5;
	label->zr.uberblock_txg = 50;
	label->zr.valid = 15;
	strcpy(label->zr.pool_name, "zlive");
	label->n_leaves = label->n_slots = n;
	for (unsigned int i = 0; i < n; i++)
		label->leaves[i] = (struct zi_leaf){ .guid = first + i, .slot = i };
	return label;
}

static void decide(struct world *w)
{
	zi_pool_decide(&w->d, &w->o, &w->out);
}

static void decides(struct world *w, enum zi_verdict verdict)
{
	decide(w);
	assert_int_equal(w->out.verdict, verdict);
}

static void imports_only(struct world *w, enum zi_verdict verdict, unsigned int member)
{
	decides(w, verdict);
	assert_int_equal(w->out.n, 1);
	assert_int_equal(w->out.member[0], member);
}

static void nothing(void **state)
{
	struct world w;

	start(&w);
	decides(&w, ZI_WAIT);
	assert_int_equal(w.out.n, 0);
}

static void one_disk(void **state)
{
	struct world w;

	start(&w);
	add(&w, "sda2", 1, 1, 1);
	decides(&w, ZI_ALL);
	assert_true(w.out.guid == POOL);
	assert_int_equal(w.out.n, 1);
}

static void same_name_other_guid(void **state)
{
	struct world w;

	start(&w);
	add(&w, "sda2", 1, 1, 1)->zr.pool_guid = 200;
	decides(&w, ZI_WAIT);
	add(&w, "sdb2", 1, 1, 1);
	imports_only(&w, ZI_ALL, 1);
}

static void destroyed(void **state)
{
	struct world w;

	start(&w);
	add(&w, "sda2", 1, 1, 1)->zr.state = ZF_POOL_STATE_DESTROYED;
	decides(&w, ZI_WAIT);
}

static void mirror(void **state)
{
	struct world w;

	start(&w);
	add(&w, "sda2", 1, 1, 2)->tolerate = 1;
	decides(&w, ZI_ENOUGH);
	add(&w, "sdb2", 2, 1, 2)->tolerate = 1;
	decides(&w, ZI_ALL);
	assert_int_equal(w.out.n, 2);
}

static void raidz_lacks_too_many(void **state)
{
	struct world w;

	start(&w);
	add(&w, "sda", 1, 1, 4)->tolerate = 1;
	add(&w, "sdb", 2, 1, 4)->tolerate = 1;
	decides(&w, ZI_WAIT);
	assert_non_null(strstr(w.out.text, "2 of its disks are missing"));
	add(&w, "sdc", 3, 1, 4)->tolerate = 1;
	decides(&w, ZI_ENOUGH);
}

static void stripe_needs_every_top(void **state)
{
	struct world w;

	start(&w);
	add(&w, "sda", 1, 1, 1)->zr.vdev_children = 3;
	decides(&w, ZI_WAIT);
	add(&w, "sdb", 11, 11, 1)->zr.vdev_children = 3;
	w.label[0].holes = w.label[1].holes = 1;
	decides(&w, ZI_ALL);
}

/* A top-level vdev that no label tells of may have been removed: the pool itself has to say. */
static void removed_top(void **state)
{
	struct world w;

	start(&w);
	add(&w, "sda", 1, 1, 2)->zr.vdev_children = 2;
	w.label[0].tolerate = 1;
	decides(&w, ZI_WAIT);
	assert_int_equal(w.out.unseen, 1);
	zi_pool_judge_seen(&w.out);
	assert_int_equal(w.out.verdict, ZI_ENOUGH);
	assert_string_equal(w.out.text, "1 of its disks is missing (vdev 2)");
	add(&w, "sdb", 2, 1, 2)->zr.vdev_children = 2;
	w.label[1].tolerate = 1;
	decides(&w, ZI_WAIT);
	zi_pool_judge_seen(&w.out);
	assert_int_equal(w.out.verdict, ZI_ALL);
	assert_string_equal(w.out.text, "");
}

/* Who looks at the console can go and fetch it. */
static void missing_disks_are_named(void **state)
{
	struct zi_label *label;
	struct world w;

	start(&w);
	label = add(&w, "sda2", 1, 1, 3);
	label->tolerate = 2;
	strcpy(label->leaves[2].where, "/dev/disk/by-id/usb-Red-part2");
	decide(&w);
	assert_string_equal(w.out.text,
			    "2 of its disks are missing (vdev 2, vdev 3, which was "
			    "/dev/disk/by-id/usb-Red-part2)");
}

static void why_not(void **state)
{
	struct zi_label *label;
	struct world w;

	start(&w);
	label = add(&w, "sda2", 1, 1, 1);
	assert_null(zi_pool_objection(&w.o, &w.at[0]));
	w.o.vdev = 1;
	strcpy(w.o.part, "01234567-89ab-cdef-0123-456789abcdef");
	assert_non_null(strstr(zi_pool_objection(&w.o, &w.at[0]), "a copy"));
	label->zr.txg = 0;
	assert_non_null(strstr(zi_pool_objection(&w.o, &w.at[0]), "detached"));
	label->zr.state = ZF_POOL_STATE_DESTROYED;
	assert_non_null(strstr(zi_pool_objection(&w.o, &w.at[0]), "destroyed"));
	label->zr.pool_guid = POOL + 1;
	assert_string_equal(zi_pool_objection(&w.o, &w.at[0]), "another pool");
	label->zr.pool_guid = 0;
	assert_non_null(strstr(zi_pool_objection(&w.o, &w.at[0]), "spare"));
}

static void copy_told_by_partition(void **state)
{
	struct world w;

	start(&w);
	w.o.vdev = 1;
	strcpy(w.o.part, "bbbb");
	add(&w, "sda2", 1, 1, 1);
	strcpy(w.label[0].part, "aaaa");
	decides(&w, ZI_WAIT);
	assert_non_null(strstr(w.out.text, "copy"));
	add(&w, "sdb2", 1, 1, 1);
	strcpy(w.label[1].part, "bbbb");
	imports_only(&w, ZI_ALL, 1);
}

/* An older copy on a fast disk comes before the stick, which is imported though. */
static void older_than_what_was_booted_from(void **state)
{
	struct world w;

	start(&w);
	w.o.vdev = 1;
	w.o.txg = 50;
	add(&w, "sda2", 1, 1, 1)->zr.uberblock_txg = 49;
	decides(&w, ZI_WAIT);
	assert_non_null(strstr(w.out.text, "sda2 holds only an older copy"));
	add(&w, "sdb2", 1, 1, 1);
	imports_only(&w, ZI_ALL, 1);
}

static void newer_copy_of_what_was_booted_from(void **state)
{
	struct world w;

	start(&w);
	w.o.vdev = 1;
	w.o.txg = 50;
	add(&w, "sda2", 1, 1, 1)->zr.uberblock_txg = 51;
	add(&w, "sdb2", 1, 1, 1);
	imports_only(&w, ZI_ALL, 1);
}

/* As new as the stick, with its GUIDs, and there before it. */
static void copy_told_by_bus(void **state)
{
	struct world w;

	start(&w);
	w.o.vdev = 1;
	w.o.txg = 50;
	w.o.bus = ZI_BUS_USB;
	add(&w, "nvme0n1p2", 1, 1, 1);
	decides(&w, ZI_WAIT);
	assert_non_null(strstr(w.out.text, "nvme0n1p2 holds only a copy"));
	add(&w, "sda2", 1, 1, 1)->on_usb = true;
	imports_only(&w, ZI_ALL, 1);
	assert_false(w.out.doubtful);
	w.o.bus = ZI_BUS_OTHER;
	imports_only(&w, ZI_ALL, 0);
	/* Other disks of the pool may be anywhere. */
	w.label[0].zr.vdev_guid = 2;
	w.o.vdev = 3;
	decide(&w);
	assert_int_equal(w.out.n, 2);
}

static void copy_told_by_size(void **state)
{
	struct world w;

	start(&w);
	w.o.vdev = 1;
	w.o.size = 8000000000;
	add(&w, "sda2", 1, 1, 1)->disk_size = 16000000000;
	decides(&w, ZI_WAIT);
	add(&w, "sdb2", 1, 1, 1)->disk_size = 8000000000 - 512;
	imports_only(&w, ZI_ALL, 1);
	/* What the kernel does not know tells nothing. */
	w.label[1].disk_size = 0;
	imports_only(&w, ZI_ALL, 1);
}

/* Those that the loader could not tell apart: an older one, too, since it read no labels. */
static void copies_are_counted(void **state)
{
	struct world w;

	start(&w);
	w.o.vdev = 1;
	w.o.txg = 50;
	w.o.bus = ZI_BUS_USB;
	strcpy(w.o.part, "aaaa");
	for (unsigned int i = 0; i < 4; i++) {
		add(&w, "sdx2", 1, 1, 1)->on_usb = i != 0;
		strcpy(w.label[i].part, i == 1 ? "bbbb" : "aaaa");
	}
	w.label[2].zr.uberblock_txg = 49;
	imports_only(&w, ZI_ALL, 3);
	assert_int_equal(w.out.copies, 2);
	/* The table is a copy, the pool in it a later one. */
	strcpy(add(&w, "sdy2", 1, 1, 1)->part, "aaaa");
	w.label[4].on_usb = true;
	w.label[4].zr.pool_guid++;
	imports_only(&w, ZI_ALL, 3);
	assert_int_equal(w.out.copies, 3);
}

static void doubtful_without_a_word_from_the_loader(void **state)
{
	struct world w;

	start(&w);
	w.o.vdev = 1;
	add(&w, "nvme0n1p2", 1, 1, 1);
	imports_only(&w, ZI_ALL, 0);
	assert_true(w.out.doubtful);
	w.label[0].on_usb = true;
	imports_only(&w, ZI_ALL, 0);
	assert_false(w.out.doubtful);
	/* Nor is anything known of it without a loader. */
	w.label[0].on_usb = false;
	w.o.vdev = 0;
	imports_only(&w, ZI_ALL, 0);
	assert_false(w.out.doubtful);
}

static void copy_told_by_uberblock(void **state)
{
	struct world w;

	start(&w);
	add(&w, "sda2", 1, 1, 1);
	add(&w, "sdb2", 1, 1, 1)->zr.uberblock_txg = 51;
	imports_only(&w, ZI_ALL, 1);
}

static void equal_copies(void **state)
{
	struct world w;

	start(&w);
	add(&w, "sda2", 1, 1, 1);
	add(&w, "sdb2", 1, 1, 1);
	decides(&w, ZI_CONFLICT);
	assert_non_null(strstr(w.out.text, "sda2"));
	assert_non_null(strstr(w.out.text, "sdb2"));
}

/* The last partition's end labels lie where a whole disk has its own. */
static void disk_is_not_its_partition(void **state)
{
	struct world w;

	start(&w);
	add(&w, "sda", 1, 1, 1)->zr.valid = 12;
	w.at[0].partitioned = true;
	decides(&w, ZI_WAIT);
	add(&w, "sda2", 1, 1, 1);
	imports_only(&w, ZI_ALL, 1);
}

static void by_name_only(void **state)
{
	struct world w;

	start(&w);
	w.o.pool = 0;
	strcpy(w.o.root, "zlive/ROOT/debian");
	add(&w, "sda2", 1, 1, 1);
	decides(&w, ZI_ALL);
	assert_true(w.out.guid == POOL);
	add(&w, "sdb2", 2, 2, 1)->zr.pool_guid = 200;
	decides(&w, ZI_CONFLICT);
	strcpy(w.o.root, "zlive2/ROOT");
	decides(&w, ZI_WAIT);
}

/* The disk that is left has the mirror's GUID; the mirror's name for it was 1. */
static struct zi_label *add_what_is_left(struct world *w, const char *name, uint64_t txg)
{
	struct zi_label *label = add(w, name, 1001, 1001, 1);

	label->zr.top_guid = 1001;
	label->zr.txg = txg;
	return label;
}

static void half_that_was_detached_while_away(void **state)
{
	struct world w;

	start(&w);
	add(&w, "sda2", 2, 1, 2);
	add_what_is_left(&w, "sdb2", 9);
	imports_only(&w, ZI_ALL, 1);
	assert_non_null(strstr(w.out.note, ": sda2"));
}

static void half_that_was_detached_while_there(void **state)
{
	struct world w;

	start(&w);
	add(&w, "sda2", 2, 1, 2)->zr.txg = 0;
	decides(&w, ZI_WAIT);
	assert_int_equal(w.out.n, 0);
}

/* A dd copy from when the pool was a mirror, and the other half of then. */
static void copy_from_before_the_detach(void **state)
{
	struct world w;

	start(&w);
	w.o.vdev = 1001;
	strcpy(w.o.part, "aaaa");
	add(&w, "sda2", 1, 1, 2);
	strcpy(w.label[0].part, "aaaa");
	add(&w, "sdb2", 2, 1, 2);
	strcpy(add_what_is_left(&w, "sdc2", 9)->part, "aaaa");
	imports_only(&w, ZI_ALL, 2);
	assert_non_null(strstr(w.out.note, ": sda2, sdb2"));
}

static void copies_of_a_detached_half(void **state)
{
	struct world w;

	start(&w);
	add(&w, "sda2", 2, 1, 2);
	add_what_is_left(&w, "sdb2", 9);
	add(&w, "sdc2", 2, 1, 2);
	imports_only(&w, ZI_ALL, 1);
}

/* Elsewhere the other half went on alone; it knows nothing of the one that was booted from. */
static void detached_half_is_booted_from(void **state)
{
	struct world w;

	start(&w);
	w.o.vdev = 2;
	add(&w, "sda2", 2, 1, 2)->tolerate = 1;
	add_what_is_left(&w, "sdb2", 9);
	imports_only(&w, ZI_ENOUGH, 0);
	assert_non_null(strstr(w.out.note, ": sdb2"));
}

/* 3 has replaced 2 while 1, which is booted from, was away; the newer label still lists 1. */
static void other_half_was_replaced(void **state)
{
	struct world w;

	start(&w);
	w.o.vdev = 1;
	add(&w, "sda2", 1, 1, 2);
	add(&w, "sdb2", 2, 1, 2);
	add(&w, "sdc2", 3, 1, 2)->zr.txg = 9;
	w.label[2].leaves[1].guid = 3;
	decides(&w, ZI_ALL);
	assert_int_equal(w.out.n, 2);
	assert_int_equal(w.out.member[0], 0);
	assert_int_equal(w.out.member[1], 2);
}

/* Taken offline, it still belongs to the pool: OpenZFS is told of it if it is there. */
static void offline_half(void **state)
{
	struct world w;

	start(&w);
	add(&w, "sda2", 1, 1, 2)->zr.txg = 9;
	w.label[0].leaves[1].slot = ZI_NO_SLOT;
	w.label[0].n_slots = 1;
	decides(&w, ZI_ALL);
	add(&w, "sdb2", 2, 1, 2);
	decides(&w, ZI_ALL);
	assert_int_equal(w.out.n, 2);
}

/* A top-level vdev was removed and another one took its place. */
static void place_was_taken_by_another(void **state)
{
	struct world w;

	start(&w);
	add(&w, "sda2", 1, 1, 1);
	add(&w, "sdb2", 11, 11, 1)->zr.txg = 9;
	imports_only(&w, ZI_ALL, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing),
		cmocka_unit_test(one_disk),
		cmocka_unit_test(same_name_other_guid),
		cmocka_unit_test(destroyed),
		cmocka_unit_test(mirror),
		cmocka_unit_test(raidz_lacks_too_many),
		cmocka_unit_test(stripe_needs_every_top),
		cmocka_unit_test(removed_top),
		cmocka_unit_test(missing_disks_are_named),
		cmocka_unit_test(why_not),
		cmocka_unit_test(copy_told_by_partition),
		cmocka_unit_test(older_than_what_was_booted_from),
		cmocka_unit_test(newer_copy_of_what_was_booted_from),
		cmocka_unit_test(copy_told_by_bus),
		cmocka_unit_test(copy_told_by_size),
		cmocka_unit_test(copies_are_counted),
		cmocka_unit_test(doubtful_without_a_word_from_the_loader),
		cmocka_unit_test(copy_told_by_uberblock),
		cmocka_unit_test(equal_copies),
		cmocka_unit_test(disk_is_not_its_partition),
		cmocka_unit_test(by_name_only),
		cmocka_unit_test(half_that_was_detached_while_away),
		cmocka_unit_test(half_that_was_detached_while_there),
		cmocka_unit_test(copy_from_before_the_detach),
		cmocka_unit_test(copies_of_a_detached_half),
		cmocka_unit_test(detached_half_is_booted_from),
		cmocka_unit_test(other_half_was_replaced),
		cmocka_unit_test(offline_half),
		cmocka_unit_test(place_was_taken_by_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
