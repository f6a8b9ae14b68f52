/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A tree of files as text: one JSON object a line, in the order of a sorted walk, with all that a
 * copy of the tree must keep. Bytes of names outside printable ASCII are written as \u00XX, so
 * that names in no encoding at all survive; values of attributes are in hex.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
/* The old interface on purpose: EVP drags DNS and engines into a static program. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>
#include "treetool.h"

static void print_quoted(const char *text, size_t len)
{
	putchar('"');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void print_text(const char *key, const char *text, size_t len)
{
	printf("\"%s\":", key);
	print_quoted(text, len);
}

static void print_hex(const unsigned char *p, size_t len)
{
	putchar('"');
	for (size_t i = 0; i < len; i++)
		printf("%02x", p[i]);
	putchar('"');
}

/* Files that are longer are described by their extents: nobody reads holes of terabytes. */
#define WHOLE_MAX (64 << 20)

/*
 * The digest of a range, or false where the file system has no data for it: it was left out of a
 * redacted stream.
 */
static bool digest_range(const char *path, int fd, off_t at, off_t end,
			 unsigned char md[SHA256_DIGEST_LENGTH])
{
	static unsigned char buf[1 << 20];
	SHA256_CTX ctx;
	ssize_t n = 1;

	SHA256_Init(&ctx);
	while (at < end && n > 0) {
		size_t want =
			(off_t)sizeof(buf) < end - at ? sizeof(buf) : (size_t)(end - at);

		n = pread(fd, buf, want, at);
		if (n < 0 && errno == EIO)
			return false;
		if (n < 0)
			die("%s", path);
		SHA256_Update(&ctx, buf, (size_t)n);
		at += n;
	}
	SHA256_Final(md, &ctx);
	return true;
}

static void print_digest_of(const char *path, int fd, off_t at, off_t end)
{
	unsigned char md[SHA256_DIGEST_LENGTH];

	if (digest_range(path, fd, at, end, md))
		print_hex(md, sizeof(md));
	else
		printf("null");
}

static void print_extents(const char *path, int fd, off_t size)
{
	off_t at = 0, end;
	const char *comma = "";

	printf(",\"extents\":[");
	while (at < size && (at = lseek(fd, at, SEEK_DATA)) >= 0) {
		end = lseek(fd, at, SEEK_HOLE);
		if (end < 0)
			die("%s: end of data", path);
		printf("%s[%lld,%lld,", comma, (long long)at, (long long)(end - at));
		print_digest_of(path, fd, at, end);
		putchar(']');
		comma = ",";
		at = end;
	}
	if (at < 0 && errno != ENXIO)
		die("%s: start of data", path);
	putchar(']');
}

static void print_contents(const char *path, off_t size)
{
	int fd = open(path, O_RDONLY | O_NOATIME | O_CLOEXEC);

	if (fd < 0 && errno == EPERM)
		fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die("%s", path);
	if (size > WHOLE_MAX) {
		print_extents(path, fd, size);
	} else {
		printf(",\"sha256\":");
		print_digest_of(path, fd, 0, size);
	}
	close(fd);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void print_xattrs(const char *path)
{
	static char list[65536];
	static unsigned char value[65536];
	const char *names[1024];
	size_t n = 0;
	ssize_t len = llistxattr(path, list, sizeof(list));

	if (len < 0 && errno != ENOTSUP)
		die("%s: list of attributes", path);
	for (ssize_t at = 0; at < len && n < 1024; at += (ssize_t)strlen(list + at) + 1)
		names[n++] = list + at;
	qsort(names, n, sizeof(names[0]), compare_names);
	printf(",\"xattrs\":{");
	for (size_t i = 0; i < n; i++) {
		ssize_t got = lgetxattr(path, names[i], value, sizeof(value));

		if (got < 0)
			die("%s: %s", path, names[i]);
		if (i > 0)
			putchar(',');
		print_quoted(names[i], strlen(names[i]));
		putchar(':');
		print_hex(value, (size_t)got);
	}
	putchar('}');
}

static char type_letter(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return 'f';
	case S_IFDIR:
		return 'd';
	case S_IFLNK:
		return 'l';
	case S_IFCHR:
		return 'c';
	case S_IFBLK:
		return 'b';
	case S_IFIFO:
		return 'p';
	default:
		return 's';
	}
}

