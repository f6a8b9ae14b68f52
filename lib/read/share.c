/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/dsl.h"
#include "read/share.h"
#include "read/zap.h"

#define MAX_TODO (1U << 20) /* datasets that wait */

struct share {
	struct zr_pool *pool;
	const struct zr_visit *first;
	uint64_t n;
	uint64_t *budget;
	bool all;
	uint64_t *todo; /* datasets that may have the blocks */
	size_t n_todo, size_todo;
};

/* The object of the visit in some dataset. */
struct tree {
	struct zf_dsl_dataset ds;
	struct zr_objset os; /* os.pool is NULL if it is not open */
	struct zr_object obj;
};

/* ---- the same object of a dataset ---- */

static void tree_close(struct tree *t)
{
	zr_object_close(&t->obj);
	zr_objset_close(&t->os);
}

/* A dnode in the objset's own block. */
static int open_used(struct tree *t, uint64_t object)
{
	uint64_t at = ZF_OBJSET_USED_OFFSET + (UINT64_MAX - object) * ZF_DNODE_SIZE;
	struct zb_span s;
	int error;

	if (zb_span_sub(zr_buf_span(t->os.buf), at, ZF_DNODE_SIZE, &s))
		return ZB_ENOENT;
	error = zf_dnode_decode(s, t->os.buf->endian, &t->obj.dn);
	return !error && t->obj.dn.type == ZF_OT_NONE ? (int)ZB_ENOENT : error;
}

/* ZB_ENOENT: the dataset has no such object. */
static int tree_open(struct share *s, uint64_t dataset, struct tree *t)
{
	uint64_t object = s->first->object;
	struct zb_diag unused;
	int error = zr_dsl_dataset_get(s->pool, dataset, &t->ds, &unused);

	t->os = (struct zr_objset){ 0 };
	t->obj = (struct zr_object){ 0 };
	if (error || s->first->level == ZR_LEVEL_OBJSET)
		return error;
	if (zf_blkptr_is_hole(&t->ds.bp))
		return ZB_ENOENT;
	error = zr_objset_open(s->pool, &t->ds.bp, &t->os, &unused);
	if (error)
		return error;
	t->obj = (struct zr_object){ .os = &t->os, .number = object };
	if (object == ZR_VISIT_DNODES)
		t->obj.dn = t->os.phys.meta;
	else if (object >= ZR_VISIT_PROJECTUSED)
		error = open_used(t, object);
	else
		error = zr_object_open(&t->os, object, &t->obj, &unused);
	if (error)
		tree_close(t);
	return error;
}

/* The pointer to block first->blkid + i there. */
static int tree_blkptr(const struct share *s, struct tree *t, uint64_t i,
		       struct zf_blkptr *ret_bp)
{
	const struct zr_visit *v = s->first;
	struct zb_diag unused;

	if (v->level == ZR_LEVEL_OBJSET) {
		*ret_bp = t->ds.bp;
		return 0;
	}
	if (v->blkid != ZR_VISIT_SPILL)
		return zr_object_blkptr_at(&t->obj, (unsigned int)v->level, v->blkid + i,
					   ret_bp, &unused);
	*ret_bp = (struct zf_blkptr){ 0 };
	return t->obj.dn.spill.len
		       ? zf_blkptr_decode(t->obj.dn.spill, t->obj.dn.endian, ret_bp)
		       : 0;
}

/* ---- comparing ---- */

static bool is_same(const struct zf_blkptr *a, const struct zf_blkptr *b)
{
	return !a->embedded && !b->embedded && a->ndvas > 0 && b->ndvas > 0 &&
	       a->dva[0].vdev == b->dva[0].vdev && a->dva[0].offset == b->dva[0].offset &&
	       a->dva[0].gang == b->dva[0].gang &&
	       zf_blkptr_birth(a) == zf_blkptr_birth(b);
}

