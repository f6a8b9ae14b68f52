/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include "init/boot.h"
#include "init/drivers.h"
#include "init/file.h"
#include "init/hold.h"
#include "init/import.h"
#include "init/menu.h"
#include "init/rescue.h"
#include "init/run.h"
#include "init/switch.h"
#include "init/watch.h"

#define QUIET_LOGLEVEL	    4 /* errors and worse */
#define KLOG_CONSOLE_LEVEL  8
#define MEDIA_POLL_INTERVAL "2000"
#define GONE_MS		    2000 /* until the kernel tells of a disk that answers no more */

/* break=STAGE: a shell before that stage. */
static void stop_before(struct zi_boot *b, const char *stage)
{
	if (strcmp(b->options.stop, stage) != 0)
		return;
	zi_say(&b->console, "break=%s", stage);
	b->options.stop[0] = 0;
	zi_rescue(&b->console, "goes on");
}

static void read_cmdline(struct zi_boot *b)
{
	struct zb_diag diag;
	char *text;

	if (zi_file_read("/proc/cmdline", &text) < 0)
		text = NULL;
	if (zi_cmdline_parse(text ? text : "", &b->options, &diag) < 0)
		zi_say_diag(&b->console, &diag);
	free(text);
}

/* Drivers tell much; what matters here is what /init says. */
static void quiet_kernel(struct zi_boot *b)
{
	char printk[64];

	if (b->options.keep_loglevel || b->options.debug)
		return;
	zi_file_line("/proc/sys/kernel/printk", printk, sizeof(printk));
	printk[strcspn(printk, " \t")] = 0;
	if (atoi(printk) <= QUIET_LOGLEVEL)
		return;
	snprintf(b->loglevel, sizeof(b->loglevel), "%.8s", printk);
	klogctl(KLOG_CONSOLE_LEVEL, NULL, QUIET_LOGLEVEL);
}

static int open_signals(struct zb_diag *diag)
{
	sigset_t set;
	int fd;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd >= 0 ? fd
		       : zb_fail(diag, -errno, "signals", ZB_DIAG_NO_OFFSET, "%s",
				 strerror(errno));
}

/* zfs takes seconds to load, so it starts first, while devices are still being found. */
static int start_loading(struct zi_boot *b, struct zb_diag *diag)
{
	int r = zi_uevent_open(&b->wait.events, diag);

	if (r == 0)
		r = b->wait.signals = open_signals(diag);
	if (r >= 0)
		r = zi_drivers_start_with("zfs", &b->wait.zfs_pid, &b->wait.drivers_pid,
					  diag);
	/* Without it the kernel does not notice a card that is put into a reader. */
	(void)!zi_file_write("/sys/module/block/parameters/events_dfl_poll_msecs",
			     MEDIA_POLL_INTERVAL);
	return r;
}

/* What can be done with changes, and what shall be. */
static enum zi_access choose_access(const struct zi_boot *b)
{
	const struct zi_wait *w = &b->wait;
	bool memory = b->options.mode != ZI_MODE_PERSISTENT;

	if (b->options.read_only)
		return ZI_ACCESS_READ;
	for (unsigned int i = 0; i < w->decision.n && !memory; i++) {
		const struct zi_device *dev = &w->devices.at[w->decision.member[i]];

		memory = zi_devices_protected(dev);
		if (memory)
			zi_say(&b->console, "%s is write-protected", dev->name);
	}
	if (memory)
		zi_say(&b->console, "changes stay in memory, and are lost when the "
				    "machine is turned off");
	return memory ? ZI_ACCESS_MEMORY : ZI_ACCESS_WRITE;
}

static int import_copy(struct zi_boot *b, struct zb_diag *diag)
{
	int r;

	b->stage = ZI_STAGE_COPY;
	/* An earlier state may lie where a copy of what is in use has nothing. */
	r = zi_toram_copy(&b->ram, &b->console, &b->wait.devices, &b->wait.decision,
			  b->rewind != ZI_REWIND_NONE, diag);
	if (r < 0)
		return r;
	zi_say(&b->console, "importing pool '%s' from its copy in memory",
	       b->ram.decision.pool_name);
	b->stage = ZI_STAGE_IMPORT;
	return zi_import(&b->ram.devices, &b->ram.decision, b->access, b->rewind, b->pool,
			 diag);
}

