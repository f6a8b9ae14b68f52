/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZR_POOL_H
#define ZR_POOL_H

#include "fmt/dnode.h"
#include "read/raid.h"
#include "read/vdev.h"
#include "read/verify.h"

/* The reader's inner interfaces: pool, blocks, cache, objsets and objects. */

/* ---- cached blocks ---- */

/* A decompressed block. Belongs to the cache; its data do not move while it is held. */
struct zr_buf {
	struct zr_buf *hash_next;
	struct zr_buf *newer, *older; /* in order of use */
	unsigned int holds;
	bool cached;
	uint32_t vdev;
	uint64_t offset;
	uint64_t birth;
	uint64_t cksum0;
	const void *key; /* what opened it: without a key there are only parts */
	enum zb_endian endian;
	size_t len;
	uint8_t *data;
};

#define ZR_CACHE_BUCKETS 256

struct zr_cache {
	size_t limit;
	size_t bytes;
	struct zr_buf *newest, *oldest;
	struct zr_buf *bucket[ZR_CACHE_BUCKETS];
};

/* ---- objsets and objects ---- */

struct zr_objset {
	struct zr_pool *pool;
	struct zr_buf *buf; /* holds the raw meta dnode */
	const void *key;    /* as of struct zf_blkptr, for all its blocks */
	struct zf_objset phys;
};

struct zr_object {
	struct zr_objset *os;
	uint64_t number;
	struct zr_buf *buf; /* the dnode block; the spans of dn point into it */
	struct zf_dnode dn;
};

/* ---- the pool ---- */

struct zr_pool {
	const struct zr_host *host;
	struct zr_pool_info info;
	struct zr_windows windows;
	struct zr_cache cache;
	struct zr_verifier verifier;
	struct zr_vdev *vdevs; /* by id */
	unsigned int n_vdevs;
	struct zr_reflow reflow;  /* of the raidz that is being expanded, if one is */
	unsigned int exhausted;	  /* blocks whose repair was given up: see raid_guess.c */
	void *workspace;	  /* for decompression on the caller's own thread */
	struct zf_blkptr root_bp; /* of the MOS, in the uberblock in use */
	struct zr_objset mos;
	struct zr_wrapping_key *wrapping_keys; /* keys.h */
	struct zr_key *keys;
	uint64_t root_dir; /* DSL directory of the dataset that is named like the pool */
};

#define ZR_OBJECT_DIRECTORY 1 /* its object number in the MOS */

/* n absent vdevs instead of those that there are. */
ZB_MUST_CHECK int zr_vdevs_alloc(struct zr_pool *pool, unsigned int n,
				 struct zb_diag *diag);

/* ---- blocks (block.c) ---- */

/*
 * Reads the block of bp into dst, lsize bytes: every copy on every side until one has the right
 * checksum, then decompressed. Holes read as zeros, embedded data come from bp.
 */
ZB_MUST_CHECK int zr_block_read(struct zr_pool *pool, const struct zf_blkptr *bp,
				uint8_t *dst, struct zb_diag *diag);

/* The same without decompression: psize bytes. Not for holes and embedded data. */
ZB_MUST_CHECK int zr_block_read_raw(struct zr_pool *pool, const struct zf_blkptr *bp,
				    uint8_t *dst, struct zb_diag *diag);

/* Whether it is a header of the gang block bp, at any of its DVAs: ZB_ECKSUM if not. */
ZB_MUST_CHECK int zr_gang_verify_header(const struct zf_blkptr *bp, struct zb_span header,
					enum zb_endian *ret_endian);
/*
 * The header of a gang block at DVA i, verified, into ZR_GANG_HEADER_MAX bytes; *ret_size of them
 * count.
 */
#define ZR_GANG_HEADER_MAX ((size_t)64 << 10)
#define ZR_GANG_DEPTH	   8 /* each level has at least two pieces: deep enough for 16 MiB */
ZB_MUST_CHECK int zr_gang_read_header(struct zr_pool *pool, const struct zf_blkptr *bp,
				      unsigned int i, uint8_t *header, size_t *ret_size,
				      enum zb_endian *ret_endian);

/*
 * What reading a block has left for gang headers and their pieces: they could lead to each other,
 * and to many more bytes than the block has.
 */
struct zr_gang {
	unsigned int depth;
	uint64_t left;	   /* bytes */
	bool exceeded;	   /* it was not enough */
	bool header_known; /* zr_gang_read() has found the header, whatever of its pieces */
};

/* ZB_E2BIG if there is no more for it. */
ZB_MUST_CHECK int zr_gang_charge(struct zr_gang *g, uint64_t bytes);

/* Gang blocks (gang.c): the psize bytes at copy i of bp, whose pieces verify themselves. */
ZB_MUST_CHECK int zr_gang_read(struct zr_pool *pool, const struct zf_blkptr *bp,
			       unsigned int copy, uint8_t *dst, struct zr_gang *g);
