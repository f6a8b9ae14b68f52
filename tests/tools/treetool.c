/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests need to make and to describe trees of files, in one static program that runs in
 * a guest with nothing but busybox.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>
#include "treetool.h"

void die(const char *fmt, ...)
{
	va_list ap;
	int saved = errno;

	va_start(ap, fmt);
	fputs("treetool: ", stderr);
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, ": %s\n", strerror(saved));
	va_end(ap);
	exit(1);
}

static uint64_t number(const char *text)
{
	char *end;
	uint64_t v;

	errno = 0;
	v = strtoull(text, &end, 0);
	if (errno || *end || end == text) {
		errno = EINVAL;
		die("%s", text);
	}
	return v;
}

/* splitmix64: the same bytes from the same seed on every machine. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static void fill_random(char *buf, size_t len, uint64_t *state)
{
	for (size_t i = 0; i < len; i += 8) {
		uint64_t v = next_random(state);

		memcpy(buf + i, &v, len - i < 8 ? len - i : 8);
	}
}

static const char *const words[] = { "block ", "pointer ", "uberblock ", "label\n",
				     "dnode ", "of ",	   "the ",	 "vdev\n" };

static void fill_text(char *buf, size_t len, uint64_t *state)
{
	size_t at = 0;

	while (at < len) {
		const char *word = words[next_random(state) % 8];
		size_t n = strlen(word);

		if (n > len - at)
			n = len - at;
		memcpy(buf + at, word, n);
		at += n;
	}
}

/* Writes size bytes of kind at offset of path; makes the file. */
static void fill_file(const char *path, const char *kind, uint64_t seed, uint64_t size,
		      uint64_t offset)
{
	static char buf[1 << 20];
	uint64_t state = seed;
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0)
		die("%s", path);
	while (size > 0) {
		size_t len = size < sizeof(buf) ? size : sizeof(buf);

		if (strcmp(kind, "text") == 0)
			fill_text(buf, len, &state);
		else
			fill_random(buf, len, &state);
		if (pwrite(fd, buf, len, (off_t)offset) != (ssize_t)len)
			die("%s", path);
		offset += len;
		size -= len;
	}
	if (close(fd) != 0)
		die("%s", path);
}

static void make_many(const char *dir, uint64_t count, const char *prefix)
{
	for (uint64_t i = 0; i < count; i++) {
		char path[4096];
		int fd;

		snprintf(path, sizeof(path), "%s/%s%06llu", dir, prefix,
			 (unsigned long long)i);
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
		if (fd < 0 || close(fd) != 0)
			die("%s", path);
	}
}

/* COUNT names, each thousand of them for a file of their own. */
static void make_links(const char *dir, uint64_t count, const char *prefix)
{
	char first[4096] = "";

	for (uint64_t i = 0; i < count; i++) {
		char path[4096];
		int fd;

		snprintf(path, sizeof(path), "%s/%s%06llu", dir, prefix,
			 (unsigned long long)i);
		if (i % 1000 != 0) {
			if (link(first, path) != 0)
				die("%s", path);
			continue;
		}
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
		if (fd < 0 || close(fd) != 0)
			die("%s", path);
		memcpy(first, path, sizeof(first));
	}
}

static void set_xattr(const char *path, const char *name, const char *hex)
{
	static char value[65536];
	size_t len = strlen(hex) / 2;

	if (len > sizeof(value)) {
		errno = E2BIG;
		die("%s", path);
	}
	for (size_t i = 0; i < len; i++) {
		unsigned int byte;

		if (sscanf(hex + 2 * i, "%2x", &byte) != 1) {
			errno = EINVAL;
			die("%s", hex);
		}
		value[i] = (char)byte;
	}
	if (lsetxattr(path, name, value, len, 0) != 0)
		die("%s: %s", path, name);
}

