/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "cmd/ramdisk/modules.h"
#include "init/modload.h"
#include "tree.h"

#define DIR "lib/modules/6.1/"

struct job {
	struct rd_tree tree;
	struct rd_modules m;
	struct rd_archive archive;
	struct zb_diag diag;
};

static void fill_tree(const struct test_tree *t)
{
	static const char *const none[] = { NULL };

	test_tree_text(t, DIR "modules.dep",
		       "kernel/drivers/usb/host/xhci-pci.ko: kernel/drivers/usb/core.ko\n"
		       "kernel/drivers/usb/core.ko:\n"
		       "kernel/crypto/crc32c_generic.ko:\n"
		       "kernel/drivers/sound.ko:\n"
		       "updates/dkms/zfs.ko: updates/dkms/spl.ko\n"
		       "updates/dkms/spl.ko:\n");
	test_tree_text(t, DIR "modules.alias",
		       "alias pci:1* xhci_pci\nalias pci:2* sound\n"
		       "alias crypto-crc32c crc32c_generic\n");
	test_tree_text(t, DIR "modules.softdep",
		       "softdep zfs pre: crypto-crc32c nosuch\n");
	test_tree_text(t, DIR "modules.builtin", "kernel/drivers/block/sd_mod.ko\n");
	test_tree_text(t, "etc/modprobe.d/a.conf",
		       "options zfs zfs_arc_max=1 \\\n zfs_x=2\noptions sound x=1\n"
		       "blacklist core\n");
	test_tree_text(t, "lib/modprobe.d/a.conf", "options spl hidden=1\n");
	test_tree_text(t, "lib/modprobe.d/b.conf", "options spl seen=1\n");
	for (const char *const *p =
		     (const char *const[]){
			     "kernel/drivers/usb/host/xhci-pci",
			     "kernel/drivers/usb/core", "kernel/crypto/crc32c_generic",
			     "updates/dkms/zfs", "updates/dkms/spl", NULL };
	     *p; p++) {
		char path[128];

		snprintf(path, sizeof(path), DIR "%s.ko", *p);
		test_tree_elf(t, path, EM_X86_64, NULL, NULL, none);
	}
}

static void start(struct job *j, const struct test_tree *t)
{
	memset(j, 0, sizeof(*j));
	fill_tree(t);
	assert_int_equal(rd_tree_open(&j->tree, t->root, &j->diag), 0);
	assert_int_equal(rd_modules_open(&j->m, &j->tree, "6.1", &j->diag), 0);
}

static void end(struct job *j)
{
	rd_modules_close(&j->m);
	rd_archive_done(&j->archive);
	rd_tree_close(&j->tree);
}

static bool wanted(const struct job *j, const char *name)
{
	struct rd_module *mod = rd_modules_find(&j->m, name);

	assert_non_null(mod);
	return mod->wanted;
}

static void needs_come_along(void **state)
{
	struct job j;

	start(&j, *state);
	assert_int_equal(rd_modules_want(&j.m, "zfs"), 0);
	assert_true(wanted(&j, "spl"));
	assert_true(wanted(&j, "crc32c_generic"));
	assert_false(wanted(&j, "xhci_pci"));
	end(&j);
}

static void by_pattern(void **state)
{
	struct job j;

	start(&j, *state);
	assert_int_equal(rd_modules_want_pattern(&j.m, "drivers/usb/host/xhci-*"), 0);
	assert_true(wanted(&j, "xhci_pci") && wanted(&j, "core"));
	assert_false(wanted(&j, "sound"));
	assert_int_equal(rd_modules_want_pattern(&j.m, "sou?d"), 0);
	assert_true(wanted(&j, "sound"));
	end(&j);
}

static void builtin_and_unknown(void **state)
{
	struct job j;

	start(&j, *state);
	assert_int_equal(rd_modules_want(&j.m, "sd-mod"), 0);
	assert_int_equal(rd_modules_want(&j.m, "nosuch"), ZB_ENOENT);
	end(&j);
}

static void text_is(const struct job *j, const char *path, const char *want)
{
	bool found;
	size_t at = rd_archive_find(&j->archive, path, &found);

	if (!found)
		fail_msg("%s is not in the archive", path);
	assert_string_equal((const char *)j->archive.entries[at].data, want);
}

