/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_INIT_POOL_H
#define ZLIVE_INIT_POOL_H

#include "init/cmdline.h"
#include "init/devices.h"

enum zi_verdict {
	ZI_WAIT,     /* not enough devices yet */
	ZI_ALL,	     /* every device of the pool is there */
	ZI_ENOUGH,   /* some are missing, but the pool can do without */
	ZI_CONFLICT, /* two devices claim to be the same, nothing decides between them */
};

#define ZI_MAX_MEMBERS 256

struct zi_decision {
	enum zi_verdict verdict;
	uint64_t guid;		     /* of the pool; 0 while nothing of it was seen */
	char pool_name[ZR_NAME_MAX]; /* as the label says, for people */
	unsigned int member[ZI_MAX_MEMBERS]; /* indices of the devices to import from */
	unsigned int n;
	unsigned int copies; /* seen of what the loader could not tell apart; see there */
	bool doubtful;	     /* what the loader handed over does not say enough of it */
	unsigned int unseen; /* top-level vdevs that no label has told of */
	unsigned int lacking; /* disks of the others that are missing */
	bool enough;	      /* the others can do without these */
	char missing[256];    /* these by GUID, and where they were, for people */
	char text[512];	      /* what is missing, or which devices are in conflict */
	char note[512];	      /* of a device that does not count, though it claims to */
};

/*
 * What can be done with the devices seen so far. Identity is the pool's GUID alone; only
 * without zlive.pool= the pool's name, from root=ZFS=, has to do. Of several devices that
 * claim to be the same vdev it takes the one with zlive.part= if the claimed vdev is the one
 * that was booted from, else the one with more whole labels (a partition rather than the disk
 * whose end it reaches), else the one in the state that the loader saw (zlive.txg=), else the
 * one with the newer uberblock. A disk on another bus or of another size than the loader told
 * (zlive.bus=, zlive.size=) is a copy, whatever its labels say.
 */
void zi_pool_decide(const struct zi_devices *d, const struct zi_options *o,
		    struct zi_decision *ret_decision);

/*
 * Why a device whose labels were read does not count as one of the pool that is awaited, in
 * words that follow its name and a colon; NULL if it does.
 */
const char *zi_pool_objection(const struct zi_options *o, const struct zi_device *dev);

/* The verdict if what was seen is all that the pool has: unseen vdevs do not count. */
void zi_pool_judge_seen(struct zi_decision *decision);

#endif