/* How many of the blocks of `from` there are in `to`, too. */
static int compare(struct share *s, struct tree *from, struct tree *to, uint64_t *ret_n)
{
	struct zf_blkptr a = s->first->bp, b;
	int error = 0;

	*ret_n = 0;
	for (uint64_t i = 0; !error && i < s->n; i++) {
		if (*s->budget == 0) {
			s->all = false;
			return 0;
		}
		(*s->budget)--;
		if (i > 0)
			error = tree_blkptr(s, from, i, &a);
		if (!error)
			error = tree_blkptr(s, to, i, &b);
		*ret_n += !error && is_same(&a, &b);
	}
	return error;
}

static int compare_dataset(struct share *s, struct tree *from, uint64_t dataset,
			   struct zf_dsl_dataset *ret_ds, uint64_t *ret_n)
{
	struct tree to;
	int error = tree_open(s, dataset, &to);

	*ret_n = 0;
	if (!error) {
		*ret_ds = to.ds;
		error = compare(s, from, &to, ret_n);
		tree_close(&to);
	}
	if (error == ZB_ENOMEM)
		return error;
	s->all &= !error || error == ZB_ENOENT;
	return 0;
}

/* ---- from dataset to dataset ---- */

static int add(struct share *s, uint64_t dataset)
{
	size_t size = s->size_todo ? 2 * s->size_todo : 64;
	uint64_t *at;

	if (s->n_todo == MAX_TODO) {
		s->all = false;
		return 0;
	}
	if (s->n_todo == s->size_todo) {
		at = zr_alloc(s->pool->host, size * sizeof(*at));
		if (!at)
			return ZB_ENOMEM;
		if (s->n_todo)
			__builtin_memcpy(at, s->todo, s->n_todo * sizeof(*at));
		zr_free(s->pool->host, s->todo);
		s->todo = at;
		s->size_todo = size;
	}
	s->todo[s->n_todo++] = dataset;
	return 0;
}

static int add_clone(void *ctx, const struct zr_zap_entry *entry)
{
	return add(ctx, zr_zap_int(entry, 0));
}

/* What came directly from a snapshot. Before pools of version 11 it does not know its clones. */
static int add_next(struct share *s, const struct zf_dsl_dataset *ds)
{
	struct zr_zap zap;
	struct zb_diag unused;
	int error = 0;

	if (ds->next_snap_obj)
		error = add(s, ds->next_snap_obj);
	if (error || ds->num_children < 2)
		return error;
	error = ds->next_clones_obj
			? zr_zap_open(&s->pool->mos, ds->next_clones_obj, &zap, &unused)
			: (int)ZB_ENOENT;
	if (!error) {
		error = zr_zap_walk(&zap, add_clone, s, &unused);
		zr_zap_close(&zap);
	}
	s->all &= !error;
	return error == ZB_ENOMEM ? error : 0;
}

/* Each step takes of the budget, so that no loop of datasets is endless. */
static int follow(struct share *s, struct tree *from, zr_sharer_fn fn, void *ctx)
{
	int error = add_next(s, &from->ds);

	while (!error && s->n_todo > 0) {
		uint64_t dataset = s->todo[--s->n_todo], n;
		struct zf_dsl_dataset ds;

		if (*s->budget == 0) {
			s->all = false;
			return 0;
		}
		(*s->budget)--;
		error = compare_dataset(s, from, dataset, &ds, &n);
		if (error || n == 0)
			continue;
		error = fn(ctx, dataset, n);
		if (!error)
			error = add_next(s, &ds);
	}
	return error;
}

int zr_sharers(struct zr_pool *pool, const struct zr_visit *first, uint64_t n,
	       uint64_t *budget, zr_sharer_fn fn, void *ctx, bool *ret_all)
{
	struct share s = {
		.pool = pool, .first = first, .n = n, .budget = budget, .all = true
	};
	struct tree from;
	int error;

	*ret_all = true;
	/* The MOS has no snapshots, and an intent log belongs to a head. */
	if (first->dataset == 0 || first->level == ZR_LEVEL_LOG)
		return 0;
	error = tree_open(&s, first->dataset, &from);
	if (error) {
		*ret_all = false;
		return error == ZB_ENOMEM ? error : 0;
	}
	error = follow(&s, &from, fn, ctx);
	tree_close(&from);
	zr_free(pool->host, s.todo);
	*ret_all = s.all;
	return error;
}
