/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/batch.h"

/* Ranges of one object, with few requests: batch after batch. */

static int fetch_all(struct zr_batch *b, struct zr_object *obj, uint64_t offset,
		     uint8_t *dst, size_t len, struct zb_diag *diag)
{
	uint32_t size = obj->dn.datablksz;
	struct zf_blkptr bp;
	size_t skip, n;
	int error;

	for (; len > 0; offset += n, dst += n, len -= n) {
		skip = (size_t)(offset % size);
		n = len < size - skip ? len : size - skip;
		error = zr_object_blkptr(obj, offset / size, &bp, diag);
		if (!error)
			error = zr_batch_add_block(b, obj, &bp, offset, skip, dst, n, n,
						   diag);
		if (!error && b->n == b->size) {
			zr_batch_start(b);
			error = zr_batch_wait(b, diag);
		}
		if (error)
			return error;
	}
	zr_batch_start(b);
	return zr_batch_wait(b, diag);
}

static int read_many(struct zr_object *obj, uint64_t offset, uint8_t *dst, size_t len,
		     struct zb_diag *diag)
{
	uint64_t first = offset / obj->dn.datablksz;
	uint64_t n = (offset + len - 1) / obj->dn.datablksz - first + 1;
	struct zr_pool *pool = obj->os->pool;
	struct zr_batch *b = zr_alloc(pool->host, sizeof(*b));
	int error = ZB_ENOMEM;

	if (b)
		error = zr_batch_init(
			b, pool, n < ZR_BATCH_PIECES ? (unsigned int)n : ZR_BATCH_PIECES);
	if (error) {
		zr_free(pool->host, b);
		return zr_object_fail(obj, error, diag, "no memory to read it");
	}
	error = fetch_all(b, obj, offset, dst, len, diag);
	zr_batch_done(b);
	zr_free(pool->host, b);
	return error;
}

/* Inside one block: through the cache, since the next small read mostly wants its rest. */
static int read_one(struct zr_object *obj, uint64_t offset, uint8_t *dst, size_t len,
		    struct zb_diag *diag)
{
	uint32_t size = obj->dn.datablksz;
	struct zr_buf *buf;
	struct zb_span s;
	int error = zr_object_block(obj, offset / size, &buf, diag);

	if (error)
		return error;
	error = zb_span_sub(zr_buf_span(buf), offset % size, len, &s);
	if (!error)
		__builtin_memcpy(dst, s.ptr, len);
	zr_buf_put(obj->os->pool, buf);
	return error ? zr_object_fail(obj, error, diag, "a block is too short") : 0;
}

int zr_object_read(struct zr_object *obj, uint64_t offset, uint8_t *dst, size_t len,
		   struct zb_diag *diag)
{
	uint64_t end;

	if (len == 0)
		return 0;
	if (!zb_add64(offset, len, &end))
		return zr_object_fail(obj, ZB_EINVAL, diag, "a read beyond all offsets");
	if (offset / obj->dn.datablksz == (end - 1) / obj->dn.datablksz &&
	    len < obj->dn.datablksz)
		return read_one(obj, offset, dst, len, diag);
	return read_many(obj, offset, dst, len, diag);
}
