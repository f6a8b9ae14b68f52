/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A .deb, deb(5): an ar archive of "debian-binary" ("2.0\n"), the control files and the
 * files, both as compressed tars.
 */
#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "cmd/deb/md5.h"
#include "cmd/deb/package.h"

static la_ssize_t text_write(struct archive *a, void *ctx, const void *buf, size_t len)
{
	struct text *t = ctx;

	text_add(t, buf, len);
	return t->failed ? -1 : (la_ssize_t)len;
}

static struct archive *tar_begin(struct text *out)
{
	struct archive *a = archive_write_new();

	if (!a)
		return NULL;
	/*
	 * gzip's header has no time of its own that way: the same input, the same bytes.
	 */
	if (archive_write_set_format_gnutar(a) != ARCHIVE_OK ||
	    archive_write_add_filter_gzip(a) != ARCHIVE_OK ||
	    archive_write_set_filter_option(a, "gzip", "timestamp", NULL) != ARCHIVE_OK ||
	    archive_write_set_bytes_in_last_block(a, 1) != ARCHIVE_OK ||
	    archive_write_open(a, out, NULL, text_write, NULL) != ARCHIVE_OK) {
		archive_write_free(a);
		return NULL;
	}
	return a;
}

static bool entry_put(struct archive *a, const char *path, uint32_t mode,
		      const char *target, int64_t time, const void *data, size_t len)
{
	struct archive_entry *ae = archive_entry_new();
	bool ok = false;

	if (!ae)
		return false;
	archive_entry_set_pathname(ae, path);
	archive_entry_set_mode(ae, (mode_t)mode);
	archive_entry_set_mtime(ae, time, 0);
	archive_entry_set_uname(ae, "root");
	archive_entry_set_gname(ae, "root");
	archive_entry_set_uid(ae, 0);
	archive_entry_set_gid(ae, 0);
	if (target)
		archive_entry_set_symlink(ae, target);
	archive_entry_set_size(ae, (la_int64_t)(target ? 0 : len));
	if (archive_write_header(a, ae) == ARCHIVE_OK)
		ok = target || len == 0 ||
		     archive_write_data(a, data, len) == (la_ssize_t)len;
	archive_entry_free(ae);
	return ok;
}

/*
 * The folders of path that were not written yet; dpkg wants them before what is in them.
 */
static bool folders_put(struct archive *a, struct text *done, const char *path,
			int64_t time)
{
	char name[512];

	for (const char *slash = strchr(path, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		size_t at, len;
		int n = snprintf(name, sizeof(name), "./%.*s/", (int)(slash - path),
				 path);

		if (n >= (int)sizeof(name))
			return false;
		if (text_find_line(done, '\n', name, &at, &len))
			continue;
		text_format(done, "%s\n", name);
		if (done->failed ||
		    !entry_put(a, name, S_IFDIR | 0755, NULL, time, NULL, 0))
			return false;
	}
	return true;
}

static bool data_tar(const struct package *p, struct text *out)
{
	struct archive *a = tar_begin(out);
	struct text folders = { 0 };
	bool ok = a != NULL;

	for (size_t i = 0; ok && i < p->files.n; i++) {
		const struct saved *s = &p->files.list[i];
		char path[512];

		snprintf(path, sizeof(path), "./%s", s->path);
		ok = folders_put(a, &folders, s->path, s->mtime.sec) &&
		     entry_put(a, path, s->mode, s->target, s->mtime.sec, s->data,
			       s->len);
	}
	text_done(&folders);
	if (a && archive_write_close(a) != ARCHIVE_OK)
		ok = false;
	archive_write_free(a);
	return ok;
}

static bool control_tar(const struct package *p, int64_t time, struct text *out)
{
	struct archive *a = tar_begin(out);
	struct text control = { 0 }, sums = { 0 };
	size_t bytes = 0;
	bool ok;

	for (size_t i = 0; i < p->files.n; i++)
		bytes += p->files.list[i].len;
	text_add(&control, p->control.buf, p->control.len);
	text_format(&control, "Installed-Size: %zu\n", (bytes + 1023) / 1024);
	md5sums_add(&p->files, &sums);
	ok = a && !control.failed && !sums.failed &&
	     entry_put(a, "./control", S_IFREG | 0644, NULL, time, control.buf,
		       control.len);
	if (ok && sums.len > 0)
		ok = entry_put(a, "./md5sums", S_IFREG | 0644, NULL, time, sums.buf,
			       sums.len);
	if (ok && p->conffiles.len > 0)
		ok = entry_put(a, "./conffiles", S_IFREG | 0644, NULL, time,
			       p->conffiles.buf, p->conffiles.len);
	for (size_t i = 0; ok && i < p->scripts.n; i++) {
		const struct saved *s = &p->scripts.list[i];

		ok = entry_put(a, s->path, s->mode, NULL, time, s->data, s->len);
	}
	if (a && archive_write_close(a) != ARCHIVE_OK)
		ok = false;
	archive_write_free(a);
	text_done(&control);
	text_done(&sums);
	return ok;
}

static bool ar_write(const struct text *control, const struct text *data, int64_t time,
		     struct text *out)
{
	struct archive *a = archive_write_new();
	const uint32_t mode = S_IFREG | 0644;
	bool ok = a && archive_write_set_format_ar_bsd(a) == ARCHIVE_OK &&
		  archive_write_set_bytes_in_last_block(a, 1) == ARCHIVE_OK &&
		  archive_write_open(a, out, NULL, text_write, NULL) == ARCHIVE_OK &&
		  entry_put(a, "debian-binary", mode, NULL, time, "2.0\n", 4) &&
		  entry_put(a, "control.tar.gz", mode, NULL, time, control->buf,
			    control->len) &&
		  entry_put(a, "data.tar.gz", mode, NULL, time, data->buf, data->len);

	if (a && archive_write_close(a) != ARCHIVE_OK)
		ok = false;
	archive_write_free(a);
	return ok;
}

int package_write(const struct package *p, struct text *out, struct zb_diag *diag)
{
	struct text control = { 0 }, data = { 0 };
	int64_t time = p->files.n > 0 ? p->files.list[0].mtime.sec : 0;
	bool ok = control_tar(p, time, &control) && data_tar(p, &data) &&
		  ar_write(&control, &data, time, out) && !out->failed;

	text_done(&control);
	text_done(&data);
	if (!ok)
		return zb_fail(diag, ZB_ENOMEM, "zlive.deb", ZB_DIAG_NO_OFFSET,
			       "cannot be packed");
	return 0;
}
