/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cmd/cmd.h"
#include "cmd/look.h"
#include "host/output.h"
#include "host/size.h"

/*
 * While one buffer is written the other is filled. Blocks are of up to 16 MiB, and memory is to
 * stay below 64: files of such blocks do with one buffer.
 */
#define CHUNK	   ((size_t)4 << 20)
#define CHUNK_PAIR ((size_t)8 << 20) /* the largest of which there are two */

static const char help[] =
	"Usage: zlive cat [-d DEVICE|IMAGE|DIRECTORY]... [--guid GUID] TARGET...\n"
	"Print files or volumes of a ZFS pool, without ZFS. TARGET is [DATASET[@SNAPSHOT]]:PATH or\n"
	"VOLUME[@SNAPSHOT]; without DATASET it is the one that the pool boots from.\n"
	"\n"
	"      --offset SIZE  begin there; SIZE is in bytes or with K, M, G, T behind it\n"
	"      --length SIZE  print at most so much\n"
	"      --stats        afterwards tell on stderr how much was read, by how many requests\n" LOOK_HELP_DEVICE
		LOOK_HELP_POOL LOOK_HELP_HELP;

struct cat {
	struct look look;
	struct zh_output *out;
	uint64_t offset, length;
	uint64_t skip; /* zeros not handed to the writer yet */
	uint8_t *buf[2];
	size_t buf_size;
	unsigned int n_bufs, turn;
	/* The first byte that cannot be read, and why. */
	uint64_t bad;
	struct zb_diag why;
	struct zb_diag *diag;
};

/* What is printed: a file or a volume. */
struct source {
	struct zr_fs *fs;
	struct zr_batch *batch;
	struct zr_volume *vol; /* in place of both */
	uint64_t object, size;
	uint32_t blksize;
};

static int out_of_memory(struct zb_diag *diag)
{
	return zb_fail(diag, ZB_ENOMEM, NULL, ZB_DIAG_NO_OFFSET, "out of memory");
}

/* Two buffers that hold a block each, or one; what is written uses none of them then. */
static int make_buffers(struct cat *c, uint32_t blksize)
{
	size_t size = blksize > CHUNK ? blksize : CHUNK - CHUNK % blksize;
	int error = zh_output_wait(c->out, c->diag);

	if (error || size == c->buf_size)
		return error;
	c->n_bufs = size > CHUNK_PAIR ? 1 : 2;
	for (unsigned int i = 0; i < 2; i++) {
		free(c->buf[i]);
		c->buf[i] = i < c->n_bufs ? malloc(size) : NULL;
		if (i < c->n_bufs && !c->buf[i])
			error = out_of_memory(c->diag);
	}
	c->buf_size = error ? 0 : size;
	c->turn = 0;
	return error;
}

static int note_bad(void *ctx, uint64_t object, uint64_t offset, size_t len,
		    const struct zb_diag *diag)
{
	struct cat *c = ctx;

	if (offset < c->bad) {
		c->bad = offset;
		c->why = *diag;
	}
	return 0;
}

/* Reads [offset, offset + len), whole blocks, into buf. */
static int64_t fill(struct cat *c, struct source *s, uint64_t offset, uint8_t *buf,
		    size_t len)
{
	int64_t n;
	int error;

	if (s->vol)
		return zr_volume_read(s->vol, offset, buf, len, c->diag);
	n = zr_batch_add(s->batch, s->fs, s->object, offset, buf, len, c->buf_size,
			 c->diag);
	if (n < 0)
		return n;
	zr_batch_start(s->batch);
	error = zr_batch_wait(s->batch, c->diag);
	return error ? error : n;
}

/* Where data begin, from pos on: pos itself if nobody can tell. */
static uint64_t next_data(struct source *s, uint64_t pos)
{
	struct zb_diag unused;
	uint64_t data = pos;
	int error = s->vol ? zr_volume_seek(s->vol, pos, false, &data, &unused)
			   : zr_fs_seek(s->fs, s->object, pos, false, &data, &unused);

	if (error == ZB_ENOENT)
		return s->size;
	return error ? pos : data;
}

/* Prints [pos, end) of what begins at `start`, a block's start, in the buffer. */
static int put(struct cat *c, const uint8_t *buf, uint64_t start, uint64_t pos,
	       uint64_t end)
{
	int error;

	if (end > c->bad)
		end = c->bad > pos ? c->bad : pos;
	error = zh_output_put(c->out, c->skip, buf + (pos - start), (size_t)(end - pos),
			      c->diag);
	c->skip = 0;
	/* What was read before the damage is printed; the error comes after it. */
	if (!error && c->bad != UINT64_MAX)
		error = zb_fail(c->diag, c->why.error, c->why.object, c->why.offset, "%s",
				c->why.reason);
	/* With one buffer it has to be written before it is filled again. */
	if (c->n_bufs == 1) {
		struct zb_diag diag;

		if (zh_output_wait(c->out, &diag) && !error)
			error = zb_fail(c->diag, diag.error, diag.object, diag.offset,
					"%s", diag.reason);
	}
	return error;
}

