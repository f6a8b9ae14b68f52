/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "fmt/label.h"
#include "fmt/uberblock.h"
#include "read/fs.h"
#include "read/ways.h"
#include "read/zap.h"
#include "tests/fuzz/objects.h"
#include "tests/support/small_pool.h"

/*
 * fuzz-seeds DIR: inputs for the targets that have no corpus yet, out of the small pool, one
 * folder in DIR per target. An input of objects.h holds what a file system needs to be opened
 * and one object of it; of directories, ZAPs and files no more than a few blocks.
 */
#define MAX_BLOCKS   8
#define MAX_CONTENTS 512 /* of a block of a file */
#define MAX_SEED     32768

struct seed {
	uint8_t data[MAX_SEED];
	size_t len;
};

static const char *top;

static void save(const char *target, const char *name, const void *data, size_t len)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", top, target);
	if (mkdir(path, 0777) && errno != EEXIST)
		perror(path);
	snprintf(path, sizeof(path), "%s/%s/%s", top, target, name);
	f = fopen(path, "wb");
	if (!f || fwrite(data, 1, len, f) != len || fclose(f)) {
		perror(path);
		exit(1);
	}
}

static size_t without_zeros(const uint8_t *data, size_t len)
{
	while (len > 0 && data[len - 1] == 0)
		len--;
	return len;
}

static bool add(struct seed *s, enum fuzz_record what, uint64_t object, uint64_t blk,
		size_t offset, const uint8_t *data, size_t len)
{
	uint8_t *to = s->data + s->len;

	if (len > UINT16_MAX || s->len + FUZZ_RECORD_HEAD + len > sizeof(s->data))
		return false;
	to[0] = (uint8_t)what;
	zb_store16(to + 1, ZB_LE, (uint16_t)object);
	zb_store16(to + 3, ZB_LE, (uint16_t)blk);
	zb_store16(to + 5, ZB_LE, (uint16_t)offset);
	zb_store16(to + 7, ZB_LE, (uint16_t)len);
	memcpy(to + FUZZ_RECORD_HEAD, data, len);
	s->len += FUZZ_RECORD_HEAD + len;
	return true;
}

/* Nobody reads the free chunks of a ZAP's leaf. */
static void drop_free_chunks(uint8_t *leaf, size_t size)
{
	size_t hash = size / 32 * 2;

	if (size < 512 || zb_load64(leaf, ZB_LE) != ZF_ZAP_LEAF)
		return;
	for (size_t at = ZF_ZAP_LEAF_HEADER + hash; at + ZF_ZAP_CHUNK_SIZE <= size;
	     at += ZF_ZAP_CHUNK_SIZE)
		if (leaf[at] == ZF_ZAP_CHUNK_FREE)
			memset(leaf + at, 0, ZF_ZAP_CHUNK_SIZE);
}

/* How many words of 8 bytes from `at` on are the same. */
static size_t same_words(const uint8_t *data, size_t at, size_t len)
{
	size_t n = 1;

	while (at + (n + 1) * 8 <= len && memcmp(data + at, data + at + n * 8, 8) == 0)
		n++;
	return n;
}

/* A block without its long runs of one word. */
static bool add_block(struct seed *s, enum fuzz_record what, uint64_t object,
		      uint64_t blk, uint8_t *data, size_t size)
{
	size_t len, from = 0, at = 0, n;
	uint8_t fill[10];
	bool fits = true;

	drop_free_chunks(data, size);
	len = (without_zeros(data, size) + 7) & ~(size_t)7;
	while (fits && at + 8 <= len) {
		n = same_words(data, at, len);
		if (n < 8) {
			at += 8;
			continue;
		}
		if (at > from)
			fits = add(s, what, object, blk, from, data + from, at - from);
		zb_store16(fill, ZB_LE, (uint16_t)n);
		memcpy(fill + 2, data + at, 8);
		if (fits && zb_load64(data + at, ZB_LE) != 0 && what == FUZZ_DATA)
			fits = add(s, FUZZ_FILL, object, blk, at, fill, sizeof(fill));
		at += n * 8;
		from = at;
	}
	return fits &&
	       (from >= len || add(s, what, object, blk, from, data + from, len - from));
}

