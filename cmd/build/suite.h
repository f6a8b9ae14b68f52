/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_BUILD_SUITE_H
#define ZLIVE_BUILD_SUITE_H

#include "cmd/build/options.h"
#include "cmd/build/overlay.h"
#include "host/interrupt.h"

/*
 * A Debian tree by mmdebstrap, as a tar that is kept: compiling the ZFS module takes
 * minutes. The tree depends on suite, mirror, packages and locale only; all else, zlive's
 * own package too, is laid over it while a stick is made. Returns the tar's path, which
 * the caller frees.
 */
ZB_MUST_CHECK int suite_fetch(const struct build_options *o,
			      const struct zh_interrupt *intr, char **ret_path,
			      struct zb_diag *diag);

/* What a tree of ours has besides what the options say: network, name servers. */
ZB_MUST_CHECK int suite_overlay(const struct build_options *o, struct overlay *overlay,
				struct zb_diag *diag);

#endif