/* From what was found just now; a device of it may go at any moment, or be elsewhere already. */
static int import(struct zi_boot *b, struct zb_diag *diag)
{
	struct zi_wait *w = &b->wait;
	int r;

	b->access = choose_access(b);
	/* What is imported already stays as it is: see zi_import(). */
	if (b->options.mode == ZI_MODE_TORAM && !b->pool[0])
		return import_copy(b, diag);
	zi_say(&b->console, "importing pool '%s' from %s%s", w->decision.pool_name,
	       w->devices.at[w->decision.member[0]].name,
	       w->decision.n > 1 ? " and others" : "");
	b->stage = ZI_STAGE_IMPORT;
	/* What is imported already, before a visit to the menu, is watched already. */
	if (!b->pool[0]) {
		zi_hold_start(&b->console, &w->devices, &w->decision);
		zi_watch_start(b);
	}
	r = zi_import(&w->devices, &w->decision, b->access, b->rewind, b->pool, diag);
	if (r < 0)
		zi_watch_stop(b);
	return r;
}

static int find_and_import(struct zi_boot *b, struct zb_diag *diag)
{
	struct zi_wait *w = &b->wait;
	int r;

	for (;;) {
		b->stage = ZI_STAGE_FIND;
		r = zi_wait_pool(w, diag);
		if (r < 0)
			return r;
		if (w->decision.note[0])
			zi_say(&b->console, "%s", w->decision.note);
		if (w->decision.verdict == ZI_ENOUGH)
			zi_say(&b->console, "pool '%s': importing degraded, since %s",
			       w->decision.pool_name, w->decision.text);
		stop_before(b, "import");
		if (zi_wait_lost(w, 0))
			continue;
		r = import(b, diag);
		if (r == 0 || !zi_wait_lost(w, GONE_MS))
			return r;
	}
}

static int bring_up(struct zi_boot *b, char *program, size_t size, struct zb_diag *diag)
{
	int r;

	b->stage = ZI_STAGE_FIND;
	r = zi_wait_start(&b->wait, diag);
	if (r == 0)
		r = find_and_import(b, diag);
	if (r < 0)
		return r;
	b->rewind = ZI_REWIND_NONE;
	b->stage = ZI_STAGE_MOUNT;
	stop_before(b, "mount");
	r = zi_mount_root(&b->console, &b->options, b->access, b->pool, b->root, diag);
	if (r < 0)
		return r;
	b->stage = ZI_STAGE_START;
	r = zi_switch_find_init(b->options.init, program, size, diag);
	if (r < 0)
		return r;
	zi_say(&b->console, "%s is the root", b->root);
	if (b->ram.decision.n > 0)
		zi_say(&b->console,
		       "the system is in memory: the stick may be pulled out");
	stop_before(b, "init");
	return 0;
}

static void start_system(struct zi_boot *b, const char *program, char **argv,
			 struct zb_diag *diag)
{
	sigset_t none;

	kill(b->wait.drivers_pid, SIGKILL);
	zi_watch_await(b);
	zi_devices_done(&b->wait.devices);
	if (b->loglevel[0])
		klogctl(KLOG_CONSOLE_LEVEL, NULL, atoi(b->loglevel));
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	zi_run_environment_clear();
	zi_switch_root(program, argv, diag);
}

/* A failed zfs module is tried again: the shell may have changed something. */
static void retry(struct zi_boot *b)
{
	struct zb_diag diag;

	zi_devices_refresh(&b->wait.devices);
	if (b->wait.zfs != ZI_ZFS_FAILED)
		return;
	b->wait.zfs = ZI_ZFS_LOADING;
	if (zi_drivers_start_module("zfs", &b->wait.zfs_pid, &diag) < 0)
		zi_say_diag(&b->console, &diag);
}

static _Noreturn void run(struct zi_boot *b, char **argv)
{
	struct zb_diag diag = { 0 };
	char program[256];

	for (;;) {
		if (bring_up(b, program, sizeof(program), &diag) == 0)
			break;
		zi_menu(b, &diag);
		retry(b);
	}
	start_system(b, program, argv, &diag);
	/* The ramdisk is gone by now, and with it any shell. */
	zi_say_diag(&b->console, &diag);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	static struct zi_boot b;
	const char *slash = strrchr(argv[0], '/');
	struct zb_diag diag = { 0 };
	int r;

	if (strcmp(slash ? slash + 1 : argv[0], "modprobe") == 0)
		return zi_drivers_modprobe(argc, argv);
	if (strcmp(argv[0], ZI_WATCH_NAME) == 0)
		return zi_watch_main(argc, argv);
	if (getpid() != 1) {
		fputs("zlive-init: this is the /init of zlive's ramdisk; it runs as PID 1\n",
		      stderr);
		return 2;
	}
	r = zi_mount_kernel_files(&diag);
	zi_console_open(&b.console);
	zi_run_environment();
	if (r < 0)
		zi_say_diag(&b.console, &diag);
	read_cmdline(&b);
	quiet_kernel(&b);
	b.wait.console = &b.console;
	b.wait.options = &b.options;
	stop_before(&b, "drivers");
	while (start_loading(&b, &diag) < 0) {
		zi_say_diag(&b.console, &diag);
		zi_rescue(&b.console, "tries again");
	}
	run(&b, argv);
}
