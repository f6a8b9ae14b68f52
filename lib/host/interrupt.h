/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZH_INTERRUPT_H
#define ZH_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>
#include "base/diag.h"

/*
 * Ctrl-C, SIGTERM and SIGHUP while something half-made must not be left behind: they are
 * held back and asked for between steps. What was held back is delivered by _done(), so
 * the process then ends by the signal, as its parent expects. Threads that start in
 * between inherit this.
 */
struct zh_interrupt {
	int fd;
	sigset_t old;
};

ZB_MUST_CHECK int zh_interrupt_init(struct zh_interrupt *intr, struct zb_diag *diag);
void zh_interrupt_done(struct zh_interrupt *intr);

/* True from the first such signal on. intr may be NULL: never. Any thread may ask. */
bool zh_interrupt_pending(const struct zh_interrupt *intr);

/* Waits until fd can be read: 0, or ZB_EINTR on a signal, with diag filled. */
ZB_MUST_CHECK int zh_interrupt_wait_readable(const struct zh_interrupt *intr, int fd,
					     struct zb_diag *diag);

int zh_interrupt_fail(struct zb_diag *diag);

#endif
