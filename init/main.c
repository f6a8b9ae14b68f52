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
#include "init/drivers.h"
#include "init/file.h"
#include "init/import.h"
#include "init/rescue.h"
#include "init/run.h"
#include "init/switch.h"
#include "init/wait.h"

#define QUIET_LOGLEVEL	    4 /* errors and worse */
#define KLOG_CONSOLE_LEVEL  8
#define MEDIA_POLL_INTERVAL "2000"

struct init {
	struct zi_console console;
	struct zi_options options;
	struct zi_wait wait;
	char pool[ZR_NAME_MAX], root[ZR_NAME_MAX];
	char loglevel[16]; /* to be restored; empty: untouched */
};

/* break=STAGE: a shell before that stage. */
static void stop_before(struct init *in, const char *stage)
{
	if (strcmp(in->options.stop, stage) != 0)
		return;
	zi_say(&in->console, "break=%s", stage);
	in->options.stop[0] = 0;
	zi_rescue(&in->console, "goes on");
}

static void read_cmdline(struct init *in)
{
	struct zb_diag diag;
	char *text;

	if (zi_file_read("/proc/cmdline", &text) < 0)
		text = NULL;
	if (zi_cmdline_parse(text ? text : "", &in->options, &diag) < 0)
		zi_say_diag(&in->console, &diag);
	free(text);
}

/* Drivers tell much; what matters here is what /init says. */
static void quiet_kernel(struct init *in)
{
	char printk[64];

	if (in->options.keep_loglevel || in->options.debug)
		return;
	zi_file_line("/proc/sys/kernel/printk", printk, sizeof(printk));
	printk[strcspn(printk, " \t")] = 0;
	if (atoi(printk) <= QUIET_LOGLEVEL)
		return;
	snprintf(in->loglevel, sizeof(in->loglevel), "%.8s", printk);
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
static int start_loading(struct init *in, struct zb_diag *diag)
{
	int r = zi_uevent_open(&in->wait.events, diag);

	if (r == 0)
		r = in->wait.signals = open_signals(diag);
	if (r >= 0)
		r = zi_drivers_start_module("zfs", &in->wait.zfs_pid, diag);
	if (r == 0)
		r = zi_drivers_start(&in->wait.drivers_pid, diag);
	/* Without it the kernel does not notice a card that is put into a reader. */
	(void)!zi_file_write("/sys/module/block/parameters/events_dfl_poll_msecs",
			     MEDIA_POLL_INTERVAL);
	return r;
}

static int bring_up(struct init *in, char *program, size_t size, struct zb_diag *diag)
{
	struct zi_wait *w = &in->wait;
	int r = zi_wait_start(w, diag);

	if (r == 0)
		r = zi_wait_pool(w, diag);
	if (r < 0)
		return r;
	if (w->decision.verdict == ZI_ENOUGH)
		zi_say(&in->console, "pool '%s': importing degraded, since %s",
		       w->decision.pool_name, w->decision.text);
	stop_before(in, "import");
	zi_say(&in->console, "importing pool '%s' from %s%s", w->decision.pool_name,
	       w->devices.at[w->decision.member[0]].name,
	       w->decision.n > 1 ? " and others" : "");
	r = zi_import(&w->devices, &w->decision, in->options.read_only, in->pool, diag);
	if (r < 0)
		return r;
	stop_before(in, "mount");
	r = zi_mount_root(&in->console, &in->options, in->pool, in->root, diag);
	if (r == 0)
		r = zi_switch_find_init(in->options.init, program, size, diag);
	if (r == 0) {
		zi_say(&in->console, "%s is the root", in->root);
		stop_before(in, "init");
	}
	return r;
}

static void start_system(struct init *in, const char *program, char **argv,
			 struct zb_diag *diag)
{
	sigset_t none;

	kill(in->wait.drivers_pid, SIGKILL);
	zi_devices_done(&in->wait.devices);
	if (in->loglevel[0])
		klogctl(KLOG_CONSOLE_LEVEL, NULL, atoi(in->loglevel));
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	zi_run_environment_clear();
	zi_switch_root(program, argv, diag);
}

/* A failed zfs module is tried again: the shell may have changed something. */
static void retry(struct init *in)
{
	struct zb_diag diag;

	zi_devices_refresh(&in->wait.devices);
	if (in->wait.zfs != ZI_ZFS_FAILED)
		return;
	in->wait.zfs = ZI_ZFS_LOADING;
	if (zi_drivers_start_module("zfs", &in->wait.zfs_pid, &diag) < 0)
		zi_say_diag(&in->console, &diag);
}

static _Noreturn void run(struct init *in, char **argv)
{
	struct zb_diag diag = { 0 };
	char program[256];

	if (in->options.mode != ZI_MODE_PERSISTENT) {
		zi_say(&in->console,
		       "zlive.mode= other than persistent is not supported yet");
		zi_rescue(&in->console, "starts persistent");
	}
	for (;;) {
		if (bring_up(in, program, sizeof(program), &diag) == 0)
			break;
		zi_say_diag(&in->console, &diag);
		zi_rescue(&in->console, "tries again");
		retry(in);
	}
	start_system(in, program, argv, &diag);
	/* The ramdisk is gone by now, and with it any shell. */
	zi_say_diag(&in->console, &diag);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	static struct init in;
	const char *slash = strrchr(argv[0], '/');
	struct zb_diag diag = { 0 };
	int r;

	if (strcmp(slash ? slash + 1 : argv[0], "modprobe") == 0)
		return zi_drivers_modprobe(argc, argv);
	if (getpid() != 1) {
		fputs("zlive-init: this is the /init of zlive's ramdisk; it runs as PID 1\n",
		      stderr);
		return 2;
	}
	r = zi_mount_kernel_files(&diag);
	zi_console_open(&in.console);
	zi_run_environment();
	if (r < 0)
		zi_say_diag(&in.console, &diag);
	read_cmdline(&in);
	quiet_kernel(&in);
	in.wait.console = &in.console;
	in.wait.options = &in.options;
	stop_before(&in, "drivers");
	while (start_loading(&in, &diag) < 0) {
		zi_say_diag(&in.console, &diag);
		zi_rescue(&in.console, "tries again");
	}
	run(&in, argv);
}
