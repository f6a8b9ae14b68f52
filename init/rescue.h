/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_INIT_RESCUE_H
#define ZLIVE_INIT_RESCUE_H

#include "init/console.h"

/*
 * A shell on every console, until the first of them is left. Says what happened before and
 * what leaving does. The consoles are opened anew afterwards: a terminal hangs up when the
 * shell that controls it ends.
 */
void zi_rescue(struct zi_console *c, const char *leaving);

#endif
