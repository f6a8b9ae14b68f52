/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_BUILD_USER_H
#define ZLIVE_BUILD_USER_H

#include "cmd/build/configure.h"

/* The accounts' part of configure_before() (whose only error is memory) and _after(). */
ZB_MUST_CHECK int user_before(const struct configure *c);
ZB_MUST_CHECK int user_after(const struct configure *c, struct zb_diag *diag);

#endif
