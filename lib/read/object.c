/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/format.h"
#include "read/pool.h"

int zr_object_fail(const struct zr_object *obj, int error, struct zb_diag *diag,
		   const char *reason)
{
	return zb_fail(diag, error, obj->os->pool->info.name, ZB_DIAG_NO_OFFSET,
		       "object %llu: %s", (unsigned long long)obj->number, reason);
}

int zr_objset_open(struct zr_pool *pool, const struct zf_blkptr *bp,
		   struct zr_objset *ret_os, struct zb_diag *diag)
{
	struct zr_objset os = { .pool = pool, .key = bp->key };
	int error;

	if (bp->level != 0 || bp->lsize < ZF_OBJSET_V1_SIZE)
		return zb_fail(diag, ZB_ECORRUPT, pool->info.name, ZB_DIAG_NO_OFFSET,
			       "a pointer to an objset is none");
	error = zr_buf_get(pool, bp, &os.buf, diag);
	if (error)
		return error;
	error = zf_objset_decode(zr_buf_span(os.buf), os.buf->endian, &os.phys);
	if (error) {
		zr_buf_put(pool, os.buf);
		return zb_fail(diag, error, pool->info.name, ZB_DIAG_NO_OFFSET,
			       "an objset makes no sense");
	}
	*ret_os = os;
	return 0;
}

void zr_objset_close(struct zr_objset *os)
{
	if (os->pool)
		zr_buf_put(os->pool, os->buf);
	os->pool = NULL;
	os->buf = NULL;
}

/* Index of the pointer to blkid in a block of level `level`'s parent, before masking. */
static uint64_t index_at(uint64_t blkid, unsigned int level, unsigned int epb_shift)
{
	unsigned int shift = level * epb_shift;

	return shift > 63 ? 0 : blkid >> shift;
}

static int check_blkptr(const struct zr_object *obj, const struct zf_blkptr *bp,
			unsigned int level, struct zb_diag *diag)
{
	uint64_t want = level > 0 ? 1ULL << obj->dn.indblkshift : obj->dn.datablksz;

	if (zf_blkptr_is_hole(bp) || (zf_blkptr_is_redacted(bp) && level == 0))
		return 0;
	if (bp->level != level || bp->lsize != want || (bp->embedded && level > 0))
		return zr_object_fail(obj, ZB_ECORRUPT, diag,
				      "a block pointer has a wrong level or size");
	return 0;
}

/* An indirect block whose fill count says that each block below it is there. */
static bool is_full(const struct zf_blkptr *bp, unsigned int level,
		    unsigned int epb_shift)
{
	unsigned int shift = level * epb_shift;

	return shift < 64 && bp->fill == 1ULL << shift;
}

/* A pointer of the dnode. */
static int top_blkptr(const struct zr_object *obj, uint64_t index,
		      struct zf_blkptr *ret_bp, struct zb_diag *diag)
{
	if (zf_dnode_blkptr(&obj->dn, (unsigned int)index, ret_bp))
		return zr_object_fail(obj, ZB_ECORRUPT, diag, "a bad block pointer");
	ret_bp->key = obj->os->key;
	return 0;
}

/* The pointer at index of an indirect block, to which `parent` pointed. */
static int buf_blkptr(const struct zr_object *obj, const struct zr_buf *buf,
		      const struct zf_blkptr *parent, uint64_t index,
		      struct zf_blkptr *ret_bp, struct zb_diag *diag)
{
	struct zb_span s;
	int error =
		zb_span_sub(zr_buf_span(buf), index * ZF_BLKPTR_SIZE, ZF_BLKPTR_SIZE, &s);

	if (!error)
		error = zf_blkptr_decode(s, buf->endian, ret_bp);
	if (error)
		return zr_object_fail(obj, error, diag, "a bad block pointer");
	ret_bp->key = parent->key;
	return 0;
}

static int child_blkptr(struct zr_object *obj, const struct zf_blkptr *parent,
			uint64_t index, struct zf_blkptr *ret_bp, struct zb_diag *diag)
{
	struct zr_pool *pool = obj->os->pool;
	struct zr_buf *buf;
	int error = zr_buf_get(pool, parent, &buf, diag);

	if (error)
		return error;
	error = buf_blkptr(obj, buf, parent, index, ret_bp, diag);
	zr_buf_put(pool, buf);
	return error;
}

