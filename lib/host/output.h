/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZH_OUTPUT_H
#define ZH_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include "base/diag.h"

/*
 * Bytes to a file descriptor, written at once or by a thread of its own while the caller makes the
 * next ones. The first error stops the writing and comes back from every later call.
 */
struct zh_output;

/*
 * name is for messages and must stay. holes: skip ranges of zeros where fd is a regular file
 * that can have holes there. NULL when there is no memory.
 */
struct zh_output *zh_output_create(int fd, const char *name, bool holes);

/*
 * Hands over len bytes, `skip` bytes of zeros before them. They are the writer's until the next
 * call of put or wait returns.
 */
ZB_MUST_CHECK int zh_output_put(struct zh_output *out, uint64_t skip, const void *buf,
				size_t len, struct zb_diag *diag);

/* The same on the caller's thread: all is written when it returns. */
ZB_MUST_CHECK int zh_output_write(struct zh_output *out, uint64_t skip, const void *buf,
				  size_t len, struct zb_diag *diag);

/* Waits until all is written. */
ZB_MUST_CHECK int zh_output_wait(struct zh_output *out, struct zb_diag *diag);

/* Gives a file that ends in zeros that were skipped its length. All must be written. */
ZB_MUST_CHECK int zh_output_finish(struct zh_output *out, struct zb_diag *diag);

void zh_output_destroy(struct zh_output *out); /* accepts NULL; waits */

#endif
