/* SPDX-License-Identifier: BSD-2-Clause */
#include "codec/decompress.h"
#include "read/batch.h"
#include "read/verify.h"

/*
 * The blocks of a batch are sorted by where they lie; neighbours become one load, small gaps
 * included. Without other cores a load is as large as memory allows, since a loader pays for
 * each; with them it is of a size that a core's cache holds, and each core reads, verifies and
 * decompresses loads of its own. Whatever this fast way cannot fetch (gang blocks, a bad first
 * copy) goes the slow one afterwards.
 */
#define LOAD_ALONE  ((size_t)4 << 20)
#define LOAD_SHARED ((size_t)256 << 10)
#define LOAD_MIN    ((size_t)128 << 10)
#define GAP_MAX	    ((uint64_t)64 << 10)
#define GAP_SHARE   64		      /* at most 1/64 of what is read may be gaps */
#define LANE_BYTES  ((size_t)8 << 20) /* for the lanes of a batch, one at least */

/* Can its bytes on disk be read to where its data are wanted? */
static bool is_direct(const struct zr_piece *p)
{
	return p->from.vdev && p->from.vdev->kind == ZR_VDEV_MIRROR &&
	       p->bp.compress == ZF_COMPRESS_OFF && !p->bp.encrypted &&
	       p->bp.psize == p->bp.lsize && p->skip == 0 && p->room >= p->bp.lsize;
}

static bool piece_before(const struct zr_piece *a, const struct zr_piece *b)
{
	if (a->from.vdev != b->from.vdev)
		return (uintptr_t)a->from.vdev < (uintptr_t)b->from.vdev;
	return a->from.start < b->from.start;
}

/* Shell sort: no recursion, and nearly sorted input, the usual one, costs little. */
static void sort_pieces(struct zr_batch *b)
{
	static const unsigned int gaps[] = { 301, 132, 57, 23, 10, 4, 1 };

	for (unsigned int g = 0; g < sizeof(gaps) / sizeof(gaps[0]); g++) {
		for (unsigned int i = gaps[g]; i < b->n; i++) {
			uint16_t moving = b->order[i];
			unsigned int at = i;

			while (at >= gaps[g] &&
			       piece_before(&b->pieces[moving],
					    &b->pieces[b->order[at - gaps[g]]])) {
				b->order[at] = b->order[at - gaps[g]];
				at -= gaps[g];
			}
			b->order[at] = moving;
		}
	}
}

/* Takes the next piece, `last` being the one before it, if it may join; pays for the gap. */
static bool join(struct zr_load *load, const struct zr_piece *last,
		 const struct zr_piece *p, size_t most, uint64_t *gaps)
{
	struct zr_extent whole = load->from;
	uint64_t gap;

	if (!zr_extent_goes_with(&p->from, &whole) || is_direct(p) != load->direct)
		return false;
	gap = p->from.start > whole.end ? p->from.start - whole.end : 0;
	if (p->from.end > whole.end)
		whole.end = p->from.end;
	if (load->direct) {
		if (p->from.start != load->from.end ||
		    p->dst != last->dst + last->bp.lsize ||
		    whole.end - whole.start > LOAD_SHARED)
			return false;
	} else if (gap > GAP_MAX || gap > *gaps || zr_extent_stage(&whole) > most) {
		return false;
	}
	*gaps -= gap;
	load->from = whole;
	return true;
}

static void make_loads(struct zr_batch *b, size_t most)
{
	uint64_t gaps = b->wanted / GAP_SHARE;
	unsigned int i = 0;

	b->n_loads = 0;
	while (i < b->n) {
		const struct zr_piece *p = &b->pieces[b->order[i]];
		struct zr_load load = { .first = i,
					.from = p->from,
					.direct = is_direct(p) };

		while (++i < b->n && p->from.vdev) {
			const struct zr_piece *next = &b->pieces[b->order[i]];

			if (!join(&load, p, next, most, &gaps))
				break;
			p = next;
		}
		load.last = i;
		if (p->from.vdev && (load.direct || zr_extent_stage(&load.from) <= most))
			b->loads[b->n_loads++] = load;
	}
}

/* How large a lane's stage has to be: for the largest block, and `load` if that much is read. */
static void set_stage(struct zr_batch *b, size_t load)
{
	uint64_t all = b->wanted / GAP_SHARE;
	size_t most = 0, size;

	b->gather_size = 0;
	for (unsigned int i = 0; i < b->n; i++) {
		const struct zr_piece *p = &b->pieces[i];

		if (is_direct(p) || !p->from.vdev)
			continue;
		size = zr_extent_stage(&p->from);
		all += size;
		if (size > most)
			most = size;
		if (p->bp.psize > b->gather_size && p->from.vdev->kind != ZR_VDEV_MIRROR)
			b->gather_size = (size_t)p->bp.psize;
	}
	if (most > load)
		b->stage_size = most;
	else
		b->stage_size = all < load ? (size_t)all : load;
}

static bool lane_init(struct zr_batch *b, struct zr_lane *lane, void *workspace)
{
	const struct zr_host *host = b->pool->host;

	*lane = (struct zr_lane){ .workspace = workspace };
	if (!workspace)
		lane->workspace = zr_alloc(host, ZC_WORKSPACE);
	if (b->stage_size > 0)
		lane->stage = zr_alloc(host, b->stage_size);
	if (b->gather_size > 0)
		lane->gather = zr_alloc(host, b->gather_size);
	return lane->workspace && (lane->stage || b->stage_size == 0) &&
	       (lane->gather || b->gather_size == 0);
}

