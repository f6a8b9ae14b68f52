/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include "init/file.h"
#include "init/overlay.h"

/*
 * ZI_OVERLAY_FOLDER, a tmpfs of its own: what fills it must not fill /run.
 *
 *	0/lower   the read-only file system
 *	0/upper   what was changed
 *	0/work    overlayfs' own
 *	1/...
 *
 * One overlay for each file system, since an overlay does not show what is mounted inside of
 * its lower folder.
 */
#define MAX_OVERLAYS 1024

static int mount_memory(struct zb_diag *diag)
{
	struct stat run, st;

	mkdir("/run/zlive", 0755);
	mkdir(ZI_OVERLAY_FOLDER, 0755);
	if (stat("/run", &run) == 0 && stat(ZI_OVERLAY_FOLDER, &st) == 0 &&
	    run.st_dev != st.st_dev)
		return 0; /* mounted already */
	if (mount("zlive-overlay", ZI_OVERLAY_FOLDER, "tmpfs", 0, "mode=0755") < 0)
		return zi_fail_errno(diag, ZI_OVERLAY_FOLDER,
				     "cannot mount a tmpfs there");
	return 0;
}

int zi_overlay_prepare(unsigned int *ret_number, char *lower, size_t size,
		       struct zb_diag *diag)
{
	int r = mount_memory(diag);

	for (unsigned int i = 0; r == 0 && i < MAX_OVERLAYS; i++) {
		static const char *const names[] = { "lower", "upper", "work" };
		char path[PATH_MAX];

		snprintf(path, sizeof(path), ZI_OVERLAY_FOLDER "/%u", i);
		if (mkdir(path, 0755) < 0) {
			if (errno == EEXIST)
				continue; /* another's, or left from before the menu */
			return zi_fail_errno(diag, path, "cannot make it");
		}
		for (size_t k = 0; k < 3; k++) {
			snprintf(path, sizeof(path), ZI_OVERLAY_FOLDER "/%u/%s", i,
				 names[k]);
			if (mkdir(path, 0755) < 0)
				return zi_fail_errno(diag, path, "cannot make it");
		}
		snprintf(lower, size, ZI_OVERLAY_FOLDER "/%u/lower", i);
		*ret_number = i;
		return 0;
	}
	return r < 0 ? r
		     : zb_fail(diag, ZB_E2BIG, ZI_OVERLAY_FOLDER, ZB_DIAG_NO_OFFSET,
			       "too many file systems");
}

/* What is asked of the merged folder is answered by the upper one. */
static int copy_attributes(const char *lower, const char *upper, struct zb_diag *diag)
{
	struct stat st;

	if (stat(lower, &st) < 0 || chown(upper, st.st_uid, st.st_gid) < 0 ||
	    chmod(upper, st.st_mode & 07777) < 0)
		return zi_fail_errno(diag, lower, "cannot take over its owner and mode");
	return 0;
}

static unsigned long mount_flags(const char *lower)
{
	struct statvfs fs;
	unsigned long flags = 0;

	if (statvfs(lower, &fs) < 0)
		return 0;
	flags |= fs.f_flag & ST_NOSUID ? MS_NOSUID : 0;
	flags |= fs.f_flag & ST_NODEV ? MS_NODEV : 0;
	flags |= fs.f_flag & ST_NOEXEC ? MS_NOEXEC : 0;
	return flags;
}

int zi_overlay_mount(unsigned int number, const char *where, struct zb_diag *diag)
{
	char lower[64], upper[64], work[64], options[256];
	int r;

	snprintf(lower, sizeof(lower), ZI_OVERLAY_FOLDER "/%u/lower", number);
	snprintf(upper, sizeof(upper), ZI_OVERLAY_FOLDER "/%u/upper", number);
	snprintf(work, sizeof(work), ZI_OVERLAY_FOLDER "/%u/work", number);
	r = copy_attributes(lower, upper, diag);
	if (r < 0)
		return r;
	snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s,workdir=%s", lower,
		 upper, work);
	if (mount("zlive-overlay", where, "overlay", mount_flags(lower), options) == 0)
		return 0;
	if (errno == ENODEV)
		return zb_fail(
			diag, ZB_ENOTSUP, where, ZB_DIAG_NO_OFFSET,
			"this ramdisk or its kernel has no overlayfs to keep changes "
			"in memory");
	return zi_fail_errno(diag, where, "cannot mount an overlay there");
}
