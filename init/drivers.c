/* SPDX-License-Identifier: BSD-2-Clause */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "init/drivers.h"
#include "init/file.h"
#include "init/hold.h"
#include "init/uevent.h"

#define MAX_DEPTH    32 /* of sysfs: hubs behind hubs */
#define LOW_PRIORITY 10
#define PCI_DEVICES  "/sys/bus/pci/devices"
#define PCI_USB	     "bc0Csc03" /* controllers: base class and subclass */

int zi_drivers_open_modules(struct zi_modules *m, struct zb_diag *diag)
{
	struct utsname u;
	char folder[256];

	int r;

	uname(&u);
	snprintf(folder, sizeof(folder), "/lib/modules/%.200s", u.release);
	r = zi_modules_open(m, folder, "etc/modprobe.d/zlive.conf", "proc/cmdline", diag);
	m->own_hostid = access("/etc/hostid", F_OK) == 0;
	return r;
}

/* Into the kernel's log, where it stands between what the drivers say. */
static void log_diag(const struct zb_diag *diag)
{
	char text[600], line[640];

	zb_diag_text(diag, text, sizeof(text));
	snprintf(line, sizeof(line), "<4>zlive: %s\n", text);
	(void)!zi_file_write("/dev/kmsg", line);
}

static void load_alias(struct zi_modules *m, const char *modalias)
{
	struct zb_diag diag = { 0 };

	(void)!zi_modules_load_alias(m, modalias, &diag);
	if (diag.error)
		log_diag(&diag);
}

/* kind: only if the device's alias has that in it. */
static void load_device(struct zi_modules *m, const char *folder, const char *kind)
{
	char path[PATH_MAX + 16], modalias[1024];

	snprintf(path, sizeof(path), "%s/modalias", folder);
	zi_file_line(path, modalias, sizeof(modalias));
	if (modalias[0] && (!kind || strstr(modalias, kind)))
		load_alias(m, modalias);
}

/*
 * What hangs on USB takes longest to be found, so its controllers are first, and the drivers
 * for sticks are there before the sticks: loading them could wait for zfs, whose tests of
 * itself leave a kernel without preemption no time for others where there is one processor.
 */
static void load_usb(struct zi_modules *m)
{
	static const char *const drivers[] = { "usb_storage", "uas", "sd_mod" };
	DIR *dir = opendir(PCI_DEVICES);
	struct dirent *entry;
	struct zb_diag diag;
	char path[PATH_MAX];

	while (dir && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), PCI_DEVICES "/%s", entry->d_name);
		load_device(m, path, PCI_USB);
	}
	if (dir)
		closedir(dir);
	if (access("/sys/bus/usb", F_OK) < 0)
		return;
	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
		(void)!zi_modules_load(m, drivers[i], &diag);
}

/* Every file `modalias` below a folder of sysfs; symbolic links are left alone. */
static void walk(struct zi_modules *m, const char *folder, unsigned int depth)
{
	char path[PATH_MAX];
	DIR *dir = opendir(folder);
	struct dirent *entry;

	if (!dir)
		return;
	load_device(m, folder, NULL);
	while (depth < MAX_DEPTH && (entry = readdir(dir))) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		if (snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name) <
		    (int)sizeof(path))
			walk(m, path, depth + 1);
	}
	closedir(dir);
}

static void take_device(struct zi_modules *m, const struct zi_uevent *e)
{
	struct zb_diag diag;

	if (e->modalias)
		load_alias(m, e->modalias);
	/* A stick will have its device in front of it before the import. */
	if (e->devname && e->devtype && strcmp(e->devtype, "disk") == 0 &&
	    zi_hold_pullable(e->devname))
		(void)!zi_modules_load(m, ZI_HOLD_MODULE, &diag);
}