int zr_object_blkptr_at(struct zr_object *obj, unsigned int to, uint64_t blkid,
			struct zf_blkptr *ret_bp, struct zb_diag *diag)
{
	const struct zf_dnode *dn = &obj->dn;
	unsigned int epb_shift = dn->indblkshift - ZF_BLKPTR_SHIFT;
	unsigned int level = dn->nlevels - 1U;
	struct zf_blkptr bp = { .lsize = dn->datablksz }, parent;
	uint64_t index = to > level ? 0 : index_at(blkid, level - to, epb_shift);
	int error;

	if (to > level || (to == 0 && blkid > dn->maxblkid) || index >= dn->nblkptr) {
		*ret_bp = bp;
		return 0;
	}
	error = top_blkptr(obj, index, &bp, diag);
	if (!error)
		error = check_blkptr(obj, &bp, level, diag);
	while (!error && level > to && !zf_blkptr_is_hole(&bp)) {
		level--;
		index = index_at(blkid, level - to, epb_shift) &
			((1ULL << epb_shift) - 1);
		parent = bp;
		error = child_blkptr(obj, &parent, index, &bp, diag);
		if (!error)
			error = check_blkptr(obj, &bp, level, diag);
	}
	if (error)
		return error;
	if (zf_blkptr_is_hole(&bp) || zf_blkptr_is_redacted(&bp))
		bp.lsize = dn->datablksz;
	*ret_bp = bp;
	return 0;
}

int zr_object_blkptr(struct zr_object *obj, uint64_t blkid, struct zf_blkptr *ret_bp,
		     struct zb_diag *diag)
{
	return zr_object_blkptr_at(obj, 0, blkid, ret_bp, diag);
}

/* ---- where data or holes begin ---- */

/* Whether a pointer is, or may lead to, what is searched. */
static bool leads(const struct zf_blkptr *bp, unsigned int level, unsigned int epb_shift,
		  bool hole)
{
	if (zf_blkptr_is_hole(bp))
		return hole;
	return !hole || (level > 0 && !is_full(bp, level, epb_shift));
}

/*
 * The first pointer from *index on that leads to what is searched, of those in a block that
 * `parent` points to, of the dnode's if buf is NULL; they point to blocks of `level`. ZB_ENOENT if
 * there is none.
 */
static int scan(struct zr_object *obj, const struct zr_buf *buf,
		const struct zf_blkptr *parent, unsigned int level, bool hole,
		uint64_t *index, struct zf_blkptr *ret_bp, struct zb_diag *diag)
{
	unsigned int epb_shift = obj->dn.indblkshift - ZF_BLKPTR_SHIFT;
	uint64_t n = buf ? 1ULL << epb_shift : obj->dn.nblkptr;
	int error = 0;

	for (; !error && *index < n; (*index)++) {
		error = buf ? buf_blkptr(obj, buf, parent, *index, ret_bp, diag)
			    : top_blkptr(obj, *index, ret_bp, diag);
		if (error || leads(ret_bp, level, epb_shift, hole))
			break;
	}
	if (error)
		return error;
	return *index < n ? check_blkptr(obj, ret_bp, level, diag) : ZB_ENOENT;
}

/* The first block below the pointer that is n further on; UINT64_MAX if there cannot be one. */
static uint64_t pointers_on(uint64_t blkid, unsigned int shift, uint64_t n)
{
	if (n == 0)
		return blkid;
	if (shift > 63 || (UINT64_MAX >> shift) - (blkid >> shift) < n)
		return UINT64_MAX;
	return ((blkid >> shift) + n) << shift;
}

/*
 * From the dnode down to the first block from *blkid on that is what is searched. ZB_ENOENT if it
 * is not below the last block of pointers that was read: *blkid is then past all that it tells of.
 * After another error nothing is known of the blocks from *blkid up to *ret_end.
 */
