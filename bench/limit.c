/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <lz4.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include "base/span.h"
#include "bench/limit.h"
#include "fmt/enums.h"

/*
 * The limit for printing a file on one core: the same stored bytes, block by block, and the
 * system's library to decompress them, neither checksums nor a search for the blocks: bench/blocks
 * has listed them.
 */
#define BLOCK_MAX ((size_t)1 << 20)

static void die(const char *what)
{
	fprintf(stderr, "limit: %s\n", what);
	exit(1);
}

static const uint8_t *unpack(const struct limit_block *b, const uint8_t *raw,
			     uint8_t *out)
{
	uLongf len = b->lsize;
	bool ok;

	if (b->compress == ZF_COMPRESS_OFF)
		return raw;
	if (b->compress == ZF_COMPRESS_LZ4)
		ok = LZ4_decompress_safe((const char *)raw + 4, (char *)out,
					 (int)zb_load32(raw, ZB_BE),
					 (int)b->lsize) == (int)b->lsize;
	else
		ok = b->compress >= ZF_COMPRESS_GZIP_1 &&
		     b->compress <= ZF_COMPRESS_GZIP_9 &&
		     uncompress(out, &len, raw, b->psize) == Z_OK && len == b->lsize;
	return ok ? out : NULL;
}

static void print_block(int fd, const struct limit_block *b)
{
	static uint8_t raw[BLOCK_MAX], out[BLOCK_MAX];
	const uint8_t *data = out;

	if (b->psize > sizeof(raw) || b->lsize > sizeof(out))
		die("a block is too large");
	if (b->psize == 0) {
		memset(out, 0, b->lsize);
	} else {
		if (pread(fd, raw, b->psize, (off_t)b->offset) != (ssize_t)b->psize)
			die("a block cannot be read");
		data = unpack(b, raw, out);
	}
	if (!data)
		die("a block cannot be decompressed");
	for (size_t done = 0; done < b->lsize;) {
		ssize_t n = write(STDOUT_FILENO, data + done, b->lsize - done);

		if (n <= 0)
			die("cannot write");
		done += (size_t)n;
	}
}

int main(int argc, char **argv)
{
	struct limit_block *blocks;
	struct stat st;
	int image, list;

	if (argc != 3) {
		fprintf(stderr, "usage: limit IMAGE LIST\n");
		return 2;
	}
	image = open(argv[1], O_RDONLY);
	list = open(argv[2], O_RDONLY);
	if (image < 0 || list < 0 || fstat(list, &st) < 0)
		die("cannot open");
	blocks = malloc((size_t)st.st_size + 1);
	if (!blocks || read(list, blocks, (size_t)st.st_size) != st.st_size)
		die("the list cannot be read");
	for (size_t i = 0; i < (size_t)st.st_size / sizeof(*blocks); i++)
		print_block(image, &blocks[i]);
	return 0;
}
