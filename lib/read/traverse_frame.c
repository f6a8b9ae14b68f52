/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/traverse_frame.h"
#include "read/verify.h"

/*
 * Going up and down the trees of one objset. Levels fall on each way down, so that no tree is
 * deeper than the stack; and since every metadata block takes room of its own, those of a
 * sound pool fit into it: a pool that has more is made to keep us busy.
 */

static int fault(struct zr_traverse *t, int error, struct zb_diag *diag,
		 const char *reason)
{
	zb_fail(diag, error, t->pool->info.name, ZB_DIAG_NO_OFFSET,
		"dataset %llu, object %llu: %s", (unsigned long long)t->dataset,
		(unsigned long long)t->visit.object, reason);
	t->descend = false;
	return error == ZB_ENOMEM ? error : (int)ZR_TRAVERSE_FAULT;
}

/* ---- reading metadata ---- */

bool zr_traverse_reserve(struct zr_traverse *t, uint8_t **block, size_t *size,
			 uint64_t need)
{
	if (need <= *size)
		return true;
	zr_free(t->pool->host, *block);
	*block = zr_alloc(t->pool->host, (size_t)need);
	*size = *block ? (size_t)need : 0;
	return *block != NULL;
}

/* Block pointers and dnodes are in the clear in encrypted datasets, too: no key is needed. */
static int read_block(struct zr_traverse *t, struct zr_frame *f, struct zb_diag *diag)
{
	struct zf_blkptr clear = t->visit.bp;
	const struct zf_blkptr *bp = &clear;
	int error;

	clear.key = NULL; /* the scrub authenticates */
	if (!zr_traverse_reserve(t, &f->block, &f->block_size, bp->lsize) ||
	    !zr_traverse_reserve(t, &t->raw, &t->raw_size, bp->psize))
		return zb_fail(diag, ZB_ENOMEM, t->pool->info.name, ZB_DIAG_NO_OFFSET,
			       "no memory for a block of metadata");
	error = zr_block_read_raw(t->pool, bp, t->raw, diag);
	if (error)
		return error;
	if (zr_block_open(t->pool, bp, zb_span(t->raw, (size_t)bp->psize), f->block,
			  t->pool->workspace))
		return zb_fail(diag, ZB_ECORRUPT, t->pool->info.name, ZB_DIAG_NO_OFFSET,
			       "a block of metadata that cannot be decompressed");
	f->data = zb_span(f->block, (size_t)bp->lsize);
	f->endian = bp->endian;
	return 0;
}

/* ---- visiting ---- */

static uint64_t saturated_shift(uint64_t v, unsigned int shift)
{
	uint64_t shifted;

	return zb_shl64(v, shift, &shifted) ? shifted : UINT64_MAX;
}

