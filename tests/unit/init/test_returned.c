/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "init/returned.h"

#define POOL	1111
#define VDEV	2222
#define PART	"01234567-89ab-cdef-0123-456789abcdef"
#define SECTORS 1000

/* What went away, and what came: the same, until a test changes something. */
struct scene {
	struct zi_member member;
	struct zi_device device;
	struct zi_label label;
	uint64_t sectors;
	char why[256];
};

static void set(struct scene *s)
{
	memset(s, 0, sizeof(*s));
	s->member = (struct zi_member){
		.vdev = VDEV, .part = PART, .sectors = SECTORS, .oldest = 50, .newest = 51
	};
	s->label.zr.pool_guid = POOL;
	s->label.zr.vdev_guid = VDEV;
	s->label.zr.uberblock_txg = 50;
	s->label.zr.valid = 15;
	strcpy(s->label.part, PART);
	s->device.probe = ZI_PROBE_DONE;
	s->device.label = &s->label;
	s->sectors = SECTORS;
}

static enum zi_returned judge(struct scene *s)
{
	return zi_returned_judge(&s->member, POOL, &s->device, s->sectors, s->why,
				 sizeof(s->why));
}

static void the_same_is_taken(void **state)
{
	struct scene s;

	set(&s);
	assert_int_equal(judge(&s), ZI_RETURNED_IT);
	/* The group that was being written may have come as far as its uberblock. */
	s.label.zr.uberblock_txg = 51;
	assert_int_equal(judge(&s), ZI_RETURNED_IT);
}

static void others_are_passed_over(void **state)
{
	struct scene s;

	set(&s);
	s.label.zr.pool_guid++;
	assert_int_equal(judge(&s), ZI_RETURNED_OTHER);
	set(&s);
	s.label.zr.vdev_guid++;
	assert_int_equal(judge(&s), ZI_RETURNED_OTHER);
	set(&s);
	s.device.probe = ZI_PROBE_RUNNING;
	assert_int_equal(judge(&s), ZI_RETURNED_OTHER);
	/* The disk around the partition. */
	set(&s);
	s.device.partitioned = true;
	s.label.zr.valid = 12;
	assert_int_equal(judge(&s), ZI_RETURNED_OTHER);
}

static void older_is_refused(void **state)
{
	struct scene s;

	set(&s);
	s.label.zr.uberblock_txg = 49;
	assert_int_equal(judge(&s), ZI_RETURNED_REFUSED);
	assert_non_null(strstr(s.why, "older"));
}

static void half_of_a_mirror_may_lag(void **state)
{
	struct scene s;

	set(&s);
	s.member.passed_on = true;
	s.label.zr.uberblock_txg = 46;
	assert_int_equal(judge(&s), ZI_RETURNED_IT);
	s.label.zr.uberblock_txg = 45;
	assert_int_equal(judge(&s), ZI_RETURNED_REFUSED);
}

static void changed_elsewhere_is_refused(void **state)
{
	struct scene s;

	set(&s);
	s.label.zr.uberblock_txg = 52;
	assert_int_equal(judge(&s), ZI_RETURNED_REFUSED);
	assert_non_null(strstr(s.why, "another machine"));
}

static void copies_and_smaller_ones_are_refused(void **state)
{
	struct scene s;

	set(&s);
	s.label.part[0] = 'f';
	assert_int_equal(judge(&s), ZI_RETURNED_REFUSED);
	set(&s);
	s.label.part[0] = '\0';
	assert_int_equal(judge(&s), ZI_RETURNED_REFUSED);
	set(&s);
	s.sectors = SECTORS - 1;
	assert_int_equal(judge(&s), ZI_RETURNED_REFUSED);
}

static void groups_of_the_kernel_are_read(void **state)
{
	uint64_t synced, writing;

	assert_true(zi_returned_groups("txg      birth            state ndirty\n"
				       "46       15593401098      C     1147904 \n"
				       "47       20722370796      S     0       \n"
				       "48       25843341193      O     0       \n",
				       &synced, &writing));
	assert_int_equal(synced, 46);
	assert_int_equal(writing, 47);
	assert_true(zi_returned_groups("46 1 C 0\n47 2 O 0\n", &synced, &writing));
	assert_int_equal(synced, 46);
	assert_int_equal(writing, 46);
	/* Right after an import: 47 is being written, and not in the list. */
	assert_true(zi_returned_groups("48 2 O 0\n", &synced, &writing));
	assert_int_equal(synced, 0);
	assert_int_equal(writing, 47);
	assert_true(
		zi_returned_groups("48 2 W 0\n49 3 Q 0\n50 4 O 0\n", &synced, &writing));
	assert_int_equal(writing, 47);
	/* 47 and 48 had nothing to write, so that no uberblock tells of them. */
	assert_true(zi_returned_groups(
		"txg birth state ndirty nread nwritten reads writes otime qtime wtime "
		"stime\n"
		"45 1 C 0 0 8192 0 2 5 6 7 8\n46 2 C 4096 0 0 0 0 5 6 7 8\n"
		"47 3 C 0 512 0 1 0 5 6 7 8\n48 4 C 0 0 0 0 0 5 6 7 8\n"
		"49 5 O 0 0 0 0 0 0 0 0 0\n",
		&synced, &writing));
	assert_int_equal(synced, 46);
	assert_int_equal(writing, 48);
	assert_false(zi_returned_groups("txg birth state\n", &synced, &writing));
	assert_false(zi_returned_groups("", &synced, &writing));
}

static void places_are_told_as_people_count_them(void **state)
{
	char place[32];

	zi_returned_place("/devices/pci0000:00/0000:00:04.0/usb2/2-1/2-1.3/2-1.3:1.0/"
			  "host6/target6:0:0/6:0:0:0/block/sda/sda2",
			  place);
	assert_string_equal(place, "usb 2-1.3");
	zi_returned_place("/devices/pci0000:00/0000:00:1d.0/rtsx/mmc_host/mmc0/mmc0:0001/"
			  "block/mmcblk0/mmcblk0p2",
			  place);
	assert_string_equal(place, "mmc0");
	zi_returned_place("/devices/pci0000:00/0000:00:1f.2/ata1/host0/block/sda", place);
	assert_string_equal(place, "");
	zi_returned_place("", place);
	assert_string_equal(place, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_is_taken),
		cmocka_unit_test(others_are_passed_over),
		cmocka_unit_test(older_is_refused),
		cmocka_unit_test(half_of_a_mirror_may_lag),
		cmocka_unit_test(changed_elsewhere_is_refused),
		cmocka_unit_test(copies_and_smaller_ones_are_refused),
		cmocka_unit_test(groups_of_the_kernel_are_read),
		cmocka_unit_test(places_are_told_as_people_count_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
