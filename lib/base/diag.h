/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZB_DIAG_H
#define ZB_DIAG_H

#include <stdint.h>
#include "base/error.h"

#define ZB_DIAG_NO_OFFSET UINT64_MAX

/*
 * What failed, for a person. Libraries neither print nor exit: they fill the caller's diag and
 * return its error. object names the thing (a device, dataset, path), offset is the byte in it
 * or ZB_DIAG_NO_OFFSET, reason says why in plain words.
 */
struct zb_diag {
	int error;
	uint64_t offset;
	char object[256];
	char reason[256];
};

/*
 * Fills diag, which may be NULL, and returns error, so that a failing function can end with
 * `return zb_fail(diag, ZB_EIO, name, off, "...")`. object may be NULL; texts are cut to fit.
 */
int zb_fail(struct zb_diag *diag, int error, const char *object, uint64_t offset,
	    const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* "object: reason (at byte N)" into buf, always terminated. */
void zb_diag_text(const struct zb_diag *diag, char *buf, uint64_t size);

#endif