/* An object whole, if it is small and fits. */
static bool add_object(struct seed *s, struct zr_objset *os, uint64_t number)
{
	struct zr_object obj;
	struct zb_diag diag;
	struct zr_buf *buf;
	size_t before = s->len;
	bool fits;

	if (number >= FUZZ_OBJECTS_MAX || zr_object_open(os, number, &obj, &diag))
		return false;
	fits = add(s, FUZZ_DNODE, number, 0, 0, obj.dn.blkptrs.ptr - ZF_DNODE_CORE,
		   (size_t)obj.dn.slots * ZF_DNODE_SIZE);
	for (uint64_t blk = 0; fits && blk <= obj.dn.maxblkid && blk < MAX_BLOCKS;
	     blk++) {
		if (zr_object_block(&obj, blk, &buf, &diag))
			break;
		if (obj.dn.type == ZF_OT_PLAIN_FILE_CONTENTS && buf->len > MAX_CONTENTS)
			memset(buf->data + MAX_CONTENTS, 0, buf->len - MAX_CONTENTS);
		fits = add_block(s, FUZZ_DATA, number, blk, buf->data, buf->len);
		zr_buf_put(os->pool, buf);
	}
	if (fits && zr_object_spill(&obj, &buf, &diag) == 0) {
		fits = add_block(s, FUZZ_SPILL, number, 0, buf->data, buf->len);
		zr_buf_put(os->pool, buf);
	}
	zr_object_close(&obj);
	if (!fits)
		s->len = before;
	return fits;
}

static uint64_t master(struct zr_fs *fs, uint64_t zap, const char *name)
{
	struct zb_diag diag;
	uint64_t v = 0;

	(void)!zr_zap_lookup(&fs->os, zap, name, &v, &diag);
	return v;
}

