/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_INIT_WAIT_H
#define ZLIVE_INIT_WAIT_H

#include "init/console.h"
#include "init/pool.h"

enum zi_zfs {
	ZI_ZFS_LOADING,
	ZI_ZFS_LOADED,
	ZI_ZFS_FAILED,
};

/* All that the waiting knows; it goes on where it was after a visit to the menu. */
struct zi_wait {
	struct zi_console *console;
	const struct zi_options *options;
	struct zi_devices devices;
	int events;  /* of zi_uevent_open() */
	int signals; /* a signalfd for SIGCHLD */
	pid_t zfs_pid, drivers_pid;
	enum zi_zfs zfs;
	uint64_t started; /* ms */
	uint64_t
		enough_since; /* when the pool could first be imported degraded; 0: cannot */
	uint64_t
		stirred; /* when the kernel last told of a disk, or of what may have one */
	uint64_t lacking_since; /* when only copies lacked that the loader saw; 0: else */
	unsigned int copies;	/* the most of them that were there at once */
	uint64_t next_news, next_report;
	unsigned int decided_at; /* devices.changes of the decision */
	struct zi_decision decision;
};

/* Starts the clock, looks at the devices that are there. */
ZB_MUST_CHECK int zi_wait_start(struct zi_wait *w, struct zb_diag *diag);

/*
 * Until the pool can be imported and zfs is loaded; w->decision has the devices. ZB_EINTR if
 * somebody pressed Enter, ZB_ENODEV when zlive.wait is over, ZB_EEXIST for doubles that
 * nothing decides between, ZB_EIO if zfs cannot be loaded.
 */
ZB_MUST_CHECK int zi_wait_pool(struct zi_wait *w, struct zb_diag *diag);

/*
 * Whether a device of the decision has gone, up to so many milliseconds from now, though
 * another may have come under its name; says so. If none has, the decision still holds.
 */
bool zi_wait_lost(struct zi_wait *w, unsigned int patience_ms);

/*
 * Asks on every console for a line, while devices go on being looked at. 0 with the line in
 * buf; 1, if for_pool, as soon as the pool can be imported; or a negative error.
 */
ZB_MUST_CHECK int zi_wait_line(struct zi_wait *w, bool for_pool, const char *prompt,
			       char *buf, size_t size);

/* Until the labels of all devices that are there now have been read, or somebody types. */
void zi_wait_settle(struct zi_wait *w);

/* What was found so far, a line for each device with a label or with an error. */
void zi_wait_say_found(const struct zi_wait *w);

#endif
