/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "codec/checksum.h"
#include "fmt/encode.h"
#include "fmt/label.h"
#include "fmt/uberblock.h"
#include "tests/tools/hostile/hostile.h"

#define FREE_FROM	 SMALL_POOL_SIZE /* past the start of data */
#define SLOT		 1024		 /* of the ring of uberblocks, ashift 9 */
#define ROOTBP		 40
#define DATASET_BP	 128 /* in a dataset's bonus */
#define DNODES_PER_BLOCK (ZF_DNODE_BLOCK_SIZE / ZF_DNODE_SIZE)
#define META		 0

void hostile_die(const char *what)
{
	fprintf(stderr, "hostile: %s\n", what);
	exit(1);
}

static void must(int error, const struct zb_diag *diag)
{
	if (!error)
		return;
	fprintf(stderr, "hostile: %s: %s\n", diag->object, diag->reason);
	exit(1);
}

static void *get_memory(size_t len)
{
	void *p = calloc(1, len);

	if (!p)
		hostile_die("no memory");
	return p;
}

static int read_image(void *ctx, uint64_t offset, void *buf, size_t len)
{
	const struct hostile *h = ctx;

	memcpy(buf, h->image + offset, len);
	return 0;
}

/* A fresh pool after each change: what it keeps in memory is old then. */
static struct zr_pool *pool_of(struct hostile *h)
{
	const struct zr_dev *devs[] = { &h->dev };
	struct zb_diag diag;

	if (!h->pool)
		must(zr_pool_open(&h->host.host, devs, 1, 0, &h->pool, &diag), &diag);
	return h->pool;
}

static void changed(struct hostile *h)
{
	zr_pool_close(h->pool);
	h->pool = NULL;
}

static void seal(struct hostile *h, uint64_t offset, size_t size);

/* The device is larger than the pool's was, so its rear labels are made from the front ones. */
static void move_labels(struct hostile *h)
{
	memset(h->image + zf_label_offset(2, SMALL_POOL_SIZE), 0, 2 * ZF_LABEL_SIZE);
	for (unsigned int l = 2; l < ZF_LABEL_COUNT; l++) {
		uint64_t to = zf_label_offset(l, HOSTILE_SIZE);

		memcpy(h->image + to, h->image, ZF_LABEL_SIZE);
		seal(h, to + ZF_LABEL_NVLIST, ZF_LABEL_NVLIST_SIZE);
		for (uint64_t at = 0; at < ZF_LABEL_UBERBLOCKS_SZ; at += SLOT)
			seal(h, to + ZF_LABEL_UBERBLOCKS + at, SLOT);
	}
}

void hostile_init(struct hostile *h, uint8_t *image)
{
	struct small_pool small;

	*h = (struct hostile){ .image = image, .next = FREE_FROM };
	small_pool_init(&small);
	for (uint64_t at = 0; at < SMALL_POOL_SIZE; at += SMALL_POOL_SECTOR) {
		const uint8_t *sector = small_pool_sector(&small, at);

		if (sector)
			memcpy(image + at, sector, SMALL_POOL_SECTOR);
	}
	small_pool_done(&small);
	move_labels(h);
	small_host_init(&h->host);
	h->dev = (struct zr_dev){ .ctx = h,
				  .name = "image",
				  .size = HOSTILE_SIZE,
				  .block_size = SMALL_POOL_SECTOR,
				  .read = read_image };
	h->txg = pool_of(h)->info.txg;
}

void hostile_done(struct hostile *h)
{
	zr_pool_close(h->pool);
}

/* ---- reading ---- */

/* A block of an object, with its pointer; of a hole zeros. The caller frees it. */
struct block {
	struct zf_blkptr bp;
	uint8_t *data;
	size_t len;
};

struct dnode {
	uint8_t raw[ZF_DNODE_MAX_SIZE];
	struct zf_dnode dn; /* points into raw */
};

static struct block get_block(struct hostile *h, uint64_t objset, uint64_t object,
			      unsigned int level, uint64_t blk);

static struct block read_block(struct hostile *h, const struct zf_blkptr *bp, size_t len)
{
	struct block b = { .bp = *bp, .len = len };
	struct zb_diag diag;

