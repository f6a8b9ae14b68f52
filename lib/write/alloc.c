/* SPDX-License-Identifier: BSD-2-Clause */
#include "write/alloc.h"

#include <stdlib.h>
#include <string.h>

/* An area takes this much at a time, so that two areas do not interleave block by block. */
#define STEP	  (16ULL << 20)

#define BLOCK_MAX (16ULL << 20) /* longer stretches are of several blocks */

/* Where areas start, in sixteenths of the vdev. */
static const unsigned int area_start[ZW_AREAS] = {
	[ZW_AREA_DATA] = 0, [ZW_AREA_DATA2] = 8,  [ZW_AREA_DATA3] = 12,
	[ZW_AREA_META] = 4, [ZW_AREA_META2] = 10, [ZW_AREA_META3] = 14,
};

void zw_alloc_init(struct zw_alloc *a, uint64_t size, uint64_t limit, uint64_t align)
{
	*a = (struct zw_alloc){ .size = size, .limit = limit, .align = align };
	for (unsigned int i = 0; i < ZW_AREAS; i++)
		a->current[i] = -1;
}

void zw_alloc_done(struct zw_alloc *a)
{
	free(a->chunks);
	free(a->freed);
	a->chunks = NULL;
	a->freed = NULL;
}

static uint64_t gap_start(const struct zw_alloc *a, unsigned int i)
{
	return i == 0 ? 0 : a->chunks[i - 1].end;
}

static uint64_t gap_end(const struct zw_alloc *a, unsigned int i)
{
	return i == a->n ? a->size : a->chunks[i].start;
}

/* Makes start.. a new chunk of the area, in the gap before chunk i. */
static int chunk_insert(struct zw_alloc *a, enum zw_area area, unsigned int i,
			uint64_t start, uint64_t size)
{
	uint64_t end = gap_end(a, i);

	if (a->n == a->cap) {
		unsigned int cap = a->cap ? 2 * a->cap : 16;
		struct zw_chunk *chunks = realloc(a->chunks, cap * sizeof(*chunks));

		if (!chunks)
			return ZB_ENOMEM;
		a->chunks = chunks;
		a->cap = cap;
	}
	memmove(a->chunks + i + 1, a->chunks + i, (a->n - i) * sizeof(*a->chunks));
	a->n++;
	for (unsigned int k = 0; k < ZW_AREAS; k++)
		if (a->current[k] >= (int)i)
			a->current[k]++;
	if (size < STEP)
		size = STEP;
	a->chunks[i] = (struct zw_chunk){
		.start = start,
		.used = start,
		.end = end - start < size ? end : start + size,
	};
	a->current[area] = i;
	return 0;
}

/* Where a block can start at or after pos: it must not cross into the next metaslab. */
static uint64_t block_start(const struct zw_alloc *a, uint64_t pos, uint64_t size)
{
	uint64_t in = pos % a->align;

	return size <= a->align && in + size > a->align ? pos - in + a->align : pos;
}

/* A gap of at least size bytes, the first at or after pos, else the first at all. */
static int chunk_find(struct zw_alloc *a, enum zw_area area, uint64_t pos, uint64_t size)
{
	for (unsigned int round = 0; round < 2; round++, pos = 0) {
		for (unsigned int i = 0; i <= a->n; i++) {
			uint64_t start = gap_start(a, i), end = gap_end(a, i);

			if (start < pos)
				start = pos;
			if (size <= BLOCK_MAX)
				start = block_start(a, start, size);
			if (start < end && end - start >= size)
				return chunk_insert(a, area, i, start, size);
		}
	}
	return ZB_ENOSPC;
}

/* The area leaves its chunk, whose rest is free for others. */
static int area_move(struct zw_alloc *a, enum zw_area area, uint64_t size)
{
	int cur = a->current[area];
	uint64_t pos = a->size / 16 * area_start[area] / a->align * a->align;
	int ret;

	if (cur >= 0) {
		pos = a->chunks[cur].end;
		a->chunks[cur].end = a->chunks[cur].used;
	}
	ret = chunk_find(a, area, pos, size);
	if (ret != ZB_ENOSPC)
		return ret;
	/* What the others have reserved and not used yet is the last resort. */
	for (unsigned int i = 0; i < a->n; i++)
		a->chunks[i].end = a->chunks[i].used;
	return chunk_find(a, area, pos, size);
}

/* Whether the area's chunk holds size more bytes, after growing it if it can grow. */
static bool area_fits(struct zw_alloc *a, enum zw_area area, uint64_t size)
{
	struct zw_chunk *c;
	uint64_t limit;

	if (a->current[area] < 0)
		return false;
	c = &a->chunks[a->current[area]];
	if (size <= c->end - c->used)
		return true;
	limit = gap_end(a, a->current[area] + 1);
	if (size > limit - c->used)
		return false;
	c->end = size < STEP ? c->used + STEP : c->used + size;
	if (c->end > limit)
		c->end = limit;
	return true;
}

