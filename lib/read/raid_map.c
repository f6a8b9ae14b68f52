/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/label.h"
#include "read/raid.h"

#define SWAP_BIT   (1ULL << 20) /* of the offset: see OpenZFS's vdev_raidz_map_alloc() */
#define MAX_OFFSET (1ULL << 62)

unsigned int zr_raidz_width(const struct zr_vdev *vdev, uint64_t birth)
{
	unsigned int later = 0;

	for (unsigned int i = 0; i < vdev->raid.n_widths; i++)
		later += vdev->raid.widths_txg[i] > birth;
	return vdev->n_slots - vdev->raid.expanding - later;
}

/* The grid of `sectors` data in rows of `cols`; cols_always: even if it has but one short row. */
static void init_part(struct zr_raid_map *map, struct zr_raid_part *part, uint64_t data,
		      uint64_t sectors, unsigned int cols, bool cols_always)
{
	unsigned int ndata = cols - map->nparity;

	part->data = data;
	part->full_rows = (uint32_t)(sectors / ndata);
	part->rest = (unsigned int)(sectors % ndata);
	part->n_rows = part->full_rows + (part->rest > 0);
	part->first_row = map->n_rows;
	part->cols = cols;
	if (part->full_rows == 0 && !cols_always)
		part->cols = part->rest + map->nparity;
	map->n_rows += part->n_rows;
	if (part->cols > map->cols)
		map->cols = part->cols;
	map->n_parts++;
}

static void init_raidz(struct zr_raid_map *map, const struct zr_reflow *reflow,
		       uint64_t offset, uint64_t birth)
{
	struct zr_raid_part *part = &map->part[0];

	map->width = zr_raidz_width(map->vdev, birth);
	map->swap = map->nparity == 1 && offset & SWAP_BIT;
	map->reflowed = UINT64_MAX;
	if (map->vdev->raid.expanding) {
		map->reflowed = reflow->offset >> map->ashift;
		map->scratch = reflow->scratch;
	}
	init_part(map, part, 0, map->sectors, map->width, false);
	part->sector = offset >> map->ashift;
	map->end = part->sector + map->sectors + (uint64_t)map->nparity * part->n_rows;
	map->end <<= map->ashift;
}

static int init_draid(struct zr_raid_map *map, uint64_t offset)
{
	const struct zr_draid *d = map->vdev->raid.draid;
	uint64_t left = map->sectors, here;

	for (unsigned int i = 0; i < 2 && left > 0; i++, left -= here) {
		struct zr_raid_part *part = &map->part[i];
		int error = zr_draid_group(d, offset, &part->group);

		if (error)
			return error;
		part->sector = (offset - part->group.start) >> map->ashift;
		if (part->sector % d->groupwidth != 0)
			return ZB_ECORRUPT;
		part->sector /= d->groupwidth;
		here = ((1ULL << ZR_DRAID_ROW_SHIFT >> map->ashift) - part->sector) *
		       d->ndata;
		if (here > left)
			here = left;
		init_part(map, part, map->sectors - left, here, d->groupwidth, true);
		map->end =
			offset + ((uint64_t)part->n_rows * d->groupwidth << map->ashift);
		offset = part->group.end;
	}
	return left > 0 ? ZB_ECORRUPT : 0;
}

int zr_raid_map_init(struct zr_raid_map *map, const struct zr_vdev *vdev,
		     const struct zr_reflow *reflow, uint64_t offset, size_t len,
		     uint64_t birth)
{
	uint64_t mask = (1ULL << vdev->ashift) - 1;

	map->vdev = vdev;
	map->ashift = vdev->ashift;
	map->nparity = vdev->raid.nparity;
	map->swap = map->scratch = false;
	map->n_rows = map->cols = map->n_parts = 0;
	if (len == 0 || len > ZF_MAX_BLOCK || offset & mask || offset >= MAX_OFFSET)
		return ZB_ECORRUPT;
	map->sectors = (len + mask) >> vdev->ashift;
	if (vdev->kind == ZR_VDEV_DRAID)
		return init_draid(map, offset);
	init_raidz(map, reflow, offset, birth);
	return 0;
}

const struct zr_raid_part *zr_raid_part_of(const struct zr_raid_map *map, uint32_t row)
{
	return map->n_parts > 1 && row >= map->part[1].first_row ? &map->part[1]
								 : &map->part[0];
}

static struct zr_raid_cell raidz_cell(const struct zr_raid_map *map, uint32_t row,
				      unsigned int col)
{
	const struct zr_raid_part *part = &map->part[0];
	unsigned int slots = map->vdev->n_slots;
	struct zr_raid_cell cell;

	if (map->swap && col < 2)
		col ^= 1;
	cell.sector = part->sector + (uint64_t)row * map->width;
	/* A row that an expansion has not moved as a whole is still where it was. */
	if (map->vdev->raid.expanding && cell.sector + part->cols > map->reflowed) {
		slots--;
		cell.offset = ZF_VDEV_DATA_START;
	} else {
		cell.offset =
			ZF_VDEV_DATA_START - (map->scratch ? ZF_BOOT_REGION_SIZE : 0);
	}
	cell.sector += col;
	cell.slot = (unsigned int)(cell.sector % slots);
	cell.offset += cell.sector / slots << map->ashift;
	return cell;
}

struct zr_raid_cell zr_raid_cell_at(const struct zr_raid_map *map, uint32_t row,
				    unsigned int col)
{
	const struct zr_raid_part *part;
	struct zr_raid_cell cell = { 0 };

	if (map->vdev->kind != ZR_VDEV_DRAID)
		return raidz_cell(map, row, col);
	part = zr_raid_part_of(map, row);
	cell.slot = part->group.slot[col];
	cell.offset = ZF_VDEV_DATA_START + part->group.offset[col] +
		      ((part->sector + row - part->first_row) << map->ashift);
	return cell;
}

uint64_t zr_raid_data_at(const struct zr_raid_map *map, uint32_t row, unsigned int col)
{
	const struct zr_raid_part *part = zr_raid_part_of(map, row);
	uint32_t in = row - part->first_row;

	if (col >= part->cols)
		return UINT64_MAX;
	col -= map->nparity;
	if (col < part->rest)
		return part->data + (uint64_t)col * (part->full_rows + 1) + in;
	if (in >= part->full_rows)
		return UINT64_MAX;
	return part->data + part->rest + (uint64_t)col * part->full_rows + in;
}
