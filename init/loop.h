/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_INIT_LOOP_H
#define ZLIVE_INIT_LOOP_H

#include "base/diag.h"

#define ZI_LOOP_NAME 16

/* Makes a file a block device that cannot be written to; it keeps the file. "loop0" to name. */
ZB_MUST_CHECK int zi_loop_attach(int fd, char name[ZI_LOOP_NAME], struct zb_diag *diag);

/* Lets go of the file, as soon as nothing uses the device. */
void zi_loop_detach(const char *name);

#endif
