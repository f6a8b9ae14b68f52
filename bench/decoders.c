/* SPDX-License-Identifier: BSD-2-Clause */
#define ZSTD_STATIC_LINKING_ONLY
#include <lz4.h>
#include <lz4hc.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>
#include <zstd.h>
#include "codec/checksum.h"
#include "codec/decompress.h"

/*
 * The decompressors of lib/codec against liblz4, libzstd and zlib: the contents of the files
 * named, cut into records of 128 KiB, each compressed by itself as ZFS does it. Both sides
 * decode the same bytes in turns, on one core; of each piece the best round counts.
 */
#define RECORD ((size_t)128 << 10)
#define LIMIT  ((size_t)64 << 20)
#define CHUNK  16
#define ROUNDS 15

struct input {
	uint8_t *data;
	size_t len;
};

struct packed {
	uint8_t *data; /* as on disk, with ZFS's framing */
	size_t len;
	size_t raw_len;
};

struct peer {
	const char *name;
	size_t framing; /* bytes before what the library understands */
	size_t (*compress)(int level, const uint8_t *in, size_t len, uint8_t *out,
			   size_t room);
	int (*ours)(struct zb_span src, uint8_t *dst, size_t dst_len, void *ws);
	int (*theirs)(struct zb_span src, uint8_t *dst, size_t dst_len, void *ctx);
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static size_t lz4_pack(int level, const uint8_t *in, size_t len, uint8_t *out,
		       size_t room)
{
	int n = level > 0 ? LZ4_compress_HC((const char *)in, (char *)out + 4, (int)len,
					    (int)room - 4, level)
			  : LZ4_compress_default((const char *)in, (char *)out + 4,
						 (int)len, (int)room - 4);

	zb_store32(out, ZB_BE, (uint32_t)n);
	return (size_t)n + 4;
}

static int lz4_ours(struct zb_span src, uint8_t *dst, size_t dst_len, void *ws)
{
	return zc_lz4_decompress(src, dst, dst_len);
}

static int lz4_theirs(struct zb_span src, uint8_t *dst, size_t dst_len, void *ctx)
{
	return LZ4_decompress_safe((const char *)src.ptr, (char *)dst, (int)src.len,
				   (int)dst_len) == (int)dst_len
		       ? 0
		       : -1;
}

static size_t zstd_pack(int level, const uint8_t *in, size_t len, uint8_t *out,
			size_t room)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();
	size_t n;

	ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, level);
	ZSTD_CCtx_setParameter(c, ZSTD_c_format, ZSTD_f_zstd1_magicless);
	ZSTD_CCtx_setParameter(c, ZSTD_c_contentSizeFlag, 0);
	n = ZSTD_compress2(c, out + 8, room - 8, in, len);
	ZSTD_freeCCtx(c);
	zb_store32(out, ZB_BE, (uint32_t)n);
	zb_store32(out + 4, ZB_BE, 0);
	return n + 8;
}

static int zstd_theirs(struct zb_span src, uint8_t *dst, size_t dst_len, void *ctx)
{
	return ZSTD_decompressDCtx(ctx, dst, dst_len, src.ptr, src.len) == dst_len ? 0
										   : -1;
}

static size_t zlib_pack(int level, const uint8_t *in, size_t len, uint8_t *out,
			size_t room)
{
	uLongf n = room;

	return compress2(out, &n, in, len, level) == Z_OK ? n : 0;
}

static int zlib_theirs(struct zb_span src, uint8_t *dst, size_t dst_len, void *ctx)
{
	uLongf n = dst_len;

	return uncompress(dst, &n, src.ptr, src.len) == Z_OK && n == dst_len ? 0 : -1;
}

/* Adds a file's bytes to in, as many as still fit. */
static int read_file(struct input *in, const char *path)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	if (!f) {
		perror(path);
		return -1;
	}
	n = fread(in->data + in->len, 1, LIMIT - in->len, f);
	in->len += n;
	fclose(f);
	return 0;
}

/* Records that do not shrink are left out: ZFS stores them as they are. */
static size_t pack(const struct input *in, const struct peer *peer, int level,
		   struct packed *records)
{
	size_t room = RECORD + RECORD / 64 + 1024, n = 0;

	for (size_t at = 0; at < in->len; at += RECORD) {
		struct packed *r = &records[n];

		r->raw_len = in->len - at < RECORD ? in->len - at : RECORD;
		r->data = malloc(room);
		if (!r->data)
			exit(1);
		r->len = peer->compress(level, in->data + at, r->raw_len, r->data, room);
		if (r->len < r->raw_len - r->raw_len / 8)
			n++;
		else
			free(r->data);
	}
	return n;
}

/* One pass over all records; seconds. */
static double pass(const struct peer *peer, bool ours, const struct packed *records,
		   size_t n, uint8_t *out, void *ctx)
{
	double start = now();

	for (size_t i = 0; i < n; i++) {
		struct zb_span src = zb_span(records[i].data, records[i].len);
		int rc;

		if (ours)
			rc = peer->ours(src, out, records[i].raw_len, ctx);
		else
			rc = peer->theirs(
				zb_span(src.ptr + peer->framing, src.len - peer->framing),
				out, records[i].raw_len, ctx);
		if (rc) {
			fprintf(stderr, "%s: record %zu does not decode\n", peer->name,
				i);
			exit(1);
		}
	}
	return now() - start;
}

