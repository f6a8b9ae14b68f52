/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "boot/common/platform.h"
#include "fake_reader.h"

#define DISKS_MAX 8

/* A machine that feeds keys and keeps what it was told; it ends with the keys. */
struct machine {
	jmp_buf end;
	struct bt_io_stats io;
	struct fake_world *world;
	const uint32_t *keys; /* ended by 0; BT_KEY_NONE cannot be among them: see TICK */
	struct bt_device devices[DISKS_MAX];
	enum bt_reach reach; /* of the last listing */
	char screen[BT_ROWS * (BT_COLUMNS + 1) + 1];
	char seen[200000]; /* all screens one after another */
	char cmdline[BT_CMDLINE_MAX];
	char kernel[64];
	int start_error;
	int starts, reboots, power_offs, setups;
	void (*on_key)(struct machine *m, unsigned int n);
	unsigned int n_keys;
	/* What the loader holds when it is cut off. */
	void *blocks[4096];
};

#define TICK 0xffffffffu /* a second passes without a key */

static void *heap_alloc(void *ctx, size_t size)
{
	struct machine *m = ctx;

	for (unsigned int i = 0; i < 4096; i++)
		if (!m->blocks[i])
			return m->blocks[i] = malloc(size);
	return NULL;
}

static void heap_free(void *ctx, void *ptr)
{
	struct machine *m = ctx;

	for (unsigned int i = 0; i < 4096; i++)
		if (m->blocks[i] == ptr)
			m->blocks[i] = NULL;
	free(ptr);
}

static void image_free(void *ctx, void *ptr, size_t size)
{
	heap_free(ctx, ptr);
}

static int list_devices(void *ctx, enum bt_reach reach, struct bt_device **ret_devices,
			unsigned int *ret_n, struct zb_diag *diag)
{
	struct machine *m = ctx;
	unsigned int n = 0;

	m->reach = reach;
	for (unsigned int i = 0; i < m->world->n_disks; i++) {
		const struct fake_disk *d = &m->world->disks[i];

		if (d->reach > reach)
			continue;
		m->devices[n++] = (struct bt_device){
			.dev = { .ctx = (void *)d, .name = "disk 1", .size = 1 << 30 },
			.part = "part-guid",
			.on_boot_disk = d->on_boot_disk,
			.traits = d->traits,
		};
	}
	*ret_devices = m->devices;
	*ret_n = n;
	return 0;
}

static void show(void *ctx, const struct bt_screen *s)
{
	struct machine *m = ctx;
	char *p = m->screen;

	for (unsigned int row = 0; row < BT_ROWS; row++) {
		for (unsigned int i = 0; i < BT_COLUMNS; i++)
			*p++ = (char)s->cells[row][i].ch;
		*p++ = '\n';
	}
	*p = '\0';
	if (strlen(m->seen) + sizeof(m->screen) < sizeof(m->seen))
		strcat(m->seen, m->screen);
}

static void leave_screen(void *ctx)
{
}

static void print(void *ctx, const char *line)
{
	struct machine *m = ctx;

	strcat(m->seen, line);
	strcat(m->seen, "\n");
}

static uint32_t next_key(void *ctx, int ms)
{
	struct machine *m = ctx;
	uint32_t key = m->keys[m->n_keys];

	if (m->on_key)
		m->on_key(m, m->n_keys);
	if (!key)
		longjmp(m->end, 1);
	m->n_keys++;
	/* Without a time limit nothing but a key ends the wait. */
	if (key == TICK)
		assert_true(ms > 0);
	return key == TICK ? BT_KEY_NONE : key;
}

static int start(void *ctx, const struct bt_image *image, struct zb_diag *diag)
{
	struct machine *m = ctx;

	m->starts++;
	snprintf(m->cmdline, sizeof(m->cmdline), "%s", image->cmdline);
	snprintf(m->kernel, sizeof(m->kernel), "%.*s", (int)image->kernel_size,
		 (const char *)image->kernel);
	return zb_fail(diag, m->start_error ? m->start_error : ZB_EIO, "kernel",
		       ZB_DIAG_NO_OFFSET, "it came back");
}

static int setup(void *ctx, struct zb_diag *diag)
{
	struct machine *m = ctx;

	m->setups++;
	return zb_fail(diag, ZB_EIO, "firmware", ZB_DIAG_NO_OFFSET, "not today");
}

