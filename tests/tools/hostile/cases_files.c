/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>
#include "tests/tools/hostile/cases.h"

/* Files and directories that make no sense. */
#define BE	 "small/ROOT/be"
#define DIR	 4 /* types of directory entries */
#define N_DIRS	 20
#define BIG_NAME "a-name-that-is-too-long-for-a-micro-zap-as-its-limit-is-50-%u"

static void entry(struct hostile *h, const char *dir, const char *name, uint64_t object)
{
	hostile_zap(h, hostile_dataset(h, BE), hostile_file(h, BE, dir), name,
		    ZF_DIRENT(DIR, object));
}

static void attr(struct hostile *h, const char *path, enum zf_zpl_attr which, uint64_t v)
{
	hostile_attr(h, BE, hostile_file(h, BE, path), which, v);
}

void make_dir_loop(struct hostile *h)
{
	entry(h, "dir/below", "xattr-dir", hostile_file(h, BE, "dir"));
}

void make_dir_loop_with_parents(struct hostile *h)
{
	uint64_t below = hostile_file(h, BE, "dir/below");
	uint64_t dir = hostile_file(h, BE, "dir");

	attr(h, "dir", ZF_ZPL_PARENT, below);
	entry(h, "dir/below", "xattr-dir", dir);
}

void make_dir_self(struct hostile *h)
{
	uint64_t dir = hostile_file(h, BE, "dir");

	attr(h, "dir", ZF_ZPL_PARENT, dir);
	entry(h, "dir", "below", dir);
}

/* The ZAP of a directory with 6 entries for one object, in a block of 512 bytes. */
static void small_directory(uint8_t block[512], uint64_t object)
{
	memset(block, 0, 512);
	zb_store64(block, ZB_LE, ZF_ZAP_MICRO);
	zb_store64(block + 8, ZB_LE, 0x12345);
	for (unsigned int i = 0; i < 6; i++) {
		uint8_t *e = block + ZF_MZAP_HEADER_SIZE + i * ZF_MZAP_ENTRY_SIZE;

		zb_store64(e, ZB_LE, ZF_DIRENT(DIR, object));
		e[14] = (uint8_t)('a' + i);
	}
}

/*
 * Some of the files in /big become directories of which each has the next one six times: more
 * paths than anybody can list.
 */
void make_dir_fan(struct hostile *h)
{
	uint64_t objset = hostile_dataset(h, BE), parent = hostile_file(h, BE, "big");
	uint64_t object[N_DIRS];
	uint8_t block[512], type = ZF_OT_DIRECTORY_CONTENTS;
	char path[128];

	for (unsigned int i = 0; i < N_DIRS; i++) {
		snprintf(path, sizeof(path), "big/" BIG_NAME, i + 1);
		object[i] = hostile_file(h, BE, path);
	}
	for (unsigned int i = 0; i + 1 < N_DIRS; i++) {
		small_directory(block, object[i + 1]);
		hostile_attr(h, BE, object[i], ZF_ZPL_MODE, 040755);
		hostile_attr(h, BE, object[i], ZF_ZPL_PARENT, parent);
		hostile_block(h, objset, object[i], 0, 0, 0, block, sizeof(block));
		hostile_dnode(h, objset, object[i], 0, &type, 1);
		parent = object[i];
	}
}

static void rename_below(struct hostile *h, const char *name)
{
	uint64_t objset = hostile_dataset(h, BE), dir = hostile_file(h, BE, "dir");
	char bytes[ZF_MZAP_NAME_LEN] = { 0 };

	/* the only entry, in the first slot */
	snprintf(bytes, sizeof(bytes), "%s", name);
	hostile_block(h, objset, dir, 0, 0, ZF_MZAP_HEADER_SIZE + 14, bytes,
		      sizeof(bytes));
}

void make_name_up(struct hostile *h)
{
	rename_below(h, "..");
}

void make_name_slash(struct hostile *h)
{
	rename_below(h, "../../../etc/cron.d/x");
}

void make_name_control(struct hostile *h)
{
	rename_below(h, "\033]0;title\007\033[2Jx\ny");
}

/* A file of 2^61 bytes, all of them holes. */
void make_file_huge(struct hostile *h)
{
	uint64_t objset = hostile_dataset(h, BE), file = hostile_file(h, BE, "sparse");
	const uint8_t no_blkptr[ZF_BLKPTR_SIZE] = { 0 }, levels = 6;

	hostile_attr(h, BE, file, ZF_ZPL_SIZE, 1ULL << 61);
	hostile_dnode(h, objset, file, ZF_DNODE_CORE, no_blkptr, sizeof(no_blkptr));
	hostile_dnode(h, objset, file, 2, &levels, 1);
	hostile_dnode_u64(h, objset, file, 16, (1ULL << 44) - 1);
}

