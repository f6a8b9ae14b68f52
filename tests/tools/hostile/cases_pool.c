/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>
#include "codec/checksum.h"
#include "fmt/eck.h"
#include "fmt/label.h"
#include "fmt/nvlist_encode.h"
#include "tests/tools/hostile/cases.h"

/* Blocks, datasets and labels that make no sense. */
#define BE	      "small/ROOT/be"
#define ROOT	      "small/ROOT"

/* Offsets in the bonus of DSL objects: see fmt/dsl.h. */
#define DIR_PARENT    16
#define DIR_ORIGIN    24
#define DIR_CHILDREN  32
#define DS_PREV_SNAP  8
#define DS_NEXT_SNAP  24
#define DS_SNAP_NAMES 32

/* ---- gang blocks ---- */

#define GANG_SIZE     512

/* A gang header at its own place, with n pieces; its verifier is what a reader will expect. */
static struct zf_blkptr gang(struct hostile *h, const struct zf_blkptr *pieces,
			     unsigned int n, uint64_t offset)
{
	uint8_t header[GANG_SIZE] = { 0 };
	struct zf_blkptr bp = { .type = ZF_OT_PLAIN_FILE_CONTENTS };
	uint8_t *eck = header + GANG_SIZE - ZF_ECK_SIZE;
	struct zc_cksum sum;
	uint64_t size = 0;

	for (unsigned int i = 0; i < n; i++) {
		zf_blkptr_encode(&pieces[i], header + (size_t)i * ZF_BLKPTR_SIZE);
		size += pieces[i].psize;
	}
	zb_store64(eck, ZB_LE, ZF_ECK_MAGIC);
	zb_store64(eck + 8, ZB_LE, 0);
	zb_store64(eck + 16, ZB_LE, offset);
	zb_store64(eck + 24, ZB_LE, h->txg);
	zc_sha256(zb_span(header, sizeof(header)), &sum);
	for (unsigned int i = 0; i < 4; i++)
		zb_store64(eck + 8 + 8 * (size_t)i, ZB_LE, sum.word[i]);
	hostile_write(h, &bp, header, sizeof(header));
	bp.lsize = bp.psize = size;
	bp.dva[0].gang = true;
	bp.dva[1] = bp.dva[2] = bp.dva[0];
	bp.ndvas = ZF_DVAS_PER_BP;
	return bp;
}

static void point_to(struct hostile *h, const char *path, const struct zf_blkptr *bp)
{
	uint64_t objset = hostile_dataset(h, BE), file = hostile_file(h, BE, path);
	uint8_t raw[ZF_BLKPTR_SIZE], blksz[2];
	const uint8_t levels = 1;

	zf_blkptr_encode(bp, raw);
	zb_store16(blksz, ZB_LE, (uint16_t)(bp->lsize >> ZF_SECTOR_SHIFT));
	hostile_attr(h, BE, file, ZF_ZPL_SIZE, bp->lsize);
	hostile_dnode_u64(h, objset, file, 16, 0);
	hostile_dnode(h, objset, file, 2, &levels, 1);
	hostile_dnode(h, objset, file, 8, blksz, sizeof(blksz));
	hostile_dnode(h, objset, file, ZF_DNODE_CORE, raw, sizeof(raw));
}

/* A header whose only piece is itself. */
void make_gang_self(struct hostile *h)
{
	struct zf_blkptr bp = { .dva[0] = { .offset = h->next, .gang = true },
				.ndvas = 1,
				.checksum = ZF_CHECKSUM_FLETCHER_4,
				.compress = ZF_COMPRESS_OFF,
				.lsize = 4096,
				.psize = 4096,
				.logical_birth = h->txg };

	bp = gang(h, &bp, 1, h->next);
	point_to(h, "file", &bp);
}

/*
 * Headers of headers, with three copies each, and a last piece that nothing is right with: a
 * reader that tries everything has much to try.
 */
