/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/raid.h"

/*
 * Sectors that were read without an error but hold something else. Where parity is left that no
 * missing sector needed, it tells which rows are wrong; what is wrong in them has to be tried
 * out, and the block's checksum decides:
 *
 * - first, that one child is bad, or as many as there is parity, in all rows. Where a raidz was
 *   expanded, also one that was bad before: its sectors have moved on to several children since;
 * - then, for each wrong row by itself, columns that explain it.
 *
 * Parity that a repair did not need has to agree with it, or the repair is not even offered.
 */
#define BUDGET	     (2ULL << 30) /* bytes looked at for one block, a second or two */
#define BUDGET_SIZES 512	  /* or so often the size of a large one */
#define CELL_COST    64		  /* of looking up where a cell is, in bytes */
#define MAX_OPTIONS  65536

/* Sectors whose number, divided by width, leaves `rest`: a child, now or before expansions. */
struct suspect {
	uint16_t width, rest;
};

/* Columns of a row that are taken to be wrong. */
struct option {
	uint8_t n;
	uint8_t col[ZR_PARITY_MAX];
};

struct zr_raid_guess {
	uint8_t *out;	/* the block with the guess applied */
	uint32_t *rows; /* those whose parity does not agree */
	uint32_t n_rows;
	uint64_t budget;
	/* the same suspects in all rows */
	struct suspect *suspects;
	unsigned int n_suspects;
	unsigned int k, pick[ZR_PARITY_MAX]; /* k 0: not begun */
	/* each row by itself: those of rows[i] are option[first[i]] to option[first[i + 1] - 1] */
	bool by_row, begun;
	struct option *options;
	uint32_t *first, *at;
};

void zr_raid_guess_reset(struct zr_raid *raid)
{
	struct zr_raid_guess *g = raid->guess;

	if (!g)
		return;
	zr_free(raid->host, g->out);
	zr_free(raid->host, g->rows);
	zr_free(raid->host, g->suspects);
	zr_free(raid->host, g->options);
	zr_free(raid->host, g->first);
	zr_free(raid->host, g->at);
	zr_free(raid->host, g);
	raid->guess = NULL;
}

/* ---- which rows ---- */

static const uint8_t *bad_row(const struct zr_raid *raid, uint32_t row)
{
	return raid->bad + (size_t)row * raid->map.cols;
}

static unsigned int count_bad(const struct zr_raid *raid, uint32_t row)
{
	unsigned int n = 0;

	for (unsigned int col = 0; col < raid->map.cols; col++)
		n += bad_row(raid, row)[col];
	return n;
}

/* Parity columns that were read and that the missing data did not need. */
static unsigned int spare_parity(const struct zr_raid *raid, uint32_t row)
{
	unsigned int p = raid->map.nparity, missing = 0, usable = 0;

	for (unsigned int col = p; col < raid->map.cols; col++)
		missing += bad_row(raid, row)[col];
	for (unsigned int col = 0; col < p; col++) {
		if (bad_row(raid, row)[col])
			continue;
		if (missing > 0)
			missing--;
		else
			usable |= 1U << col;
	}
	return usable;
}

static bool agrees(struct zr_raid *raid, unsigned int parity)
{
	for (unsigned int j = 0; j < raid->map.nparity; j++)
		if (parity >> j & 1 && !zr_parity_agrees(raid->stripe, j))
			return false;
	return true;
}

static int find_rows(struct zr_raid *raid, struct zr_raid_guess *g)
{
	g->rows = zr_alloc(raid->host, raid->map.n_rows * sizeof(*g->rows));
	if (!g->rows)
		return ZB_ENOMEM;
	for (uint32_t row = 0; row < raid->map.n_rows; row++) {
		zr_raid_stripe(raid, raid->data, row, 1);
		if (!agrees(raid, spare_parity(raid, row)))
			g->rows[g->n_rows++] = row;
	}
	return g->n_rows > 0 ? 0 : ZB_ENOENT;
}

/* ---- one row ---- */

static bool exists(const struct zr_raid *raid, uint32_t row, unsigned int col)
{
	return col < raid->map.nparity ||
	       zr_raid_data_at(&raid->map, row, col) != UINT64_MAX;
}

static void restore(struct zr_raid *raid, struct zr_raid_guess *g, uint32_t row)
{
	size_t size = (size_t)1 << raid->map.ashift;

	for (unsigned int col = raid->map.nparity; col < raid->map.cols; col++) {
		uint64_t at = zr_raid_data_at(&raid->map, row, col);

		if (at != UINT64_MAX)
			__builtin_memcpy(g->out + (size_t)at * size,
					 raid->data + (size_t)at * size, size);
	}
}

