/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_INIT_MEMCOPY_H
#define ZLIVE_INIT_MEMCOPY_H

#include "init/console.h"
#include "init/loop.h"
#include "init/pool.h"

/*
 * The work of zi_toram_copy(), for a child: it reads what a medium holds, and forgets what it has
 * opened and allocated when it ends. name[i] becomes the loop device with the copy of member i
 * of the decision; after an error there are none.
 */
ZB_MUST_CHECK int zi_memcopy(const struct zi_console *c, const struct zi_devices *d,
			     const struct zi_decision *decision, bool whole,
			     char (*name)[ZI_LOOP_NAME], struct zb_diag *diag);

#endif
