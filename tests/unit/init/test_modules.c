/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "init/modules.h"

struct fixture {
	char dir[64];
	struct zi_modules m;
	char log[1024]; /* what was loaded, in order */
	const char *refuse;
};

static void put(const struct fixture *f, const char *name, const char *text)
{
	char path[128];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	out = fopen(path, "w");
	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
}

static int fake_load(void *ctx, const char *path, const char *parameters)
{
	struct fixture *f = ctx;
	size_t have = strlen(f->log);

	if (f->refuse && strstr(path, f->refuse))
		return -8;
	snprintf(f->log + have, sizeof(f->log) - have, "%s%s%s;", strrchr(path, '/') + 1,
		 parameters[0] ? " " : "", parameters);
	return 0;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char conf[128], cmdline[128];
	struct zb_diag diag;

	assert_non_null(f);
	strcpy(f->dir, "/tmp/zlive-modules-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	put(f, "modules.dep",
	    "kernel/usb/xhci-pci.ko: kernel/usb/xhci-hcd.ko kernel/usb/usbcore.ko\n"
	    "kernel/usb/xhci-hcd.ko: kernel/usb/usbcore.ko\n"
	    "kernel/usb/usbcore.ko:\n"
	    "kernel/a.ko:\nkernel/b.ko:\nkernel/evil.ko:\nupdates/zfs.ko:\n");
	put(f, "modules.alias",
	    "# Aliases\n"
	    "alias pci:v*d*sv*sd*bc0Csc03i30* xhci-pci\n"
	    "alias pci:v00001234d* evil\n"
	    "alias usb:v[0-3]*p* a\n");
	put(f, "modules.softdep", "softdep a pre: b post: usbcore\nsoftdep b pre: a\n");
	put(f, "modules.builtin", "kernel/fs/ext4/ext4.ko\n");
	put(f, "conf", "options zfs zfs_arc_max=1\nblacklist evil\n");
	put(f, "cmdline", "quiet zfs.zfs_arc_max=2 spl.spl_hostid=3 xhci-hcd.quirks=4\n");
	snprintf(conf, sizeof(conf), "%s/conf", f->dir);
	snprintf(cmdline, sizeof(cmdline), "%s/cmdline", f->dir);
	assert_int_equal(zi_modules_open(&f->m, f->dir, conf, cmdline, &diag), 0);
	f->m.load = fake_load;
	f->m.load_ctx = f;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	static const char *const names[] = {
		"modules.dep",	   "modules.alias", "modules.softdep",
		"modules.builtin", "conf",	    "cmdline"
	};
	struct fixture *f = *state;
	char path[128];

	zi_modules_close(&f->m);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", f->dir, names[i]);
		unlink(path);
	}
	rmdir(f->dir);
	free(f);
	return 0;
}

static void glob(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool match;
	} cases[] = {
		{ "", "", true },
		{ "*", "", true },
		{ "a*", "b", false },
		{ "usb:v*p*ic08isc06ip50in*", "usb:v46F4p0001d0000ic08isc06ip50in00",
		  true },
		{ "usb:v*p*ic08isc06ip50in*", "usb:v46F4p0001d0000ic08isc06ip62in00",
		  false },
		{ "a?c", "abc", true },
		{ "a?c", "ac", false },
		{ "dmi:*:pn[A-C]x:*", "dmi:bvn:pnBx:z", true },
		{ "dmi:*:pn[!A-C]x:*", "dmi:bvn:pnBx:z", false },
		{ "[]a]x", "]x", true },
		{ "*a*b*c", "xxaxxbxxc", true },
		{ "*a*b*c", "xxaxxbxxcd", false },
		{ "[a", "a", true },
		{ "abc", "abcd", false },
		{ "abcd", "abc", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (zi_modules_glob(cases[i].pattern, cases[i].text) != cases[i].match)
			fail_msg("'%s' against '%s'", cases[i].pattern, cases[i].text);
}

/* A pattern that makes a recursive matcher exponential. */
static void glob_is_fast(void **state)
{
	char text[2048];

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	assert_false(zi_modules_glob("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", text));
}

static void needed_first(void **state)
{
	struct fixture *f = *state;
	struct zb_diag diag;

	assert_int_equal(zi_modules_load(&f->m, "xhci-pci", &diag), 0);
	assert_string_equal(f->log, "usbcore.ko;xhci-hcd.ko quirks=4;xhci-pci.ko;");
	assert_int_equal(zi_modules_load(&f->m, "xhci_pci", &diag), 0);
	assert_string_equal(f->log, "usbcore.ko;xhci-hcd.ko quirks=4;xhci-pci.ko;");
}

static void softdep_cycle_ends(void **state)
{
	struct fixture *f = *state;
	struct zb_diag diag;

	assert_int_equal(zi_modules_load(&f->m, "a", &diag), 0);
	assert_string_equal(f->log, "b.ko;a.ko;usbcore.ko;");
}

static void cmdline_wins(void **state)
{
	struct fixture *f = *state;
	char text[64];

	zi_modules_parameters(&f->m, "zfs", text, sizeof(text));
	assert_string_equal(text, "zfs_arc_max=1 zfs_arc_max=2");
	zi_modules_parameters(&f->m, "spl", text, sizeof(text));
	assert_string_equal(text, "spl_hostid=3");
	f->m.own_hostid = true; /* another host's would hide that it has the pool */
	zi_modules_parameters(&f->m, "spl", text, sizeof(text));
	assert_string_equal(text, "");
}

static void by_alias(void **state)
{
	struct fixture *f = *state;
	struct zb_diag diag;
	const char *xhci = "pci:v00001B36d0000000Dsv00001AF4sd00001100bc0Csc03i30";

	assert_int_equal(zi_modules_load_alias(&f->m, xhci, &diag), 1);
	assert_non_null(strstr(f->log, "xhci-pci.ko;"));
	assert_int_equal(zi_modules_load_alias(&f->m, "acpi:X", &diag), 0);
}

static void blacklisted_only_by_alias(void **state)
{
	struct fixture *f = *state;
	struct zb_diag diag;

	assert_int_equal(zi_modules_load_alias(&f->m, "pci:v00001234d0", &diag), 0);
	assert_string_equal(f->log, "");
	assert_int_equal(zi_modules_load(&f->m, "evil", &diag), 0);
	assert_string_equal(f->log, "evil.ko;");
}

static void unknown_and_builtin(void **state)
{
	struct fixture *f = *state;
	struct zb_diag diag;

	assert_int_equal(zi_modules_load(&f->m, "ext4", &diag), 0);
	assert_int_equal(zi_modules_load(&f->m, "nosuch", &diag), ZB_ENOENT);
	assert_string_equal(diag.object, "nosuch");
}

/* A module whose dependency the kernel refuses is not tried. */
static void refused(void **state)
{
	struct fixture *f = *state;
	struct zb_diag diag;

	f->refuse = "usbcore";
	assert_int_equal(zi_modules_load(&f->m, "xhci-pci", &diag), -8);
	assert_string_equal(diag.object, "usbcore");
	assert_string_equal(f->log, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(glob),
		cmocka_unit_test(glob_is_fast),
		TEST(needed_first),
		TEST(softdep_cycle_ends),
		TEST(cmdline_wins),
		TEST(by_alias),
		TEST(blacklisted_only_by_alias),
		TEST(unknown_and_builtin),
		TEST(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
