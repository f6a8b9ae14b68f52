/* SPDX-License-Identifier: BSD-2-Clause */
#include "write/spacemap.h"

#include <stdlib.h>
#include <string.h>

/*
 * Entry of one word: bit 63 0, offset (47 bits) from the metaslab's start, bit 15 type (0
 * allocated), run less one (15 bits); in sectors.
 * space_map_phys_t: 0 object  8 length  16 allocated  64 histogram[32] of free segments by the
 * power of two of their sectors. Source: OpenZFS include/sys/space_map.h.
 */
#define RUN_MAX	  (1U << 15)
#define HISTOGRAM 64
#define BUCKETS	  32

/* Cuts the ranges at the metaslabs' borders. */
static int ranges_cut(struct zw_spacemaps *m, const struct zw_range *v, size_t n,
		      uint64_t ms_count)
{
	m->ranges = malloc((n + ms_count + 1) * sizeof(*m->ranges));
	if (!m->ranges)
		return ZB_ENOMEM;
	for (size_t i = 0; i < n; i++) {
		uint64_t pos = v[i].start;

		while (pos < v[i].end) {
			uint64_t border = ((pos >> m->ms_shift) + 1) << m->ms_shift;
			uint64_t end = v[i].end < border ? v[i].end : border;

			m->ranges[m->n_ranges++] = (struct zw_range){ pos, end };
			pos = end;
		}
	}
	return 0;
}

int zw_spacemaps_build(struct zw_spacemaps *m, const struct zw_alloc *alloc,
		       unsigned int ms_shift, uint64_t ms_count, unsigned int ashift)
{
	struct zw_range *v;
	size_t n;
	int ret;

	*m = (struct zw_spacemaps){ .ms_shift = ms_shift, .ashift = ashift };
	ret = zw_alloc_ranges(alloc, &v, &n);
	if (ret < 0)
		return ret;
	ret = ranges_cut(m, v, n, ms_count);
	free(v);
	m->map = malloc((ms_count + 1) * sizeof(*m->map));
	if (ret < 0 || !m->map)
		return ZB_ENOMEM;
	for (size_t i = 0; i < m->n_ranges; i++) {
		uint64_t metaslab = m->ranges[i].start >> ms_shift;

		if (m->n == 0 || m->map[m->n - 1].metaslab != metaslab)
			m->map[m->n++] =
				(struct zw_spacemap){ .metaslab = metaslab, .first = i };
		m->map[m->n - 1].n++;
	}
	return 0;
}

void zw_spacemaps_done(struct zw_spacemaps *m)
{
	free(m->ranges);
	free(m->map);
	*m = (struct zw_spacemaps){ 0 };
}

uint64_t zw_spacemap_length(const struct zw_spacemaps *m, const struct zw_spacemap *map)
{
	uint64_t entries = 0;

	for (size_t i = map->first; i < map->first + map->n; i++) {
		uint64_t sectors = (m->ranges[i].end - m->ranges[i].start) >> m->ashift;

		entries += (sectors + RUN_MAX - 1) / RUN_MAX;
	}
	return entries * 8;
}

static void free_segment(uint8_t *bonus, uint64_t sectors)
{
	unsigned int bucket = 63 - __builtin_clzll(sectors | 1);
	uint8_t *at;
	uint64_t count = 1;

	if (sectors == 0)
		return;
	if (bucket >= BUCKETS) { /* the last counts larger ones several times */
		count = 1ULL << (bucket - (BUCKETS - 1));
		bucket = BUCKETS - 1;
	}
	at = bonus + HISTOGRAM + 8 * bucket;
	zb_store64(at, ZB_LE, zb_load64(at, ZB_LE) + count);
}

int zw_spacemap_encode(const struct zw_spacemap *map, const struct zw_spacemaps *m,
		       uint64_t object, uint8_t *block, size_t size,
		       uint8_t bonus[ZW_SPACEMAP_BONUS])
{
	uint64_t start = map->metaslab << m->ms_shift, pos = start, allocated = 0;
	uint64_t end = start + (1ULL << m->ms_shift), length = 0;

	if (zw_spacemap_length(m, map) > size)
		return ZB_E2BIG;
	memset(bonus, 0, ZW_SPACEMAP_BONUS);
	for (size_t i = map->first; i < map->first + map->n; i++) {
		uint64_t at = (m->ranges[i].start - start) >> m->ashift;
		uint64_t sectors = (m->ranges[i].end - m->ranges[i].start) >> m->ashift;

		free_segment(bonus, (m->ranges[i].start - pos) >> m->ashift);
		pos = m->ranges[i].end;
		allocated += m->ranges[i].end - m->ranges[i].start;
		while (sectors > 0) {
			uint64_t run = sectors < RUN_MAX ? sectors : RUN_MAX;

			zb_store64(block + length, ZB_LE, at << 16 | (run - 1));
			length += 8;
			at += run;
			sectors -= run;
		}
	}
	free_segment(bonus, (end - pos) >> m->ashift);
	zb_store64(bonus, ZB_LE, object);
	zb_store64(bonus + 8, ZB_LE, length);
	zb_store64(bonus + 16, ZB_LE, allocated);
	return 0;
}