static int descend(struct zr_object *obj, uint64_t *blkid, bool hole, unsigned int *left,
		   uint64_t *ret_end, struct zb_diag *diag)
{
	struct zr_pool *pool = obj->os->pool;
	unsigned int epb_shift = obj->dn.indblkshift - ZF_BLKPTR_SHIFT;
	unsigned int top = obj->dn.nlevels - 1U, level;
	struct zf_blkptr bp, parent = { 0 };
	struct zr_buf *buf = NULL;
	uint64_t index, found;
	int error;

	for (level = top;; level--) {
		found = index_at(*blkid, level, epb_shift);
		if (level < top)
			found &= (1ULL << epb_shift) - 1;
		index = found;
		error = scan(obj, buf, &parent, level, hole, &found, &bp, diag);
		if (buf)
			zr_buf_put(pool, buf);
		if (error == ZB_ENOENT && level == top) {
			*blkid = UINT64_MAX;
			return error;
		}
		*blkid = pointers_on(*blkid, level * epb_shift, found - index);
		if (error || level == 0 || zf_blkptr_is_hole(&bp))
			break;
		if (*left == 0) {
			/* The pointers lie. Data that read as zeros do no harm; a hole may. */
			*blkid = hole ? UINT64_MAX : *blkid;
			return hole ? ZB_ENOENT : 0;
		}
		(*left)--;
		parent = bp;
		error = zr_buf_get(pool, &parent, &buf, diag);
		if (error)
			break;
	}
	if (error && error != ZB_ENOENT)
		*ret_end = pointers_on(*blkid, level * epb_shift, 1);
	return error;
}

static uint64_t block_start(const struct zr_object *obj, uint64_t blkid)
{
	uint64_t size = obj->dn.datablksz;

	return blkid > UINT64_MAX / size ? UINT64_MAX : blkid * size;
}

/*
 * In a sound tree of n levels each descent that fails does so a level higher than the one before,
 * so that less than n * n blocks of pointers are read.
 */
int zr_object_seek(struct zr_object *obj, uint64_t offset, bool hole,
		   uint64_t *ret_offset, struct zr_gap *ret_gap, struct zb_diag *diag)
{
	const struct zf_dnode *dn = &obj->dn;
	uint64_t first = offset / dn->datablksz, blkid = first, end = 0, at;
	unsigned int left = (unsigned int)dn->nlevels * dn->nlevels;
	int error = ZB_ENOENT;

	while (error == ZB_ENOENT && blkid <= dn->maxblkid && blkid != UINT64_MAX)
		error = descend(obj, &blkid, hole, &left, &end, diag);
	if (!error && blkid > dn->maxblkid)
		error = ZB_ENOENT;
	at = blkid == first ? offset : block_start(obj, blkid);
	if (!error)
		*ret_offset = at;
	else if (error != ZB_ENOENT && ret_gap)
		*ret_gap = (struct zr_gap){ at, block_start(obj, end) };
	return error;
}

int zr_object_seek_in(struct zr_object *obj, uint64_t size, uint64_t offset, bool hole,
		      uint64_t *ret_offset, struct zb_diag *diag)
{
	uint64_t at = size;
	int error;

	if (offset >= size)
		return ZB_ENOENT;
	error = zr_object_seek(obj, offset, hole, &at, NULL, diag);
	if (error && (error != ZB_ENOENT || !hole))
		return error;
	if (at >= size && !hole)
		return ZB_ENOENT;
	/* What lies behind the last block was never written. */
	if (error)
		at = zf_dnode_end(&obj->dn);
	if (at < offset)
		at = offset;
	*ret_offset = at < size ? at : size;
	return 0;
}

/* What was left out of a search, of the data that count. */
static void unread_range(const struct zr_gap *gap, uint64_t size, uint64_t offset,
			 struct zr_data_range *ret)
{
	ret->unread = true;
	ret->start = gap->start > offset ? gap->start : offset;
	ret->end = gap->end < size && gap->end > ret->start ? gap->end : size;
}

int zr_object_next_data(struct zr_object *obj, uint64_t size, uint64_t offset,
			struct zr_data_range *ret_range, struct zb_diag *diag)
{
	struct zr_data_range x = { 0 };
	struct zr_gap gap;
	int error;

