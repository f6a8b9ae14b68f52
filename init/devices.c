/* SPDX-License-Identifier: BSD-2-Clause */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "init/devices.h"
#include "init/file.h"
#include "init/hold.h"

#define MAX_DEVICES   4096
#define QUICK_READERS 8
#define SLOW_MS	      100

static void stop(struct zi_device *dev)
{
	if (dev->probe == ZI_PROBE_RUNNING)
		zi_reader_stop(&dev->reader);
	free(dev->label);
	dev->label = NULL;
	dev->probe = ZI_PROBE_NEW;
	dev->said = false;
}

uint64_t zi_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void zi_devices_done(struct zi_devices *d)
{
	if (!d)
		return;
	for (unsigned int i = 0; i < d->n; i++)
		stop(&d->at[i]);
	zi_readers_done(&d->readers);
	free(d->at);
	memset(d, 0, sizeof(*d));
}

static struct zi_device *find(struct zi_devices *d, const char *name)
{
	for (unsigned int i = 0; i < d->n; i++)
		if (strcmp(d->at[i].name, name) == 0)
			return &d->at[i];
	return NULL;
}

/*
 * What cannot be a disk of the pool that was booted from: memory, files, and volumes, which
 * lie in pools themselves. And what /init itself puts in front of a stick.
 */
static bool ignored(const char *name)
{
	static const char *const prefixes[] = { "ram", "loop", "zram", "zd",
						"fd",  "sr",   "nbd" };

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		size_t len = strlen(prefixes[i]);

		if (strncmp(name, prefixes[i], len) == 0 &&
		    isdigit((unsigned char)name[len]))
			return true;
	}
	return strlen(name) >= 64 || strstr(name, "..") || zi_hold_is_ours(name);
}

static int add(struct zi_devices *d, const char *name)
{
	struct zi_device *dev = find(d, name);

	if (dev || ignored(name))
		return 0;
	if (d->n == d->room) {
		unsigned int room = d->room ? 2 * d->room : 32;
		struct zi_device *grown = NULL;

		if (room <= MAX_DEVICES)
			grown = reallocarray(d->at, room, sizeof(*grown));
		if (!grown)
			return ZB_ENOMEM;
		d->at = grown;
		d->room = room;
	}
	dev = &d->at[d->n++];
	memset(dev, 0, sizeof(*dev));
	strcpy(dev->name, name);
	dev->id = ++d->added;
	d->changes++;
	return 0;
}

static void drop(struct zi_devices *d, const char *name)
{
	struct zi_device *dev = find(d, name);

	if (!dev)
		return;
	stop(dev);
	*dev = d->at[--d->n];
	d->changes++;
}

int zi_devices_event(struct zi_devices *d, const struct zi_uevent *e)
{
	struct zi_device *dev;

	if (!e->subsystem || strcmp(e->subsystem, "block") != 0 || !e->devname)
		return 0;
	if (strcmp(e->action, "remove") == 0) {
		drop(d, e->devname);
		return 0;
	}
	if (strcmp(e->action, "add") != 0 && strcmp(e->action, "change") != 0)
		return 0;
	dev = find(d, e->devname);
	if (!dev)
		return add(d, e->devname);
	/* A card was put into a reader, say. */
	if (dev->probe == ZI_PROBE_RUNNING)
		dev->again = true;
	else
		stop(dev);
	return 0;
}

static int walk_one(struct zi_devices *d, const char *folder)
{
	char path[512], *text;
	struct zi_uevent e;
	int r;

	snprintf(path, sizeof(path), "/sys/class/block/%.256s/uevent", folder);
	if (zi_file_read(path, &text) < 0)
		return 0; /* gone meanwhile */
	zi_uevent_parse_file(text, &e);
	r = e.devname ? add(d, e.devname) : 0;
	free(text);
	return r;
}

static void drop_vanished(struct zi_devices *d)
{
	for (unsigned int i = d->n; i > 0; i--) {
		char path[128], name[64];

		strcpy(name, d->at[i - 1].name);
		snprintf(path, sizeof(path), "/dev/%s", name);
		if (access(path, F_OK) < 0)
			drop(d, name);
	}
}

