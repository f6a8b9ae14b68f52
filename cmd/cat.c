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
 * The file goes through a ring of slots. While the oldest is awaited and written the blocks of
 * those behind it are read and unpacked by all cores. The slots are small, so that what one holds
 * is still in a core's cache when it is used for the next piece. Blocks are of up to 16 MiB, and
 * memory is to stay below 64: of blocks larger than 1 MiB there is one slot only.
 */
#define SLOTS	 4
#define SLOT	 ((size_t)512 << 10)
#define SLOT_MAX ((size_t)1 << 20) /* the largest of which there are several */
#define VOLUME	 ((size_t)4 << 20) /* what is asked of a volume at once */

static const char help[] =
	"Usage: zlive cat [-d DEVICE|IMAGE|DIRECTORY]... [--guid GUID] TARGET...\n"
	"Print files or volumes of a ZFS pool, without ZFS. TARGET is [DATASET[@SNAPSHOT]]:PATH or\n"
	"VOLUME[@SNAPSHOT]; without DATASET it is the one that the pool boots from.\n"
	"\n"
	"      --offset SIZE  begin there; SIZE is in bytes or with K, M, G, T behind it\n"
	"      --length SIZE  print at most so much\n"
	"      --stats        afterwards tell on stderr how much was read, by how many requests\n" LOOK_HELP_DEVICE
		LOOK_HELP_POOL LOOK_HELP_HELP;

struct cat;

/* Blocks from `start` on; [pos, end) of them is to be printed, behind `skip` zeros. */
struct slot {
	struct cat *cat;
	uint8_t *buf;
	struct zr_batch *batch;
	uint64_t start, pos, end, skip;
	/* The first byte that cannot be read, and why. */
	uint64_t bad;
	struct zb_diag why;
};

struct cat {
	struct look look;
	struct zh_output *out;
	uint64_t offset, length;
	uint64_t skip; /* zeros that no slot has yet */
	struct slot ring[SLOTS];
	size_t slot_size;
	unsigned int n_slots;  /* there are */
	unsigned int first, n; /* in use: the oldest, and how many */
	struct zb_diag *diag;
};

/* What is printed: a file or a volume. */
struct source {
	struct zr_pool *pool;
	struct zr_fs *fs;
	struct zr_volume *vol; /* in place of fs */
	uint64_t object, size;
	uint32_t blksize;
};

static int out_of_memory(struct zb_diag *diag)
{
	return zb_fail(diag, ZB_ENOMEM, NULL, ZB_DIAG_NO_OFFSET, "out of memory");
}

static int note_bad(void *ctx, uint64_t object, uint64_t offset, size_t len,
		    const struct zb_diag *diag)
{
	struct slot *slot = ctx;

	if (offset < slot->bad) {
		slot->bad = offset;
		slot->why = *diag;
	}
	return 0;
}

/* ---- the ring ---- */

static void ring_done(struct cat *c)
{
	for (unsigned int i = 0; i < SLOTS; i++) {
		zr_batch_destroy(c->ring[i].batch);
		free(c->ring[i].buf);
		c->ring[i] = (struct slot){ 0 };
	}
	c->n = c->n_slots = 0;
}

/* For [pos, end), which starts at a block. */
static int ring_init(struct cat *c, const struct source *s, uint64_t len)
{
	size_t size = s->vol ? VOLUME : SLOT, blksize = s->blksize;
	uint64_t n;
	int error = 0;

	size = blksize > size ? blksize : size - size % blksize;
	n = len / size + 1;
	if (n > SLOTS)
		n = SLOTS;
	c->slot_size = size;
	c->n_slots = size > SLOT_MAX ? 1 : (unsigned int)n;
	c->first = c->n = 0;
	for (unsigned int i = 0; !error && i < c->n_slots; i++) {
		struct slot *slot = &c->ring[i];

		slot->cat = c;
		slot->buf = malloc(size);
		if (!slot->buf)
			error = out_of_memory(c->diag);
		else if (!s->vol)
			error = zr_batch_create(s->pool, note_bad, slot, &slot->batch,
						c->diag);
	}
	if (error)
		ring_done(c);
	return error;
}

