/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_INIT_UNDO_H
#define ZLIVE_INIT_UNDO_H

#include "init/boot.h"

enum zi_undo {
	ZI_UNDO_MOUNT,	/* nothing is left mounted below /sysroot */
	ZI_UNDO_IMPORT, /* and the pool is exported */
};

/* Takes back what a boot has done so far; what cannot be taken back is told. */
void zi_undo(struct zi_boot *b, enum zi_undo how_much);

#endif
