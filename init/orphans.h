/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_INIT_ORPHANS_H
#define ZLIVE_INIT_ORPHANS_H

#include "init/console.h"

/*
 * Names the controllers of this machine (for disks and cards, USB, FireWire) that no driver
 * serves: a stick behind one of them is never seen, and nothing else would tell why.
 */
void zi_orphans_say(const struct zi_console *c);

/* What a PCI class code (24 bits, as sysfs has it) says it is; NULL: nothing of that kind. */
const char *zi_orphans_kind(unsigned int pci_class);

#endif
