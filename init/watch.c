/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "init/dm.h"
#include "init/file.h"
#include "init/hold.h"
#include "init/watch.h"
#include "init/zfs_ioctl.h"

#ifndef PR_SET_IO_FLUSHER
#define PR_SET_IO_FLUSHER 57
#endif

#define LOOK_MS                                                                          \
	1000 /* after an error, until the kernel may have noticed that it is gone */
#define AGAIN_MS   5000 /* between looks at a disk that is there and does not answer */
#define TRIES	   3 /* of what fails on a disk that answers, before the error counts */
#define FORGET_MS  60000 /* after which an error is the first one again */
#define LENIENT_MS 10000 /* at most so long errors of a disk that answers are passed on */
#define TICK_MS	   500
#define NOTE_MS	   240000

/* To the kernel's log: so to the consoles at once, and to the journal when it can be written. */
static void say(const struct zi_watch *w, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
static void say(const struct zi_watch *w, const char *fmt, ...)
{
	char text[900];
	int n = snprintf(text, sizeof(text), "<3>zlive: pool '%s': ", w->pool_name);
	va_list ap;

	va_start(ap, fmt);
	n += vsnprintf(text + n, sizeof(text) - (size_t)n - 1, fmt, ap);
	va_end(ap);
	if (n > (int)sizeof(text) - 2)
		n = sizeof(text) - 2;
	text[n++] = '\n';
	(void)!write(w->kmsg, text, (size_t)n);
}

/* "sda2 (usb 2-1)" */
static const char *where(const char *name, const char *place, char buf[112])
{
	snprintf(buf, 112, place[0] ? "%s (%s)" : "%s", name, place);
	return buf;
}

static void message(struct zi_watch *w, const struct zi_member *m, const char *text)
{
	struct zb_diag diag;
	char hold[48];

	zi_hold_name(m->vdev, hold);
	if (zi_dm_message(w->control, hold, text, &diag) < 0)
		say(w, "%s: %s", diag.object, diag.reason);
}

/* Calls that wait for the pool, in a process that may wait. */
static void order(const struct zi_watch *w, const struct zi_member *m, bool clear)
{
	struct zb_diag diag;

	if (fork() != 0)
		return;
	if ((clear ? zi_zfs_clear(w->pool_name, m->vdev, &diag)
		   : zi_zfs_scrub(w->pool_name, &diag)) < 0)
		say(w, "%s", diag.reason);
	_exit(0);
}

static unsigned int n_away(const struct zi_watch *w)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < w->n; i++)
		n += w->members[i].away;
	return n;
}

/* ---- it goes ---- */

/* A pool that is imported read-only has no list: it is as it was found. */
static void note_groups(const struct zi_watch *w, struct zi_member *m)
{
	uint64_t synced, writing;
	char path[ZR_NAME_MAX + 64], *text;

	snprintf(path, sizeof(path), "/proc/spl/kstat/zfs/%s/txgs", w->pool_name);
	if (zi_file_read(path, &text) < 0)
		return;
	if (zi_returned_groups(text, &synced, &writing)) {
		m->oldest = synced > m->oldest ? synced : m->oldest;
		m->newest = writing > m->oldest ? writing : m->oldest;
		m->written = true;
	}
	free(text);
}

/* OpenZFS's list holds but the last groups (zfs_txg_history); more than a few minutes of them. */
static void note_all(struct zi_watch *w)
{
	uint64_t now = zi_now_ms();

	if (now < w->noted_at + NOTE_MS)
		return;
	w->noted_at = now;
	for (unsigned int i = 0; i < w->n; i++)
		if (!w->members[i].away)
			note_groups(w, &w->members[i]);
}

static void lost(struct zi_watch *w, struct zi_member *m, const char *how)
{
	char buf[112];

	if (m->away || !m->held)
		return;
	if (m->strict_at)
		message(w, m, "queue_if_no_path");
	m->away = true;
	m->judged = m->passed_on = m->looking = false;
	m->look_at = m->strict_at = 0;
	m->since = zi_now_ms();
	note_groups(w, m);
	say(w, "%s, vdev %" PRIu64 ", %s", where(m->name, m->place, buf), m->vdev, how);
	w->considered = UINT_MAX;
	/* Whether the others are enough, their labels tell. */
	if (zi_devices_walk(&w->devices) < 0)
		say(w, "the other disks cannot be looked at");
}

