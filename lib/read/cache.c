/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/pool.h"

#define DEFAULT_LIMIT ((size_t)8 << 20)

void zr_cache_init(struct zr_pool *pool)
{
	pool->cache.limit =
		pool->host->cache_bytes ? pool->host->cache_bytes : DEFAULT_LIMIT;
}

static struct zr_buf **bucket(struct zr_cache *cache, uint32_t vdev, uint64_t offset)
{
	uint64_t h = (offset >> ZF_SECTOR_SHIFT) * 0x9e3779b97f4a7c15ULL + vdev;

	return &cache->bucket[h >> 32 & (ZR_CACHE_BUCKETS - 1)];
}

static void unlink_use(struct zr_cache *cache, struct zr_buf *buf)
{
	if (buf->newer)
		buf->newer->older = buf->older;
	else
		cache->newest = buf->older;
	if (buf->older)
		buf->older->newer = buf->newer;
	else
		cache->oldest = buf->newer;
	buf->newer = buf->older = NULL;
}

static void link_newest(struct zr_cache *cache, struct zr_buf *buf)
{
	buf->older = cache->newest;
	buf->newer = NULL;
	if (cache->newest)
		cache->newest->newer = buf;
	else
		cache->oldest = buf;
	cache->newest = buf;
}

static void buf_free(struct zr_pool *pool, struct zr_buf *buf)
{
	zr_free(pool->host, buf->data);
	zr_free(pool->host, buf);
}

static void evict(struct zr_pool *pool, struct zr_buf *buf)
{
	struct zr_buf **at = bucket(&pool->cache, buf->vdev, buf->offset);

	while (*at != buf)
		at = &(*at)->hash_next;
	*at = buf->hash_next;
	unlink_use(&pool->cache, buf);
	pool->cache.bytes -= buf->len;
	buf_free(pool, buf);
}

static void shrink(struct zr_pool *pool)
{
	struct zr_buf *buf = pool->cache.oldest, *newer;

	for (; buf && pool->cache.bytes > pool->cache.limit; buf = newer) {
		newer = buf->newer;
		if (buf->holds == 0)
			evict(pool, buf);
	}
}

void zr_cache_done(struct zr_pool *pool)
{
	while (pool->cache.oldest)
		evict(pool, pool->cache.oldest);
}

/* One address holds different blocks over time; birth and checksum tell them apart. */
static struct zr_buf *find(struct zr_pool *pool, const struct zf_blkptr *bp)
{
	struct zr_buf *buf = *bucket(&pool->cache, bp->dva[0].vdev, bp->dva[0].offset);

	for (; buf; buf = buf->hash_next)
		if (buf->vdev == bp->dva[0].vdev && buf->offset == bp->dva[0].offset &&
		    buf->birth == bp->logical_birth && buf->cksum0 == bp->cksum[0] &&
		    buf->len == bp->lsize && buf->endian == bp->endian &&
		    buf->key == bp->key)
			return buf;
	return NULL;
}

static void insert(struct zr_pool *pool, const struct zf_blkptr *bp, struct zr_buf *buf)
{
	struct zr_buf **at;

	buf->vdev = bp->dva[0].vdev;
	buf->offset = bp->dva[0].offset;
	buf->birth = bp->logical_birth;
	buf->cksum0 = bp->cksum[0];
	buf->key = bp->key;
	buf->cached = true;
	at = bucket(&pool->cache, buf->vdev, buf->offset);
	buf->hash_next = *at;
	*at = buf;
	link_newest(&pool->cache, buf);
	pool->cache.bytes += buf->len;
	shrink(pool);
}

int zr_buf_get(struct zr_pool *pool, const struct zf_blkptr *bp, struct zr_buf **ret_buf,
	       struct zb_diag *diag)
{
	struct zr_buf *buf = bp->ndvas > 0 ? find(pool, bp) : NULL;
	int error;

	if (buf) {
		unlink_use(&pool->cache, buf);
		link_newest(&pool->cache, buf);
		buf->holds++;
		*ret_buf = buf;
		return 0;
	}
	buf = zr_zalloc(pool->host, sizeof(*buf));
	if (buf)
		buf->data = zr_alloc(pool->host, (size_t)bp->lsize);
	if (!buf || !buf->data) {
		if (buf)
			buf_free(pool, buf);
		return zb_fail(diag, ZB_ENOMEM, pool->info.name, ZB_DIAG_NO_OFFSET,
			       "no memory for a block of %llu bytes",
			       (unsigned long long)bp->lsize);
	}
	buf->len = (size_t)bp->lsize;
	buf->endian = bp->endian;
	buf->holds = 1;
	error = zr_block_read(pool, bp, buf->data, diag);
	if (error) {
		buf_free(pool, buf);
		return error;
	}
	if (bp->ndvas > 0)
		insert(pool, bp, buf);
	*ret_buf = buf;
	return 0;
}

void zr_buf_put(struct zr_pool *pool, struct zr_buf *buf)
{
	if (!buf)
		return;
	buf->holds--;
	if (!buf->cached && buf->holds == 0)
		buf_free(pool, buf);
	else if (pool->cache.bytes > pool->cache.limit)
		shrink(pool);
}