/* Only what is inside is listed; the administrator's file hides the system's of that name. */
static void lists_are_reduced(void **state)
{
	struct job j;

	start(&j, *state);
	assert_int_equal(rd_modules_want(&j.m, "zfs"), 0);
	assert_int_equal(rd_modules_want(&j.m, "xhci-pci"), 0);
	assert_int_equal(rd_modules_add(&j.m, &j.archive, 3, &j.diag), 0);
	text_is(&j, DIR "modules.alias",
		"alias pci:1* xhci_pci\nalias crypto-crc32c crc32c_generic\n");
	text_is(&j, DIR "modules.dep",
		"kernel/drivers/usb/core.ko.zst:\n"
		"kernel/crypto/crc32c_generic.ko.zst:\n"
		"updates/dkms/spl.ko:\n"
		"kernel/drivers/usb/host/xhci-pci.ko: kernel/drivers/usb/core.ko\n"
		"updates/dkms/zfs.ko: updates/dkms/spl.ko\n");
	text_is(&j, "etc/modprobe.d/zlive.conf",
		"options spl seen=1\noptions zfs zfs_arc_max=1    zfs_x=2\n"
		"blacklist core\n");
	end(&j);
}

static struct zb_span file_of(const struct job *j, const char *path)
{
	bool found;
	size_t at = rd_archive_find(&j->archive, path, &found);

	if (!found)
		fail_msg("%s is not in the archive", path);
	return zb_span(j->archive.entries[at].data, j->archive.entries[at].len);
}

/* What few machines need is packed by itself, and /init's unpacking gives it back. */
static void rare_ones_are_packed(void **state)
{
	struct zb_span plain, packed;
	uint8_t *module;
	struct job j;
	size_t size;

	start(&j, *state);
	assert_int_equal(rd_modules_want(&j.m, "zfs"), 0);
	assert_int_equal(rd_modules_want(&j.m, "core"), 0);
	assert_int_equal(rd_modules_add(&j.m, &j.archive, 3, &j.diag), 0);
	plain = file_of(&j, DIR "updates/dkms/zfs.ko");
	packed = file_of(&j, DIR "kernel/drivers/usb/core.ko.zst");
	assert_true(packed.len < plain.len);
	assert_int_equal(zi_modload_unpack(packed, &module, &size), 0);
	/* The tree's modules are all the same. */
	assert_int_equal(size, plain.len);
	assert_memory_equal(module, plain.ptr, size);
	free(module);
	for (size_t len = 0; len < packed.len; len++)
		assert_int_equal(
			zi_modload_unpack(zb_span(packed.ptr, len), &module, &size),
			ZB_ECORRUPT);
	end(&j);
}

static void missing_file_is_named(void **state)
{
	struct job j;

	start(&j, *state);
	assert_int_equal(rd_modules_want(&j.m, "sound"), 0);
	assert_int_equal(rd_modules_add(&j.m, &j.archive, 3, &j.diag), ZB_ENOENT);
	assert_non_null(strstr(j.diag.object, "sound.ko"));
	end(&j);
}

static void not_a_module(void **state)
{
	const struct test_tree *t = *state;
	struct job j;

	start(&j, t);
	test_tree_text(t, DIR "updates/dkms/spl.ko",
		       "no ELF object, but long enough to be one?"
		       "no ELF object, but long enough to be one?");
	assert_int_equal(rd_modules_want(&j.m, "spl"), 0);
	assert_int_equal(rd_modules_add(&j.m, &j.archive, 3, &j.diag), ZB_ECORRUPT);
	assert_non_null(strstr(j.diag.object, "spl.ko"));
	end(&j);
}

#define TEST(name)                                                                       \
	cmocka_unit_test_setup_teardown(name, test_tree_setup, test_tree_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(needs_come_along),	     TEST(by_pattern),
		TEST(builtin_and_unknown),   TEST(lists_are_reduced),
		TEST(missing_file_is_named), TEST(not_a_module),
		TEST(rare_ones_are_packed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
