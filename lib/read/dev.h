/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZR_DEV_H
#define ZR_DEV_H

#include "read/read.h"

/* Memory and raw device access: what the rest of the reader uses instead of the callbacks. */

struct zr_io_stats {
	uint64_t bytes;
	uint64_t requests;
};

/* NULL when there is none. size is at most ZR_ALLOC_MAX, so that no bug asks for the moon. */
#define ZR_ALLOC_MAX ((size_t)256 << 20)
void *zr_alloc(const struct zr_host *host, size_t size);
void *zr_zalloc(const struct zr_host *host, size_t size);
void zr_free(const struct zr_host *host, void *ptr);

/*
 * Reads any range of a device, through a bounce buffer where it does not lie on whole blocks.
 * ZB_ECORRUPT beyond the device's end: offsets come from disk. stats may be NULL.
 */
ZB_MUST_CHECK int zr_dev_read(const struct zr_host *host, const struct zr_dev *dev,
			      struct zr_io_stats *stats, uint64_t offset, void *buf,
			      size_t len);

/* Hands a survived fault to the host, which may ignore it. */
void zr_note(const struct zr_host *host, const struct zb_diag *what);

#endif
