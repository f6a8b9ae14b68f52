/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_INIT_DEVICES_H
#define ZLIVE_INIT_DEVICES_H

#include "init/readers.h"
#include "init/uevent.h"

enum zi_probe {
	ZI_PROBE_NEW,	  /* to be read */
	ZI_PROBE_RUNNING, /* a child reads its labels */
	ZI_PROBE_DONE,
};

/* A block device, whole or partition, and what its labels say. */
struct zi_device {
	char name[64];	  /* below /dev */
	unsigned int id;  /* another one under the same name has another */
	bool partitioned; /* a disk with partitions */
	enum zi_probe probe;
	bool again;		 /* it changed while it was read */
	uint64_t since;		 /* ms: when reading began */
	bool silent;		 /* and it has not answered for a while */
	struct zi_reader reader; /* while it is being read */
	bool said;		 /* on the console */
	int result;		 /* of zi_label_read() */
	struct zb_diag diag;
	struct zi_label *label; /* if result is 0 */
};

struct zi_devices {
	struct zi_device *at;
	unsigned int n, room;
	unsigned int added;   /* the last id */
	unsigned int changes; /* counts everything that may alter a decision */
	struct zi_readers readers;
};

void zi_devices_done(struct zi_devices *d);

/* A kernel event; those of other subsystems are ignored. */
ZB_MUST_CHECK int zi_devices_event(struct zi_devices *d, const struct zi_uevent *e);

/* All that are there now, from sysfs; new ones are added, vanished ones dropped. */
ZB_MUST_CHECK int zi_devices_walk(struct zi_devices *d);

/* Forgets what was read, so that everything is read again. */
void zi_devices_refresh(struct zi_devices *d);

/*
 * Each disk is read by a child, which takes one disk after the other. Starts as many for new
 * devices as is reasonable; one whose disk does not answer is not counted any more.
 */
void zi_devices_start(struct zi_devices *d);

/* When to do so again, if nothing happens before; UINT64_MAX: never. */
uint64_t zi_devices_due(const struct zi_devices *d);

/* Takes what the reader of device i has to tell, whose fd is readable. */
void zi_devices_take(struct zi_devices *d, unsigned int i);

/* A stick's switch, a card's notch: the kernel lets nobody write to the device. */
bool zi_devices_protected(const struct zi_device *dev);

/* Whether a disk only shows the labels at the end of its last partition, which lie so. */
bool zi_devices_shows_partition(const struct zi_device *dev);

/*
 * Whether labels are still to be read. A device that does not answer for a while is not
 * waited for any longer, though its answer is welcome when it comes.
 */
bool zi_devices_busy(const struct zi_devices *d);

/* How many milliseconds after `since` a device counts as silent. */
#define ZI_SILENT_MS 5000

/* The monotonic clock. */
uint64_t zi_now_ms(void);

#endif
