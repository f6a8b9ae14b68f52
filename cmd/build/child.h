/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_BUILD_CHILD_H
#define ZLIVE_BUILD_CHILD_H

#include "host/interrupt.h"

/*
 * Runs a program and waits. It gets the signals that intr holds back, and is told to end
 * when one comes. `what` names what to install if there is no such program.
 */
ZB_MUST_CHECK int child_run(const char *const argv[], const struct zh_interrupt *intr,
			    const char *what, struct zb_diag *diag);

#endif
