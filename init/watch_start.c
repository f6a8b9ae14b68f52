/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "init/hold.h"
#include "init/watch.h"

#define TOP	    "/watch"
#define FIRST_DISK  3 /* in the arguments, behind the name and the pool's GUID and name */
#define DISK_FIELDS 3
#define NO_PART	    "-"
#define MAX_ARGS    (FIRST_DISK + DISK_FIELDS * ZI_MAX_MEMBERS + 1)

/*
 * The new process's world: a tmpfs as root, with /dev, /proc and /sys. What /init moves and
 * deletes in the ramdisk does not reach it, and nothing in it keeps the pool's mounts busy.
 */
static int make_world(void)
{
	static const char *const kept[] = { "/dev", "/proc", "/sys" };
	char to[32];

	if (unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -errno;
	umount2("/sysroot", MNT_DETACH);
	umount2("/run", MNT_DETACH);
	mkdir(TOP, 0700);
	if (mount("zlive-watch", TOP, "tmpfs", 0, "mode=0755,size=64k") < 0)
		return -errno;
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		snprintf(to, sizeof(to), TOP "%s", kept[i]);
		if (mkdir(to, 0755) < 0 || mount(kept[i], to, NULL, MS_MOVE, NULL) < 0)
			return -errno;
	}
	if (chdir(TOP) < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 ||
	    chroot(".") < 0 || chdir("/") < 0)
		return -errno;
	return 0;
}

static _Noreturn void become(const struct zi_console *c, char **argv)
{
	int r = make_world();

	if (r == 0) {
		setsid();
		execv("/proc/self/exe", argv);
		r = -errno;
	}
	zi_say(c, "cannot watch for a pulled stick: %s", strerror(-r));
	_exit(1);
}

struct arguments {
	char *argv[MAX_ARGS];
	unsigned int n;
	char pool[24], vdev[ZI_MAX_MEMBERS][24], txg[ZI_MAX_MEMBERS][24];
	char part[ZI_MAX_MEMBERS][40 + 64];
};

/* VDEV TXG PART/NAME for each disk; the number of disks that something stands in front of. */
static unsigned int make_arguments(const struct zi_boot *b, struct arguments *a)
{
	const struct zi_decision *decision = &b->wait.decision;
	unsigned int held = 0;

	snprintf(a->pool, sizeof(a->pool), "%" PRIu64, decision->guid);
	a->argv[a->n++] = (char *)(uintptr_t)ZI_WATCH_NAME;
	a->argv[a->n++] = a->pool;
	a->argv[a->n++] = (char *)(uintptr_t)decision->pool_name;
	for (unsigned int i = 0; i < decision->n; i++) {
		const struct zi_device *dev = &b->wait.devices.at[decision->member[i]];
		const struct zi_label *label = dev->label;
		char path[64];

		zi_hold_path(label->zr.vdev_guid, path);
		held += access(path, F_OK) == 0;
		snprintf(a->vdev[i], sizeof(a->vdev[i]), "%" PRIu64, label->zr.vdev_guid);
		snprintf(a->txg[i], sizeof(a->txg[i]), "%" PRIu64,
			 label->zr.uberblock_txg);
		snprintf(a->part[i], sizeof(a->part[i]), "%s/%s",
			 label->part[0] ? label->part : NO_PART, dev->name);
		a->argv[a->n++] = a->vdev[i];
		a->argv[a->n++] = a->txg[i];
		a->argv[a->n++] = a->part[i];
	}
	a->argv[a->n] = NULL;
	return held;
}

void zi_watch_start(struct zi_boot *b)
{
	struct arguments *a = calloc(1, sizeof(*a));
	int ready[2];

	zi_watch_stop(b);
	if (!a || make_arguments(b, a) == 0 || pipe2(ready, O_CLOEXEC) < 0) {
		free(a);
		return;
	}
	b->watch_pid = fork();
	if (b->watch_pid == 0)
		become(&b->console, a->argv);
	close(ready[1]);
	b->watch_ready = ready[0];
	if (b->watch_pid < 0) {
		zi_say(&b->console, "cannot watch for a pulled stick: %s",
		       strerror(errno));
		zi_watch_stop(b);
	}
	free(a);
}

void zi_watch_await(struct zi_boot *b)
{
	char byte;

	if (b->watch_pid <= 0)
		return;
	while (read(b->watch_ready, &byte, 1) < 0 && errno == EINTR)
		;
	close(b->watch_ready);
	b->watch_ready = -1;
}

void zi_watch_stop(struct zi_boot *b)
{
	if (b->watch_pid == 0)
		return;
	/* One that has ended may have been reaped, and its number be another's. */
	if (b->watch_pid > 0 && waitpid(b->watch_pid, NULL, WNOHANG) == 0) {
		kill(b->watch_pid, SIGKILL);
		waitpid(b->watch_pid, NULL, 0);
	}
	if (b->watch_ready >= 0)
		close(b->watch_ready);
	b->watch_pid = 0;
}

void zi_watch_place(const char *name, char place[32])
{
	char path[128], real[PATH_MAX];

	place[0] = '\0';
	snprintf(path, sizeof(path), "/sys/class/block/%.64s", name);
	if (realpath(path, real))
		zi_returned_place(real, place);
}

int zi_watch_parse(int argc, char **argv, struct zi_watch *w)
{
	unsigned int n = (unsigned int)(argc - FIRST_DISK) / DISK_FIELDS;

	if (argc < FIRST_DISK + DISK_FIELDS)
		return ZB_EINVAL;
	w->pool = strtoull(argv[1], NULL, 10);
	w->pool_name = argv[2];
	w->members = calloc(n, sizeof(*w->members));
	if (!w->members)
		return ZB_ENOMEM;
	for (w->n = 0; w->n < n; w->n++) {
		char **field = argv + FIRST_DISK + DISK_FIELDS * w->n;
		struct zi_member *m = &w->members[w->n];
		char *slash = strchr(field[2], '/');
		char path[64];

		if (!slash)
			return ZB_EINVAL;
		m->vdev = strtoull(field[0], NULL, 10);
		m->oldest = m->newest = strtoull(field[1], NULL, 10);
		*slash = '\0';
		if (strcmp(field[2], NO_PART) != 0)
			snprintf(m->part, sizeof(m->part), "%s", field[2]);
		*slash = '/';
		snprintf(m->name, sizeof(m->name), "%s", slash + 1);
		zi_hold_path(m->vdev, path);
		m->held = access(path, F_OK) == 0;
		zi_watch_place(m->name, m->place);
		m->sectors = zi_hold_sectors(m->name);
	}
	return 0;
}
