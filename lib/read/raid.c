/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/label.h"
#include "read/pool.h"
#include "read/raid.h"
#include "read/ways.h"

/* A block's cells on one child lie together; if not (an expansion goes on), not many more. */
#define MAX_RANGE (ZF_MAX_BLOCK + ((uint64_t)1 << 20))

int zr_raid_open(struct zr_raid *raid, const struct zr_pool *pool,
		 const struct zr_vdev *vdev, uint64_t offset, size_t len, uint64_t birth)
{
	struct zr_raid_map *map = &raid->map;
	int error;

	*raid = (struct zr_raid){ .host = pool->host, .len = len, .birth = birth };
	error = zr_raid_map_init(map, vdev, &pool->reflow, offset, len, birth);
	if (error)
		return error;
	raid->size = (size_t)(map->sectors << map->ashift);
	for (unsigned int i = 0; i < vdev->n_slots; i++)
		if (vdev->slots[i].n > raid->sides)
			raid->sides = vdev->slots[i].n;
	raid->copies = zr_vdev_lacking(vdev, birth) ? 2 * raid->sides : raid->sides;
	raid->source = zr_zalloc(raid->host, vdev->n_slots * sizeof(*raid->source));
	raid->bad = zr_zalloc(raid->host, (size_t)map->n_rows * map->cols);
	raid->stripe = zr_zalloc(raid->host, sizeof(*raid->stripe));
	return raid->source && raid->bad && raid->stripe ? 0 : ZB_ENOMEM;
}

void zr_raid_close(struct zr_raid *raid)
{
	zr_raid_guess_reset(raid);
	zr_free(raid->host, raid->data);
	zr_free(raid->host, raid->parity);
	zr_free(raid->host, raid->bad);
	zr_free(raid->host, raid->source);
	zr_free(raid->host, raid->stage);
	zr_free(raid->host, raid->holes);
	zr_free(raid->host, raid->stripe);
}

/* ---- codewords ---- */

static uint8_t *parity_cell(const struct zr_raid *raid, uint32_t row, unsigned int col)
{
	size_t sector = (size_t)col * raid->map.n_rows + row;

	return raid->parity + (sector << raid->map.ashift);
}

static uint8_t *data_cell(const struct zr_raid *raid, uint8_t *out, uint32_t row,
			  unsigned int col)
{
	uint64_t sector = zr_raid_data_at(&raid->map, row, col);

	return sector == UINT64_MAX ? NULL : out + (sector << raid->map.ashift);
}

void zr_raid_stripe(struct zr_raid *raid, uint8_t *out, uint32_t row, uint32_t height)
{
	struct zr_stripe *s = raid->stripe;

	s->p = raid->map.nparity;
	s->n = zr_raid_part_of(&raid->map, row)->cols - s->p;
	s->len = (size_t)height << raid->map.ashift;
	for (unsigned int i = 0; i < s->n; i++)
		s->data[i] = data_cell(raid, out, row, s->p + i);
	for (unsigned int j = 0; j < s->p; j++)
		s->parity[j] = parity_cell(raid, row, j);
}

int zr_raid_solve(struct zr_raid *raid, uint8_t *out, uint32_t row, uint32_t height,
		  const uint8_t *lost, unsigned int n)
{
	unsigned int p = raid->map.nparity, usable = (1U << p) - 1, n_data = 0;
	uint8_t data[ZR_PARITY_MAX];

	for (unsigned int i = 0; i < n; i++) {
		if (lost[i] < p)
			usable &= ~(1U << lost[i]);
		else if (n_data == ZR_PARITY_MAX)
			return ZB_EIO;
		else if (zr_raid_data_at(&raid->map, row, lost[i]) != UINT64_MAX)
			data[n_data++] = (uint8_t)(lost[i] - p);
	}
	zr_raid_stripe(raid, out, row, height);
	return zr_parity_solve(raid->stripe, data, n_data, usable);
}

/* ---- from sources to cells ---- */

static const uint8_t *bad_row(const struct zr_raid *raid, uint32_t row)
{
	return raid->bad + (size_t)row * raid->map.cols;
}

static const uint8_t *find_cell(const struct zr_raid *raid, struct zr_raid_cell cell)
{
	const struct zr_raid_source *s = &raid->source[cell.slot];
	unsigned int shift = raid->map.ashift;
	uint64_t at = cell.offset - s->start;

	if (!s->ptr || cell.offset < s->start || at >= s->end - s->start ||
	    (s->end - s->start - at) >> shift == 0 || (s->holes && s->holes[at >> shift]))
		return NULL;
	return s->ptr + at;
}

static bool take_cell(struct zr_raid *raid, uint8_t *dst, uint32_t row, unsigned int col)
{
	struct zr_raid_cell cell = zr_raid_cell_at(&raid->map, row, col);
	const uint8_t *src = find_cell(raid, cell);
	int error = raid->source[cell.slot].error;

	if (src) {
		__builtin_memcpy(dst, src, (size_t)1 << raid->map.ashift);
		return true;
	}
	raid->bad[(size_t)row * raid->map.cols + col] = 1;
	raid->lost = zr_worse(raid->lost, error ? error : ZB_EIO);
	return false;
}

