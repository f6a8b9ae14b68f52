/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include "codec/decompress.h"
#include "tests/fuzz/objects.h"

/*
 * A block's address says what it is, so nothing needs to be kept: bits 0-23 the number of the
 * block in its level, 24-28 its level, 29-30 of what, 32-47 the object.
 */
#define ID(of, object, level, blk)                                                       \
	((uint64_t)(object) << 32 | (uint64_t)(of) << 29 | (uint64_t)(level) << 24 |     \
	 ((blk)&0xffffff))
#define ID_OBJECT(id)	 ((unsigned int)((id) >> 32 & 0xffff))
#define ID_OF(id)	 ((unsigned int)((id) >> 29 & 3))
#define ID_LEVEL(id)	 ((unsigned int)((id) >> 24 & 31))
#define ID_BLK(id)	 ((unsigned int)((id)&0xffffff))

#define META_SHIFT	 14 /* of its indirect block, so 128 blocks of 32 dnodes */
#define DNODES_PER_BLOCK (ZF_DNODE_BLOCK_SIZE / ZF_DNODE_SIZE)
#define OFF_DATABLKSZSEC 8
#define OFF_NLEVELS	 2
#define OFF_NBLKPTR	 3
#define OFF_INDBLKSHIFT	 1

enum of {
	OF_META = 1, /* dnodes */
	OF_DATA = 2,
	OF_SPILL = 3,
};

static struct {
	struct zb_span records;
	enum zb_endian endian;
} input;

struct record {
	unsigned int what, object, blk, offset;
	struct zb_span bytes;
};

static bool next_record(size_t *at, struct record *ret)
{
	const uint8_t *p = input.records.ptr + *at;
	size_t left = input.records.len - *at, len;

	if (left < FUZZ_RECORD_HEAD)
		return false;
	len = zb_load16(p + 7, ZB_LE);
	if (len > left - FUZZ_RECORD_HEAD)
		len = left - FUZZ_RECORD_HEAD;
	*ret = (struct record){ .what = p[0] % FUZZ_RECORDS,
				.object = zb_load16(p + 1, ZB_LE) % FUZZ_OBJECTS_MAX,
				.blk = zb_load16(p + 3, ZB_LE),
				.offset = zb_load16(p + 5, ZB_LE),
				.bytes = zb_span(p + FUZZ_RECORD_HEAD, len) };
	*at += FUZZ_RECORD_HEAD + len;
	return true;
}

static void put_blkptr(uint8_t *to, uint64_t id, unsigned int level, uint64_t size)
{
	const struct zf_blkptr bp = {
		.dva[0] = { .offset = id << ZF_SECTOR_SHIFT, .asize = size },
		.ndvas = 1,
		.level = (uint8_t)level,
		.type = ZF_OT_PLAIN_FILE_CONTENTS,
		.checksum = ZF_CHECKSUM_FLETCHER_4,
		.compress = ZF_COMPRESS_OFF,
		.lsize = size,
		.psize = size,
		.logical_birth = 1,
		.fill = 1,
	};
	uint8_t *prop = to + 0x30;

	zf_blkptr_encode(&bp, to);
	if (input.endian == ZB_LE)
		return;
	zb_store64(prop, ZB_LE, zb_load64(prop, ZB_LE) & ~(1ULL << 63));
	for (unsigned int i = 0; i < ZF_BLKPTR_SIZE; i += 8)
		zb_store64(to + i, ZB_BE, zb_load64(to + i, ZB_LE));
}

static bool has_data(unsigned int object)
{
	struct record r;
	size_t at = 0;

	while (next_record(&at, &r))
		if ((r.what == FUZZ_DATA || r.what == FUZZ_FILL) && r.object == object)
			return true;
	return false;
}

/* What the dnode of the last record for an object says about its blocks; false if none does. */
static bool geometry(unsigned int object, unsigned int *ret_indblkshift,
		     uint64_t *ret_datablksz)
{
	struct record r;
	size_t at = 0;
	bool found = false;

	while (next_record(&at, &r)) {
		if (r.what > FUZZ_DNODE_RAW || r.object != object || r.bytes.len < 16)
			continue;
		*ret_indblkshift = r.bytes.ptr[OFF_INDBLKSHIFT];
		*ret_datablksz =
			(uint64_t)zb_load16(r.bytes.ptr + OFF_DATABLKSZSEC, input.endian)
			<< ZF_SECTOR_SHIFT;
		found = true;
	}
	return found;
}

