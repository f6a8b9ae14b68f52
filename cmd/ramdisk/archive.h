/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_RAMDISK_ARCHIVE_H
#define ZLIVE_RAMDISK_ARCHIVE_H

#include "base/diag.h"
#include "base/span.h"

/* One object of the archive; path has no leading slash. */
struct rd_entry {
	char *path;
	uint32_t mode;
	unsigned int major, minor; /* of a device node */
	uint8_t *data;		   /* of a file; the target, of a symbolic link */
	size_t len;
};

/* What goes into the ramdisk, kept sorted by path, each path once. */
struct rd_archive {
	struct rd_entry *entries;
	size_t n, room;
};

void rd_archive_done(struct rd_archive *archive);

/* The index of path, or where it would have to be; *ret_found tells which. */
size_t rd_archive_find(const struct rd_archive *archive, const char *path,
		       bool *ret_found);

/*
 * Each adds one object and the directories above it. An object that is there already stays as
 * it is. _file takes ownership of data (allocated by malloc), also on failure.
 */
ZB_MUST_CHECK int rd_archive_dir(struct rd_archive *archive, const char *path,
				 uint32_t permissions);
ZB_MUST_CHECK int rd_archive_file(struct rd_archive *archive, const char *path,
				  uint32_t permissions, uint8_t *data, size_t len);
ZB_MUST_CHECK int rd_archive_text(struct rd_archive *archive, const char *path,
				  const char *text);
ZB_MUST_CHECK int rd_archive_link(struct rd_archive *archive, const char *path,
				  const char *target);
ZB_MUST_CHECK int rd_archive_node(struct rd_archive *archive, const char *path,
				  uint32_t mode, unsigned int major, unsigned int minor);

/* Takes the bytes of the archive in order. A negative error ends the writing. */
typedef int (*rd_sink_fn)(void *ctx, const void *buf, size_t len);

/* The archive as cpio "newc", every entry with mtime `time` and its place as inode number. */
ZB_MUST_CHECK int rd_archive_cpio(const struct rd_archive *archive, uint64_t time,
				  rd_sink_fn sink, void *ctx);

struct rd_write_options {
	const char *output;
	uint64_t time;
	unsigned int level, threads;
};

/* rd_archive_cpio() through zstd into a file that appears when it is whole and on disk. */
ZB_MUST_CHECK int rd_archive_write(const struct rd_archive *archive,
				   const struct rd_write_options *options,
				   struct zb_diag *diag);

#endif
