/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/export/archive.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cmd/export/pax.h"
#include "cmd/look.h"

#define CHUNK ((size_t)4 << 20)

static int out_of_memory(struct archive *a)
{
	return zb_fail(a->diag, ZB_ENOMEM, NULL, ZB_DIAG_NO_OFFSET, "out of memory");
}

static void print_fault(struct archive *a, const char *path, const char *what)
{
	zh_progress_clear(a->progress);
	fputs("zlive: ", stderr);
	look_print_name(stderr, path);
	fprintf(stderr, ": %s\n", what);
	a->failed = true;
}

/* Tells of what was lost last, if that was not done yet. */
static void print_loss(struct archive *a)
{
	struct archive_loss *l = &a->loss;
	char text[700];

	if (l->end == 0)
		return;
	snprintf(text, sizeof(text), "zeros in place of bytes %llu to %llu: %s",
		 (unsigned long long)l->start, (unsigned long long)(l->end - 1), l->why);
	print_fault(a, l->path ? l->path : "?", text);
	free(l->path);
	l->path = NULL;
	l->end = 0;
}

void archive_fault(struct archive *a, const char *path, const char *what)
{
	print_loss(a);
	print_fault(a, path, what);
}

/* What a block of pointers takes along is many blocks one after the other: told as one. */
static int note_loss(void *ctx, uint64_t object, uint64_t offset, size_t len,
		     const struct zb_diag *diag)
{
	const struct archive_chunk *c = ctx;
	struct archive_loss *l = &c->archive->loss;
	const char *path = "?";
	char why[600];

	zb_diag_text(diag, why, sizeof(why));
	if (l->end != offset || l->object != object || strcmp(l->why, why) != 0) {
		print_loss(c->archive);
		for (size_t i = 0; i < c->n_files; i++)
			if (c->files[i].object == object)
				path = c->paths + c->files[i].path;
		l->object = object;
		l->start = offset;
		l->path = strdup(path);
		memcpy(l->why, why, sizeof(why));
	}
	l->end = offset + len;
	c->archive->failed = true;
	return 0;
}

int archive_init(struct archive *a, struct zr_pool *pool, int fd, struct zb_diag *diag)
{
	int error = 0;

	*a = (struct archive){ .diag = diag };
	a->out = zh_output_create(fd, "standard output", false);
	if (!a->out)
		error = out_of_memory(a);
	for (unsigned int i = 0; !error && i < ARCHIVE_CHUNKS; i++) {
		struct archive_chunk *c = &a->chunks[i];

		c->archive = a;
		c->size = CHUNK;
		c->data = malloc(c->size);
		error = c->data ? zr_batch_create(pool, note_loss, c, &c->batch, diag)
				: out_of_memory(a);
	}
	if (error)
		archive_done(a);
	return error;
}

void archive_done(struct archive *a)
{
	zh_output_destroy(a->out);
	for (unsigned int i = 0; i < ARCHIVE_CHUNKS; i++) {
		struct archive_chunk *c = &a->chunks[i];

		zr_batch_destroy(c->batch);
		free(c->files);
		free(c->paths);
		free(c->data);
	}
	print_loss(a);
	a->out = NULL;
}

/* Waits for the chunk's files and hands it to the writer. */
static int write_chunk(struct archive *a, struct archive_chunk *c)
{
	int error;

	if (!c->started)
		return 0;
	error = zr_batch_wait(c->batch, a->diag);
	c->started = false;
	if (!error)
		error = zh_output_put(a->out, 0, c->data, c->len, a->diag);
	a->written += c->len;
	return error;
}

/* Starts to read what the current chunk wants; the next one becomes the current. */
static int flush(struct archive *a)
{
	struct archive_chunk *c = &a->chunks[a->current];
	unsigned int before = (a->current + ARCHIVE_CHUNKS - 1) % ARCHIVE_CHUNKS;
	int error;

	if (c->len == 0)
		return 0;
	zr_batch_start(c->batch);
	c->started = true;
	/* Handing over the one before waits for the writer to be done with the next. */
	error = write_chunk(a, &a->chunks[before]);
	a->current = (a->current + 1) % ARCHIVE_CHUNKS;
	c = &a->chunks[a->current];
	c->len = 0;
	c->n_files = 0;
	c->paths_len = 0;
	return error;
}

/* A chunk with room for len bytes. */
static struct archive_chunk *chunk_for(struct archive *a, size_t len)
{
	struct archive_chunk *c = &a->chunks[a->current];
	uint8_t *data;

	if (c->size - c->len >= len)
		return c;
	if (flush(a))
		return NULL;
	c = &a->chunks[a->current];
	if (c->size < len) {
		data = realloc(c->data, len);
		if (!data) {
			out_of_memory(a);
			return NULL;
		}
		c->data = data;
		c->size = len;
	}
	return c;
}

uint8_t *archive_room(struct archive *a, size_t len)
{
	struct archive_chunk *c = chunk_for(a, len);

	if (!c)
		return NULL;
	c->len += len;
	return c->data + c->len - len;
}

