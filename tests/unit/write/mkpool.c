/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes a pool image of generated contents, or of a directory, for zdb and OpenZFS to judge:
 *	mkpool IMAGE SIZE_MIB ASHIFT THREADS KIND [ARG]...
 * KIND: tree DIR | mixed | many COUNT. Options by environment: MKPOOL_COMPRESSION,
 * MKPOOL_RECORDSIZE, MKPOOL_COPIES, MKPOOL_DNODESIZE.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "write/write.h"

#define TIME 1700000000

struct image {
	int fd;
};

static int image_write(void *ctx, uint64_t offset, const void *buf, size_t len)
{
	struct image *image = ctx;
	const char *p = buf;

	while (len > 0) {
		ssize_t n = pwrite(image->fd, p, len, (off_t)offset);

		if (n <= 0)
			return n < 0 ? -errno : ZB_ENOSPC;
		p += n;
		offset += n;
		len -= n;
	}
	return 0;
}

static int image_flush(void *ctx)
{
	return 0;
}

static void check(int ret, const struct zb_diag *diag, const char *what)
{
	char text[600];

	if (ret >= 0)
		return;
	zb_diag_text(diag, text, sizeof(text));
	fprintf(stderr, "mkpool: %s: %s\n", what, text);
	exit(1);
}

/* ---- contents ---- */

struct contents {
	uint64_t size, pos;
	uint64_t state; /* of the generator; 0: text */
	uint64_t hole;	/* every other piece of so many bytes is a hole; 0: none */
	uint8_t buf[65536];
};

static int contents_next(void *ctx, const void **ret_buf, size_t *ret_len,
			 uint64_t *ret_offset, struct zb_diag *diag)
{
	struct contents *c = ctx;
	size_t len = sizeof(c->buf);

	if (c->hole && c->hole < c->size && c->pos / c->hole % 2 == 1)
		c->pos += c->hole - c->pos % c->hole;
	if (c->pos >= c->size)
		return 0;
	if (len > c->size - c->pos)
		len = c->size - c->pos;
	if (c->hole && len > c->hole - c->pos % c->hole)
		len = c->hole - c->pos % c->hole;
	for (size_t i = 0; i < len; i++) {
		if (c->state) {
			c->state = c->state * 6364136223846793005ULL +
				   1442695040888963407ULL;
			c->buf[i] = c->state >> 56;
		} else {
			c->buf[i] = "the quick brown fox jumps over the lazy dog\n"
				[(c->pos + i) % 44];
		}
	}
	*ret_buf = c->buf;
	*ret_len = len;
	*ret_offset = c->pos;
	c->pos += len;
	return 1;
}

static void add_file(struct zw_dataset *ds, const char *path, uint64_t size,
		     uint64_t state, uint64_t hole)
{
	struct contents c = {
		.size = size,
		.state = state,
		.hole = hole < size ? hole : 0,
		.pos = hole == 0 || hole < size ? 0 : size - 100000,
	};
	struct zw_entry e = {
		.path = path,
		.mode = S_IFREG | 0644,
		.uid = size % 3 * 1000,
		.gid = size % 2 * 100,
		.size = size,
		.mtime = { TIME, 123456789 },
		.ctime = { TIME, 1 },
		.atime = { TIME, 2 },
		.data = contents_next,
		.data_ctx = &c,
	};
	struct zb_diag diag = { 0 };

	check(zw_entry_add(ds, &e, &diag), &diag, path);
}

static void add_other(struct zw_dataset *ds, const char *path, uint32_t mode,
		      const char *target, const struct zw_xattr *xattrs, unsigned int n)
{
	const struct zw_entry e = {
		.path = path,
		.mode = mode,
		.mtime = { TIME, 999999999 },
		.ctime = { TIME, 1 },
		.atime = { TIME, 2 },
		.target = target,
		.rdev_major = 8,
		.rdev_minor = 17,
		.xattrs = xattrs,
		.n_xattrs = n,
	};
	struct zb_diag diag = { 0 };

	check(zw_entry_add(ds, &e, &diag), &diag, path);
}