	b.data = get_memory(len);
	if (!zf_blkptr_is_hole(bp)) {
		if (bp->lsize != len)
			hostile_die("a block of an unexpected size");
		must(zr_block_read(pool_of(h), bp, b.data, &diag), &diag);
	}
	return b;
}

static void decode(struct dnode *d, size_t room)
{
	if (zf_dnode_decode(zb_span(d->raw, room), ZB_LE, &d->dn) || !d->dn.type)
		hostile_die("there is no such object");
}

static struct dnode *get_dnode(struct hostile *h, uint64_t objset, uint64_t object)
{
	struct dnode *d = get_memory(sizeof(*d));
	size_t slot = object % DNODES_PER_BLOCK * ZF_DNODE_SIZE;
	struct block b;

	b = get_block(h, objset, META, 0, object / DNODES_PER_BLOCK);
	memcpy(d->raw, b.data + slot, b.len - slot);
	decode(d, b.len - slot);
	free(b.data);
	return d;
}

static struct block get_objset(struct hostile *h, uint64_t objset)
{
	const struct zr_buf *mos = pool_of(h)->mos.buf;
	struct zf_dsl_dataset ds;
	struct block b = { 0 };
	struct dnode *d;

	if (objset == OBJSET_MOS) {
		b.len = mos->len;
		b.data = get_memory(b.len);
		memcpy(b.data, mos->data, b.len);
		return b;
	}
	d = get_dnode(h, OBJSET_MOS, objset);
	if (zf_dsl_dataset_decode(d->dn.bonus, ZB_LE, &ds))
		hostile_die("an objset is no dataset");
	free(d);
	return read_block(h, &ds.bp, (size_t)ds.bp.lsize);
}

static struct dnode *get_any_dnode(struct hostile *h, uint64_t objset, uint64_t object)
{
	struct dnode *d;
	struct block b;

	if (object != META)
		return get_dnode(h, objset, object);
	d = get_memory(sizeof(*d));
	b = get_objset(h, objset);
	memcpy(d->raw, b.data, ZF_DNODE_SIZE);
	decode(d, ZF_DNODE_SIZE);
	free(b.data);
	return d;
}

static struct block get_block(struct hostile *h, uint64_t objset, uint64_t object,
			      unsigned int level, uint64_t blk)
{
	struct dnode *d = get_any_dnode(h, objset, object);
	unsigned int epb_shift = d->dn.indblkshift - ZF_BLKPTR_SHIFT;
	size_t len = level ? (size_t)1 << d->dn.indblkshift : d->dn.datablksz;
	struct zf_blkptr bp;
	struct block parent;
	int error;

	if (level == d->dn.nlevels - 1U) {
		error = zf_dnode_blkptr(&d->dn, (unsigned int)blk, &bp);
	} else {
		parent = get_block(h, objset, object, level + 1, blk >> epb_shift);
		error = zf_blkptr_decode(
			zb_span(parent.data +
					(blk & ((1U << epb_shift) - 1)) * ZF_BLKPTR_SIZE,
				ZF_BLKPTR_SIZE),
			ZB_LE, &bp);
		free(parent.data);
	}
	if (error)
		hostile_die("a bad block pointer");
	if (zf_blkptr_is_hole(&bp))
		bp = (struct zf_blkptr){ .level = (uint8_t)level, .type = d->dn.type };
	free(d);
	return read_block(h, &bp, len);
}

/* ---- writing ---- */

void hostile_write_packed(struct hostile *h, struct zf_blkptr *bp, const void *packed,
			  size_t len, unsigned int compress, size_t lsize)
{
	size_t psize = (size_t)zb_align_up(len, SMALL_POOL_SECTOR);
	uint8_t *to = h->image + ZF_VDEV_DATA_START + h->next;
	struct zc_cksum sum;

	if (h->next + psize > HOSTILE_SIZE - ZF_VDEV_DATA_START - ZF_VDEV_END_RESERVED)
		hostile_die("no room for new blocks");
	memcpy(to, packed, len);
	zc_fletcher4(zb_span(to, psize), ZB_LE, &sum);
	*bp = (struct zf_blkptr){ .dva[0] = { .offset = h->next, .asize = psize },
				  .ndvas = 1,
				  .level = bp->level,
				  .type = bp->type,
				  .checksum = ZF_CHECKSUM_FLETCHER_4,
				  .compress = (uint8_t)compress,
				  .lsize = lsize,
				  .psize = psize,
				  .logical_birth =
					  bp->logical_birth ? bp->logical_birth : 4,
				  .fill = bp->fill ? bp->fill : 1 };
	memcpy(bp->cksum, sum.word, sizeof(bp->cksum));
	h->next += psize;
}