struct times {
	double ours, theirs;
};

/* Few records at a time, both sides in turns: what else the machine does hits both alike. */
static struct times measure(const struct peer *peer, const struct packed *records,
			    size_t n, void *ws, void *ctx, uint8_t *out)
{
	struct times sum = { 0, 0 };

	for (size_t at = 0; at < n; at += CHUNK) {
		size_t count = n - at < CHUNK ? n - at : CHUNK;
		struct times best = { 1e9, 1e9 };

		for (int round = 0; round < ROUNDS; round++) {
			double t = pass(peer, true, records + at, count, out, ws);

			best.ours = t < best.ours ? t : best.ours;
			t = pass(peer, false, records + at, count, out, ctx);
			best.theirs = t < best.theirs ? t : best.theirs;
		}
		sum.ours += best.ours;
		sum.theirs += best.theirs;
	}
	return sum;
}

static void compare(const struct input *in, const struct peer *peer, int level, void *ws,
		    void *ctx, uint8_t *out)
{
	struct packed *records = calloc(in->len / RECORD + 1, sizeof(*records));
	size_t n = pack(in, peer, level, records), raw = 0, stored = 0;
	struct times t = measure(peer, records, n, ws, ctx, out);

	for (size_t i = 0; i < n; i++) {
		raw += records[i].raw_len;
		stored += records[i].len;
		free(records[i].data);
	}
	free(records);
	printf("%-5s %5d  %7.2f  %9.0f  %9.0f  %5.2f\n", peer->name, level,
	       (double)raw / (double)stored, (double)raw / t.ours / 1e6,
	       (double)raw / t.theirs / 1e6, t.theirs / t.ours);
}

static void checksums(const struct input *in)
{
	double fletcher = 1e9, sha = 1e9, theirs = 1e9, t;
	uint8_t digest[SHA256_DIGEST_LENGTH];
	struct zc_cksum c;

	for (int round = 0; round < 3; round++) {
		t = now();
		for (size_t at = 0; at + RECORD <= in->len; at += RECORD)
			zc_fletcher4(zb_span(in->data + at, RECORD), ZB_LE, &c);
		fletcher = now() - t < fletcher ? now() - t : fletcher;
		t = now();
		for (size_t at = 0; at + RECORD <= in->len; at += RECORD)
			zc_sha256(zb_span(in->data + at, RECORD), &c);
		sha = now() - t < sha ? now() - t : sha;
		t = now();
		for (size_t at = 0; at + RECORD <= in->len; at += RECORD)
			SHA256(in->data + at, RECORD, digest);
		theirs = now() - t < theirs ? now() - t : theirs;
	}
	printf("fletcher4 %.0f MB/s; sha256 %.0f MB/s, libcrypto %.0f MB/s\n",
	       (double)in->len / fletcher / 1e6, (double)in->len / sha / 1e6,
	       (double)in->len / theirs / 1e6);
}

int main(int argc, char **argv)
{
	static const struct peer lz4 = { "lz4", 4, lz4_pack, lz4_ours, lz4_theirs };
	static const struct peer zstd = { "zstd", 8, zstd_pack, zc_zstd_decompress,
					  zstd_theirs };
	static const struct peer gzip = { "gzip", 0, zlib_pack, zc_inflate_zlib,
					  zlib_theirs };
	static const int zstd_levels[] = { -10, 1, 3, 9, 19 };
	struct input in = { malloc(LIMIT), 0 };
	ZSTD_DCtx *dctx = ZSTD_createDCtx();
	void *ws = aligned_alloc(16, ZC_WORKSPACE);
	uint8_t *out = malloc(RECORD);

	if (!in.data || !dctx || !ws || !out)
		return 1;
	ZSTD_DCtx_setParameter(dctx, ZSTD_d_format, ZSTD_f_zstd1_magicless);
	for (int i = 1; i < argc; i++) {
		if (read_file(&in, argv[i]))
			return 1;
	}
	if (in.len < RECORD) {
		fprintf(stderr,
			"usage: decoders FILE... (128 KiB at least, 64 MiB at most)\n");
		return 2;
	}
	printf("%.1f MB of input, %zu KiB records, one core\n", (double)in.len / 1e6,
	       RECORD >> 10);
	printf("codec level    ratio  ours MB/s   lib MB/s  ours/lib\n");
	compare(&in, &lz4, 0, ws, NULL, out);
	compare(&in, &lz4, 9, ws, NULL, out);
	for (size_t i = 0; i < sizeof(zstd_levels) / sizeof(zstd_levels[0]); i++)
		compare(&in, &zstd, zstd_levels[i], ws, dctx, out);
	compare(&in, &gzip, 1, ws, NULL, out);
	compare(&in, &gzip, 6, ws, NULL, out);
	checksums(&in);
	ZSTD_freeDCtx(dctx);
	free(ws);
	free(out);
	free(in.data);
	return 0;
}
