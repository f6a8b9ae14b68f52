/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_INIT_WATCH_H
#define ZLIVE_INIT_WATCH_H

#include "init/boot.h"
#include "init/returned.h"

/*
 * The process that stays of the ramdisk: waits for one of the pool's disks to be pulled out
 * and, when it is back, in any port and under any name, leads what waits for it there.
 *
 * It must need nothing of the pool, which stands still meanwhile: it is this static program,
 * its root is a tmpfs with the kernel's file systems in a mount namespace of its own, and all
 * its memory is locked. systemd's shutdown leaves processes alone whose name starts with '@'.
 */
#define ZI_WATCH_NAME "@zlive-watch"

/*
 * Starts it before the import, if anything stands in front of a disk of the decision: OpenZFS's
 * programs then wait in the kernel when the stick is pulled out, and go on when it is back.
 */
void zi_watch_start(struct zi_boot *b);

/* Until it has a world of its own: before, this one must not change. */
void zi_watch_await(struct zi_boot *b);

/* The import has failed, or is taken back. */
void zi_watch_stop(struct zi_boot *b);

/* That process. */
int zi_watch_main(int argc, char **argv);

/* ---- between its files ---- */

struct zi_watch {
	uint64_t pool;
	const char *pool_name;
	struct zi_member *members;
	unsigned int n;
	struct zi_devices devices; /* empty while nothing is away */
	int events;		   /* of zi_uevent_open() */
	int control;		   /* of zi_dm_open() */
	int kmsg;
	unsigned int considered; /* devices.changes then */
	uint64_t noted_at;	 /* ms: which groups are on the disks */
};

/* Where the block device NAME hangs, for people; empty if it is gone. */
void zi_watch_place(const char *name, char place[32]);

/* Takes what zi_watch_start() passed on. */
ZB_MUST_CHECK int zi_watch_parse(int argc, char **argv, struct zi_watch *w);

#endif