static bool in_use(const struct zi_watch *w, const char *name)
{
	for (unsigned int i = 0; i < w->n; i++)
		if (!w->members[i].away && strcmp(w->members[i].name, name) == 0)
			return true;
	return false;
}

/* Whether the pool can do without what is away. */
static bool others_suffice(const struct zi_watch *w)
{
	const struct zi_options options = { .pool = w->pool };
	struct zi_devices present = { 0 };
	static struct zi_decision decision;

	present.at = calloc(w->devices.n + 1, sizeof(*present.at));
	if (!present.at)
		return false;
	for (unsigned int i = 0; i < w->devices.n; i++)
		if (in_use(w, w->devices.at[i].name))
			present.at[present.n++] = w->devices.at[i];
	zi_pool_decide(&present, &options, &decision);
	free(present.at);
	return decision.verdict == ZI_ENOUGH || decision.verdict == ZI_ALL;
}

static void judge(struct zi_watch *w, struct zi_member *m)
{
	m->judged = true;
	m->passed_on = others_suffice(w);
	if (m->passed_on) {
		message(w, m, "fail_if_no_path");
		say(w, "goes on without %s, until it is put back", m->name);
	} else {
		say(w,
		    "cannot go on without %s: all that needs it waits. Put it back, "
		    "into any port",
		    m->name);
	}
}

/* ---- it comes back ---- */

static void take_back(struct zi_watch *w, struct zi_member *m,
		      const struct zi_device *dev)
{
	unsigned int seconds = (unsigned int)((zi_now_ms() - m->since + 500) / 1000);
	char place[32], before[112], now[112];
	struct zb_diag diag;

	if (zi_hold_lead(w->control, m->vdev, dev->name, m->sectors, true, &diag) < 0) {
		say(w, "%s: %s", dev->name, diag.reason);
		return;
	}
	zi_watch_place(dev->name, place);
	say(w, "vdev %" PRIu64 " is back after %u s: %s, which was %s", m->vdev, seconds,
	    where(dev->name, place, now), where(m->name, m->place, before));
	memcpy(m->name, dev->name, sizeof(m->name));
	memcpy(m->place, place, sizeof(m->place));
	m->away = false;
	/* Reads what it lacks from the others; or else all is read once, to see that it is whole. */
	if (m->passed_on || m->written)
		order(w, m, m->passed_on);
}

static void look_for(struct zi_watch *w, struct zi_member *m)
{
	struct zi_device *found = NULL;
	char why[256], buf[112];
	unsigned int n = 0;

	for (unsigned int i = 0; i < w->devices.n; i++) {
		struct zi_device *dev = &w->devices.at[i];
		enum zi_returned r;

		if (in_use(w, dev->name))
			continue;
		r = zi_returned_judge(m, w->pool, dev, zi_hold_sectors(dev->name), why,
				      sizeof(why));
		if (r == ZI_RETURNED_REFUSED && !dev->said) {
			dev->said = true;
			say(w, "%s claims to be %s, but is not used: %s", dev->name,
			    where(m->name, m->place, buf), why);
		}
		if (r != ZI_RETURNED_IT)
			continue;
		n++;
		if (found && !dev->said)
			say(w,
			    "%s and %s are copies of one another: none is used until one "
			    "is removed",
			    found->name, dev->name);
		dev->said |= found != NULL;
		found = dev;
	}
	if (n == 1)
		take_back(w, m, found);
}

/* ---- errors of a disk that is there ---- */

static void look_again(struct zi_watch *w, const char *name)
{
	const struct zi_uevent e = { .action = "change",
				     .subsystem = "block",
				     .devname = name };

	if (zi_devices_event(&w->devices, &e) < 0)
		say(w, "%s cannot be looked at", name);
}

