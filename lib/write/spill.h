/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZW_SPILL_H
#define ZW_SPILL_H

#include "base/span.h"

/*
 * Memory that may be larger than memory: a byte array whose pages live in a cache that all
 * spills of a pool share. Only when the cache is full do pages go to a temporary file, so an
 * ordinary tree never touches it. What was never written reads as zeros.
 */
#define ZW_SPILL_PAGE 16384

struct zw_spill_page {
	struct zw_spill *owner;
	uint64_t number; /* in its owner */
	size_t slot;	 /* in the cache */
	bool dirty;
	bool recent; /* used since the clock hand came by */
	uint8_t data[ZW_SPILL_PAGE];
};

struct zw_spill_cache {
	const char *tmpdir;
	struct zw_spill_page **pages;
	size_t n, max;
	size_t hand;
};

struct zw_spill {
	struct zw_spill_cache *cache;
	int fd;			      /* -1: nothing was ever evicted */
	struct zw_spill_page **pages; /* NULL: on file, or never written */
	uint64_t n_pages;
	uint64_t size; /* one past the last byte written */
};

/* max_bytes: of pages in memory. tmpdir must outlive the cache. */
void zw_spill_cache_init(struct zw_spill_cache *c, const char *tmpdir, size_t max_bytes);
void zw_spill_cache_done(struct zw_spill_cache *c);

void zw_spill_init(struct zw_spill *s, struct zw_spill_cache *cache);
void zw_spill_done(struct zw_spill *s);

/* ZB_EIO, ZB_ENOSPC and the like from the temporary file; ZB_ENOMEM. */
ZB_MUST_CHECK int zw_spill_read(struct zw_spill *s, uint64_t off, void *buf, size_t len);
ZB_MUST_CHECK int zw_spill_write(struct zw_spill *s, uint64_t off, const void *buf,
				 size_t len);

ZB_MUST_CHECK static inline int zw_spill_read64(struct zw_spill *s, uint64_t off,
						uint64_t *ret_v)
{
	return zw_spill_read(s, off, ret_v, sizeof(*ret_v));
}

ZB_MUST_CHECK static inline int zw_spill_write64(struct zw_spill *s, uint64_t off,
						 uint64_t v)
{
	return zw_spill_write(s, off, &v, sizeof(v));
}

#endif