static _Noreturn void serve(struct zi_modules *m, int events)
{
	static char buf[65536];

	load_usb(m);
	walk(m, "/sys/devices", 0);
	for (;;) {
		struct pollfd p = { .fd = events, .events = POLLIN };
		struct zi_uevent e;
		int r = zi_uevent_receive(events, buf, sizeof(buf), &e);

		if (r == ZB_EAGAIN)
			walk(m, "/sys/devices", 0);
		else if (r == 0)
			poll(&p, 1, -1);
		else if (strcmp(e.action, "add") == 0)
			take_device(m, &e);
	}
}

/* A child that ends with its parent and takes no part in its signal handling. */
static pid_t start_child(void)
{
	pid_t pid = fork();
	sigset_t none;

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
	}
	return pid;
}

/* In a child: the lists that its parent has read, or its own. */
static void take_modules(const struct zi_modules *ready, struct zi_modules *m)
{
	struct zb_diag diag;

	if (ready) {
		*m = *ready;
	} else if (zi_drivers_open_modules(m, &diag) < 0) {
		log_diag(&diag);
		_exit(1);
	}
}

static int start_drivers(const struct zi_modules *ready, pid_t *ret_pid,
			 struct zb_diag *diag)
{
	struct zi_modules m;
	int events, r;

	/* Listening first, then looking: nothing that appears in between is missed. */
	r = zi_uevent_open(&events, diag);
	if (r < 0)
		return r;
	*ret_pid = start_child();
	if (*ret_pid == 0) {
		prctl(PR_SET_NAME, "zlive-drivers");
		take_modules(ready, &m);
		serve(&m, events);
	}
	close(events);
	if (*ret_pid < 0)
		return zb_fail(diag, -errno, "drivers", ZB_DIAG_NO_OFFSET,
			       "cannot start the process that loads them: %s",
			       strerror(errno));
	return 0;
}

static int start_module(const struct zi_modules *ready, const char *name, pid_t *ret_pid,
			struct zb_diag *diag)
{
	*ret_pid = start_child();
	if (*ret_pid == 0) {
		struct zi_modules m;
		struct zb_diag child_diag;
		int r;

		/* Drivers go first where there is one processor: devices take their time. */
		setpriority(PRIO_PROCESS, 0, LOW_PRIORITY);
		take_modules(ready, &m);
		r = zi_modules_load(&m, name, &child_diag);
		if (r < 0)
			log_diag(&child_diag);
		_exit(r < 0);
	}
	if (*ret_pid < 0)
		return zb_fail(diag, -errno, name, ZB_DIAG_NO_OFFSET,
			       "cannot start a process to load it: %s", strerror(errno));
	return 0;
}

int zi_drivers_start(pid_t *ret_pid, struct zb_diag *diag)
{
	return start_drivers(NULL, ret_pid, diag);
}

int zi_drivers_start_module(const char *name, pid_t *ret_pid, struct zb_diag *diag)
{
	return start_module(NULL, name, ret_pid, diag);
}

int zi_drivers_start_with(const char *name, pid_t *ret_module_pid, pid_t *ret_drivers_pid,
			  struct zb_diag *diag)
{
	struct zi_modules m;
	bool ready = zi_drivers_open_modules(&m, diag) == 0;
	int r = start_module(ready ? &m : NULL, name, ret_module_pid, diag);

	if (r == 0)
		r = start_drivers(ready ? &m : NULL, ret_drivers_pid, diag);
	zi_modules_close(&m);
	return r;
}

int zi_drivers_modprobe(int argc, char **argv)
{
	struct zb_diag diag = { 0 };
	struct zi_modules m;
	int status = 0;

	if (zi_drivers_open_modules(&m, &diag) < 0) {
		log_diag(&diag);
		return 1;
	}
	for (int i = 1; i < argc; i++) {
		if (argv[i][0] == '-')
			continue;
		if (zi_modules_load(&m, argv[i], &diag) < 0 &&
		    zi_modules_load_alias(&m, argv[i], &diag) <= 0)
			status = 1;
	}
	zi_modules_close(&m);
	return status;
}