/* The objects that any file system needs. */
static void add_base(struct seed *s, struct zr_fs *fs)
{
	uint64_t sa = master(fs, ZF_MASTER_NODE_OBJ, "SA_ATTRS");
	const uint64_t numbers[] = { ZF_MASTER_NODE_OBJ, sa, master(fs, sa, "REGISTRY"),
				     master(fs, sa, "LAYOUTS"), fs->root };

	s->data[0] = 0;
	s->len = 1;
	for (unsigned int i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (numbers[i] && !add_object(s, &fs->os, numbers[i]))
			fprintf(stderr, "object %llu does not fit\n",
				(unsigned long long)numbers[i]);
}

struct files {
	struct zr_fs *fs;
	unsigned int depth;
	const char *prefix;
};

static int file(void *ctx, const struct zr_dirent *entry)
{
	struct files *files = ctx, below = *files;
	uint64_t xattr_dir = 0;
	struct zb_diag diag;
	struct zr_node node;
	struct seed s;
	char name[512];

	if (strstr(entry->name, "-name-that-is") && !strstr(entry->name, "-60"))
		return 0;
	snprintf(name, sizeof(name), "%s-%s", files->prefix, entry->name);
	add_base(&s, files->fs);
	if (add_object(&s, &files->fs->os, entry->object)) {
		if (zr_node_open(files->fs, entry->object, &node, &diag) == 0) {
			(void)!zr_node_u64(files->fs, &node, ZF_ZPL_XATTR, 0, &xattr_dir,
					   &diag);
			zr_node_close(&node);
		}
		save("zpl", name, s.data, s.len);
		save("sa", name, s.data, s.len);
		save("export", name, s.data, s.len);
		save("xattr", name, s.data, s.len);
	}
	if (xattr_dir) {
		add_object(&s, &files->fs->os, xattr_dir);
		for (uint64_t n = xattr_dir + 1; n < xattr_dir + 4; n++)
			add_object(&s, &files->fs->os, n);
		strcat(name, "-xattrs");
		save("xattr", name, s.data, s.len);
		save("export", name, s.data, s.len);
	}
	below.depth++;
	below.prefix = name;
	if (below.depth < 4)
		(void)!zr_fs_readdir(files->fs, entry->object, file, &below, &diag);
	return 0;
}

static void see_files(struct zr_pool *pool, const char *name, const char *prefix)
{
	struct files files = { .prefix = prefix };
	struct zr_dataset *ds;
	struct zb_diag diag;

	if (zr_dataset_open(pool, name, &ds, &diag) || zr_fs_open(ds, &files.fs, &diag)) {
		fprintf(stderr, "%s: %s\n", diag.object, diag.reason);
		exit(1);
	}
	(void)!zr_fs_readdir(files.fs, files.fs->root, file, &files, &diag);
	zr_fs_close(files.fs);
	zr_dataset_close(ds);
}

/* Every ZAP of the MOS. */
static void see_zaps(struct zr_pool *pool)
{
	struct zb_diag diag;
	struct zr_zap zap;
	struct seed s;
	char name[64];

	for (uint64_t n = 1; n < 256; n++) {
		if (zr_zap_open(&pool->mos, n, &zap, &diag))
			continue;
		zr_zap_close(&zap);
		s.data[0] = 0;
		s.len = 1;
		snprintf(name, sizeof(name), "mos-%llu", (unsigned long long)n);
		if (add_object(&s, &pool->mos, n))
			save("zapobj", name, s.data, s.len);
	}
}

static void see_label(struct small_pool *small)
{
	static uint8_t label[ZF_LABEL_SIZE];
	size_t list, ring = 4096;
	struct seed s;

	for (uint64_t at = 0; at < sizeof(label); at += SMALL_POOL_SECTOR)
		if (small_pool_sector(small, at))
			memcpy(label + at, small_pool_sector(small, at),
			       SMALL_POOL_SECTOR);
	list = without_zeros(label + ZF_LABEL_NVLIST, ZF_LABEL_NVLIST_SIZE - ZF_ECK_SIZE);
	s.data[0] = 0xf;
	memcpy(s.data + 1, label + ZF_LABEL_NVLIST, list);
	save("label", "list", s.data, 1 + list);
	memset(s.data + 1 + list, 0, sizeof(s.data) - 1 - list);
	for (uint64_t at = 0; at < ZF_LABEL_UBERBLOCKS_SZ; at += 1024) {
		const uint8_t *slot = label + ZF_LABEL_UBERBLOCKS + at;

		if (zb_load64(slot, ZB_LE) != ZF_UBERBLOCK_MAGIC)
			continue;
		memcpy(s.data + 1 + 2048, slot, 1024);
		save("uberblock", "slot", slot, 1024);
		save("blkptr", "root", slot + 40, ZF_BLKPTR_SIZE);
	}
	save("label", "list-and-ring", s.data, 1 + 2048 + ring);
}

/* The pointer to a gang block's first data, then its header. */
static void see_gang(struct zr_pool *pool, const char *fs_name, const char *path)
{
	struct zr_dataset *ds;
	struct zf_blkptr bp;
	struct zr_object obj;
	struct zb_diag diag;
	struct zr_stat st;
	struct zr_fs *fs;
	uint8_t data[ZF_BLKPTR_SIZE + 1024] = { 0 };
	struct zr_ways ways;

	if (zr_dataset_open(pool, fs_name, &ds, &diag) || zr_fs_open(ds, &fs, &diag) ||
	    zr_fs_lookup(fs, path, true, &st, &diag) ||
	    zr_object_open(&fs->os, st.object, &obj, &diag) ||
	    zr_object_blkptr(&obj, 0, &bp, &diag)) {
		fprintf(stderr, "%s: %s\n", diag.object, diag.reason);
		exit(1);
	}
	zf_blkptr_encode(&bp, data);
	if (zr_ways_init(&ways, pool, &bp.dva[0], zf_blkptr_birth(&bp), 512) ||
	    zr_ways_copy(&ways, 0, data + ZF_BLKPTR_SIZE)) {
		fprintf(stderr, "%s: no gang header\n", path);
		exit(1);
	}
	zr_ways_done(&ways);
	save("gang", path, data, ZF_BLKPTR_SIZE + 512);
	zr_object_close(&obj);
	zr_fs_close(fs);
	zr_dataset_close(ds);
}

int main(int argc, char **argv)
{
	struct small_pool small;
	struct small_host host;
	const struct zr_dev *devs[] = { &small.dev };
	struct zr_pool *pool;
	struct zb_diag diag;

	if (argc != 2) {
		fprintf(stderr, "usage: fuzz-seeds DIR\n");
		return 2;
	}
	top = argv[1];
	small_pool_init(&small);
	small_host_init(&host);
	if (zr_pool_open(&host.host, devs, 1, 0, &pool, &diag)) {
		fprintf(stderr, "%s: %s\n", diag.object, diag.reason);
		return 1;
	}
	see_label(&small);
	see_zaps(pool);
	see_files(pool, "small/ROOT/be", "be");
	see_gang(pool, "small/ROOT/be", "gang");
	zr_pool_close(pool);
	small_pool_done(&small);
	return 0;
}
