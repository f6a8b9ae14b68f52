/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/dev.h"

void *zr_alloc(const struct zr_host *host, size_t size)
{
	if (size == 0 || size > ZR_ALLOC_MAX)
		return NULL;
	return host->alloc(host->ctx, size);
}

void *zr_zalloc(const struct zr_host *host, size_t size)
{
	void *p = zr_alloc(host, size);

	if (p)
		__builtin_memset(p, 0, size);
	return p;
}

void zr_free(const struct zr_host *host, void *ptr)
{
	if (ptr)
		host->free(host->ctx, ptr);
}

void zr_note(const struct zr_host *host, const struct zb_diag *what)
{
	if (host->note)
		host->note(host->ctx, what);
}

static int read_blocks(const struct zr_dev *dev, struct zr_io_stats *stats,
		       uint64_t offset, void *buf, size_t len)
{
	if (stats) {
		stats->bytes += len;
		stats->requests++;
	}
	return dev->read(dev->ctx, offset, buf, len);
}

int zr_dev_read(const struct zr_host *host, const struct zr_dev *dev,
		struct zr_io_stats *stats, uint64_t offset, void *buf, size_t len)
{
	uint64_t mask = dev->block_size - 1;
	uint64_t size = dev->size & ~mask;
	uint64_t start = offset & ~mask, end;
	uint8_t *bounce;
	int error;

	if (offset > size || len > size - offset)
		return ZB_ECORRUPT;
	end = (offset + len + mask) & ~mask;
	if (start == offset && end == offset + len)
		return read_blocks(dev, stats, offset, buf, len);
	bounce = zr_alloc(host, (size_t)(end - start));
	if (!bounce)
		return ZB_ENOMEM;
	error = read_blocks(dev, stats, start, bounce, (size_t)(end - start));
	if (!error)
		__builtin_memcpy(buf, bounce + (offset - start), len);
	zr_free(host, bounce);
	return error;
}
