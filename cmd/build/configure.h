/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_BUILD_CONFIGURE_H
#define ZLIVE_BUILD_CONFIGURE_H

#include "cmd/build/options.h"
#include "cmd/build/overlay.h"
#include "host/seed.h"

/*
 * What the options say about the system, as changes of its tree: host id and name,
 * accounts, locale, time zone. `sink` is where new folders (a home) go, behind the
 * overlay.
 */
struct configure {
	const struct build_options *options;
	const struct zh_seed *seed;
	uint64_t time; /* of what is made, seconds */
	struct overlay *overlay;
	const struct tree_sink *sink;
};

/* Before the source runs, and after. */
ZB_MUST_CHECK int configure_before(const struct configure *c, struct zb_diag *diag);
ZB_MUST_CHECK int configure_after(const struct configure *c, struct zb_diag *diag);

#endif