void make_gang_fan(struct hostile *h)
{
	uint8_t data[512] = "data";
	struct zf_blkptr good = { .type = ZF_OT_PLAIN_FILE_CONTENTS }, bad, pieces[2];

	hostile_write(h, &good, data, sizeof(data));
	bad = good;
	bad.cksum[0] ^= 1;
	for (unsigned int depth = 0; depth < 8; depth++) {
		pieces[0] = good;
		pieces[1] = bad;
		bad = gang(h, pieces, 2, h->next);
		pieces[1] = good;
		good = gang(h, pieces, 2, h->next);
	}
	bad.cksum[0] ^= 1;
	point_to(h, "file", &bad);
}

/* ---- datasets ---- */

/* small/ROOT/be is small/ROOT, which says that it is its own parent. */
void make_dsl_loop(struct hostile *h)
{
	uint64_t root;
	struct zf_dsl_dir dir = hostile_dir(h, ROOT, &root);

	hostile_bonus_u64(h, OBJSET_MOS, root, DIR_PARENT, root);
	hostile_zap(h, OBJSET_MOS, dir.child_dir_zapobj, "be", root);
}

/* The directories of small/ROOT and small/ROOT/be are each other's parents. */
void make_dsl_self(struct hostile *h)
{
	uint64_t root, be;

	hostile_dir(h, ROOT, &root);
	hostile_dir(h, BE, &be);
	hostile_bonus_u64(h, OBJSET_MOS, root, DIR_PARENT, be);
}

/* The children of small/ROOT/be are those of small/ROOT. */
void make_dsl_names(struct hostile *h)
{
	uint64_t root, be;
	struct zf_dsl_dir dir = hostile_dir(h, ROOT, &root);

	hostile_dir(h, BE, &be);
	hostile_bonus_u64(h, OBJSET_MOS, be, DIR_CHILDREN, dir.child_dir_zapobj);
}

/* A snapshot that is the dataset itself. */
void make_snapshot_head(struct hostile *h)
{
	uint64_t names = hostile_snapshots(h, BE);

	hostile_zap(h, OBJSET_MOS, names, "before", hostile_dataset(h, BE));
}

void make_snapshot_loop(struct hostile *h)
{
	uint64_t snapshot = hostile_dataset(h, BE "@before");
	uint64_t head = hostile_dataset(h, BE);

	hostile_bonus_u64(h, OBJSET_MOS, snapshot, DS_PREV_SNAP, snapshot);
	hostile_bonus_u64(h, OBJSET_MOS, snapshot, DS_NEXT_SNAP, snapshot);
	hostile_bonus_u64(h, OBJSET_MOS, snapshot, DS_SNAP_NAMES,
			  hostile_snapshots(h, BE));
	hostile_bonus_u64(h, OBJSET_MOS, head, DS_PREV_SNAP, head);
}

void make_origin_self(struct hostile *h)
{
	uint64_t clone;

	hostile_dir(h, "small/ROOT/clone", &clone);
	hostile_bonus_u64(h, OBJSET_MOS, clone, DIR_ORIGIN,
			  hostile_dataset(h, "small/ROOT/clone"));
}

/* A file system that says it has 2^61 objects. */
void make_meta_huge(struct hostile *h)
{
	hostile_dnode_u64(h, hostile_dataset(h, BE), 0, 16, 1ULL << 56);
}

/* ---- labels ---- */

static uint8_t list[112 << 10];
static uint64_t leaf_guid;

static void begin(struct hostile *h, struct zf_nvw *w, const char *name,
		  uint64_t children)
{
	struct zr_label label;
	struct zb_diag diag;

	if (zr_label_read(&h->host.host, &h->dev, &label, &diag))
		hostile_die("the pool's label cannot be read");
	zf_nvw_init(w, list, sizeof(list));
	zf_nvw_uint64(w, "version", 5000);
	zf_nvw_string(w, "name", name);
	zf_nvw_uint64(w, "state", 1);
	zf_nvw_uint64(w, "txg", 1000);
	zf_nvw_uint64(w, "pool_guid", label.pool_guid);
	zf_nvw_uint64(w, "top_guid", label.top_guid);
	zf_nvw_uint64(w, "guid", label.vdev_guid);
	leaf_guid = label.vdev_guid;
	zf_nvw_uint64(w, "vdev_children", children);
}