/* A value of len bytes that depends on the seed, for attributes too large for a command line. */
static void set_big_xattr(const char *path, const char *name, uint64_t seed, uint64_t len)
{
	static char value[65536];

	if (len > sizeof(value)) {
		errno = E2BIG;
		die("%s", path);
	}
	fill_random(value, len, &seed);
	if (lsetxattr(path, name, value, len, 0) != 0)
		die("%s: %s", path, name);
}

static void set_time(const char *path, const char *sec, const char *nsec)
{
	struct timespec ts[2] = { { .tv_sec = strtoll(sec, NULL, 10),
				    .tv_nsec = (long)number(nsec) } };

	ts[1] = ts[0];
	if (utimensat(AT_FDCWD, path, ts, AT_SYMLINK_NOFOLLOW) != 0)
		die("%s", path);
}

/*
 * Between two file systems, only a copy may become a clone; ZFS makes it one where it can.
 * Returns the bytes that were copied.
 */
static uint64_t copy_range(int in, int out, uint64_t offset, uint64_t size)
{
	loff_t from = (loff_t)offset, to = (loff_t)offset;
	ssize_t n = 1;

	while (size > 0 && n > 0) {
		n = copy_file_range(in, &from, out, &to, size, 0);
		size -= n > 0 ? (uint64_t)n : 0;
	}
	return n < 0 ? 0 : (uint64_t)from - offset;
}

/* Makes to, or a range of it, share the blocks of from. */
static void clone(const char *from, const char *to, uint64_t offset, uint64_t size)
{
	struct file_clone_range range = { .src_offset = offset,
					  .src_length = size,
					  .dest_offset = offset };
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_RDWR | O_CREAT | O_CLOEXEC, 0644);

	range.src_fd = in;
	if (in < 0 || out < 0)
		die("%s to %s", from, to);
	if (ioctl(out, FICLONERANGE, &range) != 0 &&
	    (errno != EXDEV ||
	     copy_range(in, out, offset, size ? size : (uint64_t)1 << 40) == 0))
		die("%s to %s", from, to);
	close(in);
	if (close(out) != 0)
		die("%s", to);
}

static const char usage[] = "usage: treetool manifest DIR\n"
			    "       treetool fill PATH text|random SEED SIZE [OFFSET]\n"
			    "       treetool many DIR COUNT PREFIX\n"
			    "       treetool links DIR COUNT PREFIX\n"
			    "       treetool xattr PATH NAME HEX\n"
			    "       treetool bigxattr PATH NAME SEED LENGTH\n"
			    "       treetool time PATH SECONDS NANOSECONDS\n"
			    "       treetool clone FROM TO [OFFSET SIZE]\n";

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "manifest") == 0 && argc == 3)
		manifest_print(argv[2]);
	else if (strcmp(what, "fill") == 0 && (argc == 6 || argc == 7))
		fill_file(argv[2], argv[3], number(argv[4]), number(argv[5]),
			  argc == 7 ? number(argv[6]) : 0);
	else if (strcmp(what, "many") == 0 && argc == 5)
		make_many(argv[2], number(argv[3]), argv[4]);
	else if (strcmp(what, "links") == 0 && argc == 5)
		make_links(argv[2], number(argv[3]), argv[4]);
	else if (strcmp(what, "xattr") == 0 && argc == 5)
		set_xattr(argv[2], argv[3], argv[4]);
	else if (strcmp(what, "bigxattr") == 0 && argc == 6)
		set_big_xattr(argv[2], argv[3], number(argv[4]), number(argv[5]));
	else if (strcmp(what, "time") == 0 && argc == 5)
		set_time(argv[2], argv[3], argv[4]);
	else if (strcmp(what, "clone") == 0 && (argc == 4 || argc == 6))
		clone(argv[2], argv[3], argc == 6 ? number(argv[4]) : 0,
		      argc == 6 ? number(argv[5]) : 0);
	else {
		fputs(usage, stderr);
		return 2;
	}
	if (fflush(stdout) != 0 || ferror(stdout))
		die("output");
	return 0;
}
