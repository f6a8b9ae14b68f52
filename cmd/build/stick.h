/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_BUILD_STICK_H
#define ZLIVE_BUILD_STICK_H

#include "host/gpt.h"
#include "host/target.h"

/* What is on a stick besides the pool: partition table, EFI system partition, loader. */

/* Removes what a device held before that could be taken for something of today. */
ZB_MUST_CHECK int stick_wipe(struct zh_target *t, const struct zh_gpt_plan *plan,
			     struct zb_diag *diag);

/* loader: a file instead of the built-in one, or NULL. */
ZB_MUST_CHECK int stick_write_boot(struct zh_target *t, const struct zh_gpt_plan *plan,
				   const struct zh_seed *seed, uint64_t time,
				   const char *loader, struct zb_diag *diag);

#endif