/* A tree of 6 levels, in each of which all pointers lead to the same block: 2^35 blocks. */
void make_file_tree(struct hostile *h)
{
	uint64_t objset = hostile_dataset(h, BE), file = hostile_file(h, BE, "sparse");
	const uint8_t levels = 6, shift = 14;
	uint8_t data[128 << 10], raw[ZF_BLKPTR_SIZE];
	struct zf_blkptr bp = { .type = ZF_OT_PLAIN_FILE_CONTENTS };

	memset(data, 'x', sizeof(data));
	hostile_write(h, &bp, data, sizeof(data));
	for (unsigned int level = 1; level < levels; level++) {
		zf_blkptr_encode(&bp, raw);
		for (size_t i = 0; i < 1U << shift; i += sizeof(raw))
			memcpy(data + i, raw, sizeof(raw));
		bp.level = (uint8_t)level;
		hostile_write(h, &bp, data, 1U << shift);
	}
	zf_blkptr_encode(&bp, raw);
	hostile_attr(h, BE, file, ZF_ZPL_SIZE, 1ULL << 52);
	hostile_dnode(h, objset, file, ZF_DNODE_CORE, raw, sizeof(raw));
	hostile_dnode(h, objset, file, 1, &shift, 1);
	hostile_dnode(h, objset, file, 2, &levels, 1);
	hostile_dnode_u64(h, objset, file, 16, (1ULL << 35) - 1);
}

/* The root pointer of a tree of 30 levels of which each is said to be of level 0. */
void make_file_levels(struct hostile *h)
{
	uint64_t objset = hostile_dataset(h, BE), file = hostile_file(h, BE, "sparse");
	const uint8_t levels = 31;

	hostile_dnode(h, objset, file, 2, &levels, 1);
}

void make_file_links(struct hostile *h)
{
	attr(h, "file", ZF_ZPL_LINKS, UINT64_MAX);
	attr(h, "embedded", ZF_ZPL_LINKS, 0);
}

void make_link_huge(struct hostile *h)
{
	attr(h, "link", ZF_ZPL_SIZE, 1ULL << 40);
	attr(h, "long-link", ZF_ZPL_SIZE, UINT64_MAX);
}

void make_xattr_self(struct hostile *h)
{
	attr(h, "dir/below/xattr-dir", ZF_ZPL_XATTR,
	     hostile_file(h, BE, "dir/below/xattr-dir"));
}

/* The attributes of a file are the root directory. */
void make_xattr_root(struct hostile *h)
{
	attr(h, "dir/below/xattr-dir", ZF_ZPL_XATTR, hostile_file(h, BE, ""));
}

/* Pieces of a ZAP header: 16 block of the table  24 its blocks  32 log2 of its entries. */
void make_zap_table(struct hostile *h)
{
	uint64_t objset = hostile_dataset(h, BE), big = hostile_file(h, BE, "big");

	hostile_block_u64(h, objset, big, 0, 16, 1);
	hostile_block_u64(h, objset, big, 0, 24, 1ULL << 47);
	hostile_block_u64(h, objset, big, 0, 32, 60);
}

/* All of the table leads to the ZAP's header instead of leaves. */
void make_zap_leaf(struct hostile *h)
{
	uint64_t objset = hostile_dataset(h, BE), big = hostile_file(h, BE, "big");
	uint8_t zeros[8192] = { 0 };

	hostile_block(h, objset, big, 0, 0, sizeof(zeros), zeros, sizeof(zeros));
}

static void close_chains(uint8_t *leaf, size_t len)
{
	size_t first = ZF_ZAP_LEAF_HEADER + len / 32 * 2;
	unsigned int n = 0;

	for (size_t at = first; at + ZF_ZAP_CHUNK_SIZE <= len; at += ZF_ZAP_CHUNK_SIZE)
		zb_store16(leaf + at + (leaf[at] == ZF_ZAP_CHUNK_ENTRY ? 2 : 22), ZB_LE,
			   (uint16_t)n++);
}

/* Every chunk of the leaf follows itself in its chain. */
void make_zap_chain(struct hostile *h)
{
	uint64_t objset = hostile_dataset(h, BE), big = hostile_file(h, BE, "big");

	hostile_edit(h, objset, big, 0, 1, close_chains);
}
