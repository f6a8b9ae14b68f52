/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "init/cmdline.h"

static void full_line(void **state)
{
	struct zi_options o;
	struct zb_diag diag;

	assert_int_equal(
		zi_cmdline_parse(
			"BOOT_IMAGE=/x root=ZFS=zlive/ROOT/debian "
			"zlive.pool=18446744073709551615 zlive.vdev=7 "
			"zlive.part=0123ABCD-0000-1111-2222-333344445555 "
			"zlive.txg=18 zlive.bus=usb zlive.size=8000000000 zlive.copies=2 "
			"zlive.mode=toram zlive.wait=30 quiet ro init=/bin/bash\n",
			&o, &diag),
		0);
	assert_true(o.pool == UINT64_MAX);
	assert_true(o.vdev == 7);
	assert_true(o.txg == 18);
	assert_int_equal(o.bus, ZI_BUS_USB);
	assert_true(o.size == UINT64_C(8000000000));
	assert_true(o.copies == 2);
	assert_string_equal(o.part, "0123abcd-0000-1111-2222-333344445555");
	assert_string_equal(o.root, "zlive/ROOT/debian");
	assert_string_equal(o.init, "/bin/bash");
	assert_int_equal(o.mode, ZI_MODE_TORAM);
	assert_true(o.wait == 30);
	assert_false(o.read_only);
}

static void defaults(void **state)
{
	struct zi_options o;

	assert_int_equal(zi_cmdline_parse("", &o, NULL), 0);
	assert_true(o.pool == 0 && o.wait == 0 && o.degraded_wait == 10);
	assert_string_equal(o.root, "");
	assert_int_equal(o.mode, ZI_MODE_PERSISTENT);
}

static void another_pool_typed_behind(void **state)
{
	struct zi_options o;

	assert_int_equal(
		zi_cmdline_parse("root=ZFS=a/b zlive.pool=1 zlive.vdev=7 zlive.txg=5 "
				 "zlive.bus=usb zlive.size=9 zlive.pool=2 ro",
				 &o, NULL),
		0);
	assert_true(o.pool == 2 && o.vdev == 0 && o.txg == 0 && o.size == 0);
	assert_int_equal(o.bus, ZI_BUS_UNKNOWN);
	assert_string_equal(o.root, "");
	assert_int_equal(
		zi_cmdline_parse("zlive.vdev=7 zlive.pool=1 zlive.pool=1", &o, NULL), 0);
	assert_true(o.pool == 1 && o.vdev == 7);
}

static void nonsense_is_named_and_ignored(void **state)
{
	static const char *const lines[] = {
		"zlive.pool=12x",
		"zlive.pool=-1",
		"zlive.pool=18446744073709551616",
		"zlive.pool=",
		"zlive.part=123",
		"zlive.mode=fast",
		"zlive.wait=soon",
		"zlive.part=0123abcd-0000-1111-2222-33334444555g",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct zi_options o;
		struct zb_diag diag;

		assert_int_equal(zi_cmdline_parse(lines[i], &o, &diag), ZB_EINVAL);
		assert_memory_equal(diag.object, lines[i], strlen(diag.object));
		assert_true(o.pool == 0 && o.wait == 0 && o.part[0] == 0);
	}
}

static void root_of_other_programs(void **state)
{
	struct zi_options o;

	assert_int_equal(zi_cmdline_parse("root=/dev/sda1", &o, NULL), 0);
	assert_string_equal(o.root, "");
	assert_int_equal(zi_cmdline_parse("root=zfs:tank/r", &o, NULL), 0);
	assert_string_equal(o.root, "tank/r");
	assert_int_equal(zi_cmdline_parse("root=zfs:AUTO", &o, NULL), 0);
	assert_string_equal(o.root, "");
}

static void quotes(void **state)
{
	char word[16];
	const char *p = zi_cmdline_word("  a=\"b c\"d  toolongtoolongtoolong e", word,
					sizeof(word));

	assert_string_equal(word, "a=b cd");
	p = zi_cmdline_word(p, word, sizeof(word));
	assert_string_equal(word, "e");
	assert_null(zi_cmdline_word(p, word, sizeof(word)));
	assert_non_null(zi_cmdline_word("\"open end", word, sizeof(word)));
	assert_string_equal(word, "open end");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(full_line),
		cmocka_unit_test(defaults),
		cmocka_unit_test(another_pool_typed_behind),
		cmocka_unit_test(nonsense_is_named_and_ignored),
		cmocka_unit_test(root_of_other_programs),
		cmocka_unit_test(quotes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
