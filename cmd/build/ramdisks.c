/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cmd/build/file.h"
#include "cmd/build/ramdisks.h"
#include "cmd/ramdisk.h"

#define KERNEL	    "boot/vmlinuz-"
#define RAMDISK_MAX (1ULL << 30)

static bool boot_has(const struct saved_list *boot, const char *fmt, const char *version)
{
	char path[300];

	snprintf(path, sizeof(path), fmt, version);
	for (size_t i = 0; i < boot->n; i++)
		if (strcmp(boot->list[i].path, path) == 0)
			return true;
	return false;
}

/* The names under which the loader looks for a kernel's ramdisk. */
static bool has_ramdisk(const struct saved_list *boot, const char *version)
{
	static const char *const names[] = { "boot/initrd.img-%s",
					     "boot/initramfs-%s.img",
					     "boot/initrd-%s.img", "boot/initrd-%s",
					     "boot/initramfs-%s" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (boot_has(boot, names[i], version))
			return true;
	return false;
}

static int send(const struct ramdisks *r, const char *version, const char *file,
		struct zb_diag *diag)
{
	struct saved s = { .mode = S_IFREG | 0644 };
	char path[300];
	int err = file_load(file, RAMDISK_MAX, &s.data, &s.len, diag);

	if (err < 0)
		return err;
	snprintf(path, sizeof(path), "boot/initrd.img-%s", version);
	s.path = path;
	s.mtime.sec = (int64_t)r->time;
	err = saved_send(&s, r->sink, diag);
	free(s.data);
	return err;
}

static int make_one(const struct ramdisks *r, const char *version, struct zb_diag *diag)
{
	const char *tmp = getenv("TMPDIR");
	struct ramdisk_options o = {
		.root = r->root,
		.kernel = version,
		.hostid = r->hostid,
		.time = r->time,
		.warn = r->warn,
		.warn_ctx = r->warn_ctx,
	};
	char dir[256], file[300];
	int err;

	snprintf(dir, sizeof(dir), "%s/zlive-ramdisk-XXXXXX",
		 tmp && *tmp ? tmp : "/var/tmp");
	if (!mkdtemp(dir))
		return zb_fail(diag, -errno, dir, ZB_DIAG_NO_OFFSET,
			       "cannot make a temporary folder: %s", strerror(errno));
	snprintf(file, sizeof(file), "%s/initrd.img", dir);
	o.output = file;
	err = ramdisk_build(&o, diag);
	if (err >= 0)
		err = send(r, version, file, diag);
	unlink(file);
	rmdir(dir);
	return err;
}

int ramdisks_make(const struct ramdisks *r, struct zb_diag *diag)
{
	unsigned int kernels = 0;
	int err;

	for (size_t i = 0; i < r->boot->n; i++) {
		const char *path = r->boot->list[i].path;
		const char *version = path + strlen(KERNEL);

		if (strncmp(path, KERNEL, strlen(KERNEL)) != 0 || strchr(version, '/') ||
		    strlen(version) > 200)
			continue;
		kernels++;
		if (r->when == BUILD_RAMDISK_NEVER ||
		    (r->when == BUILD_RAMDISK_MISSING && has_ramdisk(r->boot, version)))
			continue;
		err = make_one(r, version, diag);
		if (err < 0)
			return err;
	}
	if (kernels == 0)
		return zb_fail(
			diag, ZB_ENOENT, r->root, ZB_DIAG_NO_OFFSET,
			"the tree has no kernel, /boot/vmlinuz-VERSION (--plain: it "
			"needs none)");
	return 0;
}