static void reinstate(struct zi_watch *w, const struct zi_member *m)
{
	char numbers[32], text[64];

	zi_hold_attribute(m->name, "dev", numbers, sizeof(numbers));
	snprintf(text, sizeof(text), "reinstate_path %s", numbers);
	if (numbers[0])
		message(w, m, text);
}

/*
 * A path that has failed stays so until it is reinstated; what waits is then tried once more.
 * If a request fails again and again though the disk answers, its error is OpenZFS's business:
 * until the next one, errors are passed on. Bad sectors that the disk reports as such never
 * come here: the mapper passes them on at once.
 */
static void try_again(struct zi_watch *w, struct zi_member *m, bool lenient)
{
	if (lenient)
		message(w, m, "fail_if_no_path");
	reinstate(w, m);
	if (!lenient && m->strict_at)
		message(w, m, "queue_if_no_path");
	m->strict_at = lenient ? zi_now_ms() + LENIENT_MS : 0;
}

static void say_failing(struct zi_watch *w, struct zi_member *m, uint64_t now)
{
	char buf[112];

	if (!m->told_at || now > m->told_at + FORGET_MS)
		say(w,
		    "%s, vdev %" PRIu64
		    ", answers, but does not do what it is told after %d tries: OpenZFS is "
		    "told of its errors",
		    where(m->name, m->place, buf), m->vdev, TRIES);
	m->told_at = now;
}

static const struct zi_device *device_of(const struct zi_watch *w, const char *name)
{
	for (unsigned int i = 0; i < w->devices.n; i++)
		if (strcmp(w->devices.at[i].name, name) == 0)
			return &w->devices.at[i];
	return NULL;
}

static void look_at_member(struct zi_watch *w, struct zi_member *m, uint64_t now)
{
	const struct zi_device *dev;

	if (m->strict_at && now >= m->strict_at)
		try_again(w, m, false);
	if (m->look_at && now >= m->look_at) {
		m->look_at = m->away ? now + AGAIN_MS : 0;
		m->looking = !m->away;
		look_again(w, m->name);
	}
	dev = m->looking ? device_of(w, m->name) : NULL;
	if (!dev || (dev->probe != ZI_PROBE_DONE && !dev->silent))
		return;
	m->looking = false;
	if (dev->probe == ZI_PROBE_DONE && dev->label) {
		try_again(w, m, ++m->errors > TRIES);
		if (m->strict_at) {
			m->errors = 0;
			say_failing(w, m, now);
		}
		return;
	}
	lost(w, m, "does not answer any more");
	m->look_at = now + AGAIN_MS;
}

/* ---- the loop ---- */

static void consider(struct zi_watch *w)
{
	uint64_t now = zi_now_ms();

	for (unsigned int i = 0; i < w->n; i++)
		look_at_member(w, &w->members[i], now);
	if (zi_devices_busy(&w->devices) || w->considered == w->devices.changes)
		return;
	w->considered = w->devices.changes;
	for (unsigned int i = 0; i < w->n; i++)
		if (w->members[i].away && !w->members[i].judged)
			judge(w, &w->members[i]);
	for (unsigned int i = 0; i < w->n; i++)
		if (w->members[i].away)
			look_for(w, &w->members[i]);
}

static void path_failed(struct zi_watch *w, const char *devname)
{
	char name[64], hold[48];
	uint64_t now = zi_now_ms();

	zi_hold_attribute(devname, "dm/name", name, sizeof(name));
	for (unsigned int i = 0; i < w->n; i++) {
		struct zi_member *m = &w->members[i];

		zi_hold_name(m->vdev, hold);
		if (strcmp(name, hold) != 0 || m->away)
			continue;
		if (m->strict_at) {
			try_again(w, m, false);
			continue;
		}
		if (now > m->error_at + FORGET_MS)
			m->errors = 0;
		m->error_at = now;
		if (!m->look_at)
			m->look_at = now + LOOK_MS;
	}
}

