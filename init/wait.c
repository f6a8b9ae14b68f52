/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "init/complete.h"
#include "init/drivers.h"
#include "init/orphans.h"
#include "init/wait.h"

#define REPORT_FIRST_MS 1000
#define REPORT_NEWS_MS	2000 /* devices come in swarms */
#define REPORT_EVERY_MS 30000
#define MOST_BLANK	16    /* disks without a label that are told one by one */
#define POLL_LATE_MS	100   /* something is due, but waits for something else */
#define COPIES_MS	10000 /* for the last of the copies that the loader saw */
#define QUIET_MS	3000  /* no new disk for so long: none is on its way */

/* ---- events ---- */

/* Disks, and the steps before there is one. */
static bool is_stir(const struct zi_uevent *e)
{
	static const char *const subsystems[] = { "block", "usb", "scsi", "mmc", "nvme" };

	for (size_t i = 0; e->subsystem && i < sizeof(subsystems) / sizeof(char *); i++)
		if (strcmp(e->subsystem, subsystems[i]) == 0)
			return true;
	return false;
}

static int take_events(struct zi_wait *w)
{
	static char buf[65536];
	struct zi_uevent e;
	int r;

	while ((r = zi_uevent_receive(w->events, buf, sizeof(buf), &e)) != 0) {
		if (r < 0 || is_stir(&e))
			w->stirred = zi_now_ms();
		r = r == ZB_EAGAIN ? zi_devices_walk(&w->devices)
				   : zi_devices_event(&w->devices, &e);
		if (r < 0)
			return r;
	}
	return 0;
}

/* What a decision says of its members by index, while devices come and go. */
struct members {
	unsigned int n;
	struct {
		unsigned int id;
		char name[64];
	} at[ZI_MAX_MEMBERS];
};

static void note_members(const struct zi_wait *w, struct members *members)
{
	members->n = w->decision.n;
	for (unsigned int i = 0; i < members->n; i++) {
		const struct zi_device *dev = &w->devices.at[w->decision.member[i]];

		members->at[i].id = dev->id;
		strcpy(members->at[i].name, dev->name);
	}
}

/* Those that are still there stay in the decision, under their new index. */
static void keep_members(struct zi_wait *w, const struct members *members)
{
	struct zi_decision *out = &w->decision;

	out->n = 0;
	for (unsigned int i = 0; i < members->n; i++) {
		unsigned int k = 0;

		while (k < w->devices.n && w->devices.at[k].id != members->at[i].id)
			k++;
		if (k < w->devices.n)
			out->member[out->n++] = k;
		else
			zi_say(w->console, "%s of pool '%s' is gone", members->at[i].name,
			       out->pool_name);
	}
}

/* What the kernel has told, or all that is there. */
static int look_again(struct zi_wait *w, bool all)
{
	struct members members;
	int r;

	note_members(w, &members);
	r = all ? zi_devices_walk(&w->devices) : take_events(w);
	keep_members(w, &members);
	return r;
}

bool zi_wait_lost(struct zi_wait *w, unsigned int patience_ms)
{
	uint64_t now = zi_now_ms(), end = now + patience_ms;
	unsigned int had = w->decision.n;

	do {
		struct pollfd p = { .fd = w->events, .events = POLLIN };

		if (poll(&p, 1, (int)(end - now)) > 0 && look_again(w, false) < 0)
			return true;
		if (w->decision.n < had)
			return true;
		now = zi_now_ms();
	} while (now < end);
	return false;
}

int zi_wait_start(struct zi_wait *w, struct zb_diag *diag)
{
	int r;

	w->started = zi_now_ms();
	w->enough_since = w->lacking_since = 0;
	w->stirred = w->started;
	w->next_news = w->next_report = w->started + REPORT_FIRST_MS;
	w->decided_at = w->devices.changes - 1;
	r = look_again(w, true);
	if (r < 0)
		return zb_fail(diag, r, "/sys/class/block", ZB_DIAG_NO_OFFSET, "%s",
			       strerror(-r));
	return 0;
}

/* ---- reports ---- */

