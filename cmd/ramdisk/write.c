/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>
#include "cmd/ramdisk/archive.h"

struct writer {
	const char *name;
	int fd;
	ZSTD_CCtx *zstd;
	uint8_t *buf;
	size_t size;
	struct zb_diag *diag;
};

static int write_all(struct writer *w, const uint8_t *buf, size_t len)
{
	while (len > 0) {
		ssize_t n = write(w->fd, buf, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return zb_fail(w->diag, -errno, w->name, ZB_DIAG_NO_OFFSET,
				       "cannot write: %s", strerror(errno));
		buf += n;
		len -= (size_t)n;
	}
	return 0;
}

static int compress(struct writer *w, const void *buf, size_t len, ZSTD_EndDirective mode)
{
	ZSTD_inBuffer in = { buf, len, 0 };

	for (;;) {
		ZSTD_outBuffer out = { w->buf, w->size, 0 };
		size_t left = ZSTD_compressStream2(w->zstd, &out, &in, mode);
		int r;

		if (ZSTD_isError(left))
			return zb_fail(w->diag, ZB_ENOMEM, w->name, ZB_DIAG_NO_OFFSET,
				       "cannot compress: %s", ZSTD_getErrorName(left));
		r = write_all(w, w->buf, out.pos);
		if (r < 0)
			return r;
		if (mode == ZSTD_e_end ? left == 0 : in.pos == in.size)
			return 0;
	}
}

static int sink(void *ctx, const void *buf, size_t len)
{
	return compress(ctx, buf, len, ZSTD_e_continue);
}

/*
 * A worker count of 1 or more gives the same bytes for every count; 0 gives others. So
 * there is always a worker.
 */
static int writer_init(struct writer *w, const struct rd_write_options *o)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	int threads = o->threads ? (int)o->threads : cores > 0 ? (int)cores : 1;

	w->size = ZSTD_CStreamOutSize();
	w->buf = malloc(w->size);
	w->zstd = ZSTD_createCCtx();
	if (!w->buf || !w->zstd)
		return zb_fail(w->diag, ZB_ENOMEM, w->name, ZB_DIAG_NO_OFFSET,
			       "no memory for the compressor");
	if (ZSTD_isError(ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_compressionLevel,
						(int)o->level)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_nbWorkers, threads)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_checksumFlag, 1)))
		return zb_fail(w->diag, ZB_ENOTSUP, w->name, ZB_DIAG_NO_OFFSET,
			       "zstd does not take level %u with threads", o->level);
	return 0;
}

static int write_archive(struct writer *w, const struct rd_archive *archive,
			 const struct rd_write_options *o)
{
	int r = writer_init(w, o);

	if (r == 0)
		r = rd_archive_cpio(archive, o->time, sink, w);
	if (r == ZB_E2BIG)
		return zb_fail(w->diag, r, w->name, ZB_DIAG_NO_OFFSET,
			       "a file or time is too large for a cpio archive");
	if (r == 0)
		r = compress(w, NULL, 0, ZSTD_e_end);
	if (r == 0 && (fchmod(w->fd, 0644) < 0 || fsync(w->fd) < 0))
		r = zb_fail(w->diag, -errno, w->name, ZB_DIAG_NO_OFFSET, "%s",
			    strerror(errno));
	return r;
}

/* The rename is on disk only when its directory is. */
static int sync_folder(const char *path, struct zb_diag *diag)
{
	char copy[PATH_MAX];
	int fd, r = 0;

	snprintf(copy, sizeof(copy), "%s", path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		r = zb_fail(diag, -errno, path, ZB_DIAG_NO_OFFSET,
			    "cannot sync its folder: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return r;
}

int rd_archive_write(const struct rd_archive *archive,
		     const struct rd_write_options *options, struct zb_diag *diag)
{
	struct writer w = { .name = options->output, .diag = diag };
	char tmp[PATH_MAX];
	int r;

	if (snprintf(tmp, sizeof(tmp), "%s.XXXXXX", options->output) >= (int)sizeof(tmp))
		return zb_fail(diag, ZB_ENAMETOOLONG, options->output, ZB_DIAG_NO_OFFSET,
			       "the name is too long");
	w.fd = mkostemp(tmp, O_CLOEXEC);
	if (w.fd < 0)
		return zb_fail(diag, -errno, options->output, ZB_DIAG_NO_OFFSET,
			       "cannot create it: %s", strerror(errno));
	r = write_archive(&w, archive, options);
	ZSTD_freeCCtx(w.zstd);
	free(w.buf);
	close(w.fd);
	if (r == 0 && rename(tmp, options->output) < 0)
		r = zb_fail(diag, -errno, options->output, ZB_DIAG_NO_OFFSET,
			    "cannot rename %s to it: %s", tmp, strerror(errno));
	if (r < 0) {
		unlink(tmp);
		return r;
	}
	return sync_folder(options->output, diag);
}