/* The area goes on at start, the next metaslab; what is before it stays free. */
static int area_skip(struct zw_alloc *a, enum zw_area area, uint64_t start, uint64_t size)
{
	unsigned int cur = a->current[area];
	struct zw_chunk *c = &a->chunks[cur];
	uint64_t end = c->end;

	c->end = c->used;
	if (gap_end(a, cur + 1) >= start + size)
		return chunk_insert(a, area, cur + 1, start,
				    end > start + size ? end - start : size);
	return area_move(a, area, size);
}

int zw_alloc_get(struct zw_alloc *a, enum zw_area area, uint64_t size,
		 uint64_t *ret_offset)
{
	struct zw_chunk *c;
	uint64_t start;
	int ret;

	if (size > a->limit || a->allocated > a->limit - size)
		return ZB_ENOSPC;
	if (!area_fits(a, area, size)) {
		ret = area_move(a, area, size);
		if (ret < 0)
			return ret;
	}
	start = block_start(a, a->chunks[a->current[area]].used, size);
	if (start != a->chunks[a->current[area]].used) {
		ret = area_skip(a, area, start, size);
		if (ret < 0)
			return ret;
	}
	c = &a->chunks[a->current[area]];
	*ret_offset = c->used;
	c->used += size;
	a->allocated += size;
	return 0;
}

int zw_alloc_prepare(struct zw_alloc *a, enum zw_area area, uint64_t size)
{
	int ret;

	if (area_fits(a, area, size))
		return 0;
	ret = area_move(a, area, size);
	return ret == ZB_ENOSPC ? 0 : ret; /* then in pieces */
}

int zw_alloc_free(struct zw_alloc *a, uint64_t offset, uint64_t size)
{
	if (a->n_freed == a->cap_freed) {
		size_t cap = a->cap_freed ? 2 * a->cap_freed : 64;
		struct zw_range *freed = realloc(a->freed, cap * sizeof(*freed));

		if (!freed)
			return ZB_ENOMEM;
		a->freed = freed;
		a->cap_freed = cap;
	}
	a->freed[a->n_freed++] = (struct zw_range){ offset, offset + size };
	a->allocated -= size;
	return 0;
}

static int range_compare(const void *x, const void *y)
{
	const struct zw_range *a = x, *b = y;

	return a->start < b->start ? -1 : a->start > b->start;
}

/* Appends, joined to its neighbour if they touch. */
static void range_push(struct zw_range *v, size_t *n, uint64_t start, uint64_t end)
{
	if (start == end)
		return;
	if (*n > 0 && v[*n - 1].end == start)
		v[*n - 1].end = end;
	else
		v[(*n)++] = (struct zw_range){ start, end };
}

int zw_alloc_ranges(const struct zw_alloc *a, struct zw_range **ret_ranges, size_t *ret_n)
{
	struct zw_range *v = malloc((a->n + a->n_freed + 1) * sizeof(*v));
	struct zw_range *freed = malloc((a->n_freed + 1) * sizeof(*freed));
	size_t n = 0, f = 0;

	if (!v || !freed) {
		free(v);
		free(freed);
		return ZB_ENOMEM;
	}
	if (a->n_freed > 0)
		memcpy(freed, a->freed, a->n_freed * sizeof(*freed));
	qsort(freed, a->n_freed, sizeof(*freed), range_compare);
	for (unsigned int i = 0; i < a->n; i++) {
		uint64_t pos = a->chunks[i].start, end = a->chunks[i].used;

		for (; f < a->n_freed && freed[f].start < end; f++) {
			range_push(v, &n, pos, freed[f].start);
			pos = freed[f].end;
		}
		range_push(v, &n, pos, end);
	}
	free(freed);
	*ret_ranges = v;
	*ret_n = n;
	return 0;
}

int zw_alloc_copy(const struct zw_alloc *a, struct zw_alloc *ret_copy)
{
	*ret_copy = *a;
	ret_copy->cap = a->n;
	ret_copy->cap_freed = a->n_freed;
	ret_copy->chunks = malloc((a->n + 1) * sizeof(*a->chunks));
	ret_copy->freed = malloc((a->n_freed + 1) * sizeof(*a->freed));
	if (!ret_copy->chunks || !ret_copy->freed) {
		zw_alloc_done(ret_copy);
		return ZB_ENOMEM;
	}
	if (a->n > 0)
		memcpy(ret_copy->chunks, a->chunks, a->n * sizeof(*a->chunks));
	if (a->n_freed > 0)
		memcpy(ret_copy->freed, a->freed, a->n_freed * sizeof(*a->freed));
	return 0;
}