static void print_time(const char *key, const struct timespec *ts)
{
	printf(",\"%s\":\"%lld.%09ld\"", key, (long long)ts->tv_sec, ts->tv_nsec);
}

static void print_object(const char *path, const char *shown, const struct stat *st)
{
	putchar('{');
	print_text("path", shown, strlen(shown));
	printf(",\"type\":\"%c\",\"mode\":\"%04o\",\"uid\":%u,\"gid\":%u",
	       type_letter(st->st_mode), (unsigned int)(st->st_mode & 07777), st->st_uid,
	       st->st_gid);
	printf(",\"ino\":%llu", (unsigned long long)st->st_ino);
	print_time("atime", &st->st_atim);
	print_time("mtime", &st->st_mtim);
	print_time("ctime", &st->st_ctim);
	if (!S_ISDIR(st->st_mode))
		printf(",\"nlink\":%u", (unsigned int)st->st_nlink);
	if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode))
		printf(",\"rdev\":\"%u:%u\"", major(st->st_rdev), minor(st->st_rdev));
	if (S_ISLNK(st->st_mode)) {
		static char target[65536];
		ssize_t len = readlink(path, target, sizeof(target));

		if (len < 0)
			die("%s", path);
		putchar(',');
		print_text("target", target, (size_t)len);
	}
	if (S_ISREG(st->st_mode)) {
		printf(",\"size\":%lld,\"allocated\":%lld", (long long)st->st_size,
		       (long long)st->st_blocks * 512);
		print_contents(path, st->st_size);
	}
	print_xattrs(path);
	puts("}");
}

static char **read_names(const char *path, size_t *ret_n)
{
	size_t room = 0, n = 0;
	char **names = NULL;
	struct dirent *e;
	DIR *dir = opendir(path);

	*ret_n = 0;
	/* Encrypted, its key not loaded: there is nothing to describe. */
	if (dir == NULL && errno == ENOKEY)
		return NULL;
	if (dir == NULL)
		die("%s", path);
	while (errno = 0, (e = readdir(dir)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (n == room) {
			room = room ? room * 2 : 64;
			names = realloc(names, room * sizeof(names[0]));
			if (names == NULL)
				die("%s", path);
		}
		names[n] = strdup(e->d_name);
		if (names[n++] == NULL)
			die("%s", path);
	}
	if (errno != 0)
		die("%s", path);
	closedir(dir);
	if (n > 0)
		qsort(names, n, sizeof(names[0]), compare_names);
	*ret_n = n;
	return names;
}

/* shown is path less the top's name: "" for the top itself. */
static void walk(const char *path, const char *shown, dev_t dev)
{
	struct stat st;
	char **names;
	size_t n;

	if (lstat(path, &st) != 0)
		die("%s", path);
	print_object(path, shown, &st);
	if (!S_ISDIR(st.st_mode) || st.st_dev != dev)
		return;
	names = read_names(path, &n);
	for (size_t i = 0; i < n; i++) {
		char *sub, *sub_shown;

		if (asprintf(&sub, "%s/%s", path, names[i]) < 0 ||
		    asprintf(&sub_shown, "%s%s%s", shown, *shown ? "/" : "", names[i]) <
			    0)
			die("%s", path);
		walk(sub, sub_shown, dev);
		free(sub);
		free(sub_shown);
		free(names[i]);
	}
	free(names);
}

void manifest_print(const char *dir)
{
	struct stat st;

	if (stat(dir, &st) != 0)
		die("%s", dir);
	walk(dir, "", st.st_dev);
}