/* Pointers to n blocks, of the level below `level`, from block number first on. */
static void put_children(uint8_t *to, enum of of, unsigned int object, unsigned int level,
			 uint64_t first, size_t n)
{
	unsigned int indblkshift = META_SHIFT;
	uint64_t datablksz = ZF_DNODE_BLOCK_SIZE;

	if (of != OF_META && !geometry(object, &indblkshift, &datablksz))
		return;
	if (level > 1)
		datablksz = 1ULL << (indblkshift & 31);
	if (datablksz == 0 || datablksz > ZF_MAX_BLOCK)
		return;
	for (size_t i = 0; i < n; i++)
		put_blkptr(to + i * ZF_BLKPTR_SIZE, ID(of, object, level - 1, first + i),
			   level - 1, datablksz);
}

static void put_dnode(const struct record *r, uint8_t *block)
{
	size_t offset = r->object % DNODES_PER_BLOCK * (size_t)ZF_DNODE_SIZE;
	size_t room = ZF_DNODE_BLOCK_SIZE - offset;
	size_t len = r->bytes.len < room ? r->bytes.len : room;
	uint8_t *dn = block + offset;

	memcpy(dn, r->bytes.ptr, len);
	if (r->what == FUZZ_DNODE_RAW || len < ZF_DNODE_SIZE)
		return;
	if (has_data(r->object) && dn[OFF_NBLKPTR] <= ZF_DNODE_MAX_BLKPTR)
		put_children(dn + ZF_DNODE_CORE, OF_DATA, r->object, dn[OFF_NLEVELS], 0,
			     dn[OFF_NBLKPTR]);
	if (dn[7] & ZF_DNODE_FLAG_SPILL_BLKPTR && len % ZF_DNODE_SIZE == 0)
		put_blkptr(dn + len - ZF_BLKPTR_SIZE, ID(OF_SPILL, r->object, 0, 0), 0,
			   4096);
}

static void put_dnodes(unsigned int blk, uint8_t *dst)
{
	struct record r;
	size_t at = 0;

	while (next_record(&at, &r))
		if (r.what <= FUZZ_DNODE_RAW && r.object / DNODES_PER_BLOCK == blk)
			put_dnode(&r, dst);
}

static void put_objset(uint8_t *dst)
{
	dst[0] = ZF_OT_DNODE;
	dst[OFF_INDBLKSHIFT] = META_SHIFT;
	dst[OFF_NLEVELS] = 2;
	dst[OFF_NBLKPTR] = 1;
	zb_store16(dst + OFF_DATABLKSZSEC, input.endian,
		   ZF_DNODE_BLOCK_SIZE >> ZF_SECTOR_SHIFT);
	zb_store64(dst + 16, input.endian, FUZZ_OBJECTS_MAX / DNODES_PER_BLOCK - 1);
	put_blkptr(dst + ZF_DNODE_CORE, ID(OF_META, 0, 1, 0), 1, 1ULL << META_SHIFT);
	zb_store64(dst + ZF_OBJSET_TYPE_OFFSET, input.endian, ZF_OST_ZFS);
}

/* Data that may be cut off at the end of their block. */
static void put_bytes(uint8_t *dst, size_t size, size_t offset, struct zb_span bytes)
{
	if (offset < size)
		memcpy(dst + offset, bytes.ptr,
		       bytes.len < size - offset ? bytes.len : size - offset);
}

static void put_fill(uint8_t *dst, size_t size, const struct record *r)
{
	struct zb_span bytes = r->bytes;
	unsigned int n;

	if (bytes.len < 3)
		return;
	n = zb_load16(bytes.ptr, ZB_LE);
	bytes = zb_span(bytes.ptr + 2, bytes.len - 2);
	for (size_t at = r->offset; n > 0 && at < size; n--, at += bytes.len)
		put_bytes(dst, size, at, bytes);
}

/* All records for a block of data; false if the input has none. */
static bool put_data(uint64_t id, uint8_t *dst, size_t size)
{
	bool spill = ID_OF(id) == OF_SPILL, found = false;
	struct record r;
	size_t at = 0;

	while (next_record(&at, &r)) {
		if (r.what <= FUZZ_DNODE_RAW || (r.what == FUZZ_SPILL) != spill ||
		    r.object != ID_OBJECT(id) || r.blk != ID_BLK(id))
			continue;
		if (r.what == FUZZ_FILL)
			put_fill(dst, size, &r);
		else
			put_bytes(dst, size, r.offset, r.bytes);
		found = true;
	}
	return found;
}

