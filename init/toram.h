/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_INIT_TORAM_H
#define ZLIVE_INIT_TORAM_H

#include "init/console.h"
#include "init/pool.h"

/*
 * zlive.mode=toram: the pool's devices are copied into memory, and the pool is imported from
 * there, so that the stick can be pulled out. The copies' labels equal the stick's. They are never
 * mixed up: /init passes over loop devices when it looks for pools, and imports a pool from
 * the devices only that it names.
 */
struct zi_toram {
	struct zi_devices devices; /* the copies; they have no labels of their own */
	struct zi_decision
		decision; /* to import exactly these; n is 0 if there are none */
};

/*
 * Copies the devices of a decision, and verifies the copy. Of simple disks, mirrors and
 * raidz only what is in use is copied, unless whole is set. ZB_ENOSPC, with the sizes, if it would leave
 * the system too little memory. A copy from before is given up.
 */
ZB_MUST_CHECK int zi_toram_copy(struct zi_toram *ram, const struct zi_console *c,
				const struct zi_devices *d,
				const struct zi_decision *decision, bool whole,
				struct zb_diag *diag);

/* Gives the memory back; the pool is not imported from it any more. */
void zi_toram_drop(struct zi_toram *ram);

#endif
