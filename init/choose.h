/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_INIT_CHOOSE_H
#define ZLIVE_INIT_CHOOSE_H

#include "init/boot.h"

/*
 * Lets somebody choose among the boot environments of the pool, if it is imported, and the
 * other pools that were found. True, with the options changed, if one was chosen.
 */
bool zi_choose(struct zi_boot *b);

#endif
