/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/label.h"
#include "read/pool.h"
#include "read/raid.h"
#include "read/scrub_examine.h"
#include "read/ways.h"

/*
 * All columns of a block on raidz or dRAID: from the right data, which its checksum has told,
 * what each sector must be, parity included, is computed and compared with what is there.
 */

void zr_examine_bad(struct zr_examine *x, const struct zr_bad_copy *bad)
{
	struct zr_damage *d = x->damage;

	if (d->n_bad < ZR_BAD_COPIES)
		d->bad[d->n_bad] = *bad;
	d->n_bad++;
}

/* The expected parity, from the data in raid->data. */
static int compute_parity(struct zr_raid *raid)
{
	const struct zr_raid_map *map = &raid->map;
	uint32_t height;

	raid->parity =
		zr_alloc(raid->host, (size_t)map->n_rows * map->nparity << map->ashift);
	if (!raid->parity)
		return ZB_ENOMEM;
	for (uint32_t row = 0; row < map->n_rows; row += height) {
		const struct zr_raid_part *part = zr_raid_part_of(map, row);

		height = row < part->first_row + part->full_rows ? part->full_rows : 1;
		zr_raid_stripe(raid, raid->data, row, height);
		for (unsigned int j = 0; j < map->nparity; j++)
			zr_parity_compute(raid->stripe, j, raid->stripe->parity[j]);
	}
	return 0;
}

static const uint8_t *expected(const struct zr_raid *raid, uint32_t row, unsigned int col)
{
	const struct zr_raid_map *map = &raid->map;
	uint64_t sector = col < map->nparity ? (uint64_t)col * map->n_rows + row
					     : zr_raid_data_at(map, row, col);

	if (sector == UINT64_MAX)
		return NULL;
	return (col < map->nparity ? raid->parity : raid->data) + (sector << map->ashift);
}

/* Sectors of one side that are wrong one below the other are told of as one. */
static void add_cell(struct zr_examine *x, const struct zr_bad_copy *cell)
{
	struct zr_damage *d = x->damage;

	for (unsigned int i = 0; i < d->n_bad && i < ZR_BAD_COPIES; i++) {
		struct zr_bad_copy *bad = &d->bad[i];

		if (bad->guid == cell->guid && bad->error == cell->error) {
			if (bad->offset + bad->len == cell->offset)
				bad->len += cell->len;
			return;
		}
	}
	zr_examine_bad(x, cell);
}

static void compare_cell(struct zr_examine *x, struct zr_raid *raid, uint32_t row,
			 unsigned int col, uint8_t *sector)
{
	const struct zr_vdev *vdev = raid->map.vdev;
	struct zr_raid_cell cell = zr_raid_cell_at(&raid->map, row, col);
	const struct zr_slot *slot = &vdev->slots[cell.slot];
	const uint8_t *want = expected(raid, row, col);
	size_t size = (size_t)1 << raid->map.ashift;

	for (unsigned int i = 0; want && i < slot->n; i++) {
		const struct zr_side *side = &vdev->sides[slot->first + i];
		const struct zr_dev *dev =
			zr_side_dev(vdev, side, cell.offset - ZF_VDEV_DATA_START);
		struct zr_bad_copy bad = { .dev = dev,
					   .guid = side->guid,
					   .offset = cell.offset,
					   .len = size,
					   .error = ZB_ENODEV };

		if (dev) {
			bad.error = zr_windows_read(&x->pool->windows, dev, cell.offset,
						    sector, size);
			*x->read += size;
		}
		if (!bad.error && __builtin_memcmp(sector, want, size) != 0)
			bad.error = ZB_ECKSUM;
		if (dev && bad.error)
			(void)zr_side_gap(side, raid->birth, &bad.lacks);
		if (bad.error)
			add_cell(x, &bad);
	}
}

static int compare(struct zr_examine *x, struct zr_raid *raid)
{
	uint8_t *sector = zr_alloc(raid->host, (size_t)1 << raid->map.ashift);

	if (!sector)
		return ZB_ENOMEM;
	for (uint32_t row = 0; row < raid->map.n_rows; row++)
		for (unsigned int col = 0; col < zr_raid_part_of(&raid->map, row)->cols;
		     col++)
			compare_cell(x, raid, row, col, sector);
	zr_free(raid->host, sector);
	return 0;
}

int zr_examine_raid(struct zr_examine *x, const struct zr_vdev *vdev,
		    const struct zf_dva *dva, struct zb_span data, uint64_t birth)
{
	struct zr_raid raid;
	int error = zr_raid_open(&raid, x->pool, vdev, dva->offset, data.len, birth);

	if (!error) {
		raid.data = zr_zalloc(raid.host, raid.size);
		error = raid.data ? 0 : ZB_ENOMEM;
	}
	if (!error) {
		__builtin_memcpy(raid.data, data.ptr, data.len);
		error = compute_parity(&raid);
	}
	if (!error)
		error = compare(x, &raid);
	zr_raid_close(&raid);
	return error;
}
