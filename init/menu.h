/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_INIT_MENU_H
#define ZLIVE_INIT_MENU_H

#include "init/boot.h"

/*
 * What failed, in plain words, what was found, and what can be done about it, on every
 * console. Returns when the boot is to be tried again, with the options changed as somebody
 * has chosen: another pool or boot environment, read-only, a rewind. Where that needs it, what
 * was mounted is unmounted and the pool exported.
 */
void zi_menu(struct zi_boot *b, const struct zb_diag *why);

#endif
