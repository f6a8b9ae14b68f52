/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_BUILD_MAKE_H
#define ZLIVE_BUILD_MAKE_H

#include "base/diag.h"
#include "cmd/build/options.h"

/* Makes the stick; prints nothing but progress and warnings. */
int build_make(const struct build_options *o, struct zb_diag *diag);

#endif
