/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_BUILD_BIOS_H
#define ZLIVE_BUILD_BIOS_H

#include "host/gpt.h"
#include "host/target.h"

/*
 * Makes a stick with a finished partition table bootable on BIOS machines: stage 2 into the
 * boot region of the vdev, its first part's loader into the code area of the protective MBR.
 */
ZB_MUST_CHECK int bios_install(struct zh_target *t, const struct zh_gpt_plan *plan,
			       const struct zh_seed *seed, struct zb_diag *diag);

#endif
