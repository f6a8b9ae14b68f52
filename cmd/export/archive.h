/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_EXPORT_ARCHIVE_H
#define ZLIVE_EXPORT_ARCHIVE_H

#include "host/output.h"
#include "host/progress.h"
#include "read/read.h"

/*
 * The archive as it is made: three chunks of its bytes, one being filled, one whose files are
 * read by the other cores, one being written. File contents are unpacked straight to their
 * place in a chunk.
 */
#define ARCHIVE_CHUNKS 3

/* A file that has data in a chunk, to name what cannot be read. */
struct archive_file {
	uint64_t object;
	size_t path; /* offset in paths */
};

struct archive_chunk {
	uint8_t *data;
	size_t len, size;
	struct zr_batch *batch;
	bool started;
	struct archive_file *files;
	size_t n_files, files_size;
	char *paths;
	size_t paths_len, paths_size;
	struct archive *archive;
};

/* A range of a file that could not be read and was not told yet; end 0: none. */
struct archive_loss {
	uint64_t object, start, end;
	char *path;
	char why[600];
};

struct archive {
	struct zh_output *out;
	struct zh_progress *progress;
	struct zb_diag *diag; /* of what ends the work */
	struct archive_chunk chunks[ARCHIVE_CHUNKS];
	unsigned int current;
	uint64_t written;
	bool failed; /* something could not be read, and was or will be told */
	struct archive_loss loss;
};

ZB_MUST_CHECK int archive_init(struct archive *a, struct zr_pool *pool, int fd,
			       struct zb_diag *diag);
void archive_done(struct archive *a);

/* Room for len bytes in one piece, which then belong to the archive; NULL on an error. */
uint8_t *archive_room(struct archive *a, size_t len);

ZB_MUST_CHECK int archive_add(struct archive *a, const void *p, size_t len);

/* A range of a file's data; path names it in messages. What cannot be read becomes zeros. */
ZB_MUST_CHECK int archive_add_file(struct archive *a, struct zr_fs *fs,
				   const struct zr_stat *st, const char *path,
				   uint64_t offset, uint64_t len);

/* Zeros to the next whole block, after a file's data. */
ZB_MUST_CHECK int archive_pad(struct archive *a);

/* The end of the archive; all is written when it returns. */
ZB_MUST_CHECK int archive_finish(struct archive *a);

/* Tells of something that could not be read. The message does not spoil the progress line. */
void archive_fault(struct archive *a, const char *path, const char *what);

#endif
