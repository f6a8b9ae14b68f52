/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZR_DTL_H
#define ZR_DTL_H

#include "read/pool.h"

/*
 * The dirty time logs (DTL) of the leaf vdevs: the txgs whose blocks a device lacks, since it was
 * away when they were written, or has joined later, and was not resilvered to the end. What
 * they are for is said at zr_side_lacks().
 *
 * Reads them into the sides of pool->vdevs. One that does not read is noted, and its device is
 * taken to lack everything: there is such a log only of a device that lacked something once.
 * ZB_ENOMEM is the only error.
 */
ZB_MUST_CHECK int zr_dtl_load(struct zr_pool *pool, struct zb_diag *diag);

/*
 * Adds a range to the n at `at`, which has room for max, and returns how many there are then.
 * OpenZFS writes them in ascending order; where they are not, or are too many, what lies between
 * two of them counts as lacking, too.
 */
unsigned int zr_txgs_add(struct zr_txgs *at, unsigned int n, unsigned int max,
			 struct zr_txgs new);

#endif
