/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/traverse.h"
#include "read/traverse_frame.h"

/* The room of all devices: what every block of metadata has a part of. */
static uint64_t pool_size(const struct zr_pool *pool)
{
	uint64_t size = 0;

	for (unsigned int id = 0; id < pool->n_vdevs; id++) {
		const struct zr_vdev *vdev = &pool->vdevs[id];

		for (unsigned int i = 0; i < vdev->n_sides; i++)
			if (vdev->sides[i].dev &&
			    !zb_add64(size, vdev->sides[i].dev->size, &size))
				return UINT64_MAX;
	}
	return size;
}

static int create(struct zr_pool *pool, struct zr_traverse **ret_t, struct zb_diag *diag)
{
	struct zr_traverse *t = zr_zalloc(pool->host, sizeof(*t));

	if (!t)
		return zb_fail(diag, ZB_ENOMEM, pool->info.name, ZB_DIAG_NO_OFFSET,
			       "no memory to walk through it");
	t->pool = pool;
	t->budget = pool_size(pool);
	*ret_t = t;
	return 0;
}

int zr_traverse_create(struct zr_pool *pool, struct zr_traverse **ret_t,
		       struct zb_diag *diag)
{
	int error = create(pool, ret_t, diag);

	if (!error)
		(void)zr_frames_root(*ret_t, &pool->root_bp);
	return error;
}

int zr_traverse_objset(struct zr_pool *pool, uint64_t dataset, struct zr_traverse **ret_t,
		       struct zb_diag *diag)
{
	struct zf_dsl_dataset ds = { .bp = pool->root_bp };
	int error = dataset ? zr_dsl_dataset_get(pool, dataset, &ds, diag) : 0;

	if (!error)
		error = create(pool, ret_t, diag);
	if (error)
		return error;
	(*ret_t)->dataset = dataset;
	(*ret_t)->objects = true;
	(void)zr_frames_root(*ret_t, &ds.bp);
	return 0;
}

const struct zf_dnode *zr_traverse_dnode(const struct zr_traverse *t)
{
	return &t->frames[t->depth - 1].dn;
}

void zr_traverse_destroy(struct zr_traverse *t)
{
	if (!t)
		return;
	for (unsigned int i = 0; i < ZR_FRAMES; i++)
		zr_free(t->pool->host, t->frames[i].block);
	zr_free(t->pool->host, t->log.block);
	zr_free(t->pool->host, t->raw);
	zr_free(t->pool->host, t->datasets);
	zr_free(t->pool->host, t);
}

/* NULL if it is not encrypted, or its key was not given. */
static int find_key(struct zr_traverse *t, const struct zf_dsl_dataset *phys)
{
	struct zr_dataset ds = { .pool = t->pool, .object = t->dataset, .n_dirs = 1 };
	struct zb_diag unused;
	int error;

	ds.dirs[0] = phys->dir_obj;
	t->key = NULL;
	error = t->pool->wrapping_keys ? zr_dataset_key(&ds, &t->key, &unused) : 0;
	return error == ZB_ENOMEM ? error : 0;
}

/*
 * The next dataset's objset, if it has one of its own. Those that are being received or
 * destroyed count: their blocks are in use.
 */
static int start_dataset(struct zr_traverse *t, struct zb_diag *diag)
{
	struct zf_dsl_dataset ds;
	int error;

	t->dataset = t->datasets[t->next_dataset++];
	error = zr_dsl_dataset_get(t->pool, t->dataset, &ds, diag);
	if (error == ZB_ENOMEM)
		return error;
	if (error) {
		t->visit = (struct zr_visit){ .object = t->dataset, .len = UINT64_MAX };
		return ZR_TRAVERSE_FAULT;
	}
	if (find_key(t, &ds))
		return zb_fail(diag, ZB_ENOMEM, t->pool->info.name, ZB_DIAG_NO_OFFSET,
			       "no memory for a key");
	t->min_txg = ds.prev_snap_txg;
	/* A snapshot's log, if it has one, is that of its head at that time, long replayed. */
	t->log.waits = ds.num_children == 0 && !zf_blkptr_is_hole(&ds.bp) &&
		       !(ds.flags & ZF_DS_FLAG_INCONSISTENT);
	t->log.objset = ds.bp;
	return zr_frames_root(t, &ds.bp) ? ZR_TRAVERSE_BLOCK : ZR_TRAVERSE_END;
}

int zr_traverse_next(struct zr_traverse *t, struct zr_visit *ret_visit,
		     struct zb_diag *diag)
{
	int r = ZR_TRAVERSE_END;

	if (!t->started) {
		t->started = true;
		r = t->descend ? ZR_TRAVERSE_BLOCK : ZR_TRAVERSE_END;
	}
	while (r == ZR_TRAVERSE_END) {
		r = zr_frames_next(t, diag);
		if (r == ZR_TRAVERSE_END)
			r = zr_log_next(t, diag);
		if (r == ZR_TRAVERSE_END && t->next_dataset == t->n_datasets)
			return r;
		if (r == ZR_TRAVERSE_END)
			r = start_dataset(t, diag);
	}
	*ret_visit = t->visit;
	return r;
}

uint64_t zr_traverse_datasets(const struct zr_traverse *t)
{
	return t->next_dataset;
}

uint64_t zr_traverse_total(struct zr_pool *pool)
{
	struct zf_dsl_dir dir;
	struct zb_diag unused;

	return zr_dsl_dir_get(pool, pool->root_dir, &dir, &unused) ? 0
								   : dir.compressed_bytes;
}
