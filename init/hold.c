/* SPDX-License-Identifier: BSD-2-Clause */
#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "init/devices.h"
#include "init/dm.h"
#include "init/drivers.h"
#include "init/file.h"
#include "init/hold.h"
#include "init/modload.h"

void zi_hold_name(uint64_t vdev, char name[48])
{
	snprintf(name, 48, ZI_HOLD_PREFIX "%" PRIu64, vdev);
}

void zi_hold_path(uint64_t vdev, char path[64])
{
	char name[48];

	zi_hold_name(vdev, name);
	snprintf(path, 64, "/dev/mapper/%s", name);
}

void zi_hold_attribute(const char *name, const char *what, char *line, size_t size)
{
	char path[160];

	snprintf(path, sizeof(path), "/sys/class/block/%.64s/%s", name, what);
	zi_file_line(path, line, size);
}

/* The block device's place in sysfs has that in it. */
static bool is_below(const char *name, const char *what)
{
	char path[128], real[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/class/block/%.64s", name);
	return realpath(path, real) && strstr(real, what) != NULL;
}

bool zi_hold_on_usb(const char *name)
{
	return is_below(name, "/usb");
}

bool zi_hold_pullable(const char *name)
{
	return zi_hold_on_usb(name) || is_below(name, "/mmc_host/");
}

bool zi_hold_is_ours(const char *name)
{
	char line[64];

	if (strncmp(name, "dm-", 3) != 0)
		return false;
	zi_hold_attribute(name, "dm/name", line, sizeof(line));
	return strncmp(line, ZI_HOLD_PREFIX, strlen(ZI_HOLD_PREFIX)) == 0;
}

uint64_t zi_hold_sectors(const char *name)
{
	char line[32];

	zi_hold_attribute(name, "size", line, sizeof(line));
	return strtoull(line, NULL, 10);
}

int zi_hold_lead(int control, uint64_t vdev, const char *name, uint64_t sectors,
		 bool waits, struct zb_diag *diag)
{
	struct zi_dm_target target = { .sectors = sectors, .waits = waits };
	char hold[48], line[32];

	zi_hold_name(vdev, hold);
	zi_hold_attribute(name, "dev", line, sizeof(line));
	if (sscanf(line, "%u:%u", &target.major, &target.minor) != 2)
		return zb_fail(diag, ZB_ENODEV, name, ZB_DIAG_NO_OFFSET, "is gone");
	zi_hold_attribute(name, "ro", line, sizeof(line));
	target.read_only = line[0] == '1';
	return zi_dm_lead(control, hold, &target, diag);
}

static int hold(int control, uint64_t vdev, const char *name, struct zb_diag *diag)
{
	char hold_name[48], path[64], target[32];
	unsigned int number;
	struct zb_diag unused;
	int r;

	zi_hold_name(vdev, hold_name);
	/* Left from a try before the menu; if the pool uses it, it does its work. */
	r = zi_dm_remove(control, hold_name, &unused);
	if (r == ZB_EBUSY)
		return 0;
	zi_hold_path(vdev, path);
	unlink(path);
	r = zi_dm_create(control, hold_name, &number, diag);
	if (r < 0)
		return r;
	r = zi_hold_lead(control, vdev, name, zi_hold_sectors(name), false, diag);
	if (r < 0) {
		(void)!zi_dm_remove(control, hold_name, &unused);
		return r;
	}
	snprintf(target, sizeof(target), "../dm-%u", number);
	if (symlink(target, path) < 0)
		return zb_fail(diag, ZB_EIO, path, ZB_DIAG_NO_OFFSET,
			       "cannot make the link");
	return 0;
}

/* Most often the process for drivers has loaded the module when it saw the stick. */
static int open_control(int *ret_control, struct zb_diag *diag)
{
	pid_t pid;
	int r;

	if (zi_modload_is_there(ZI_HOLD_MODULE) && zi_dm_open(ret_control, diag) == 0)
		return 0;
	r = zi_drivers_start_module(ZI_HOLD_MODULE, &pid, diag);
	if (r < 0)
		return r;
	waitpid(pid, NULL, 0);
	return zi_dm_open(ret_control, diag);
}

void zi_hold_start(const struct zi_console *c, const struct zi_devices *d,
		   const struct zi_decision *decision)
{
	struct zb_diag diag;
	int control = -1, r = 0;

	for (unsigned int i = 0; r == 0 && i < decision->n; i++) {
		const struct zi_device *dev = &d->at[decision->member[i]];

		if (!zi_hold_pullable(dev->name))
			continue;
		if (control < 0)
			r = open_control(&control, &diag);
		if (r == 0)
			r = hold(control, dev->label->zr.vdev_guid, dev->name, &diag);
		if (r < 0) {
			zi_say_diag(c, &diag);
			zi_say(c,
			       "%s must not be pulled out while the system runs: this "
			       "kernel or ramdisk cannot wait for its return",
			       dev->name);
		}
	}
	if (control >= 0)
		close(control);
}

void zi_hold_stop(void)
{
	DIR *dir = opendir("/dev/mapper");
	struct dirent *entry;
	struct zb_diag unused;
	int control;

	if (!dir)
		return;
	if (zi_dm_open(&control, &unused) == 0) {
		while ((entry = readdir(dir))) {
			if (strncmp(entry->d_name, ZI_HOLD_PREFIX,
				    strlen(ZI_HOLD_PREFIX)) == 0 &&
			    zi_dm_remove(control, entry->d_name, &unused) == 0)
				unlinkat(dirfd(dir), entry->d_name, 0);
		}
		close(control);
	}
	closedir(dir);
}
