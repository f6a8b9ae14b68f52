/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_INIT_RETURNED_H
#define ZLIVE_INIT_RETURNED_H

#include "init/devices.h"

/* A disk of the running pool, and what has to be known to recognise it when it comes back. */
struct zi_member {
	uint64_t vdev;
	char part[40];	/* GPT partition GUID; empty if it is no partition */
	char name[64];	/* where it is, or was last: below /dev */
	char place[32]; /* for people: "usb 2-1.3" */
	uint64_t sectors;
	bool held; /* something stands in front of it (init/hold.h) */

	bool away;
	bool judged;	/* whether the pool can do without it */
	bool passed_on; /* it can: its errors are passed on to OpenZFS */
	uint64_t since; /* ms: when it went away */
	/* Its newest uberblock is of one of these groups, unless somebody wrote to it since. */
	uint64_t oldest, newest;
	bool written; /* something was, since the import */

	/* While it is there: when to look at it after an error, to stop passing errors on. */
	uint64_t look_at, strict_at;
	bool looking;
	unsigned int errors; /* since it was told of none for a while */
	uint64_t error_at;
	uint64_t told_at; /* that it fails though it answers; 0: not yet */
};

enum zi_returned {
	ZI_RETURNED_OTHER,   /* nothing of that disk */
	ZI_RETURNED_REFUSED, /* claims to be that disk, but must not be used as such */
	ZI_RETURNED_IT,
};

/*
 * Whether a device whose labels have been read is that disk, unchanged since it went away; if
 * it is refused, why. sectors: its size.
 */
enum zi_returned zi_returned_judge(const struct zi_member *m, uint64_t pool,
				   const struct zi_device *dev, uint64_t sectors,
				   char *why, size_t size);

/*
 * From OpenZFS's list of transaction groups (/proc/spl/kstat/zfs/POOL/txgs): the newest that is
 * on the disks, or 0 if it is none of these; and the newest that may be, wholly or partly. The
 * first one after an import is written without being listed. False if there is none yet.
 */
bool zi_returned_groups(const char *txgs, uint64_t *ret_synced, uint64_t *ret_writing);

/* Where a device hangs, from its path in sysfs; empty if that says nothing to people. */
void zi_returned_place(const char *devpath, char place[32]);

#endif