void hostile_write(struct hostile *h, struct zf_blkptr *bp, const void *data, size_t len)
{
	hostile_write_packed(h, bp, data, len, ZF_COMPRESS_OFF, len);
}

/* Makes a slot or a list of a label check itself. */
static void seal(struct hostile *h, uint64_t offset, size_t size)
{
	uint8_t *block = h->image + offset;
	struct zc_cksum sum;

	zf_eck_encode_verifier(block, size, offset);
	zc_sha256(zb_span(block, size), &sum);
	zf_eck_encode_cksum(block, size, sum.word);
}

/* The uberblock in use, which becomes the only one. */
static void store_root(struct hostile *h, const struct zf_blkptr *root)
{
	uint64_t txg = pool_of(h)->info.txg;
	uint8_t slot[SLOT] = { 0 };
	struct zf_uberblock ub;

	for (uint64_t at = 0; at < ZF_LABEL_UBERBLOCKS_SZ; at += SLOT) {
		const uint8_t *p = h->image + ZF_LABEL_UBERBLOCKS + at;

		if (zf_uberblock_decode(zb_span(p, SLOT), &ub) == 0 && ub.txg == txg)
			memcpy(slot, p, SLOT);
	}
	zf_blkptr_encode(root, slot + ROOTBP);
	for (unsigned int l = 0; l < ZF_LABEL_COUNT; l++) {
		uint64_t ring = zf_label_offset(l, HOSTILE_SIZE) + ZF_LABEL_UBERBLOCKS;

		memset(h->image + ring, 0, ZF_LABEL_UBERBLOCKS_SZ);
		memcpy(h->image + ring, slot, SLOT);
		seal(h, ring, SLOT);
	}
	changed(h);
}

static void store(struct hostile *h, uint64_t objset, uint64_t object, unsigned int level,
		  uint64_t blk, struct block *b);

static void store_objset(struct hostile *h, uint64_t objset, const struct block *b)
{
	struct zf_blkptr bp = { .type = ZF_OT_OBJSET };
	struct dnode *d;
	struct block dnodes;
	size_t at;

	hostile_write(h, &bp, b->data, b->len);
	if (objset == OBJSET_MOS) {
		store_root(h, &bp);
		return;
	}
	d = get_dnode(h, OBJSET_MOS, objset);
	at = objset % DNODES_PER_BLOCK * ZF_DNODE_SIZE +
	     (size_t)(d->dn.bonus.ptr - d->raw);
	free(d);
	dnodes = get_block(h, OBJSET_MOS, META, 0, objset / DNODES_PER_BLOCK);
	zf_blkptr_encode(&bp, dnodes.data + at + DATASET_BP);
	store(h, OBJSET_MOS, META, 0, objset / DNODES_PER_BLOCK, &dnodes);
}

/* Puts bytes into a dnode, wherever that is kept. */
static void store_dnode(struct hostile *h, uint64_t objset, uint64_t object,
			size_t offset, const void *bytes, size_t len)
{
	uint64_t blk = object / DNODES_PER_BLOCK;
	size_t at = object % DNODES_PER_BLOCK * ZF_DNODE_SIZE + offset;
	struct block b;

	b = object == META ? get_objset(h, objset) : get_block(h, objset, META, 0, blk);
	memcpy(b.data + at, bytes, len);
	if (object != META) {
		store(h, objset, META, 0, blk, &b);
		return;
	}
	store_objset(h, objset, &b);
	free(b.data);
}