int archive_add(struct archive *a, const void *p, size_t len)
{
	uint8_t *to = archive_room(a, len);

	if (!to)
		return a->diag->error;
	memcpy(to, p, len);
	return 0;
}

int archive_pad(struct archive *a)
{
	const struct archive_chunk *c = &a->chunks[a->current];
	size_t rest = (PAX_BLOCK - c->len % PAX_BLOCK) % PAX_BLOCK;
	uint8_t *to = archive_room(a, rest);

	/* Sizes of chunks and all before this are whole blocks. */
	if (!to)
		return a->diag->error;
	memset(to, 0, rest);
	return 0;
}

static int remember(struct archive *a, struct archive_chunk *c, uint64_t object,
		    const char *path)
{
	size_t len = strlen(path) + 1;
	void *p;

	if (c->n_files > 0 && c->files[c->n_files - 1].object == object)
		return 0;
	if (c->n_files == c->files_size) {
		c->files_size = c->files_size ? 2 * c->files_size : 256;
		p = realloc(c->files, c->files_size * sizeof(*c->files));
		if (!p)
			return out_of_memory(a);
		c->files = p;
	}
	if (c->paths_size - c->paths_len < len) {
		c->paths_size = 2 * c->paths_size + len + 4096;
		p = realloc(c->paths, c->paths_size);
		if (!p)
			return out_of_memory(a);
		c->paths = p;
	}
	memcpy(c->paths + c->paths_len, path, len);
	c->files[c->n_files++] = (struct archive_file){ object, c->paths_len };
	c->paths_len += len;
	return 0;
}

/*
 * How much of len bytes from offset on goes into the current chunk, so that no block is read
 * for two: all of it, or up to the end of a block.
 */
static size_t fitting(struct archive *a, uint64_t offset, uint64_t len, uint32_t block)
{
	const struct archive_chunk *c = &a->chunks[a->current];
	uint64_t space = c->size - c->len, end;

	/* With its padding: there the last block may go as a whole. */
	if (len + PAX_BLOCK <= space)
		return (size_t)len;
	end = (offset + space) / block * block;
	if (end <= offset)
		return 0;
	return end - offset < len ? (size_t)(end - offset) : (size_t)len;
}

int archive_add_file(struct archive *a, struct zr_fs *fs, const struct zr_stat *st,
		     const char *path, uint64_t offset, uint64_t len)
{
	uint32_t block = st->blksize ? st->blksize : PAX_BLOCK;
	struct archive_chunk *c;
	size_t n, room;
	int64_t added;
	int error = 0;

	while (!error && len > 0) {
		n = fitting(a, offset, len, block);
		if (n == 0) {
			/* A block, or what is left of it, with the padding. */
			c = chunk_for(a, (size_t)block + 2 * PAX_BLOCK);
			if (!c)
				return a->diag->error;
			n = fitting(a, offset, len, block);
		}
		c = &a->chunks[a->current];
		error = remember(a, c, st->object, path);
		if (error)
			break;
		room = n == len ? (n + PAX_BLOCK - 1) / PAX_BLOCK * PAX_BLOCK : n;
		if (room > c->size - c->len)
			room = n;
		memset(c->data + c->len + n, 0, room - n);
		added = zr_batch_add(c->batch, fs, st->object, offset, c->data + c->len,
				     n, room, a->diag);
		if (added == ZB_ENOMEM)
			return ZB_ENOMEM;
		if (added < 0) {
			/* Its header is out: what was promised must follow. */
			memset(c->data + c->len, 0, n);
			note_loss(c, st->object, offset, n, a->diag);
			added = (int64_t)n;
		}
		c->len += (size_t)added;
		offset += (uint64_t)added;
		len -= (uint64_t)added;
		if ((size_t)added < n)
			error = flush(a);
	}
	return error;
}

int archive_finish(struct archive *a)
{
	static const uint8_t zeros[PAX_RECORD];
	uint64_t total = a->written;
	size_t end;
	int error;

	for (unsigned int i = 0; i < ARCHIVE_CHUNKS; i++)
		if (a->chunks[i].started || i == a->current)
			total += a->chunks[i].len;
	end = PAX_RECORD - (size_t)(total % PAX_RECORD);
	if (end < 2 * PAX_BLOCK)
		end += PAX_RECORD;
	error = archive_add(a, zeros, end < PAX_RECORD ? end : PAX_RECORD);
	if (!error && end > PAX_RECORD)
		error = archive_add(a, zeros, end - PAX_RECORD);
	if (!error)
		error = flush(a);
	/* The last one started is the one before the current. */
	if (!error)
		error = write_chunk(
			a,
			&a->chunks[(a->current + ARCHIVE_CHUNKS - 1) % ARCHIVE_CHUNKS]);
	if (!error)
		error = zh_output_wait(a->out, a->diag);
	return error;
}
