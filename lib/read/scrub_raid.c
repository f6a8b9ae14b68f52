/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/raid.h"
#include "read/scrub_batch.h"
#include "read/ways.h"

/* Blocks on raidz or dRAID that were read in runs: with each slot's one device. */

/* Each slot has one device, so that reading each once reads all there is. */
bool zr_scrub_raid_can(const struct zr_vdev *vdev)
{
	for (unsigned int i = 0; i < vdev->n_slots; i++)
		if (vdev->slots[i].n != 1)
			return false;
	return true;
}

/* Parity of the rows from `row` on that was read; what was missing was not. */
static bool parity_agrees(struct zr_raid *raid, uint32_t row, uint32_t height)
{
	const uint8_t *bad = raid->bad + (size_t)row * raid->map.cols;

	zr_raid_stripe(raid, raid->data, row, height);
	for (unsigned int j = 0; j < raid->map.nparity; j++)
		if (!bad[j] && !zr_parity_agrees(raid->stripe, j))
			return false;
	return true;
}

static bool all_parity_agrees(struct zr_raid *raid, bool missing)
{
	const struct zr_raid_map *map = &raid->map;
	uint32_t height;

	for (uint32_t row = 0; row < map->n_rows; row += height) {
		const struct zr_raid_part *part = zr_raid_part_of(map, row);

		height = 1;
		if (!missing && row < part->first_row + part->full_rows)
			height = part->full_rows;
		if (!parity_agrees(raid, row, height))
			return false;
	}
	return true;
}

static bool is_missing(const struct zr_raid *raid)
{
	size_t n = (size_t)raid->map.n_rows * raid->map.cols;

	for (size_t i = 0; i < n; i++)
		if (raid->bad[i])
			return true;
	return false;
}

int zr_scrub_raid_piece(const struct zr_run *run, struct zr_scrub_piece *p)
{
	struct zr_raid raid;
	int error = zr_run_codewords(run, &p->from, p->len, &raid);

	if (!error)
		error = zr_scrub_piece_check(run->pool, p, zb_span(raid.data, p->len));
	if (!error && is_missing(&raid))
		p->missing++;
	if (!error && !all_parity_agrees(&raid, p->missing > 0))
		error = ZB_ECKSUM;
	zr_raid_close(&raid);
	return error;
}