static void say_device(const struct zi_wait *w, const struct zi_device *dev)
{
	const struct zr_label *l;
	const char *why;

	if (dev->silent) {
		zi_say(w->console, "  %s: does not answer", dev->name);
		return;
	}
	if (dev->result < 0) {
		zi_say(w->console, "  %s: %s", dev->name, dev->diag.reason);
		return;
	}
	l = &dev->label->zr;
	why = zi_pool_objection(w->options, dev);
	if (l->pool_guid == 0)
		zi_say(w->console, "  %s: %s", dev->name, why);
	else if (w->options->pool && l->pool_guid != w->options->pool)
		zi_say(w->console, "  %s: %s, '%s' with GUID %" PRIu64, dev->name, why,
		       l->pool_name, l->pool_guid);
	else
		zi_say(w->console,
		       "  %s: pool '%s' with GUID %" PRIu64 ", vdev %" PRIu64 "%s%s",
		       dev->name, l->pool_name, l->pool_guid, l->vdev_guid,
		       why ? ": " : "", why ? why : "");
}

static void say_awaited(const struct zi_wait *w)
{
	const struct zi_options *o = w->options;
	unsigned int seconds = (unsigned int)((zi_now_ms() - w->started) / 1000);
	char what[320];

	if (w->lacking_since) {
		zi_say(w->console,
		       "the loader saw %" PRIu64
		       " disks that are alike; waiting %u s for "
		       "all of them, since only then the right one is known",
		       o->copies, COPIES_MS / 1000);
		return;
	}
	if (w->decision.verdict == ZI_ALL && w->decision.doubtful &&
	    w->zfs == ZI_ZFS_LOADED) {
		zi_say(w->console,
		       "waiting until no more disks come (%u s): %s may be a copy of the "
		       "one that was booted from",
		       seconds, w->devices.at[w->decision.member[0]].name);
		return;
	}
	if (w->decision.verdict == ZI_ALL) {
		zi_say(w->console, "waiting for the zfs module to load (%u s)", seconds);
		return;
	}
	if (o->pool)
		snprintf(what, sizeof(what), "the pool with GUID %" PRIu64, o->pool);
	else
		snprintf(what, sizeof(what), "a pool with the name '%.*s'",
			 (int)strcspn(o->root, "/"), o->root);
	zi_say(w->console, "waiting for %s (%u s)%s%s; Enter gives the menu", what,
	       seconds, w->decision.text[0] ? ": " : "", w->decision.text);
}

/* Whether there is something to tell: labels, an error, or that it does not answer. */
static bool is_news(const struct zi_device *dev)
{
	return dev->silent || (dev->probe == ZI_PROBE_DONE && dev->result != ZB_ENOENT);
}

void zi_wait_say_found(const struct zi_wait *w)
{
	unsigned int told = 0;

	for (unsigned int i = 0; i < w->devices.n; i++) {
		const struct zi_device *dev = &w->devices.at[i];

		if (!is_news(dev))
			continue;
		if (told++ == 0)
			zi_say(w->console, "found:");
		say_device(w, dev);
	}
	if (told == 0)
		zi_say(w->console, "found: %u block devices, none with a ZFS label",
		       w->devices.n);
	if (w->decision.text[0])
		zi_say(w->console, "%s", w->decision.text);
	if (w->decision.verdict == ZI_WAIT)
		zi_orphans_say(w->console);
}

static bool to_be_said(const struct zi_device *dev)
{
	return !dev->said && (dev->silent || dev->probe == ZI_PROBE_DONE);
}

static bool is_blank(const struct zi_device *dev)
{
	return to_be_said(dev) && !dev->silent && dev->result == ZB_ENOENT;
}

/* Hundreds of disks without a label would take seconds on a serial line: they share one. */
static void say_new(struct zi_wait *w)
{
	unsigned int blank = 0, first = 0;

	for (unsigned int i = w->devices.n; i > 0; i--)
		if (is_blank(&w->devices.at[i - 1])) {
			blank++;
			first = i - 1;
		}
	if (blank > MOST_BLANK)
		zi_say(w->console, "  %s and %u others: no ZFS label",
		       w->devices.at[first].name, blank - 1);
	for (unsigned int i = 0; i < w->devices.n; i++) {
		struct zi_device *dev = &w->devices.at[i];

		if (!to_be_said(dev))
			continue;
		if (blank <= MOST_BLANK || !is_blank(dev))
			say_device(w, dev);
		dev->said = true;
	}
}