/* Writes a block and changes what points to it; frees it. */
static void store(struct hostile *h, uint64_t objset, uint64_t object, unsigned int level,
		  uint64_t blk, struct block *b)
{
	struct dnode *d = get_any_dnode(h, objset, object);
	unsigned int epb_shift = d->dn.indblkshift - ZF_BLKPTR_SHIFT;
	uint8_t raw[ZF_BLKPTR_SIZE];
	struct block parent;

	hostile_write(h, &b->bp, b->data, b->len);
	zf_blkptr_encode(&b->bp, raw);
	free(b->data);
	if (level == d->dn.nlevels - 1U) {
		store_dnode(h, objset, object,
			    ZF_DNODE_CORE + (size_t)blk * ZF_BLKPTR_SIZE, raw,
			    sizeof(raw));
	} else {
		parent = get_block(h, objset, object, level + 1, blk >> epb_shift);
		memcpy(parent.data + (blk & ((1U << epb_shift) - 1)) * ZF_BLKPTR_SIZE,
		       raw, sizeof(raw));
		store(h, objset, object, level + 1, blk >> epb_shift, &parent);
	}
	free(d);
}

void hostile_dnode(struct hostile *h, uint64_t objset, uint64_t object, size_t offset,
		   const void *bytes, size_t len)
{
	store_dnode(h, objset, object, offset, bytes, len);
	changed(h);
}

void hostile_dnode_u64(struct hostile *h, uint64_t objset, uint64_t object, size_t offset,
		       uint64_t v)
{
	uint8_t raw[8];

	zb_store64(raw, ZB_LE, v);
	hostile_dnode(h, objset, object, offset, raw, sizeof(raw));
}

void hostile_bonus_u64(struct hostile *h, uint64_t objset, uint64_t object, size_t offset,
		       uint64_t v)
{
	struct dnode *d = get_any_dnode(h, objset, object);
	size_t bonus = (size_t)(d->dn.bonus.ptr - d->raw);

	if (offset + 8 > d->dn.bonus.len)
		hostile_die("a bonus is too short");
	free(d);
	hostile_dnode_u64(h, objset, object, bonus + offset, v);
}

void hostile_block(struct hostile *h, uint64_t objset, uint64_t object,
		   unsigned int level, uint64_t blk, size_t offset, const void *bytes,
		   size_t len)
{
	struct block b = get_block(h, objset, object, level, blk);

	if (offset + len > b.len)
		hostile_die("a block is too short");
	memcpy(b.data + offset, bytes, len);
	store(h, objset, object, level, blk, &b);
	changed(h);
}

void hostile_edit(struct hostile *h, uint64_t objset, uint64_t object, unsigned int level,
		  uint64_t blk, void (*edit)(uint8_t *data, size_t len))
{
	struct block b = get_block(h, objset, object, level, blk);

	edit(b.data, b.len);
	store(h, objset, object, level, blk, &b);
	changed(h);
}

void hostile_block_u64(struct hostile *h, uint64_t objset, uint64_t object, uint64_t blk,
		       size_t offset, uint64_t v)
{
	uint8_t raw[8];

	zb_store64(raw, ZB_LE, v);
	hostile_block(h, objset, object, 0, blk, offset, raw, sizeof(raw));
}

void hostile_labels(struct hostile *h, const void *list, size_t len)
{
	for (unsigned int l = 0; l < ZF_LABEL_COUNT; l++) {
		uint64_t at = zf_label_offset(l, HOSTILE_SIZE) + ZF_LABEL_NVLIST;

		if (len > ZF_LABEL_NVLIST_SIZE - ZF_ECK_SIZE)
			hostile_die("the list is too long for a label");
		memset(h->image + at, 0, ZF_LABEL_NVLIST_SIZE);
		memcpy(h->image + at, list, len);
		seal(h, at, ZF_LABEL_NVLIST_SIZE);
	}
	changed(h);
}

/* ---- by name ---- */

uint64_t hostile_dataset(struct hostile *h, const char *name)
{
	struct zr_dataset *ds;
	struct zb_diag diag;
	uint64_t object;

	must(zr_dataset_open(pool_of(h), name, &ds, &diag), &diag);
	object = ds->object;
	zr_dataset_close(ds);
	return object;
}

struct zf_dsl_dir hostile_dir(struct hostile *h, const char *dataset,
			      uint64_t *ret_object)
{
	struct zr_dataset *ds;
	struct zf_dsl_dir dir;
	struct zb_diag diag;

	must(zr_dataset_open(pool_of(h), dataset, &ds, &diag), &diag);
	*ret_object = ds->phys.dir_obj;
	must(zr_dsl_dir_get(h->pool, ds->phys.dir_obj, &dir, &diag), &diag);
	zr_dataset_close(ds);
	return dir;
}