	if (offset >= size)
		return ZB_ENOENT;
	error = zr_object_seek(obj, offset, false, &x.start, &gap, diag);
	if (!error && x.start >= size)
		error = ZB_ENOENT;
	if (error == ZB_ENOENT || error == ZB_ENOMEM)
		return error;
	if (error) {
		if (gap.start >= size)
			return ZB_ENOENT;
		unread_range(&gap, size, offset, &x);
		*ret_range = x;
		return 0;
	}
	error = zr_object_seek(obj, x.start, true, &x.end, &gap, diag);
	if (error == ZB_ENOMEM)
		return error;
	if (error == ZB_ENOENT)
		x.end = zf_dnode_end(&obj->dn);
	else if (error && gap.start > x.start)
		x.end = gap.start; /* up to there it is data */
	else if (error)
		unread_range(&gap, size, x.start, &x);
	/* Pointers that lie; and what is after the last block. */
	if (x.end <= x.start)
		x.end = block_start(obj, x.start / obj->dn.datablksz + 1);
	x.end = x.end < size ? x.end : size;
	*ret_range = x;
	return 0;
}

int64_t zr_object_read_in(struct zr_object *obj, uint64_t size, uint64_t offset,
			  void *buf, size_t len, struct zb_diag *diag)
{
	int error;

	if (offset >= size || len == 0)
		return 0;
	if (len > size - offset)
		len = (size_t)(size - offset);
	if ((uint64_t)len > INT64_MAX)
		len = (size_t)INT64_MAX;
	error = zr_object_read(obj, offset, buf, len, diag);
	return error ? error : (int64_t)len;
}

int zr_object_block(struct zr_object *obj, uint64_t blkid, struct zr_buf **ret_buf,
		    struct zb_diag *diag)
{
	struct zf_blkptr bp;
	int error = zr_object_blkptr(obj, blkid, &bp, diag);

	return error ? error : zr_buf_get(obj->os->pool, &bp, ret_buf, diag);
}

int zr_object_spill(struct zr_object *obj, struct zr_buf **ret_buf, struct zb_diag *diag)
{
	struct zf_blkptr bp;

	if (obj->dn.spill.len == 0)
		return ZB_ENOENT;
	if (zf_blkptr_decode(obj->dn.spill, obj->dn.endian, &bp) || bp.level != 0 ||
	    zf_blkptr_is_hole(&bp))
		return zr_object_fail(obj, ZB_ECORRUPT, diag, "a bad spill pointer");
	bp.key = obj->os->key;
	return zr_buf_get(obj->os->pool, &bp, ret_buf, diag);
}

int zr_object_open(struct zr_objset *os, uint64_t number, struct zr_object *ret_obj,
		   struct zb_diag *diag)
{
	struct zr_object meta = { .os = os, .dn = os->phys.meta };
	struct zr_object obj = { .os = os, .number = number };
	unsigned int shift =
		(unsigned int)__builtin_ctz(meta.dn.datablksz) - ZF_DNODE_SHIFT;
	uint64_t slot = number & ((1ULL << shift) - 1);
	struct zb_span s;
	int error;

	if (number == 0 || number >> shift > meta.dn.maxblkid)
		return zr_object_fail(&obj, ZB_ENOENT, diag, "no such object");
	error = zr_object_block(&meta, number >> shift, &obj.buf, diag);
	if (error)
		return error;
	error = zb_span_sub(zr_buf_span(obj.buf), slot << ZF_DNODE_SHIFT,
			    obj.buf->len - (slot << ZF_DNODE_SHIFT), &s);
	if (!error)
		error = zf_dnode_decode(s, obj.buf->endian, &obj.dn);
	if (!error && obj.dn.type == ZF_OT_NONE)
		error = ZB_ENOENT;
	if (error) {
		zr_buf_put(os->pool, obj.buf);
		return zr_object_fail(&obj, error, diag,
				      error == ZB_ENOENT ? "no such object"
							 : "its dnode makes no sense");
	}
	*ret_obj = obj;
	return 0;
}

void zr_object_close(struct zr_object *obj)
{
	if (obj->os && obj->buf)
		zr_buf_put(obj->os->pool, obj->buf);
	obj->buf = NULL;
}