ZB_MUST_CHECK int zr_block_read_copies(struct zr_pool *pool, const struct zf_blkptr *bp,
				       uint8_t *dst, struct zr_gang *g);

/* ---- from a block's bytes to its data (unpack.c) ---- */

/*
 * The psize bytes of a block, verified, to its lsize bytes. workspace is of ZC_WORKSPACE bytes.
 * Both may be called from several threads, each with a workspace of its own.
 */
ZB_MUST_CHECK int zr_block_open(const struct zr_pool *pool, const struct zf_blkptr *bp,
				struct zb_span raw, uint8_t *dst, void *workspace);

/* Verifies them first. */
ZB_MUST_CHECK int zr_block_unpack(const struct zr_pool *pool, const struct zf_blkptr *bp,
				  struct zb_span raw, uint8_t *dst, void *workspace);

/* ---- cache (cache.c) ---- */

void zr_cache_init(struct zr_pool *pool);
void zr_cache_done(struct zr_pool *pool);

/* The block of bp, decompressed; the caller gives it back with zr_buf_put(). */
ZB_MUST_CHECK int zr_buf_get(struct zr_pool *pool, const struct zf_blkptr *bp,
			     struct zr_buf **ret_buf, struct zb_diag *diag);
void zr_buf_put(struct zr_pool *pool, struct zr_buf *buf); /* accepts NULL */

static inline struct zb_span zr_buf_span(const struct zr_buf *buf)
{
	return zb_span(buf->data, buf->len);
}

/* ---- objects (object.c) ---- */

ZB_MUST_CHECK int zr_objset_open(struct zr_pool *pool, const struct zf_blkptr *bp,
				 struct zr_objset *ret_os, struct zb_diag *diag);
void zr_objset_close(struct zr_objset *os);

/* ZB_ENOENT if there is no such object. The caller ends with zr_object_close(). */
ZB_MUST_CHECK int zr_object_open(struct zr_objset *os, uint64_t number,
				 struct zr_object *ret_obj, struct zb_diag *diag);
void zr_object_close(struct zr_object *obj);

/* The block pointer of data block blkid, through the indirect blocks; a hole beyond the end. */
ZB_MUST_CHECK int zr_object_blkptr(struct zr_object *obj, uint64_t blkid,
				   struct zf_blkptr *ret_bp, struct zb_diag *diag);

/* The same of a block of any level; a hole if the tree is not as high. */
ZB_MUST_CHECK int zr_object_blkptr_at(struct zr_object *obj, unsigned int level,
				      uint64_t blkid, struct zf_blkptr *ret_bp,
				      struct zb_diag *diag);

/* Data block blkid of an object, of dn.datablksz bytes; a hole gives a block of zeros. */
ZB_MUST_CHECK int zr_object_block(struct zr_object *obj, uint64_t blkid,
				  struct zr_buf **ret_buf, struct zb_diag *diag);

/* The spill block of the object's dnode. ZB_ENOENT if it has none. */
ZB_MUST_CHECK int zr_object_spill(struct zr_object *obj, struct zr_buf **ret_buf,
				  struct zb_diag *diag);

/*
 * Copies [offset, offset + len) of the object's data; beyond its last block are zeros. Large
 * ranges are fetched with few large requests (fetch.c).
 */
ZB_MUST_CHECK int zr_object_read(struct zr_object *obj, uint64_t offset, uint8_t *dst,
				 size_t len, struct zb_diag *diag);

/*
 * The first offset from `offset` on whose block is a hole, or is none. Skips what an indirect
 * block tells of all below it: reads as many blocks of pointers as the tree is high, or twice that.
 * Where they tell wrongly what is below them it is data. ZB_ENOENT, without touching diag, if
 * there is none in the object. After another error ret_gap, which may be NULL, is what cannot be
 * known; up to there it is not what was searched.
 */
struct zr_gap {
	uint64_t start, end;
};
ZB_MUST_CHECK int zr_object_seek(struct zr_object *obj, uint64_t offset, bool hole,
				 uint64_t *ret_offset, struct zr_gap *ret_gap,
				 struct zb_diag *diag);

/* Data of which `size` bytes count: what zr_fs_seek() and so on tell of them. */
ZB_MUST_CHECK int zr_object_seek_in(struct zr_object *obj, uint64_t size, uint64_t offset,
				    bool hole, uint64_t *ret_offset,
				    struct zb_diag *diag);
ZB_MUST_CHECK int zr_object_next_data(struct zr_object *obj, uint64_t size,
				      uint64_t offset, struct zr_data_range *ret_range,
				      struct zb_diag *diag);
ZB_MUST_CHECK int64_t zr_object_read_in(struct zr_object *obj, uint64_t size,
					uint64_t offset, void *buf, size_t len,
					struct zb_diag *diag);

/* diag for a fault in an object: "pool: object N of dataset: reason". */
int zr_object_fail(const struct zr_object *obj, int error, struct zb_diag *diag,
		   const char *reason);

#endif