/* Takes all data cells; returns whether none is missing. */
static bool take_data(struct zr_raid *raid, uint8_t *out)
{
	const struct zr_raid_map *map = &raid->map;
	bool whole = true;

	for (uint32_t row = 0; row < map->n_rows; row++) {
		for (unsigned int col = map->nparity; col < map->cols; col++) {
			uint8_t *dst = data_cell(raid, out, row, col);

			if (dst)
				whole &= take_cell(raid, dst, row, col);
		}
	}
	return whole;
}

static int take_parity(struct zr_raid *raid)
{
	const struct zr_raid_map *map = &raid->map;

	if (!raid->parity)
		raid->parity = zr_alloc(raid->host, (size_t)map->n_rows * map->nparity
							    << map->ashift);
	if (!raid->parity)
		return ZB_ENOMEM;
	for (uint32_t row = 0; row < map->n_rows; row++)
		for (unsigned int col = 0; col < map->nparity; col++)
			take_cell(raid, parity_cell(raid, row, col), row, col);
	return 0;
}

/* Rows from `row` on whose cells are missing alike and lie in memory one below the other. */
static uint32_t alike(const struct zr_raid *raid, uint32_t row)
{
	const struct zr_raid_part *part = zr_raid_part_of(&raid->map, row);
	uint32_t end = part->first_row + part->full_rows, n = 1;

	while (row + n < end &&
	       __builtin_memcmp(bad_row(raid, row), bad_row(raid, row + n),
				raid->map.cols) == 0)
		n++;
	return n;
}

static int repair(struct zr_raid *raid, uint8_t *out)
{
	const struct zr_raid_map *map = &raid->map;
	uint8_t lost[2 * ZR_PARITY_MAX];
	uint32_t height;

	for (uint32_t row = 0; row < map->n_rows; row += height) {
		unsigned int n = 0;

		height = alike(raid, row);
		for (unsigned int col = 0; col < map->cols; col++) {
			if (!bad_row(raid, row)[col])
				continue;
			if (n == map->nparity)
				return raid->lost ? raid->lost : ZB_EIO;
			lost[n++] = (uint8_t)col;
		}
		if (n > 0 && zr_raid_solve(raid, out, row, height, lost, n) < 0)
			return raid->lost ? raid->lost : ZB_EIO;
	}
	return 0;
}

int zr_raid_gather(struct zr_raid *raid, uint8_t *out, bool all)
{
	int error;

	raid->lost = 0;
	__builtin_memset(raid->bad, 0, (size_t)raid->map.n_rows * raid->map.cols);
	if (take_data(raid, out) && !all)
		return 0;
	error = take_parity(raid);
	return error ? error : repair(raid, out);
}

/* ---- from devices to sources ---- */

/* The range of each slot that holds the block's cells. Returns all their bytes. */
static int plan(struct zr_raid *raid, bool parity, size_t *ret_size)
{
	const struct zr_raid_map *map = &raid->map;
	uint64_t size = 1ULL << map->ashift, sum = 0;

	for (unsigned int i = 0; i < map->vdev->n_slots; i++)
		raid->source[i] = (struct zr_raid_source){ .start = UINT64_MAX };
	for (uint32_t row = 0; row < map->n_rows; row++) {
		for (unsigned int col = parity ? 0 : map->nparity; col < map->cols;
		     col++) {
			struct zr_raid_source *s;
			struct zr_raid_cell cell;

			if (col >= map->nparity &&
			    zr_raid_data_at(map, row, col) == UINT64_MAX)
				continue;
			cell = zr_raid_cell_at(map, row, col);
			s = &raid->source[cell.slot];
			if (cell.offset < s->start)
				s->start = cell.offset;
			if (cell.offset + size > s->end)
				s->end = cell.offset + size;
		}
	}
	for (unsigned int i = 0; i < map->vdev->n_slots; i++)
		if (raid->source[i].end > 0)
			sum += raid->source[i].end - raid->source[i].start;
	if (sum > MAX_RANGE * (ZR_PARITY_MAX + 1))
		return ZB_E2BIG;
	*ret_size = (size_t)sum;
	return 0;
}

/* The device of a side, unless it is not to be used as yet; where is on the device. */
static const struct zr_dev *usable_dev(const struct zr_raid *raid,
				       const struct zr_side *side, uint64_t where)
{
	const struct zr_vdev *vdev = raid->map.vdev;
	uint64_t offset = where - ZF_VDEV_DATA_START;

	if (!raid->with_lacking && zr_side_lacks(vdev, side, offset, raid->birth))
		return NULL;
	return zr_side_dev(vdev, side, offset);
}

