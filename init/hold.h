/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_INIT_HOLD_H
#define ZLIVE_INIT_HOLD_H

#include "init/console.h"
#include "init/pool.h"

/*
 * A stick may be pulled out while the system runs. Errors that OpenZFS is told of then do not
 * let it go on reliably (docs/BOOT-FLOW.md), so it is not told: a device of the device mapper
 * stands in front of each of the pool's disks that can be pulled out, and what happens to them
 * is init/watch.c's business.
 *
 * They are called "zlive-" and the vdev's GUID; OpenZFS is given /dev/mapper/zlive-GUID.
 */
#define ZI_HOLD_PREFIX "zlive-"

/* The kernel module that it takes; it needs the others. */
#define ZI_HOLD_MODULE "dm_round_robin"

/* It hangs on USB, or in a card reader. */
bool zi_hold_pullable(const char *name);
bool zi_hold_on_usb(const char *name);

/* Whether the block device NAME is one of ours, "dm-0" say. */
bool zi_hold_is_ours(const char *name);

/* The names of the mapper's device, and of its link below /dev, for a vdev. */
void zi_hold_name(uint64_t vdev, char name[48]);
void zi_hold_path(uint64_t vdev, char path[64]);

/*
 * Puts one in front of each disk of the decision that can be pulled out. It passes errors on
 * until init/watch.c is there: a disk that goes away during the import is awaited anew. A kernel
 * that cannot is no failure: the boot goes on without, and the console says so.
 */
void zi_hold_start(const struct zi_console *c, const struct zi_devices *d,
		   const struct zi_decision *decision);

/* Takes all of them away again; those that are in use stay. */
void zi_hold_stop(void);

/* Leads a vdev's device to the block device NAME; waits: what fails there waits. */
ZB_MUST_CHECK int zi_hold_lead(int control, uint64_t vdev, const char *name,
			       uint64_t sectors, bool waits, struct zb_diag *diag);

/* A line of what /sys says of the block device NAME; empty if it is gone. */
void zi_hold_attribute(const char *name, const char *what, char *line, size_t size);

/* Sectors of 512 bytes of the block device NAME; 0 if it is gone. */
uint64_t zi_hold_sectors(const char *name);

#endif
