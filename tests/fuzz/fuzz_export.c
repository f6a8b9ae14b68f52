/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include "cmd/export/export.h"
#include "read/fs.h"
#include "tests/fuzz/objects.h"
#include "tests/fuzz/pax_check.h"

/*
 * The archive that `zlive export` makes of a file system of hostile objects. It has to be
 * well-formed, whatever the objects are. Input: see objects.h.
 */
#define ROOM ((size_t)4 << 20) /* then the disk that it is written to is full */

struct zh_output {
	uint8_t *data;
	size_t len;
	bool full;
};

static struct zh_output output;

struct zh_output *__wrap_zh_output_create(int fd, const char *name, bool holes);
int __wrap_zh_output_put(struct zh_output *out, uint64_t skip, const void *buf,
			 size_t len, struct zb_diag *diag);
int __wrap_zh_output_wait(struct zh_output *out, struct zb_diag *diag);
void __wrap_zh_output_destroy(struct zh_output *out);

struct zh_output *__wrap_zh_output_create(int fd, const char *name, bool holes)
{
	output = (struct zh_output){ .data = malloc(ROOM) };
	FUZZ_ASSERT(output.data);
	return &output;
}

int __wrap_zh_output_put(struct zh_output *out, uint64_t skip, const void *buf,
			 size_t len, struct zb_diag *diag)
{
	size_t n = len < ROOM - out->len ? len : ROOM - out->len;

	FUZZ_ASSERT(skip == 0);
	memcpy(out->data + out->len, buf, n);
	out->len += n;
	out->full |= n < len;
	return out->full ? zb_fail(diag, ZB_EIO, "output", ZB_DIAG_NO_OFFSET, "full") : 0;
}

int __wrap_zh_output_wait(struct zh_output *out, struct zb_diag *diag)
{
	return out->full ? ZB_EIO : 0;
}

void __wrap_zh_output_destroy(struct zh_output *out)
{
	if (out)
		free(out->data);
}

/* The commands' messages, which are many, go nowhere; those of the sanitizers are not theirs. */
static FILE *hush(void)
{
	static FILE *nowhere;
	FILE *err = stderr;

	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	FUZZ_ASSERT(nowhere);
	stderr = nowhere;
	return err;
}

static void export_all(struct zr_pool *pool, struct zr_fs *fs)
{
	struct export x = { .fs = fs };
	struct zb_diag diag = { 0 };
	FILE *err = hush();
	int error;

	x.diag = &diag;
	x.links = export_links_create();
	error = archive_init(&x.archive, pool, -1, &diag);
	FUZZ_ASSERT(x.links && !error);
	error = export_tree(&x, zr_fs_root(fs), ".");
	if (!error)
		error = archive_finish(&x.archive);
	stderr = err;
	FUZZ_ASSERT(error <= 0 && (!error || diag.reason[0]));
	pax_check(zb_span(output.data, output.len), !error);
	archive_done(&x.archive);
	export_links_destroy(x.links);
	dirlist_seen_done(&x.seen);
	pax_buf_done(&x.path);
	pax_buf_done(&x.header);
	pax_buf_done(&x.records);
	free(x.target);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz_objects objects;
	struct zb_diag diag;
	struct zr_fs *fs;

	if (!fuzz_objects_init(&objects, data, size))
		return 0;
	if (zr_fs_open(&objects.ds, &fs, &diag) == 0) {
		export_all(objects.pool, fs);
		zr_fs_close(fs);
	}
	fuzz_objects_done(&objects);
	return 0;
}