/* Where data begin, from pos on: pos itself if nobody can tell. */
static uint64_t next_data(const struct source *s, uint64_t pos)
{
	struct zb_diag unused;
	uint64_t data = pos;
	int error = s->vol ? zr_volume_seek(s->vol, pos, false, &data, &unused)
			   : zr_fs_seek(s->fs, s->object, pos, false, &data, &unused);

	if (error == ZB_ENOENT)
		return s->size;
	return error ? pos : data;
}

/* Starts to read whole blocks, up to `stop`, into the slot; slot->end says how many. */
static void fill(struct cat *c, const struct source *s, struct slot *slot, uint64_t stop)
{
	size_t len = (size_t)(stop - slot->start);
	struct zb_diag diag;
	int64_t n;

	if (s->vol) {
		n = zr_volume_read(s->vol, slot->start, slot->buf, len, &diag);
	} else {
		n = zr_batch_add(slot->batch, s->fs, s->object, slot->start, slot->buf,
				 len, c->slot_size, &diag);
		zr_batch_start(slot->batch);
	}
	if (n < 0)
		note_bad(slot, s->object, slot->pos, len, &diag);
	slot->end = n < 0 ? stop : slot->start + (uint64_t)n;
}

/* The next slot for what is at *pos, or a step over a hole. */
static void advance(struct cat *c, const struct source *s, uint64_t *pos, uint64_t end)
{
	struct slot *slot = &c->ring[(c->first + c->n) % c->n_slots];
	uint64_t data = next_data(s, *pos), stop;

	if (data > *pos) {
		data = data < end ? data : end;
		c->skip += data - *pos;
		*pos = data;
		return;
	}
	slot->start = *pos - *pos % s->blksize;
	slot->pos = *pos;
	slot->bad = UINT64_MAX;
	slot->skip = c->skip;
	c->skip = 0;
	stop = slot->start + c->slot_size;
	fill(c, s, slot, stop < end ? stop : end);
	*pos = slot->end;
	c->n++;
}

/* Prints the oldest slot. */
static int print_slot(struct cat *c)
{
	struct slot *slot = &c->ring[c->first];
	struct zb_diag diag;
	uint64_t end;
	int error;

	if (slot->batch && zr_batch_wait(slot->batch, &diag))
		note_bad(slot, 0, slot->pos, 0, &diag);
	end = slot->end < slot->bad ? slot->end : slot->bad;
	if (end < slot->pos)
		end = slot->pos;
	error = zh_output_write(c->out, slot->skip, slot->buf + (slot->pos - slot->start),
				(size_t)(end - slot->pos), c->diag);
	/* What was read before the damage is printed; the error comes after it. */
	if (!error && slot->bad != UINT64_MAX)
		error = zb_fail(c->diag, slot->why.error, slot->why.object,
				slot->why.offset, "%s", slot->why.reason);
	c->first = (c->first + 1) % c->n_slots;
	c->n--;
	return error;
}

static int print(struct cat *c, const struct source *s)
{
	uint64_t pos = c->offset, end = s->size;
	int error;

	if (pos >= end)
		return 0;
	if (c->length < end - pos)
		end = pos + c->length;
	error = ring_init(c, s, end - pos + pos % s->blksize);
	while (!error && (pos < end || c->n > 0)) {
		if (pos < end && c->n < c->n_slots)
			advance(c, s, &pos, end);
		else
			error = print_slot(c);
	}
	if (!error && c->skip > 0)
		error = zh_output_write(c->out, c->skip, NULL, 0, c->diag);
	c->skip = 0;
	ring_done(c);
	return error;
}

static int cat_file(struct cat *c, struct zr_pool *pool, struct zr_fs *fs,
		    const char *text, const char *path)
{
	struct source s = { .pool = pool, .fs = fs };
	struct zr_stat st;
	int error = zr_fs_lookup(fs, path, true, &st, c->diag);

	if (!error && !S_ISREG(st.mode))
		error = zb_fail(c->diag, ZB_EINVAL, text, ZB_DIAG_NO_OFFSET,
				S_ISDIR(st.mode) ? "is a directory"
						 : "is no regular file");
	if (error)
		return error;
	s.object = st.object;
	s.size = st.size;
	s.blksize = st.blksize ? st.blksize : 512;
	return print(c, &s);
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