/* Reads a range from the i-th side of a slot, or from the next that has it. */
static int read_range(struct zr_raid *raid, const struct zr_slot *slot, unsigned int i,
		      uint64_t offset, uint8_t *buf, size_t len)
{
	const struct zr_vdev *vdev = raid->map.vdev;
	int error, all = ZB_ENODEV;

	for (unsigned int n = 0; n < slot->n; n++) {
		const struct zr_side *side =
			zr_slot_side(vdev, slot, (i + n) % slot->n,
				     offset - ZF_VDEV_DATA_START, raid->birth);
		const struct zr_dev *dev = usable_dev(raid, side, offset);

		if (!dev)
			continue;
		error = zr_windows_read(raid->windows, dev, offset, buf, len);
		if (!error)
			return 0;
		all = zr_worse(all, error);
	}
	return all;
}

static void read_source(struct zr_raid *raid, unsigned int slot, unsigned int i,
			uint8_t *buf, uint8_t *holes)
{
	const struct zr_slot *sl = &raid->map.vdev->slots[slot];
	struct zr_raid_source *s = &raid->source[slot];
	size_t size = (size_t)1 << raid->map.ashift;
	size_t len = (size_t)(s->end - s->start), n = len >> raid->map.ashift;

	s->error = read_range(raid, sl, i, s->start, buf, len);
	if (s->error == ZB_ENODEV)
		return;
	s->ptr = buf;
	if (!s->error)
		return;
	/* One bad sector must not cost the others. */
	for (size_t k = 0; k < n; k++)
		holes[k] = read_range(raid, sl, i, s->start + k * size, buf + k * size,
				      size) != 0;
	s->holes = holes;
}

/* May the data be had without parity, for all that is known before reading? */
static bool is_whole(const struct zr_raid *raid)
{
	const struct zr_vdev *vdev = raid->map.vdev;

	for (unsigned int i = 0; i < vdev->n_slots; i++) {
		const struct zr_slot *slot = &vdev->slots[i];
		bool present = raid->source[i].end == 0;

		for (unsigned int n = 0; n < slot->n; n++)
			present |= usable_dev(raid, &vdev->sides[slot->first + n],
					      raid->source[i].start) != NULL;
		if (!present)
			return false;
	}
	return true;
}

/* Fills source[]: data only, or with parity where that is wanted or needed. */
static int read_sources(struct zr_raid *raid, unsigned int i, bool parity)
{
	size_t size = 0, at = 0, sectors;
	int error = plan(raid, parity, &size);

	raid->with_lacking = i >= raid->sides;
	i %= raid->sides;
	if (!error && !parity && !is_whole(raid))
		error = plan(raid, true, &size);
	if (error)
		return error;
	sectors = size >> raid->map.ashift;
	zr_free(raid->host, raid->stage);
	zr_free(raid->host, raid->holes);
	raid->stage = zr_alloc(raid->host, size);
	raid->holes = zr_alloc(raid->host, sectors);
	if (!raid->stage || !raid->holes)
		return ZB_ENOMEM;
	for (unsigned int slot = 0; slot < raid->map.vdev->n_slots; slot++) {
		const struct zr_raid_source *s = &raid->source[slot];

		if (s->end == 0)
			continue;
		read_source(raid, slot, i, raid->stage + at,
			    raid->holes + (at >> raid->map.ashift));
		at += (size_t)(s->end - s->start);
	}
	return 0;
}

int zr_raid_copy(struct zr_raid *raid, unsigned int i, void *dst)
{
	bool direct = raid->size == raid->len;
	uint8_t *out = dst;
	int error = read_sources(raid, i, false);

	if (!direct && !raid->data)
		raid->data = zr_alloc(raid->host, raid->size);
	if (!direct)
		out = raid->data;
	if (!out)
		return ZB_ENOMEM;
	if (!error)
		error = zr_raid_gather(raid, out, false);
	if (error && error != ZB_ENOMEM && error != ZB_E2BIG) {
		error = read_sources(raid, i, true);
		if (!error)
			error = zr_raid_gather(raid, out, false);
	}
	if (!error && !direct)
		__builtin_memcpy(dst, out, raid->len);
	return error;
}

int zr_raid_load(struct zr_raid *raid, unsigned int i)
{
	int error = read_sources(raid, i, true);

	if (!raid->data)
		raid->data = zr_alloc(raid->host, raid->size);
	if (!raid->data)
		return ZB_ENOMEM;
	return error ? error : zr_raid_gather(raid, raid->data, true);
}

/* First what each set of sides gives as it is, then what repairs make of it. */
int zr_raid_next(struct zr_raid *raid, void *dst)
{
	int error;

	if (raid->next < raid->copies)
		return zr_raid_copy(raid, raid->next++, dst);
	while (raid->next < 2 * raid->copies) {
		error = zr_raid_guess_next(raid, dst);
		if (error != ZB_ENOENT)
			return error;
		zr_raid_guess_reset(raid);
		raid->next++;
	}
	return ZB_ENOENT;
}