static uint64_t saturated_mul(uint64_t a, uint32_t b)
{
	return a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

/* Which bytes of an object a block of it stands for. */
static void set_range(struct zr_visit *v, const struct zf_dnode *dn)
{
	unsigned int shift = (unsigned int)v->level * (dn->indblkshift - ZF_BLKPTR_SHIFT);

	v->offset = saturated_mul(saturated_shift(v->blkid, shift), dn->datablksz);
	v->len = saturated_mul(saturated_shift(1, shift), dn->datablksz);
}

static void place(struct zr_traverse *t, const struct zr_frame *dnode, unsigned int level,
		  uint64_t blkid)
{
	t->visit = (struct zr_visit){ .dataset = t->dataset,
				      .object = dnode->object,
				      .level = (int)level,
				      .blkid = blkid };
	if (blkid != ZR_VISIT_SPILL)
		set_range(&t->visit, &dnode->dn);
}

/*
 * The later of two births: a cloned block keeps the physical one of its original, a rewritten
 * block its logical one; neither pointer was in the snapshot before.
 */
static bool is_new(const struct zr_traverse *t, const struct zf_blkptr *bp)
{
	return bp->logical_birth > t->min_txg || zf_blkptr_birth(bp) > t->min_txg;
}

static int charge(struct zr_traverse *t, struct zb_diag *diag)
{
	uint64_t size = 0;

	for (unsigned int i = 0; i < t->visit.bp.ndvas; i++)
		size += t->visit.bp.dva[i].asize;
	if (size > t->budget)
		return fault(t, ZB_ECORRUPT, diag,
			     "the pool has more metadata than room: some lead to others");
	t->budget -= size;
	t->descend = true;
	return ZR_TRAVERSE_BLOCK;
}

/*
 * The pointer at t->visit, which has its place already. ZR_TRAVERSE_END: nothing to visit there.
 */
static int visit(struct zr_traverse *t, struct zb_span raw, const struct zr_frame *dnode,
		 enum zb_endian e, struct zb_diag *diag)
{
	unsigned int level = (unsigned int)t->visit.level;
	struct zf_blkptr bp;
	int error = zf_blkptr_decode(raw, e, &bp);

	/* What a redacted dataset leaves out is an embedded type without data. */
	if (error == ZB_ENOTSUP)
		return ZR_TRAVERSE_END;
	if (error)
		return fault(t, error, diag, "a bad block pointer");
	if (zf_blkptr_is_hole(&bp) || !is_new(t, &bp))
		return ZR_TRAVERSE_END;
	if (bp.level != level || (bp.embedded && level > 0) ||
	    (t->visit.blkid != ZR_VISIT_SPILL &&
	     bp.lsize != (level ? 1ULL << dnode->dn.indblkshift : dnode->dn.datablksz)))
		return fault(t, ZB_ECORRUPT, diag,
			     "a block pointer has a wrong level or size");
	t->visit.bp = bp;
	t->visit.bp.key = t->key;
	if (bp.embedded || (level == 0 && dnode->object != ZR_VISIT_DNODES))
		return ZR_TRAVERSE_BLOCK;
	return charge(t, diag);
}

bool zr_frames_root(struct zr_traverse *t, const struct zf_blkptr *bp)
{
	if (zf_blkptr_is_hole(bp) || bp->embedded || !is_new(t, bp))
		return false;
	t->visit = (struct zr_visit){ .bp = *bp,
				      .dataset = t->dataset,
				      .level = ZR_LEVEL_OBJSET };
	t->visit.bp.key = t->key;
	t->descend = true;
	return true;
}

/* ---- going down ---- */

static int push(struct zr_traverse *t, enum zr_frame_kind kind, struct zr_frame **ret_f)
{
	struct zr_frame *f;

	if (t->depth == ZR_FRAMES)
		return ZB_ECORRUPT;
	f = &t->frames[t->depth];
	f->kind = kind;
	f->next = 0;
	f->data = zb_span(NULL, 0);
	*ret_f = f;
	return 0;
}

/* The frame of the dnode whose block pointers are being followed. */
static unsigned int current_dnode(const struct zr_traverse *t)
{
	const struct zr_frame *top = &t->frames[t->depth - 1];

	return top->kind == ZR_FRAME_INDIRECT ? top->dn_at : t->depth - 1;
}

static void set_children(struct zr_traverse *t, struct zr_frame *f)
{
	const struct zf_dnode *dn;

	if (f->kind == ZR_FRAME_OBJSET)
		return;
	f->dn_at = current_dnode(t);
	dn = &t->frames[f->dn_at].dn;
	if (f->kind == ZR_FRAME_SLOTS) {
		f->object = t->visit.blkid * (dn->datablksz >> ZF_DNODE_SHIFT);
		return;
	}
	f->object = t->visit.object;
	f->level = (unsigned int)t->visit.level - 1;
	f->first = saturated_shift(t->visit.blkid, dn->indblkshift - ZF_BLKPTR_SHIFT);
}

/* Into the block that was visited last. */
static int descend(struct zr_traverse *t, struct zb_diag *diag)
{
	enum zr_frame_kind kind = t->visit.level == ZR_LEVEL_OBJSET ? ZR_FRAME_OBJSET
				  : t->visit.level > 0		    ? ZR_FRAME_INDIRECT
								    : ZR_FRAME_SLOTS;
	struct zr_frame *f;
	int error = push(t, kind, &f);

	t->descend = false;
	if (error)
		return fault(t, error, diag, "its trees are too deep");
	error = read_block(t, f, diag);
	if (error)
		return error == ZB_ENOMEM ? error : (int)ZR_TRAVERSE_FAULT;
	set_children(t, f);
	t->depth++;
	return ZR_TRAVERSE_END;
}

/* A dnode at s, of that number, becomes the top frame; a free slot does not. */
static int enter_dnode(struct zr_traverse *t, struct zb_span s, enum zb_endian e,
		       uint64_t object, unsigned int *ret_slots, struct zb_diag *diag)
{
	struct zr_frame *f;
	int error = push(t, ZR_FRAME_DNODE, &f);

	*ret_slots = 1;
	t->visit = (struct zr_visit){ .dataset = t->dataset,
				      .object = object,
				      .len = UINT64_MAX };
	if (!error)
		error = zf_dnode_decode(s, e, &f->dn);
	if (error)
		return fault(t, error, diag, "its dnode makes no sense");
	*ret_slots = f->dn.slots;
	if (f->dn.type == ZF_OT_NONE)
		return ZR_TRAVERSE_END;
	f->object = object;
	f->endian = e;
	t->depth++;
	return t->objects ? ZR_TRAVERSE_OBJECT : ZR_TRAVERSE_END;
}

/* ---- the next child of each kind of frame ---- */

/* The dnodes in the block of an objset: byte offset, object. */
static int next_in_objset(struct zr_traverse *t, struct zr_frame *f, struct zb_diag *diag)
{
	static const struct {
		uint32_t offset;
		uint64_t object;
	} dnodes[] = {
		{ 0, ZR_VISIT_DNODES },
		{ ZF_OBJSET_USED_OFFSET + 2 * ZF_DNODE_SIZE, ZR_VISIT_PROJECTUSED },
		{ ZF_OBJSET_USED_OFFSET + ZF_DNODE_SIZE, ZR_VISIT_GROUPUSED },
		{ ZF_OBJSET_USED_OFFSET, ZR_VISIT_USERUSED },
	};
	struct zf_objset os;
	struct zb_span s;
	unsigned int slots;

	if (f->next == 0 && zf_objset_decode(f->data, f->endian, &os)) {
		t->depth--;
		return fault(t, ZB_ECORRUPT, diag, "an objset makes no sense");
	}
	if (f->next == sizeof(dnodes) / sizeof(dnodes[0])) {
		t->depth--;
		return ZR_TRAVERSE_END;
	}
	f->next++;
	if (zb_span_sub(f->data, dnodes[f->next - 1].offset, ZF_DNODE_SIZE, &s))
		return ZR_TRAVERSE_END; /* of a version without it */
	return enter_dnode(t, s, f->endian, dnodes[f->next - 1].object, &slots, diag);
}

static int next_in_dnode(struct zr_traverse *t, struct zr_frame *f, struct zb_diag *diag)
{
	unsigned int i = f->next++;
	struct zb_span s;

	if (i < f->dn.nblkptr) {
		place(t, f, f->dn.nlevels - 1U, i);
		if (zb_span_sub(f->dn.blkptrs, i * ZF_BLKPTR_SIZE, ZF_BLKPTR_SIZE, &s))
			return fault(t, ZB_ECORRUPT, diag, "a dnode is too short");
		return visit(t, s, f, f->endian, diag);
	}
	if (i == f->dn.nblkptr && f->dn.spill.len > 0) {
		place(t, f, 0, ZR_VISIT_SPILL);
		return visit(t, f->dn.spill, f, f->endian, diag);
	}
	t->depth--;
	return ZR_TRAVERSE_END;
}

static int next_in_indirect(struct zr_traverse *t, struct zr_frame *f,
			    struct zb_diag *diag)
{
	const struct zr_frame *dnode = &t->frames[f->dn_at];
	uint64_t at = (uint64_t)f->next * ZF_BLKPTR_SIZE;
	struct zb_span s;

	if (zb_span_sub(f->data, at, ZF_BLKPTR_SIZE, &s)) {
		t->depth--;
		return ZR_TRAVERSE_END;
	}
	place(t, dnode, f->level, f->first + f->next);
	f->next++;
	return visit(t, s, dnode, f->endian, diag);
}

static int add_dataset(struct zr_traverse *t, uint64_t object)
{
	size_t size = t->size_datasets ? 2 * t->size_datasets : 64;
	uint64_t *at;

	if (t->n_datasets == t->size_datasets) {
		at = zr_alloc(t->pool->host, size * sizeof(*at));
		if (!at)
			return ZB_ENOMEM;
		if (t->n_datasets)
			__builtin_memcpy(at, t->datasets, t->n_datasets * sizeof(*at));
		zr_free(t->pool->host, t->datasets);
		t->datasets = at;
		t->size_datasets = size;
	}
	t->datasets[t->n_datasets++] = object;
	return 0;
}

static int next_in_slots(struct zr_traverse *t, struct zr_frame *f, struct zb_diag *diag)
{
	uint64_t at = (uint64_t)f->next << ZF_DNODE_SHIFT, object = f->object + f->next;
	const struct zr_frame *dnode = &t->frames[t->depth];
	unsigned int depth = t->depth, slots;
	struct zb_span s;
	int r;

	if (at >= f->data.len || zb_span_sub(f->data, at, f->data.len - at, &s)) {
		t->depth--;
		return ZR_TRAVERSE_END;
	}
	r = enter_dnode(t, s, f->endian, object, &slots, diag);
	f->next += slots;
	if (t->dataset == 0 && !t->objects && t->depth > depth &&
	    dnode->dn.bonustype == ZF_OT_DSL_DATASET && add_dataset(t, object))
		return fault(t, ZB_ENOMEM, diag, "no memory for the list of datasets");
	return r;
}

int zr_frames_next(struct zr_traverse *t, struct zb_diag *diag)
{
	int r = t->descend ? descend(t, diag) : ZR_TRAVERSE_END;

	while (r == ZR_TRAVERSE_END && t->depth > 0) {
		struct zr_frame *f = &t->frames[t->depth - 1];

		switch (f->kind) {
		case ZR_FRAME_OBJSET:
			r = next_in_objset(t, f, diag);
			break;
		case ZR_FRAME_DNODE:
			r = next_in_dnode(t, f, diag);
			break;
		case ZR_FRAME_INDIRECT:
			r = next_in_indirect(t, f, diag);
			break;
		case ZR_FRAME_SLOTS:
			r = next_in_slots(t, f, diag);
			break;
		}
	}
	return r;
}