static void report(struct zi_wait *w)
{
	uint64_t now = zi_now_ms();
	bool news = false;

	if (now < w->next_news)
		return;
	for (unsigned int i = 0; i < w->devices.n; i++)
		news |= to_be_said(&w->devices.at[i]);
	if (!news && now < w->next_report)
		return;
	say_new(w);
	say_awaited(w);
	/* Not in the first report: drivers are still being loaded. */
	if (now >= w->next_report && now >= w->started + REPORT_EVERY_MS)
		zi_orphans_say(w->console);
	w->next_news = now + REPORT_NEWS_MS;
	w->next_report = now + REPORT_EVERY_MS;
}

/* ---- the loop ---- */

static void take_children(struct zi_wait *w)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	while (read(w->signals, &info, sizeof(info)) > 0)
		;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		struct zb_diag diag;

		if (pid == w->zfs_pid)
			w->zfs = WIFEXITED(status) && WEXITSTATUS(status) == 0
					 ? ZI_ZFS_LOADED
					 : ZI_ZFS_FAILED;
		if (pid != w->drivers_pid)
			continue;
		zi_say(w->console,
		       "the process that loads drivers has died; starting it again");
		if (zi_drivers_start(&w->drivers_pid, &diag) < 0)
			zi_say_diag(w->console, &diag);
	}
}

static int poll_timeout(const struct zi_wait *w)
{
	uint64_t now = zi_now_ms(), next = w->next_report;

	for (unsigned int i = 0; i < w->devices.n; i++)
		if (to_be_said(&w->devices.at[i]) && w->next_news < next)
			next = w->next_news;
	if (zi_devices_due(&w->devices) < next)
		next = zi_devices_due(&w->devices);
	if (w->enough_since && w->enough_since + w->options->degraded_wait * 1000 < next)
		next = w->enough_since + w->options->degraded_wait * 1000;
	if (w->lacking_since && w->lacking_since + COPIES_MS < next)
		next = w->lacking_since + COPIES_MS;
	if (w->decision.doubtful && w->stirred + QUIET_MS < next)
		next = w->stirred + QUIET_MS;
	if (w->options->wait && w->started + w->options->wait * 1000 < next)
		next = w->started + w->options->wait * 1000;
	return next > now ? (int)(next - now) + 1 : POLL_LATE_MS;
}

/* A serial adapter was pulled out, say. Not too often: it may stay so. */
static void reopen_consoles(struct zi_wait *w)
{
	usleep(POLL_LATE_MS * 1000);
	zi_console_close(w->console);
	zi_console_open(w->console);
}