static void reboot(void *ctx)
{
	((struct machine *)ctx)->reboots++;
}

static void power_off(void *ctx)
{
	((struct machine *)ctx)->power_offs++;
}

static struct machine *run(struct fake_world *world, const uint32_t *keys,
			   void (*on_key)(struct machine *m, unsigned int n))
{
	static struct machine m;
	struct bt_platform p = {
		.ctx = &m,
		.host = { .ctx = &m, .alloc = heap_alloc, .free = heap_free },
		.io = &m.io,
		.devices = list_devices,
		.show = show,
		.leave_screen = leave_screen,
		.print = print,
		.key = next_key,
		.image_alloc = heap_alloc,
		.image_free = image_free,
		.start = start,
		.setup = setup,
		.reboot = reboot,
		.power_off = power_off,
	};

	memset(&m, 0, sizeof(m));
	m.keys = keys;
	m.on_key = on_key;
	m.world = world;
	fake_reader_start(world);
	if (setjmp(m.end) == 0)
		bt_boot(&p);
	for (unsigned int i = 0; i < 4096; i++)
		free(m.blocks[i]);
	return &m;
}

#define ENV(name, mark)                                                                  \
	{ .dataset = name, .property = "mountpoint", .value = "/" },                     \
		{ .dataset = name,                                                       \
		  .path = "/boot/vmlinuz-6.1",                                           \
		  .value = "kernel " mark },                                             \
	{                                                                                \
		.dataset = name, .path = "/boot/initrd.img-6.1", .value = "ramdisk"      \
	}

static const struct fake_row two_envs[] = { ENV("p/ROOT/a", "a"),
					    ENV("p/ROOT/b", "b"),
					    { .dataset = "p/ROOT",
					      .property = "org.zfsbootmenu:commandline",
					      .value = "quiet" },
					    { 0 } };

static const struct fake_disk stick[] = {
	{ .reach = BT_REACH_BOOT_PARTITIONS,
	  .on_boot_disk = true,
	  .pool_guid = 7,
	  .vdev_guid = 8 },
};

static struct fake_world world_of(const struct fake_disk *disks, unsigned int n)
{
	return (struct fake_world){
		.disks = disks,
		.n_disks = n,
		.pool = { .rows = two_envs },
		.bootfs = "p/ROOT/b",
	};
}

static void the_default_starts_after_three_seconds(void **state)
{
	static const uint32_t keys[] = { TICK, TICK, TICK, 0 };
	struct fake_world w = world_of(stick, 1);
	struct machine *m = run(&w, keys, NULL);

	assert_int_equal(m->starts, 1);
	assert_string_equal(m->kernel, "kernel b");
	assert_string_equal(m->cmdline, "root=ZFS=p/ROOT/b zlive.pool=7 zlive.vdev=8 "
					"zlive.part=part-guid zlive.mode=persistent "
					"spl.spl_hostid=0x00000abc quiet");
	assert_non_null(strstr(m->seen, "Starting in 3 s"));
	assert_non_null(
		strstr(m->seen, "zlive: read 0 bytes in 0 requests for 15 bytes"));
	assert_int_equal(m->reach, BT_REACH_BOOT_PARTITIONS);
}

static void another_environment_can_be_chosen(void **state)
{
	static const uint32_t keys[] = { BT_KEY_DOWN, BT_KEY_ENTER, 0 };
	struct fake_world w = world_of(stick, 1);
	struct machine *m = run(&w, keys, NULL);

	assert_int_equal(m->starts, 1);
	assert_string_equal(m->kernel, "kernel a");
}

static void the_command_line_can_be_edited_or_not(void **state)
{
	static const uint32_t edited[] = { 'e', ' ', 'x', BT_KEY_ENTER, 0 };
	static const uint32_t cancelled[] = { 'e', ' ', 'x', BT_KEY_ESC, 0 };
	struct fake_world w = world_of(stick, 1);
	struct machine *m = run(&w, edited, NULL);

	assert_int_equal(m->starts, 1);
	assert_non_null(strstr(m->cmdline, " quiet x"));
	m = run(&w, cancelled, NULL);
	assert_int_equal(m->starts, 0);
}

