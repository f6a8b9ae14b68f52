/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZH_GPT_H
#define ZH_GPT_H

#include "base/diag.h"
#include "base/span.h"
#include "host/seed.h"

/*
 * How a stick is divided: protective MBR and GPT in the first MiB, the EFI system
 * partition, the vdev up to the last MiB, which holds the backup GPT. All borders are at
 * whole MiB.
 */
struct zh_gpt_plan {
	uint64_t size; /* of the disk */
	uint32_t sector_size;
	uint64_t esp_start, esp_size;
	uint64_t vdev_start, vdev_size;
};

/* ZB_ENOSPC if size leaves no room for a pool (less than 1 GiB). */
ZB_MUST_CHECK int zh_gpt_plan(uint64_t size, uint32_t sector_size,
			      struct zh_gpt_plan *ret_plan, struct zb_diag *diag);

/*
 * Writes the protective MBR and both GPTs of plan to fd, open for reading and writing,
 * whose first and last MiB are zeros. All GUIDs derive from seed.
 */
ZB_MUST_CHECK int zh_gpt_write(int fd, const char *name, const struct zh_gpt_plan *plan,
			       const struct zh_seed *seed, struct zb_diag *diag);

#endif