static void lane_done(struct zr_batch *b, struct zr_lane *lane)
{
	const struct zr_host *host = b->pool->host;

	zr_free(host, lane->gather);
	zr_free(host, lane->stage);
	if (lane->workspace != b->pool->workspace)
		zr_free(host, lane->workspace);
}

/* Without other cores: the pool's own workspace, and a stage as large as there is memory. */
static int lane_alone(struct zr_batch *b)
{
	struct zr_lane *lane = &b->lanes[0];

	set_stage(b, LOAD_ALONE);
	while (!lane_init(b, lane, b->pool->workspace)) {
		lane_done(b, lane);
		if (b->stage_size / 2 < LOAD_MIN)
			return ZB_ENOMEM;
		b->stage_size /= 2;
	}
	b->n_lanes = 1;
	return 0;
}

static int lanes_shared(struct zr_batch *b)
{
	unsigned int n = b->pool->host->threads;
	uint64_t loads = b->wanted / LOAD_SHARED + 1;
	size_t each;

	set_stage(b, LOAD_SHARED);
	each = b->stage_size + b->gather_size + ZC_WORKSPACE;
	if (n > loads)
		n = (unsigned int)loads;
	if (n > ZR_BATCH_LANES)
		n = ZR_BATCH_LANES;
	if (n > LANE_BYTES / each)
		n = (unsigned int)(LANE_BYTES / each);
	for (b->n_lanes = 0; b->n_lanes < (n ? n : 1); b->n_lanes++) {
		if (!lane_init(b, &b->lanes[b->n_lanes], NULL)) {
			lane_done(b, &b->lanes[b->n_lanes]);
			break;
		}
	}
	return b->n_lanes > 0 ? 0 : ZB_ENOMEM;
}

int zr_batch_prepare(struct zr_batch *b)
{
	bool shared = b->pool->host->start;
	int error;

	b->n_lanes = 0;
	b->next_load = 0;
	if (b->n == 0)
		return 0;
	for (unsigned int i = 0; i < b->n; i++)
		b->pieces[i].error = ZB_ENODEV;
	error = shared ? lanes_shared(b) : lane_alone(b);
	if (error)
		return error;
	sort_pieces(b);
	make_loads(b, b->stage_size);
	return 0;
}

/* What is lost a piece of its own tells of. One device of each lane has to do. */
static void note_bad(const struct zr_batch *b, const struct zr_run *run)
{
	struct zb_diag diag;

	if (!run->bad_dev)
		return;
	zb_fail(&diag, run->bad_error, run->bad_dev->name, run->bad_at,
		"a column of %s: %s; made up for by parity", b->pool->info.name,
		zb_error_text(run->bad_error));
	zr_note(b->pool->host, &diag);
}

void zr_batch_finish(struct zr_batch *b)
{
	struct zr_io_stats *sum = &b->pool->windows.stats;

	for (unsigned int i = 0; i < b->n_lanes; i++) {
		sum->bytes += b->lanes[i].stats.bytes;
		sum->requests += b->lanes[i].stats.requests;
		note_bad(b, &b->lanes[i].bad);
		lane_done(b, &b->lanes[i]);
	}
	b->n_lanes = 0;
}

static int unpack_partly(struct zr_batch *b, const struct zr_piece *p, struct zb_span raw,
			 void *workspace)
{
	const struct zr_host *host = b->pool->host;
	uint8_t *block = zr_alloc(host, (size_t)p->bp.lsize);
	int error;

	if (!block)
		return ZB_ENOMEM;
	error = zr_block_unpack(b->pool, &p->bp, raw, block, workspace);
	if (!error)
		__builtin_memcpy(p->dst, block + p->skip, p->len);
	zr_free(host, block);
	return error;
}

static int unpack(struct zr_batch *b, const struct zr_piece *p, struct zb_span raw,
		  void *workspace)
{
	if (p->skip != 0 || p->room < p->bp.lsize)
		return unpack_partly(b, p, raw, workspace);
	return zr_block_unpack(b->pool, &p->bp, raw, p->dst, workspace);
}

/* From the first copy that its devices give. */
static int read_load(struct zr_batch *b, const struct zr_load *load, struct zr_lane *lane,
		     struct zr_run *ret_run)
{
	uint8_t *to = load->direct ? b->pieces[b->order[load->first]].dst : lane->stage;
	int error = ZB_ENODEV;

	for (unsigned int i = 0; error && i < zr_extent_copies(&load->from); i++)
		error = zr_extent_read(b->pool, &load->from, i, to, &lane->stats,
				       ret_run);
	return error;
}

static void fetch_load(struct zr_batch *b, const struct zr_load *load,
		       struct zr_lane *lane)
{
	struct zr_run run;
	int error = read_load(b, load, lane, &run);

	if (!error && run.bad_dev)
		lane->bad = run;
	for (unsigned int i = load->first; i < load->last; i++) {
		struct zr_piece *p = &b->pieces[b->order[i]];
		struct zb_span raw;

		p->error = error;
		if (!error)
			p->error = zr_run_block(&run, &p->from, (size_t)p->bp.psize,
						lane->gather, &raw);
		if (p->error)
			continue;
		p->error = load->direct ? zr_verify_block(&b->pool->verifier, &p->bp, raw)
					: unpack(b, p, raw, lane->workspace);
	}
}

void zr_batch_job(void *batch, unsigned int lane)
{
	struct zr_batch *b = batch;
	unsigned int i;

	while ((i = __atomic_fetch_add(&b->next_load, 1, __ATOMIC_RELAXED)) < b->n_loads)
		fetch_load(b, &b->loads[i], &b->lanes[lane]);
}