static void a_kernel_that_comes_back_is_reported_without_countdown(void **state)
{
	static const uint32_t keys[] = {
		TICK, TICK, TICK, BT_KEY_ENTER, BT_KEY_ENTER, 0
	};
	struct fake_world w = world_of(stick, 1);
	struct machine *m = run(&w, keys, NULL);

	assert_non_null(strstr(m->seen, "p/ROOT/b could not be started."));
	assert_non_null(strstr(m->seen, "kernel: it came back"));
	assert_int_equal(m->starts, 2);
}

static void an_unreadable_ramdisk_is_named(void **state)
{
	static const struct fake_row rows[] = {
		{ .dataset = "p/ROOT/b", .property = "mountpoint", .value = "/" },
		{ .dataset = "p/ROOT/b", .path = "/boot/vmlinuz-6.1", .value = "k" },
		{ .dataset = "p/ROOT/b",
		  .path = "/boot/initrd.img-6.1",
		  .value = "r",
		  .error = ZB_ECKSUM },
		{ 0 }
	};
	static const uint32_t keys[] = { BT_KEY_ENTER, 0 };
	struct fake_world w = world_of(stick, 1);
	struct machine *m;

	w.pool.rows = rows;
	m = run(&w, keys, NULL);
	assert_int_equal(m->starts, 0);
	assert_non_null(strstr(m->screen, "cannot boot"));
	assert_non_null(strstr(m->screen, "/boot/initrd.img-6.1: "));
	assert_non_null(strstr(m->screen, "as the test wants it"));
}

static void an_unknown_feature_is_named_with_the_ways_on(void **state)
{
	static const uint32_t keys[] = { 's', BT_KEY_ENTER, 'b', 'p', 0 };
	struct fake_world w = world_of(stick, 1);
	struct machine *m;

	w.open_error = ZB_ENOTSUP;
	m = run(&w, keys, NULL);
	assert_non_null(strstr(m->screen, "The pool cannot be read."));
	assert_non_null(strstr(m->screen, "com.example:hologram"));
	assert_non_null(strstr(m->screen, "Look again"));
	assert_non_null(strstr(m->screen, "Power off"));
	assert_int_equal(m->setups, 1);
	assert_int_equal(m->reboots, 1);
	assert_int_equal(m->power_offs, 1);
	assert_int_equal(m->reach, BT_REACH_EVERYTHING);
}

/* The stick is there from the second look on. */
static void plug_in(struct machine *m, unsigned int n)
{
	if (n == 0)
		m->world->n_disks = 1;
}

static void a_stick_plugged_in_late_is_found_by_itself(void **state)
{
	static const uint32_t keys[] = { TICK, TICK, TICK, TICK, TICK, TICK, TICK,
					 TICK, TICK, TICK, TICK, TICK, TICK, 0 };
	struct fake_world w = world_of(stick, 0);
	struct machine *m = run(&w, keys, plug_in);

	assert_non_null(strstr(m->seen, "The firmware shows no disk"));
	assert_non_null(strstr(m->seen, "Looking again in 10 s"));
	assert_int_equal(m->starts, 1);
}

static void a_pool_elsewhere_serves_only_if_the_boot_disk_has_none(void **state)
{
	static const struct fake_disk disks[] = {
		{ .reach = BT_REACH_BOOT_PARTITIONS, .on_boot_disk = true },
		{ .reach = BT_REACH_EVERYTHING, .pool_guid = 77, .vdev_guid = 78 },
	};
	static const uint32_t keys[] = { BT_KEY_ENTER, 0 };
	struct fake_world w = world_of(disks, 2);
	struct machine *m = run(&w, keys, NULL);

	assert_int_equal(m->reach, BT_REACH_EVERYTHING);
	assert_non_null(strstr(m->cmdline, "zlive.pool=77 zlive.vdev=78"));
}