static void event(struct zi_watch *w, const struct zi_uevent *e)
{
	if (!e->subsystem || strcmp(e->subsystem, "block") != 0 || !e->devname)
		return;
	if (e->dm_action && strcmp(e->dm_action, "PATH_FAILED") == 0)
		path_failed(w, e->devname);
	for (unsigned int i = 0; i < w->n; i++)
		if (strcmp(e->action, "remove") == 0 &&
		    strcmp(e->devname, w->members[i].name) == 0)
			lost(w, &w->members[i], "was pulled out");
	if (n_away(w) && zi_devices_event(&w->devices, e) < 0)
		say(w, "%s cannot be looked at", e->devname);
}

/* From now on what fails waits, and what has failed since the import is tried again. */
static void begin(struct zi_watch *w)
{
	for (unsigned int i = 0; i < w->n; i++) {
		if (!w->members[i].held)
			continue;
		message(w, &w->members[i], "queue_if_no_path");
		reinstate(w, &w->members[i]);
	}
}

/* Events were lost: whatever is not in /sys any more was pulled out. */
static void look_at_all(struct zi_watch *w)
{
	for (unsigned int i = 0; i < w->n; i++)
		if (zi_hold_sectors(w->members[i].name) == 0)
			lost(w, &w->members[i], "was pulled out");
	if (n_away(w) && zi_devices_walk(&w->devices) < 0)
		say(w, "the disks cannot be looked at");
}

static void take_events(struct zi_watch *w)
{
	static char buf[8192];
	struct zi_uevent e;
	int r;

	while ((r = zi_uevent_receive(w->events, buf, sizeof(buf), &e)) != 0) {
		if (r < 0)
			look_at_all(w);
		else
			event(w, &e);
	}
}

static bool waits_for_time(const struct zi_watch *w)
{
	for (unsigned int i = 0; i < w->n; i++)
		if (w->members[i].away || w->members[i].look_at ||
		    w->members[i].strict_at || w->members[i].looking)
			return true;
	return false;
}

/* Sleeps until there is something to do: with all disks there, nothing but events. */
static void turn(struct zi_watch *w)
{
	static struct pollfd fds[1 + 4096];
	static unsigned int index[1 + 4096];
	bool active = waits_for_time(w);
	nfds_t n = 1;

	if (!active && (w->devices.n || w->devices.readers.n)) {
		zi_devices_done(&w->devices);
		w->considered = UINT_MAX;
	}
	zi_devices_start(&w->devices);
	fds[0] = (struct pollfd){ .fd = w->events, .events = POLLIN };
	for (unsigned int i = 0; i < w->devices.n && n < 4096; i++) {
		if (w->devices.at[i].probe != ZI_PROBE_RUNNING)
			continue;
		index[n] = i;
		fds[n++] = (struct pollfd){ .fd = w->devices.at[i].reader.fd,
					    .events = POLLIN };
	}
	if (poll(fds, n, active ? TICK_MS : NOTE_MS) > 0)
		for (nfds_t i = 1; i < n; i++)
			if (fds[i].revents)
				zi_devices_take(&w->devices, index[i]);
	take_events(w);
	note_all(w);
	consider(w);
}

/* Nothing that memory pressure or a shutdown does may stop it. */
static void settle_down(void)
{
	sigset_t all;
	int null = open("/dev/null", O_RDWR);

	for (int fd = 0; fd < 3 && null >= 0; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	signal(SIGCHLD, SIG_IGN); /* nobody waits for its children */
	prctl(PR_SET_NAME, "zlive-watch");
	prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0);
	(void)!zi_file_write("/proc/self/oom_score_adj", "-1000");
	mlockall(MCL_CURRENT | MCL_FUTURE);
}

int zi_watch_main(int argc, char **argv)
{
	static struct zi_watch w;
	struct zb_diag diag;

	w.kmsg = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	if (zi_watch_parse(argc, argv, &w) < 0 || zi_uevent_open(&w.events, &diag) < 0 ||
	    zi_dm_open(&w.control, &diag) < 0)
		return 1;
	settle_down();
	begin(&w);
	look_at_all(&w);
	for (;;)
		turn(&w);
}
