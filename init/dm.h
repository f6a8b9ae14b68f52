/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_INIT_DM_H
#define ZLIVE_INIT_DM_H

#include <stdbool.h>
#include "base/diag.h"

/*
 * The kernel's device mapper, as far as a stick that may be pulled out needs it: a device in
 * front of the stick's, of type multipath with one path. What the stick does not carry out
 * waits, instead of failing, until it is led to another device or told to fail.
 */

/* The device mapper's control device; the caller closes it. ZB_ENOENT: it is not loaded. */
ZB_MUST_CHECK int zi_dm_open(int *ret_control, struct zb_diag *diag);

/* A device without a table. ZB_EBUSY: the name is taken. The number N of /dev/dm-N. */
ZB_MUST_CHECK int zi_dm_create(int control, const char *name, unsigned int *ret_number,
			       struct zb_diag *diag);

/*
 * Leads the device to the block device with these numbers from now on; what waits goes there,
 * too.
 */
struct zi_dm_target {
	unsigned int major, minor;
	uint64_t sectors; /* of 512 bytes; the same each time */
	bool read_only;
	bool waits; /* what fails waits */
};
ZB_MUST_CHECK int zi_dm_lead(int control, const char *name,
			     const struct zi_dm_target *target, struct zb_diag *diag);

/* "queue_if_no_path", "fail_if_no_path", "reinstate_path MAJOR:MINOR". */
ZB_MUST_CHECK int zi_dm_message(int control, const char *name, const char *message,
				struct zb_diag *diag);

/* ZB_EBUSY: somebody uses it. */
ZB_MUST_CHECK int zi_dm_remove(int control, const char *name, struct zb_diag *diag);

#endif