static void spend(struct zr_raid_guess *g, uint64_t cost)
{
	g->budget -= cost < g->budget ? cost : g->budget;
}

/* Repairs a row, taking the option's columns to be wrong. False if that cannot be. */
static bool apply(struct zr_raid *raid, struct zr_raid_guess *g, uint32_t row,
		  const struct option *o)
{
	uint8_t lost[2 * ZR_PARITY_MAX];
	unsigned int n = 0, next = 0;
	int left;

	spend(g, (uint64_t)raid->map.cols << raid->map.ashift);
	for (unsigned int col = 0; col < raid->map.cols; col++) {
		bool hit = next < o->n && o->col[next] == col;

		next += hit;
		if (!hit && !bad_row(raid, row)[col])
			continue;
		if (n == raid->map.nparity)
			return false;
		lost[n++] = (uint8_t)col;
	}
	restore(raid, g, row);
	left = zr_raid_solve(raid, g->out, row, 1, lost, n);
	return left >= 0 && agrees(raid, (unsigned int)left);
}

/* ---- combinations ---- */

/* The next k of n, in order; the first if k numbers are not set yet. */
static bool next_combination(unsigned int *pick, unsigned int k, unsigned int n)
{
	for (unsigned int i = k; i-- > 0;) {
		if (pick[i] + (k - i) >= n)
			continue;
		pick[i]++;
		for (i++; i < k; i++)
			pick[i] = pick[i - 1] + 1;
		return true;
	}
	return false;
}

static bool first_combination(unsigned int *pick, unsigned int k, unsigned int n)
{
	for (unsigned int i = 0; i < k; i++)
		pick[i] = i;
	return k <= n;
}

/* ---- the same suspects in all rows ---- */

static bool is_hit(const struct zr_raid *raid, uint32_t row, unsigned int col,
		   const struct suspect *s)
{
	struct zr_raid_cell cell;

	if (!exists(raid, row, col))
		return false;
	cell = zr_raid_cell_at(&raid->map, row, col);
	if (raid->map.vdev->kind == ZR_VDEV_DRAID)
		return cell.slot == s->rest;
	return cell.sector % s->width == s->rest;
}

static bool hits_any(const struct zr_raid *raid, struct zr_raid_guess *g,
		     const struct suspect *s)
{
	for (uint32_t i = 0; i < g->n_rows && g->budget > 0; i++) {
		spend(g, raid->map.cols * CELL_COST);
		for (unsigned int col = 0; col < raid->map.cols; col++)
			if (!bad_row(raid, g->rows[i])[col] &&
			    is_hit(raid, g->rows[i], col, s))
				return true;
	}
	return false;
}

static int find_suspects(struct zr_raid *raid, struct zr_raid_guess *g)
{
	const struct zr_vdev *vdev = raid->map.vdev;
	unsigned int n = vdev->n_slots;
	unsigned int before = vdev->raid.n_widths + vdev->raid.expanding;

	g->suspects = zr_alloc(raid->host, (before + 1) * n * sizeof(*g->suspects));
	if (!g->suspects)
		return ZB_ENOMEM;
	for (unsigned int width = n; width >= n - before && width > 0; width--) {
		for (unsigned int rest = 0; rest < width; rest++) {
			struct suspect s = { (uint16_t)width, (uint16_t)rest };

			if (hits_any(raid, g, &s))
				g->suspects[g->n_suspects++] = s;
		}
	}
	return 0;
}

/* The suspects' columns of a row. False if they are more than parity can make up for. */
static bool option_of(const struct zr_raid *raid, struct zr_raid_guess *g, uint32_t row,
		      struct option *o)
{
	o->n = 0;
	spend(g, raid->map.cols * CELL_COST);
	for (unsigned int col = 0; col < raid->map.cols; col++) {
		bool hit = false;

		for (unsigned int i = 0; !hit && i < g->k; i++)
			hit = is_hit(raid, row, col, &g->suspects[g->pick[i]]);
		if (!hit)
			continue;
		if (o->n == raid->map.nparity)
			return false;
		o->col[o->n++] = (uint8_t)col;
	}
	return true;
}

static bool suspects_fit(struct zr_raid *raid, struct zr_raid_guess *g)
{
	struct option o;

	for (uint32_t i = 0; i < g->n_rows; i++)
		if (!option_of(raid, g, g->rows[i], &o) ||
		    !apply(raid, g, g->rows[i], &o))
			return false;
	return true;
}

static bool next_suspects(const struct zr_raid *raid, struct zr_raid_guess *g)
{
	if (g->k > 0 && next_combination(g->pick, g->k, g->n_suspects))
		return true;
	g->k++;
	return g->k <= raid->map.nparity &&
	       first_combination(g->pick, g->k, g->n_suspects);
}