/* Sleeps until something happens, and takes it in. 1 if somebody typed a line. */
static int take_next(struct zi_wait *w, char *line, size_t size)
{
	unsigned int n = 2, base, devices = w->devices.n;
	struct pollfd *p = calloc(2 + ZI_CONSOLES + devices, sizeof(*p));
	bool typed = false, hung = false;
	int r = 0;

	if (!p)
		return ZB_ENOMEM;
	p[0] = (struct pollfd){ .fd = w->events, .events = POLLIN };
	p[1] = (struct pollfd){ .fd = w->signals, .events = POLLIN };
	for (unsigned int i = 0; i < w->console->n; i++)
		p[n++] = (struct pollfd){ .fd = w->console->at[i].fd, .events = POLLIN };
	base = n;
	for (unsigned int i = 0; i < devices; i++)
		p[n++] = (struct pollfd){ .fd = w->devices.at[i].probe == ZI_PROBE_RUNNING
							? w->devices.at[i].reader.fd
							: -1,
					  .events = POLLIN };
	poll(p, n, poll_timeout(w));
	for (unsigned int i = 0; i < devices; i++)
		if (p[base + i].revents)
			zi_devices_take(&w->devices, i);
	for (unsigned int i = 2; i < base; i++) {
		typed |= (p[i].revents & POLLIN) &&
			 zi_console_typed(w->console, line, size);
		hung |= (p[i].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
	}
	if (hung)
		reopen_consoles(w);
	if (p[1].revents)
		take_children(w);
	if (p[0].revents)
		r = look_again(w, false);
	free(p);
	return r < 0 ? r : typed;
}

/*
 * Whether what is there may be a copy, though it is all that the pool needs. 1 if not, 0 to
 * wait: all that the loader could not tell apart have to be there, to be told apart here; and
 * where it saw too little, no disk may be on its way.
 */
static int be_sure(struct zi_wait *w, struct zb_diag *diag)
{
	uint64_t now = zi_now_ms();

	if (w->copies < w->options->copies) {
		if (!w->lacking_since)
			w->lacking_since = now;
		if (now < w->lacking_since + COPIES_MS)
			return 0;
		w->lacking_since = 0;
		return zb_fail(
			diag, ZB_EEXIST, NULL, ZB_DIAG_NO_OFFSET,
			"the loader saw %" PRIu64
			" disks with the same GUIDs, and only %u came within %u s: "
			"nothing tells whether the one that was booted from is "
			"among them",
			w->options->copies, w->copies, COPIES_MS / 1000);
	}
	w->lacking_since = 0;
	return !w->decision.doubtful || now >= w->stirred + QUIET_MS;
}

static bool is_ready(const struct zi_wait *w)
{
	/* One that is still being read may tell of a newer state. */
	if (w->decision.verdict == ZI_ALL)
		return !zi_devices_busy(&w->devices);
	return w->enough_since &&
	       zi_now_ms() >= w->enough_since + w->options->degraded_wait * 1000;
}

/* 1 when the import can start. */
static int decide(struct zi_wait *w, struct zb_diag *diag)
{
	uint64_t now = zi_now_ms();

	if (w->decided_at != w->devices.changes) {
		w->decided_at = w->devices.changes;
		zi_pool_decide(&w->devices, w->options, &w->decision);
		if (w->decision.verdict == ZI_WAIT && w->decision.unseen &&
		    !zi_devices_busy(&w->devices) &&
		    zi_complete(&w->devices, &w->decision))
			zi_pool_judge_seen(&w->decision);
		if (w->decision.verdict != ZI_ENOUGH)
			w->enough_since = 0;
		else if (!w->enough_since)
			w->enough_since = now;
		if (w->decision.copies > w->copies)
			w->copies = w->decision.copies;
	}
	if (w->decision.verdict == ZI_CONFLICT && !zi_devices_busy(&w->devices))
		return zb_fail(diag, ZB_EEXIST, NULL, ZB_DIAG_NO_OFFSET, "%s",
			       w->decision.text);
	if (!is_ready(w)) {
		w->lacking_since = 0;
		return 0;
	}
	return be_sure(w, diag);
}

int zi_wait_pool(struct zi_wait *w, struct zb_diag *diag)
{
	char line[16];

	for (;;) {
		int ready = decide(w, diag), r;

		if (ready < 0)
			return ready;
		if (w->zfs == ZI_ZFS_FAILED)
			return zb_fail(
				diag, ZB_EIO, "zfs", ZB_DIAG_NO_OFFSET,
				"the kernel module cannot be loaded; dmesg says why");
		if (ready && w->zfs == ZI_ZFS_LOADED)
			return 0;
		if (w->options->wait &&
		    zi_now_ms() >= w->started + w->options->wait * 1000)
			return zb_fail(diag, ZB_ENODEV, "the pool", ZB_DIAG_NO_OFFSET,
				       "was not seen within zlive.wait=%" PRIu64
				       " seconds",
				       w->options->wait);
		zi_devices_start(&w->devices);
		report(w);
		r = take_next(w, line, sizeof(line));
		if (r < 0)
			return zb_fail(diag, r, "devices", ZB_DIAG_NO_OFFSET, "%s",
				       zb_error_text(r));
		if (r > 0)
			return zb_fail(diag, ZB_EINTR, NULL, ZB_DIAG_NO_OFFSET,
				       "interrupted by Enter");
	}
}

int zi_wait_line(struct zi_wait *w, bool for_pool, const char *prompt, char *buf,
		 size_t size)
{
	struct zb_diag diag;
	int r = 0;

	if (w->console->n == 0)
		for_pool = true;
	zi_console_write(w->console, prompt);
	while (r == 0) {
		if (for_pool && decide(w, &diag) == 1 && w->zfs == ZI_ZFS_LOADED) {
			zi_console_write(w->console, "\r\n");
			return 1;
		}
		zi_devices_start(&w->devices);
		r = take_next(w, buf, size);
	}
	return r < 0 ? r : 0;
}

void zi_wait_settle(struct zi_wait *w)
{
	char line[16];

	(void)!look_again(w, true);
	do {
		zi_devices_start(&w->devices);
	} while (zi_devices_busy(&w->devices) && take_next(w, line, sizeof(line)) == 0);
}
