/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZH_TARGET_H
#define ZH_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include "base/diag.h"
#include "base/span.h"

/*
 * Where a stick is written to: a block device, which nobody else uses, or an image file.
 * The image is a sparse file under a temporary name beside its own, which it gets on
 * commit only; destroyed before that, nothing of it is left.
 */
struct zh_target_options {
	uint64_t size;	      /* of an image; a device has its own */
	uint32_t sector_size; /* of an image; a device has its own */
};

struct zh_target;

ZB_MUST_CHECK int zh_target_create(const char *path,
				   const struct zh_target_options *options,
				   struct zh_target **ret_target, struct zb_diag *diag);
void zh_target_destroy(struct zh_target *target);

int zh_target_fd(const struct zh_target *target);
const char *zh_target_name(const struct zh_target *target);
uint64_t zh_target_size(const struct zh_target *target);
uint32_t zh_target_sector_size(const struct zh_target *target);
bool zh_target_is_device(const struct zh_target *target);

/* All len bytes at offset. Any thread may call. */
ZB_MUST_CHECK int zh_target_write(struct zh_target *target, uint64_t offset,
				  const void *buf, size_t len, struct zb_diag *diag);

/*
 * Zeros in that range, whatever a device held there; in an image they are there already.
 */
ZB_MUST_CHECK int zh_target_zero(struct zh_target *target, uint64_t offset, uint64_t len,
				 struct zb_diag *diag);

ZB_MUST_CHECK int zh_target_flush(struct zh_target *target, struct zb_diag *diag);

/*
 * Flushes, then gives the image its name, or has the kernel read the device's new
 * partitions.
 */
ZB_MUST_CHECK int zh_target_commit(struct zh_target *target, struct zb_diag *diag);

#endif