static void put(struct hostile *h, struct zf_nvw *w)
{
	if (zf_nvw_finish(w))
		hostile_die("the label's list is too long");
	hostile_labels(h, list, w->len);
}

static void disk(struct zf_nvw *w, uint64_t ashift)
{
	zf_nvw_string(w, "type", "file");
	zf_nvw_uint64(w, "id", 0);
	zf_nvw_uint64(w, "guid", leaf_guid);
	zf_nvw_string(w, "path", "/dev/none");
	zf_nvw_uint64(w, "ashift", ashift);
	zf_nvw_uint64(w, "asize", 64 << 20);
}

void make_label_parity(struct hostile *h)
{
	struct zf_nvw w;

	begin(h, &w, "small", 1);
	zf_nvw_open(&w, "vdev_tree");
	zf_nvw_string(&w, "type", "raidz");
	zf_nvw_uint64(&w, "id", 0);
	zf_nvw_uint64(&w, "guid", 78);
	zf_nvw_uint64(&w, "nparity", 200);
	zf_nvw_uint64(&w, "ashift", 9);
	zf_nvw_uint64(&w, "asize", 64 << 20);
	zf_nvw_open_array(&w, "children");
	disk(&w, 9);
	zf_nvw_close(&w);
	zf_nvw_close(&w);
	put(h, &w);
}

void make_label_ashift(struct hostile *h)
{
	struct zf_nvw w;

	begin(h, &w, "small", 1);
	zf_nvw_open(&w, "vdev_tree");
	disk(&w, 63);
	zf_nvw_close(&w);
	put(h, &w);
}

void make_label_children(struct hostile *h)
{
	struct zf_nvw w;

	begin(h, &w, "small", 1ULL << 40);
	zf_nvw_open(&w, "vdev_tree");
	disk(&w, 9);
	zf_nvw_close(&w);
	put(h, &w);
}

/* Mirrors of mirrors, as deep as a list can be. */
void make_label_deep(struct hostile *h)
{
	struct zf_nvw w;
	unsigned int depth;

	begin(h, &w, "small", 1);
	zf_nvw_open(&w, "vdev_tree");
	for (depth = 0; depth < ZF_NVLIST_MAX_DEPTH - 2; depth++) {
		zf_nvw_string(&w, "type", "mirror");
		zf_nvw_uint64(&w, "id", 0);
		zf_nvw_uint64(&w, "guid", 78);
		zf_nvw_open_array(&w, "children");
	}
	disk(&w, 9);
	while (depth-- > 0)
		zf_nvw_close(&w);
	zf_nvw_close(&w);
	put(h, &w);
}

/* As many pairs as there is room for. */
void make_label_long(struct hostile *h)
{
	struct zf_nvw w;

	begin(h, &w, "small", 1);
	while (w.len < sizeof(list) - 1000)
		zf_nvw_uint64(&w, "txg", 1000);
	zf_nvw_open(&w, "vdev_tree");
	disk(&w, 9);
	zf_nvw_close(&w);
	put(h, &w);
}

/* What a terminal would do with the name of the pool and of a feature. */
void make_label_feature(struct hostile *h)
{
	struct zf_nvw w;

	begin(h, &w, "sm\033[2Jall", 1);
	zf_nvw_open(&w, "features_for_read");
	zf_nvw_boolean(&w, "org.example:\033[31m\n\007evil");
	zf_nvw_close(&w);
	zf_nvw_open(&w, "vdev_tree");
	disk(&w, 9);
	zf_nvw_close(&w);
	put(h, &w);
}
