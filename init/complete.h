/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_INIT_COMPLETE_H
#define ZLIVE_INIT_COMPLETE_H

#include "init/pool.h"

/*
 * Whether the devices of a decision are all that their pool needs, by what the pool itself
 * says: labels name the number of top-level vdevs only, and some of these may have been removed
 * (zpool remove), which no label tells. Reads, in a child with a time limit, and writes nothing.
 */
bool zi_complete(const struct zi_devices *d, const struct zi_decision *decision);

#endif
