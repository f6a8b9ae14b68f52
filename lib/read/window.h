/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZR_WINDOW_H
#define ZR_WINDOW_H

#include "read/dev.h"

/*
 * Small reads are rounded to windows of a device that are kept, since the metadata of a pool
 * mostly lies together: a few requests serve many blocks.
 */
#define ZR_WINDOW_SIZE	((size_t)64 << 10)
#define ZR_WINDOW_SMALL ((size_t)32 << 10) /* reads up to this go through a window */
#define ZR_WINDOWS	16

struct zr_window {
	const struct zr_dev *dev; /* NULL: unused */
	uint64_t offset;
	size_t len;
	uint64_t used; /* clock of the last use */
	uint8_t *data; /* of ZR_WINDOW_SIZE, allocated at the first use */
};

struct zr_windows {
	const struct zr_host *host;
	struct zr_io_stats stats;
	uint64_t clock;
	struct zr_window at[ZR_WINDOWS];
};

void zr_windows_init(struct zr_windows *w, const struct zr_host *host);
void zr_windows_done(struct zr_windows *w);

/* Any range of a device, small ones through a window. Errors as zr_dev_read(). */
ZB_MUST_CHECK int zr_windows_read(struct zr_windows *w, const struct zr_dev *dev,
				  uint64_t offset, void *buf, size_t len);

#endif
