/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZR_FEATURE_H
#define ZR_FEATURE_H

#include "read/pool.h"

/*
 * The features that a pool demands of its readers: a list in each label, and in the MOS a ZAP
 * with use counts. Those that add only what we do not read count as known.
 */

/* ZB_ENOTSUP, the feature's name in diag, if the label names one that we do not know. */
ZB_MUST_CHECK int zr_features_check_label(struct zf_nvlist config, const char *pool_name,
					  struct zb_diag *diag);

/* The same for the ZAP features_for_read, object `number` of the MOS: those in use. */
ZB_MUST_CHECK int zr_features_check_mos(struct zr_pool *pool, uint64_t number,
					struct zb_diag *diag);

#endif