static int print(struct cat *c, struct source *s)
{
	uint64_t pos = c->offset, end = s->size, data;
	int64_t n;
	int error = make_buffers(c, s->blksize);

	if (pos < end && c->length < end - pos)
		end = pos + c->length;
	c->bad = UINT64_MAX;
	while (!error && pos < end) {
		uint64_t start = pos - pos % s->blksize, stop = start + c->buf_size;
		uint8_t *buf = c->buf[c->turn];

		data = next_data(s, pos);
		if (data > pos) {
			data = data < end ? data : end;
			c->skip += data - pos;
			pos = data;
			continue;
		}
		if (stop > end)
			stop = end;
		n = fill(c, s, start, buf, (size_t)(stop - start));
		if (n < 0)
			return (int)n;
		stop = start + (uint64_t)n;
		error = put(c, buf, start, pos, stop);
		pos = stop;
		c->turn = (c->turn + 1) % c->n_bufs;
	}
	if (!error && c->skip > 0) {
		error = zh_output_put(c->out, c->skip, c->buf[0], 0, c->diag);
		c->skip = 0;
	}
	return error;
}

static int cat_file(struct cat *c, struct zr_pool *pool, struct zr_fs *fs,
		    const char *text, const char *path)
{
	struct source s = { .fs = fs };
	struct zr_stat st;
	int error = zr_fs_lookup(fs, path, true, &st, c->diag);

	if (!error && !S_ISREG(st.mode))
		error = zb_fail(c->diag, ZB_EINVAL, text, ZB_DIAG_NO_OFFSET,
				S_ISDIR(st.mode) ? "is a directory"
						 : "is no regular file");
	if (!error)
		error = zr_batch_create(pool, note_bad, c, &s.batch, c->diag);
	if (error)
		return error;
	s.object = st.object;
	s.size = st.size;
	s.blksize = st.blksize ? st.blksize : 512;
	error = print(c, &s);
	zr_batch_destroy(s.batch);
	return error;
}

static int cat_volume(struct cat *c, const struct look_target *target, uint64_t guid)
{
	struct source s = { .blksize = 1 << 20 };
	struct zr_dataset *ds;
	int error = look_target_dataset(&c->look, target, guid, &ds, c->diag);

	if (error)
		return error;
	error = zr_volume_open(ds, &s.vol, c->diag);
	zr_dataset_close(ds);
	if (error == ZB_EINVAL)
		return zb_fail(c->diag, ZB_EINVAL, target->dataset, ZB_DIAG_NO_OFFSET,
			       "names no file: DATASET:PATH is expected, or a volume");
	if (error)
		return error;
	s.size = zr_volume_size(s.vol);
	error = print(c, &s);
	zr_volume_close(s.vol);
	return error;
}

static int cat_target(struct cat *c, const char *text, uint64_t guid)
{
	struct look_target target;
	struct look_pool *pool;
	struct zr_fs *fs;
	int error = look_target_parse(text, &target, c->diag);

	if (!error)
		error = look_target_pool(&c->look, &target, guid, &pool, c->diag);
	if (error)
		return error;
	if (!target.path)
		return cat_volume(c, &target, guid);
	error = look_target_fs(&c->look, &target, guid, &fs, c->diag);
	if (error)
		return error;
	error = cat_file(c, pool->pool, fs, text, target.path);
	zr_fs_close(fs);
	return error;
}

static void print_stats(const struct look *look)
{
	uint64_t bytes, requests;

	for (unsigned int i = 0; i < look->n_pools; i++) {
		if (!look->pools[i].pool)
			continue;
		zr_pool_stats(look->pools[i].pool, &bytes, &requests);
		fprintf(stderr, "%s: %llu bytes in %llu requests\n", look->pools[i].name,
			(unsigned long long)bytes, (unsigned long long)requests);
	}
}

static int cat_all(struct cat *c, const struct look_options *options, char **targets,
		   int n, bool stats)
{
	struct zb_diag diag;
	int status = CMD_DONE;

	c->diag = &diag;
	if (look_init(&c->look, options, &diag))
		return cmd_fail(&diag);
	c->out = zh_output_create(STDOUT_FILENO, "standard output", true);
	if (!c->out) {
		out_of_memory(&diag);
		status = cmd_fail(&diag);
	}
	for (int i = 0; c->out && i < n; i++)
		if (cat_target(c, targets[i], options->guid))
			status = cmd_fail(&diag);
	if (c->out && zh_output_finish(c->out, &diag) && status == CMD_DONE)
		status = cmd_fail(&diag);
	zh_output_destroy(c->out);
	if (stats)
		print_stats(&c->look);
	look_done(&c->look);
	free(c->buf[0]);
	free(c->buf[1]);
	return status;
}

int cmd_cat(int argc, char **argv)
{
	static const struct option own[] = {
		{ "offset", required_argument, NULL, 'o' },
		{ "length", required_argument, NULL, 'l' },
		{ "stats", no_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	static const struct look_getopt spec = { "cat", help, NULL, own, LOOK_OPT_POOL };
	struct look_options options = { 0 };
	struct cat cat = { .length = UINT64_MAX };
	bool stats = false;
	int c;

	while ((c = look_getopt(&spec, argc, argv, &options)) >= 0) {
		if (c == 's')
			stats = true;
		else if (zh_size_parse(optarg, c == 'o' ? &cat.offset : &cat.length))
			return cmd_usage_error("cat", "'%s' is no size", optarg);
	}
	if (c == LOOK_GETOPT_EXIT)
		return options.status;
	if (optind == argc)
		return cmd_usage_error("cat", "a TARGET is missing");
	return cat_all(&cat, &options, argv + optind, argc - optind, stats);
}
