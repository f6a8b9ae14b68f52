/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_INIT_DRIVERS_H
#define ZLIVE_INIT_DRIVERS_H

#include <sys/types.h>
#include "base/diag.h"
#include "init/modules.h"

/* The modules of the running kernel, from the places where the ramdisk has them. */
ZB_MUST_CHECK int zi_drivers_open_modules(struct zi_modules *m, struct zb_diag *diag);

/*
 * A process that loads drivers: for every device that is there, then for every one that the
 * kernel announces, until it is killed. A driver whose start hangs blocks nothing else. For a
 * stick the module that stands in front of it, too: see init/hold.h.
 */
ZB_MUST_CHECK int zi_drivers_start(pid_t *ret_pid, struct zb_diag *diag);

/* A process that loads one module and exits with 0 if that went well. */
ZB_MUST_CHECK int zi_drivers_start_module(const char *name, pid_t *ret_pid,
					  struct zb_diag *diag);

/* Both; the lists of modules, which take a while to read, are read once. */
ZB_MUST_CHECK int zi_drivers_start_with(const char *name, pid_t *ret_module_pid,
					pid_t *ret_drivers_pid, struct zb_diag *diag);

/* What /init does when the kernel or libzfs calls it by the name modprobe. Exit status. */
int zi_drivers_modprobe(int argc, char **argv);

#endif
