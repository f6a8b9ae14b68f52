/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZR_RAID_H
#define ZR_RAID_H

#include "read/parity.h"
#include "read/vdev.h"

struct zr_pool;

/* ---- where a block's sectors are (raid_map.c) ---- */

/*
 * A block on raidz or dRAID is a grid of sectors, its cells:
 *
 *	column	0 .. p-1   p     p+1   p+2   p+3
 *	row 0	P  (Q  R)  D0    D3    D6    D8
 *	row 1	P  (Q  R)  D1    D4    D7    D9
 *	row 2	P  (Q  R)  D2    D5    -     -
 *
 * Each row is a codeword by itself; data that its last row lacks count as zeros. A block on
 * dRAID that goes over the end of a group is two such grids, parts here; rows count on.
 *
 * On raidz the cells of a grid lie row by row in the vdev's address space, which goes round its
 * children sector by sector. An expanded raidz still does, over more children than the grid of
 * an older block has columns. On dRAID each column is on one child.
 */
struct zr_raid_part {
	uint32_t first_row, n_rows;
	uint32_t full_rows; /* with data in all columns */
	unsigned int rest;  /* data columns with one row more */
	unsigned int cols;  /* of the codeword, parity included */
	uint64_t data;	    /* sectors of the block's data before this part */
	uint64_t
		sector; /* raidz: of cell 0 in the address space; dRAID: of row 0 in its group */
	struct zr_draid_group group;
};

struct zr_raid_map {
	const struct zr_vdev *vdev;
	unsigned int ashift, nparity;
	unsigned int width; /* raidz: sectors from one row to the next */
	bool swap;	    /* raidz1: P and the first data column are exchanged */
	uint64_t reflowed;  /* raidz: sectors that an expansion has moved so far */
	bool scratch; /* and that their copies in the boot region are the valid ones */
	uint64_t sectors; /* of data */
	uint64_t end;	  /* in the address space, of the last cell */
	uint32_t n_rows;
	unsigned int cols; /* of the wider part */
	unsigned int n_parts;
	struct zr_raid_part part[2];
};

struct zr_raid_cell {
	unsigned int slot;
	uint64_t
		offset; /* on the child, past its data start; of the scratch copy: less */
	uint64_t sector; /* raidz: in the address space */
};

/* How far an expansion has come, by the uberblock in use. */
struct zr_reflow {
	uint64_t offset;
	bool scratch;
};

/* Columns that a block of that birth has on a raidz. */
unsigned int zr_raidz_width(const struct zr_vdev *vdev, uint64_t birth);

/* The grid of the len bytes at an offset of the address space. ZB_ECORRUPT for an impossible one. */
ZB_MUST_CHECK int zr_raid_map_init(struct zr_raid_map *map, const struct zr_vdev *vdev,
				   const struct zr_reflow *reflow, uint64_t offset,
				   size_t len, uint64_t birth);

const struct zr_raid_part *zr_raid_part_of(const struct zr_raid_map *map, uint32_t row);

struct zr_raid_cell zr_raid_cell_at(const struct zr_raid_map *map, uint32_t row,
				    unsigned int col);

/* The sector of the block's data that a cell right of the parity holds; UINT64_MAX: none. */
uint64_t zr_raid_data_at(const struct zr_raid_map *map, uint32_t row, unsigned int col);

/* ---- reading and repairing (raid.c) ---- */

/* What was read of one slot. */
struct zr_raid_source {
	const uint8_t *ptr;
	uint64_t start, end;  /* on the device */
	const uint8_t *holes; /* for each sector whether it is missing; NULL: none is */
	int error;	      /* why there is nothing, or a hole */
};

/* One block and all that is known about its cells. */
struct zr_raid {
	const struct zr_host *host;
	struct zr_windows *windows; /* to read through; not for zr_raid_gather() */
	unsigned int *exhausted; /* how often a search was given up: see raid_guess.c */
	struct zr_raid_map map;
	size_t len;
	size_t size; /* len in whole sectors */
	uint64_t birth;
	/*
	 * Ways to read it as it is, the i-th from the i-th side of each slot. If some sides lack
	 * it there are twice as many: all first without those.
	 */
	unsigned int copies, sides;
	bool with_lacking;
	uint8_t *data;	 /* of size bytes */
	uint8_t *parity; /* column by column, n_rows sectors each */
	uint8_t *bad;	 /* n_rows * cols: not read */
	int lost;	 /* why not */
	struct zr_raid_source *source;
	uint8_t *stage, *holes; /* what source[] points to, if it was read here */
	struct zr_stripe *stripe;
	struct zr_raid_guess *guess;
	unsigned int next; /* way */
};

/* ZB_ENOMEM, ZB_ECORRUPT. The caller ends with zr_raid_close(), after a failure too. */
ZB_MUST_CHECK int zr_raid_open(struct zr_raid *raid, const struct zr_pool *pool,
			       const struct zr_vdev *vdev, uint64_t offset, size_t len,
			       uint64_t birth);
void zr_raid_close(struct zr_raid *raid);

/* As zr_ways_copy() and zr_ways_next(). */
ZB_MUST_CHECK int zr_raid_copy(struct zr_raid *raid, unsigned int i, void *dst);
ZB_MUST_CHECK int zr_raid_next(struct zr_raid *raid, void *dst);

/*
 * Takes the block out of what source[] holds: out receives size bytes; what is missing is made
 * up for from parity. ZB_ENODEV, ZB_EIO if too much is. With all, parity is taken out even if
 * nothing is missing.
 */
ZB_MUST_CHECK int zr_raid_gather(struct zr_raid *raid, uint8_t *out, bool all);

/* Reads all cells, in the i-th of the `copies` ways, into data and parity. */
ZB_MUST_CHECK int zr_raid_load(struct zr_raid *raid, unsigned int i);

/* The columns of a row of out, height sectors each, as a codeword in raid->stripe. */
void zr_raid_stripe(struct zr_raid *raid, uint8_t *out, uint32_t row, uint32_t height);

/*
 * Computes the cells of a row, and of the height - 1 below, whose columns are in lost[0 .. n-1],
 * ascending, parity columns too. As zr_parity_solve().
 */
ZB_MUST_CHECK int zr_raid_solve(struct zr_raid *raid, uint8_t *out, uint32_t row,
				uint32_t height, const uint8_t *lost, unsigned int n);

/* ---- wrong sectors that read fine (raid_guess.c) ---- */

/*
 * The next repair of wrong data: some of the cells are taken to be wrong and computed from the
 * others. ZB_ENOENT when there are no more. Begins anew after zr_raid_guess_reset().
 */
ZB_MUST_CHECK int zr_raid_guess_next(struct zr_raid *raid, uint8_t *dst);
void zr_raid_guess_reset(struct zr_raid *raid);

#endif
