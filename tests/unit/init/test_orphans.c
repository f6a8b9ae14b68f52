/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "init/orphans.h"

static void where_sticks_and_disks_are(void **state)
{
	assert_string_equal(zi_orphans_kind(0x010601), "storage controller"); /* AHCI */
	assert_string_equal(zi_orphans_kind(0x010802), "storage controller"); /* NVMe */
	assert_string_equal(zi_orphans_kind(0x0c0330), "USB controller");     /* xHCI */
	assert_string_equal(zi_orphans_kind(0x080501), "SD card controller");
	assert_string_equal(zi_orphans_kind(0x0c0010), "FireWire controller");
}

static void what_none_hangs_behind(void **state)
{
	assert_null(zi_orphans_kind(0x030000)); /* graphics */
	assert_null(zi_orphans_kind(0x020000)); /* Ethernet */
	assert_null(zi_orphans_kind(0x0c0500)); /* SMBus */
	assert_null(zi_orphans_kind(0x060400)); /* a bridge */
	assert_null(zi_orphans_kind(0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(where_sticks_and_disks_are),
		cmocka_unit_test(what_none_hangs_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