static void of_two_copies_the_boot_disk_serves_else_the_newer(void **state)
{
	static const struct fake_disk boot_first[] = {
		{ .reach = BT_REACH_EVERYTHING,
		  .pool_guid = 7,
		  .vdev_guid = 8,
		  .txg = 900 },
		{ .reach = BT_REACH_EVERYTHING,
		  .on_boot_disk = true,
		  .pool_guid = 7,
		  .vdev_guid = 8,
		  .txg = 5 },
	};
	static const struct fake_disk newer[] = {
		{ .reach = BT_REACH_EVERYTHING,
		  .pool_guid = 7,
		  .vdev_guid = 8,
		  .txg = 5 },
		{ .reach = BT_REACH_EVERYTHING,
		  .pool_guid = 7,
		  .vdev_guid = 8,
		  .txg = 900 },
		{ .reach = BT_REACH_EVERYTHING,
		  .pool_guid = 7,
		  .vdev_guid = 9,
		  .txg = 1 },
	};
	static const uint32_t keys[] = { 0 };
	struct fake_world w = world_of(boot_first, 2);

	run(&w, keys, NULL);
	assert_int_equal(w.n_given, 1);
	assert_ptr_equal(w.given[0]->ctx, &boot_first[1]);
	w = world_of(newer, 3);
	run(&w, keys, NULL);
	assert_int_equal(w.n_given, 2);
	assert_ptr_equal(w.given[0]->ctx, &newer[1]);
	assert_ptr_equal(w.given[1]->ctx, &newer[2]);
}

static void traits_of_the_boot_disk_are_handed_over(void **state)
{
	static const struct fake_disk disks[] = {
		{ .reach = BT_REACH_BOOT_PARTITIONS,
		  .on_boot_disk = true,
		  .pool_guid = 7,
		  .vdev_guid = 8,
		  .traits = { BT_BUS_USB, 1 << 30, 2 } },
		{ .reach = BT_REACH_BOOT_PARTITIONS,
		  .pool_guid = 7,
		  .vdev_guid = 8,
		  .txg = 900,
		  .traits = { BT_BUS_OTHER, 1 << 20, 1 } },
	};
	static const uint32_t keys[] = { BT_KEY_ENTER, 0 };
	struct fake_world w = world_of(disks, 2);
	struct machine *m = run(&w, keys, NULL);

	assert_non_null(strstr(m->cmdline,
			       " zlive.bus=usb zlive.size=1073741824 zlive.copies=2 "));
}

static void a_damaged_label_is_reported(void **state)
{
	static const struct fake_disk disks[] = {
		{ .reach = BT_REACH_EVERYTHING, .label_error = ZB_ECORRUPT },
	};
	static const uint32_t keys[] = { 0 };
	struct fake_world w = world_of(disks, 1);
	struct machine *m = run(&w, keys, NULL);

	assert_non_null(strstr(m->screen, "No ZFS pool was found on the 1 disks"));
	assert_non_null(strstr(m->screen, "disk 1: a bad label"));
}

static void a_pool_without_kernels_says_so(void **state)
{
	static const struct fake_row rows[] = {
		{ .dataset = "p/ROOT/b", .property = "mountpoint", .value = "/" }, { 0 }
	};
	static const uint32_t keys[] = { 0 };
	struct fake_world w = world_of(stick, 1);
	struct machine *m;

	w.pool.rows = rows;
	m = run(&w, keys, NULL);
	assert_non_null(
		strstr(m->screen, "No boot environment with a kernel was found."));
	assert_non_null(strstr(m->screen, "p/ROOT/b: it has no directory /boot"));
}

static void a_rescan_closes_what_was_open(void **state)
{
	static const uint32_t keys[] = { 'r', 'r', 'm', BT_KEY_ESC, 0 };
	struct fake_world w = world_of(stick, 1);
	struct machine *m = run(&w, keys, NULL);

	assert_int_equal(w.n_open, 1);
	assert_int_equal(m->reach, BT_REACH_EVERYTHING);
	assert_non_null(strstr(m->seen, "What was noticed on the way"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_default_starts_after_three_seconds),
		cmocka_unit_test(another_environment_can_be_chosen),
		cmocka_unit_test(the_command_line_can_be_edited_or_not),
		cmocka_unit_test(a_kernel_that_comes_back_is_reported_without_countdown),
		cmocka_unit_test(an_unreadable_ramdisk_is_named),
		cmocka_unit_test(an_unknown_feature_is_named_with_the_ways_on),
		cmocka_unit_test(a_stick_plugged_in_late_is_found_by_itself),
		cmocka_unit_test(a_pool_elsewhere_serves_only_if_the_boot_disk_has_none),
		cmocka_unit_test(of_two_copies_the_boot_disk_serves_else_the_newer),
		cmocka_unit_test(traits_of_the_boot_disk_are_handed_over),
		cmocka_unit_test(a_damaged_label_is_reported),
		cmocka_unit_test(a_pool_without_kernels_says_so),
		cmocka_unit_test(a_rescan_closes_what_was_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