/* ---- each row by itself ---- */

/* Options of one row: as few columns as explain it, all that do. False if there are too many. */
static bool find_options(struct zr_raid *raid, struct zr_raid_guess *g, uint32_t row,
			 uint32_t *n)
{
	unsigned int most = raid->map.nparity - count_bad(raid, row);
	unsigned int pick[ZR_PARITY_MAX];
	uint32_t before = *n;

	for (unsigned int k = 1; k <= most && *n == before; k++) {
		bool more = first_combination(pick, k, raid->map.cols);

		for (; more; more = next_combination(pick, k, raid->map.cols)) {
			struct option o = { .n = (uint8_t)k };
			bool sane = true;

			for (unsigned int i = 0; i < k; i++) {
				o.col[i] = (uint8_t)pick[i];
				sane &= exists(raid, row, pick[i]) &&
					!bad_row(raid, row)[pick[i]];
			}
			if (!sane || !apply(raid, g, row, &o))
				continue;
			if (*n == MAX_OPTIONS || g->budget == 0)
				return false;
			g->options[(*n)++] = o;
		}
	}
	return *n > before;
}

static int begin_by_row(struct zr_raid *raid, struct zr_raid_guess *g)
{
	uint32_t n = 0;

	g->by_row = true;
	g->options = zr_alloc(raid->host, MAX_OPTIONS * sizeof(*g->options));
	g->first = zr_zalloc(raid->host, (g->n_rows + 1ULL) * sizeof(*g->first));
	g->at = zr_alloc(raid->host, g->n_rows * sizeof(*g->at));
	if (!g->options || !g->first || !g->at)
		return ZB_ENOMEM;
	for (uint32_t i = 0; i < g->n_rows; i++) {
		if (!find_options(raid, g, g->rows[i], &n))
			return ZB_ENOENT;
		g->first[i + 1] = n;
		g->at[i] = g->first[i];
		(void)!apply(raid, g, g->rows[i], &g->options[g->at[i]]);
	}
	return 0;
}

/* Steps to the next choice of options, one for each row. */
static bool next_options(struct zr_raid *raid, struct zr_raid_guess *g)
{
	for (uint32_t i = 0; i < g->n_rows; i++) {
		bool more = g->at[i] + 1 < g->first[i + 1];

		g->at[i] = more ? g->at[i] + 1 : g->first[i];
		(void)!apply(raid, g, g->rows[i], &g->options[g->at[i]]);
		if (more)
			return true;
	}
	return false;
}

/* ---- one after the other ---- */

static int begin(struct zr_raid *raid)
{
	struct zr_raid_guess *g = zr_zalloc(raid->host, sizeof(*g));
	int error;

	if (!g)
		return ZB_ENOMEM;
	raid->guess = g;
	/* Who needs so much often has a medium made to keep us busy. */
	g->budget = BUDGET;
	if (g->budget < BUDGET_SIZES * (uint64_t)raid->size)
		g->budget = BUDGET_SIZES * (uint64_t)raid->size;
	g->budget >>= (*raid->exhausted < 8 ? *raid->exhausted : 8);
	error = zr_raid_load(raid, raid->next - raid->copies);
	if (error)
		return error == ZB_ENOMEM ? error : ZB_ENOENT;
	g->out = zr_alloc(raid->host, raid->size);
	if (!g->out)
		return ZB_ENOMEM;
	__builtin_memcpy(g->out, raid->data, raid->size);
	error = find_rows(raid, g);
	return error ? error : find_suspects(raid, g);
}

static int step(struct zr_raid *raid, struct zr_raid_guess *g)
{
	int error;

	while (!g->by_row && g->budget > 0 && next_suspects(raid, g))
		if (suspects_fit(raid, g))
			return 0;
	if (!g->by_row) {
		error = begin_by_row(raid, g);
		return error;
	}
	return g->first[g->n_rows] > 0 && g->budget > 0 && next_options(raid, g)
		       ? 0
		       : ZB_ENOENT;
}

int zr_raid_guess_next(struct zr_raid *raid, uint8_t *dst)
{
	struct zr_raid_guess *g;
	int error = 0;

	if (!raid->guess)
		error = begin(raid);
	g = raid->guess;
	if (!g)
		return ZB_ENOENT;
	if (!error)
		error = step(raid, g);
	if (error) {
		*raid->exhausted += g->budget == 0;
		return error == ZB_ENOMEM ? ZB_ENOENT : error;
	}
	spend(g, raid->size);
	__builtin_memcpy(dst, g->out, raid->len);
	return 0;
}
