/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "write/dataset.h"

/* The block of a file that is being filled; its bytes before `filled` are valid. */
struct fill {
	struct zw_tree *tree;
	uint32_t lsize;
	uint64_t blkid;
	uint8_t *data; /* NULL: none is open */
	uint32_t filled;
	uint64_t pos; /* how far the file's pieces have come */
};

static int fill_submit(struct fill *f)
{
	uint8_t *data = f->data;

	if (!data)
		return 0;
	memset(data + f->filled, 0, f->lsize - f->filled);
	f->data = NULL;
	return zw_tree_block(f->tree, f->blkid, data, 1);
}

/* Adds bytes at an offset that only grows. */
static int fill_put(struct fill *f, uint64_t offset, const uint8_t *from, size_t len)
{
	while (len > 0) {
		uint64_t blkid = offset / f->lsize;
		uint32_t in = offset % f->lsize, part = f->lsize - in;
		int ret;

		if (part > len)
			part = len;
		if (f->data && f->blkid != blkid) {
			ret = fill_submit(f);
			if (ret < 0)
				return ret;
		}
		if (!f->data) {
			f->data = zw_block_buffer(f->lsize);
			if (!f->data)
				return ZB_ENOMEM;
			f->blkid = blkid;
			f->filled = 0;
		}
		memset(f->data + f->filled, 0, in - f->filled);
		memcpy(f->data + in, from, part);
		f->filled = in + part;
		offset += part;
		from += part;
		len -= part;
	}
	return 0;
}

static int fill_from_source(struct zw_dataset *ds, struct fill *f,
			    const struct zw_entry *e, struct zb_diag *diag)
{
	const void *buf;
	uint64_t offset;
	size_t len;
	int ret;

	while ((ret = e->data(e->data_ctx, &buf, &len, &offset, diag)) == 1) {
		if (offset < f->pos || len > e->size || offset > e->size - len)
			return zb_fail(diag, ZB_EAGAIN, e->path, offset,
				       "the file changed while it was read: its contents "
				       "do not fit its size of %llu bytes",
				       (unsigned long long)e->size);
		f->pos = offset + len;
		ret = fill_put(f, offset, buf, len);
		if (ret < 0)
			return ret;
		ds->pool->progress += len;
		if (ds->pool->options.progress)
			ds->pool->options.progress(ds->pool->options.progress_ctx,
						   ds->pool->progress);
	}
	return ret < 0 ? ret : fill_submit(f);
}

/* A file no larger than a record is one block that fits it; others are of whole records. */
static uint32_t block_size(const struct zw_dataset *ds, uint64_t size)
{
	return size <= ds->policy.recordsize ? (uint32_t)zb_align_up(size, 512)
					     : ds->policy.recordsize;
}

int zw_file_write(struct zw_dataset *ds, uint64_t object, const struct zw_entry *e,
		  struct zb_diag *diag)
{
	struct zw_tree_options o = zw_dataset_meta_options(ds, ZF_OT_PLAIN_FILE_CONTENTS);
	struct fill f = { 0 };
	int ret;

	o.metadata = false;
	o.lsize = f.lsize = block_size(ds, e->size);
	o.codec = ds->policy.codec;
	o.contiguous = e->size > o.lsize ? e->size : 0;
	ret = zw_tree_create(ds->pool, &o, &ds->usage, zw_dnode_root_done, ds, object,
			     &f.tree);
	if (ret < 0)
		return ret;
	ret = fill_from_source(ds, &f, e, diag);
	free(f.data);
	if (ret < 0) { /* the pool is of no use now: half a file is in it */
		if (ds->pool->error == 0 && diag->error == ret)
			ds->pool->diag = *diag;
		return zw_pool_fail(ds->pool, ret, "no contents of %s", e->path);
	}
	return zw_tree_end(f.tree);
}