static void add_mixed(struct zw_dataset *ds)
{
	static char big[30000];
	char path[300], target[4001];
	struct zw_xattr xattrs[3] = {
		{ "user.small", "value", 5 },
		{ "security.capability", "\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20 },
		{ "user.big", big, sizeof(big) },
	};
	struct zb_diag diag = { 0 };

	memset(big, 'x', sizeof(big));
	for (unsigned int i = 0; i < 40; i++) {
		snprintf(path, sizeof(path), "sizes/text-%u", 1U << i % 24);
		add_file(ds, path, 1ULL << i % 24, 0, 0);
		snprintf(path, sizeof(path), "sizes/random-%u", 3U << i % 22);
		add_file(ds, path, 3ULL << i % 22, i + 1, 0);
	}
	add_file(ds, "sizes/empty", 0, 0, 0);
	add_file(ds, "sparse/alternating", 300 << 20, 7, 1 << 20);
	add_file(ds, "sparse/small", 100000, 7, 4096);
	add_file(ds, "sparse/huge", 1ULL << 45, 7, 1ULL << 45); /* data at the end */
	for (unsigned int i = 1; i <= 4000; i *= 2) {
		memset(target, 't', i);
		target[i] = '\0';
		snprintf(path, sizeof(path), "links/length-%u", i);
		add_other(ds, path, S_IFLNK | 0777, target, NULL, 0);
	}
	add_other(ds, "nodes/char", S_IFCHR | 0600, NULL, NULL, 0);
	add_other(ds, "nodes/block", S_IFBLK | 0660, NULL, NULL, 0);
	add_other(ds, "nodes/fifo", S_IFIFO | 0607, NULL, NULL, 0);
	add_other(ds, "nodes/socket", S_IFSOCK | 0777, NULL, NULL, 0);
	add_other(ds, "xattrs/small", S_IFREG | 04755, NULL, xattrs, 2);
	add_other(ds, "xattrs/big", S_IFREG | 02755, NULL, xattrs, 3);
	add_other(ds, "xattrs", S_IFDIR | 01777, NULL, xattrs, 3);
	add_other(ds, "xattrs", S_IFDIR | 0700, NULL, xattrs, 1);
	add_file(ds, "replaced/one", 100000, 5, 0);
	add_file(ds, "replaced/one", 50, 6, 0);
	add_file(ds, "replaced/many", 10 << 20, 5, 0);
	add_file(ds, "replaced/many", 3000, 6, 0);
	add_other(ds, "replaced/dir", S_IFDIR | 0755, NULL, NULL, 0);
	add_file(ds, "replaced/dir", 10, 6, 0);
	check(zw_entry_link(ds, "replaced/linked", "replaced/one", &diag), &diag, "link");
	check(zw_entry_link(ds, "elsewhere/linked", "sizes/text-1024", &diag), &diag,
	      "link");
	for (unsigned int i = 0; i < 5000; i++) {
		snprintf(path, sizeof(path), "large/%s-%u",
			 i % 7 == 0 ? "a name that is longer than a microzap can hold, "
				      "by a good deal"
				    : "file",
			 i);
		add_file(ds, path, i % 50, 0, 0);
	}
}

static void add_many(struct zw_dataset *ds, unsigned long count)
{
	char path[100];

	for (unsigned long i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "many/entry-%lu", i);
		add_file(ds, path, i % 20 ? 0 : 30, 0, 0);
	}
}

/* ---- a directory ---- */

struct file {
	int fd;
	uint64_t pos;
	uint8_t buf[1 << 20];
};

static int file_next(void *ctx, const void **ret_buf, size_t *ret_len,
		     uint64_t *ret_offset, struct zb_diag *diag)
{
	struct file *f = ctx;
	ssize_t n = read(f->fd, f->buf, sizeof(f->buf));

	if (n <= 0)
		return n < 0 ? -errno : 0;
	*ret_buf = f->buf;
	*ret_len = n;
	*ret_offset = f->pos;
	f->pos += n;
	return 1;
}

static void add_path(struct zw_dataset *ds, const char *full, const char *path,
		     const struct stat *st, struct file *file)
{
	char target[4096] = "";
	struct zw_entry e = {
		.path = path,
		.mode = st->st_mode,
		.uid = st->st_uid,
		.gid = st->st_gid,
		.size = S_ISREG(st->st_mode) ? st->st_size : 0,
		.rdev_major = major(st->st_rdev),
		.rdev_minor = minor(st->st_rdev),
		.atime = { st->st_atim.tv_sec, st->st_atim.tv_nsec },
		.mtime = { st->st_mtim.tv_sec, st->st_mtim.tv_nsec },
		.ctime = { st->st_ctim.tv_sec, st->st_ctim.tv_nsec },
		.target = target,
		.data = file_next,
		.data_ctx = file,
	};
	struct zb_diag diag = { 0 };

	file->fd = -1;
	file->pos = 0;
	if (S_ISLNK(st->st_mode) && readlink(full, target, sizeof(target) - 1) < 0)
		perror(full);
	if (S_ISREG(st->st_mode)) {
		file->fd = open(full, O_RDONLY | O_CLOEXEC);
		if (file->fd < 0)
			perror(full);
	}
	check(zw_entry_add(ds, &e, &diag), &diag, full);
	if (file->fd >= 0)
		close(file->fd);
}