int zi_devices_walk(struct zi_devices *d)
{
	DIR *dir = opendir("/sys/class/block");
	struct dirent *entry;
	int r = 0;

	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	while (r == 0 && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			r = walk_one(d, entry->d_name);
	closedir(dir);
	drop_vanished(d);
	return r;
}

void zi_devices_refresh(struct zi_devices *d)
{
	for (unsigned int i = 0; i < d->n; i++)
		stop(&d->at[i]);
	d->changes++;
}

/* ---- reading labels ---- */

/* Partitions are folders below the disk's; sysfs has them before the disk is announced. */
static bool has_partitions(const char *name)
{
	char path[512];
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/class/block/%s", name);
	dir = opendir(path);
	while (dir && !found && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/sys/class/block/%s/%.256s/partition", name,
			 entry->d_name);
		found = entry->d_name[0] != '.' && access(path, F_OK) == 0;
	}
	if (dir)
		closedir(dir);
	return found;
}

static int start(struct zi_devices *d, struct zi_device *dev)
{
	int r = zi_reader_start(&d->readers, dev->name, &dev->reader);

	if (r < 0)
		return r;
	dev->probe = ZI_PROBE_RUNNING;
	dev->since = zi_now_ms();
	dev->silent = false;
	return 0;
}

/*
 * A few readers are enough for any number of disks that answer, and making one costs more than
 * a disk does. Those that wait for theirs keep nobody else waiting for long: each interval as
 * many more may start.
 */
void zi_devices_start(struct zi_devices *d)
{
	unsigned int running = 0, quick = 0;
	uint64_t now = zi_now_ms();

	for (unsigned int i = 0; i < d->n; i++) {
		struct zi_device *dev = &d->at[i];

		if (dev->probe != ZI_PROBE_RUNNING)
			continue;
		if (!dev->silent && now >= dev->since + ZI_SILENT_MS) {
			dev->silent = true;
			d->changes++;
		}
		running += !dev->silent;
		quick += now < dev->since + SLOW_MS;
	}
	for (unsigned int i = 0;
	     i < d->n && running < ZI_MAX_READERS && quick < QUICK_READERS; i++) {
		if (d->at[i].probe != ZI_PROBE_NEW || start(d, &d->at[i]) < 0)
			continue;
		running++;
		quick++;
	}
}

uint64_t zi_devices_due(const struct zi_devices *d)
{
	uint64_t now = zi_now_ms(), due = UINT64_MAX, slow = UINT64_MAX;
	bool queue = false;

	for (unsigned int i = 0; i < d->n; i++) {
		const struct zi_device *dev = &d->at[i];

		queue |= dev->probe == ZI_PROBE_NEW;
		if (dev->probe != ZI_PROBE_RUNNING || dev->silent)
			continue;
		if (dev->since + ZI_SILENT_MS < due)
			due = dev->since + ZI_SILENT_MS;
		if (now < dev->since + SLOW_MS && dev->since + SLOW_MS < slow)
			slow = dev->since + SLOW_MS;
	}
	return queue && slow < due ? slow : due;
}

void zi_devices_take(struct zi_devices *d, unsigned int i)
{
	struct zi_device *dev = &d->at[i];
	int r = zi_reader_take(&d->readers, &dev->reader, dev->name, &dev->label,
			       &dev->diag);

	if (r == ZB_EAGAIN)
		return;
	dev->result = r;
	dev->partitioned = r == 0 && has_partitions(dev->name);
	dev->probe = ZI_PROBE_DONE;
	dev->silent = dev->said = false;
	if (dev->again) {
		dev->again = false;
		stop(dev);
	}
	d->changes++;
}

bool zi_devices_shows_partition(const struct zi_device *dev)
{
	return dev->partitioned && (dev->label->zr.valid & 3) == 0;
}

bool zi_devices_protected(const struct zi_device *dev)
{
	char line[8];

	zi_hold_attribute(dev->name, "ro", line, sizeof(line));
	return strcmp(line, "1") == 0;
}

bool zi_devices_busy(const struct zi_devices *d)
{
	for (unsigned int i = 0; i < d->n; i++)
		if (d->at[i].probe != ZI_PROBE_DONE && !d->at[i].silent)
			return true;
	return false;
}