int __real_zr_block_read(struct zr_pool *pool, const struct zf_blkptr *bp, uint8_t *dst,
			 struct zb_diag *diag);
int __wrap_zr_block_read(struct zr_pool *pool, const struct zf_blkptr *bp, uint8_t *dst,
			 struct zb_diag *diag);

int __wrap_zr_block_read(struct zr_pool *pool, const struct zf_blkptr *bp, uint8_t *dst,
			 struct zb_diag *diag)
{
	uint64_t id = bp->dva[0].offset >> ZF_SECTOR_SHIFT;
	size_t size = (size_t)bp->lsize;
	unsigned int level = ID_LEVEL(id);
	bool found = true;

	if (bp->embedded || bp->ndvas == 0)
		return __real_zr_block_read(pool, bp, dst, diag);
	memset(dst, 0, size);
	if (id == 0 && size >= ZF_OBJSET_V1_SIZE)
		put_objset(dst);
	else if (ID_OF(id) == OF_META && level == 0 && size == ZF_DNODE_BLOCK_SIZE)
		put_dnodes(ID_BLK(id), dst);
	else if (level > 0)
		put_children(dst, ID_OF(id), ID_OBJECT(id), level,
			     (uint64_t)ID_BLK(id) * (size / ZF_BLKPTR_SIZE),
			     size / ZF_BLKPTR_SIZE);
	else
		found = put_data(id, dst, size);
	return found ? 0
		     : zb_fail(diag, ZB_ECKSUM, "input", ZB_DIAG_NO_OFFSET,
			       "no such block");
}

static int open_pool(struct fuzz_objects *o)
{
	const struct zr_host *host = &o->host.host;
	struct zb_diag diag;

	o->pool = zr_zalloc(host, sizeof(*o->pool));
	if (!o->pool)
		return ZB_ENOMEM;
	o->pool->host = host;
	zr_windows_init(&o->pool->windows, host);
	zr_cache_init(o->pool);
	strcpy(o->pool->info.name, "input");
	o->pool->workspace = zr_alloc(host, ZC_WORKSPACE);
	if (!o->pool->workspace)
		return ZB_ENOMEM;
	return zr_objset_open(o->pool, &o->ds.phys.bp, &o->pool->mos, &diag);
}

bool fuzz_objects_init(struct fuzz_objects *o, const uint8_t *data, size_t size)
{
	if (size < 1)
		return false;
	memset(o, 0, sizeof(*o));
	input.endian = data[0] & 1 ? ZB_BE : ZB_LE;
	input.records = zb_span(data + 1, size - 1);
	small_host_init(&o->host);
	o->ds.phys.bp = (struct zf_blkptr){ .dva[0] = { .asize = 4096 },
					    .ndvas = 1,
					    .endian = input.endian,
					    .checksum = ZF_CHECKSUM_FLETCHER_4,
					    .compress = ZF_COMPRESS_OFF,
					    .lsize = ZF_OBJSET_V2_SIZE,
					    .psize = ZF_OBJSET_V2_SIZE,
					    .logical_birth = 1 };
	if (open_pool(o)) {
		fuzz_objects_done(o);
		return false;
	}
	o->ds.pool = o->pool;
	o->ds.object = 1;
	o->ds.dirs[0] = 1;
	o->ds.n_dirs = 1;
	strcpy(o->ds.name, "input");
	return true;
}

void fuzz_objects_done(struct fuzz_objects *o)
{
	zr_pool_close(o->pool);
	o->pool = NULL;
	FUZZ_ASSERT(o->host.held == 0);
}

void fuzz_objects_each(struct fuzz_objects *o, void (*fn)(void *ctx, uint64_t object),
		       void *ctx)
{
	struct record r;
	size_t at = 0;

	while (next_record(&at, &r))
		if (r.what <= FUZZ_DNODE_RAW)
			fn(ctx, r.object);
}

void fuzz_objects_as_fs(const uint8_t *data, size_t size,
			void (*fn)(void *fs, uint64_t object))
{
	static struct fuzz_objects objects;
	struct zb_diag diag;
	struct zr_fs *fs;

	if (!fuzz_objects_init(&objects, data, size))
		return;
	if (zr_fs_open(&objects.ds, &fs, &diag) == 0) {
		fuzz_objects_each(&objects, fn, fs);
		zr_fs_close(fs);
	}
	fuzz_objects_done(&objects);
}