uint64_t hostile_snapshots(struct hostile *h, const char *dataset)
{
	struct zr_dataset *ds;
	struct zb_diag diag;
	uint64_t zap;

	must(zr_dataset_open(pool_of(h), dataset, &ds, &diag), &diag);
	zap = ds->phys.snapnames_zapobj;
	zr_dataset_close(ds);
	return zap;
}

static struct zr_fs *open_fs(struct hostile *h, const char *dataset,
			     struct zr_dataset **ret_ds)
{
	struct zb_diag diag;
	struct zr_fs *fs;

	must(zr_dataset_open(pool_of(h), dataset, ret_ds, &diag), &diag);
	must(zr_fs_open(*ret_ds, &fs, &diag), &diag);
	return fs;
}

uint64_t hostile_file(struct hostile *h, const char *dataset, const char *path)
{
	struct zr_dataset *ds;
	struct zr_fs *fs = open_fs(h, dataset, &ds);
	struct zb_diag diag;
	struct zr_stat st;

	must(zr_fs_lookup(fs, path, false, &st, &diag), &diag);
	zr_fs_close(fs);
	zr_dataset_close(ds);
	return st.object;
}

void hostile_attr(struct hostile *h, const char *dataset, uint64_t object,
		  enum zf_zpl_attr attr, uint64_t v)
{
	struct zr_dataset *ds;
	struct zr_fs *fs = open_fs(h, dataset, &ds);
	uint64_t objset = ds->object;
	enum zb_endian e;
	struct zb_diag diag;
	struct zb_span value;
	struct zr_node node;
	size_t offset;

	must(zr_node_open(fs, object, &node, &diag), &diag);
	if (zr_node_attr(fs, &node, attr, &value, &e, &diag))
		hostile_die("a file lacks an attribute");
	offset = (size_t)(value.ptr - (node.obj.dn.blkptrs.ptr - ZF_DNODE_CORE));
	zr_node_close(&node);
	zr_fs_close(fs);
	zr_dataset_close(ds);
	hostile_dnode_u64(h, objset, object, offset, v);
}

static bool set_in_micro(struct block *b, const char *name, uint64_t v)
{
	struct zf_mzap_entry entry;
	struct zf_mzap zap;

	if (zf_mzap_decode(zb_span(b->data, b->len), ZB_LE, &zap))
		return false;
	for (unsigned int i = 0; i < zf_mzap_count(&zap); i++) {
		if (zf_mzap_entry(&zap, i, &entry) != 1 ||
		    entry.name.len != strlen(name) ||
		    memcmp(entry.name.ptr, name, entry.name.len) != 0)
			continue;
		zb_store64(b->data + ZF_MZAP_HEADER_SIZE + (size_t)i * ZF_MZAP_ENTRY_SIZE,
			   ZB_LE, v);
		return true;
	}
	return false;
}

static bool set_in_leaf(struct block *b, const char *name, uint64_t v)
{
	struct zf_zap_entry entry;
	struct zf_zap_leaf leaf;

	if (zf_zap_leaf_decode(zb_span(b->data, b->len), ZB_LE, &leaf))
		return false;
	for (unsigned int i = 0; i < leaf.num_chunks; i++) {
		if (zf_zap_leaf_entry(&leaf, i, &entry) != 1 ||
		    !zf_zap_leaf_name_is(&leaf, &entry, name, strlen(name)))
			continue;
		/* behind the byte that gives the chunk's type */
		zb_store64(b->data + (leaf.chunks.ptr - b->data) + 1 +
				   (size_t)entry.value_chunk * ZF_ZAP_CHUNK_SIZE,
			   ZB_BE, v);
		return true;
	}
	return false;
}

void hostile_zap(struct hostile *h, uint64_t objset, uint64_t object, const char *name,
		 uint64_t v)
{
	struct dnode *d = get_dnode(h, objset, object);
	uint64_t last = d->dn.maxblkid;

	free(d);
	for (uint64_t blk = 0; blk <= last; blk++) {
		struct block b = get_block(h, objset, object, 0, blk);

		if (set_in_micro(&b, name, v) || set_in_leaf(&b, name, v)) {
			store(h, objset, object, 0, blk, &b);
			changed(h);
			return;
		}
		free(b.data);
	}
	hostile_die("a ZAP lacks a name");
}