static void add_tree(struct zw_dataset *ds, const char *root, const char *path,
		     struct file *file)
{
	char full[8192], below[4096];
	struct dirent **list;
	int n;

	snprintf(full, sizeof(full), "%s/%s", root, path);
	n = scandir(full, &list, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		const char *name = list[i]->d_name;
		struct stat st;

		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			continue;
		snprintf(below, sizeof(below), "%s%s%s", path, path[0] ? "/" : "", name);
		snprintf(full, sizeof(full), "%s/%s", root, below);
		if (lstat(full, &st) < 0) {
			perror(full);
			continue;
		}
		add_path(ds, full, below, &st, file);
		if (S_ISDIR(st.st_mode))
			add_tree(ds, root, below, file);
		free(list[i]);
	}
	free(list);
}

static const char *setting(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value ? value : otherwise;
}

static void make(struct zw_pool *pool, char **args)
{
	const struct zw_property top[] = {
		{ "mountpoint", "none" },
		{ "compression", setting("MKPOOL_COMPRESSION", "lz4") },
		{ "recordsize", setting("MKPOOL_RECORDSIZE", "128K") },
		{ "copies", setting("MKPOOL_COPIES", "1") },
		{ "dnodesize", setting("MKPOOL_DNODESIZE", "auto") },
		{ "atime", "off" },
		{ "xattr", "sa" },
		{ "acltype", "posix" },
	};
	const struct zw_property none[] = { { "mountpoint", "none" } };
	const struct zw_property root[] = {
		{ "mountpoint", "/" },
		{ "canmount", "noauto" },
		{ "org.zlive:test", "a user's property" },
	};
	struct zw_dataset *ds, *home;
	struct zb_diag diag = { 0 };

	check(zw_dataset_create(pool, "zlive", top, 8, &ds, &diag), &diag, "zlive");
	check(zw_dataset_create(pool, "zlive/ROOT", none, 1, &ds, &diag), &diag, "ROOT");
	check(zw_dataset_create(pool, "zlive/ROOT/debian", root, 3, &ds, &diag), &diag,
	      "be");
	check(zw_dataset_create(pool, "zlive/home", NULL, 0, &home, &diag), &diag,
	      "home");
	zw_pool_set_bootfs(pool, ds);
	if (strcmp(args[0], "tree") == 0) {
		struct file *file = malloc(sizeof(*file));

		add_tree(ds, args[1], "", file);
		free(file);
	} else if (strcmp(args[0], "many") == 0) {
		add_many(ds, strtoul(args[1], NULL, 0));
	} else {
		add_mixed(ds);
	}
	add_file(home, "user/file", 10000, 3, 0);
}

int main(int argc, char **argv)
{
	struct image image;
	struct zw_sink sink = { .ctx = &image,
				.write = image_write,
				.flush = image_flush };
	struct zw_options o = {
		.pool_name = "zlive",
		.seed = { 1, 2 },
		.time = TIME,
		.hostname = "test",
		.hostid = 0x12345678,
	};
	struct zw_pool *pool;
	struct zb_diag diag = { 0 };

	if (argc < 6 || (strcmp(argv[5], "mixed") != 0 && argc < 7)) {
		fprintf(stderr, "usage: mkpool IMAGE MIB ASHIFT THREADS "
				"mixed|tree DIR|many COUNT\n");
		return 2;
	}
	sink.name = argv[1];
	sink.size = strtoull(argv[2], NULL, 0) << 20;
	o.ashift = strtoul(argv[3], NULL, 0);
	o.threads = strtoul(argv[4], NULL, 0);
	image.fd = open(argv[1], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (image.fd < 0 || ftruncate(image.fd, (off_t)sink.size) < 0) {
		perror(argv[1]);
		return 1;
	}
	check(zw_pool_create(&o, &sink, &pool, &diag), &diag, argv[1]);
	make(pool, argv + 5);
	check(zw_pool_finish(pool, &diag), &diag, argv[1]);
	zw_pool_destroy(pool);
	close(image.fd);
	return 0;
}
