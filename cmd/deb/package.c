/* SPDX-License-Identifier: BSD-2-Clause */
#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "cmd/deb/package.h"

#define PROGRAM	 "usr/bin/zlive"
#define PART_MAX (1U << 20)

/*
 * The libraries that the program is linked with or loads, under their names before and after
 * Debian's change to 64-bit time_t, and the programs that ramdisks and `zlive build` on a
 * stick need.
 */
static const char depends[] =
	"libarchive13t64 | libarchive13, libblkid1, libc6, libcrypt1, libelf1t64 | libelf1, "
	"libfdisk1, libjson-c5, libkmod2, liblz4-1, libssl3t64 | libssl3, libudev1, libzstd1, "
	"zlib1g, busybox-static, kmod, zfsutils-linux";

const char *package_depends(void)
{
	return depends;
}

void package_done(struct package *p)
{
	text_done(&p->control);
	text_done(&p->conffiles);
	saved_list_done(&p->files);
	saved_list_done(&p->scripts);
	*p = (struct package){ 0 };
}

static int no_memory(struct zb_diag *diag)
{
	return zb_fail(diag, ZB_ENOMEM, "zlive.deb", ZB_DIAG_NO_OFFSET, "no memory");
}

/* Takes data over. */
static int add(struct saved_list *l, const char *path, uint32_t mode, const char *target,
	       void *data, size_t len, uint64_t time)
{
	const struct zw_entry e = {
		.mode = mode,
		.target = target,
		.mtime = { (int64_t)time, 0 },
	};

	return saved_add(l, path, &e, data, len);
}

/* ---- the folder share/debian, as a tar in memory ---- */

static int part_add(struct saved_list *parts, struct archive *a, struct archive_entry *ae)
{
	const char *path = archive_entry_pathname(ae);
	int64_t size = archive_entry_size(ae);
	char *data;

	if (!path || archive_entry_filetype(ae) != AE_IFREG)
		return 0;
	if (size < 0 || size > PART_MAX)
		return ZB_E2BIG;
	data = calloc(1, (size_t)size + 1);
	if (!data || archive_read_data(a, data, (size_t)size) != size) {
		free(data);
		return ZB_ECORRUPT;
	}
	return add(parts, strncmp(path, "./", 2) == 0 ? path + 2 : path, S_IFREG, NULL,
		   data, (size_t)size, 0);
}

static int parts_read(struct saved_list *parts, struct zb_span share,
		      struct zb_diag *diag)
{
	struct archive *a = archive_read_new();
	struct archive_entry *ae;
	int r = ZB_ECORRUPT;

	if (!a || archive_read_support_format_tar(a) != ARCHIVE_OK ||
	    archive_read_open_memory(a, share.ptr, share.len) != ARCHIVE_OK)
		goto out;
	r = 0;
	while (r >= 0 && archive_read_next_header(a, &ae) == ARCHIVE_OK)
		r = part_add(parts, a, ae);
out:
	archive_read_free(a);
	if (r < 0)
		return zb_fail(diag, r, "share/debian", ZB_DIAG_NO_OFFSET,
			       "the built-in files of the package cannot be read");
	return 0;
}

static const struct saved *part_find(const struct saved_list *parts, const char *name)
{
	for (size_t i = 0; i < parts->n; i++)
		if (strcmp(parts->list[i].path, name) == 0)
			return &parts->list[i];
	return NULL;
}

/* ---- the manifest ---- */

struct manifest {
	struct package *p;
	const struct saved_list *parts;
	uint64_t time;
	struct zb_diag *diag;
};

static int add_part(struct manifest *m, struct saved_list *l, const char *path,
		    uint32_t mode, const char *source)
{
	const struct saved *s = part_find(m->parts, source);
	void *copy;

	if (!s)
		return zb_fail(m->diag, ZB_ENOENT, "share/debian/manifest",
			       ZB_DIAG_NO_OFFSET, "no such file: %s", source);
	copy = malloc(s->len + 1);
	if (!copy)
		return no_memory(m->diag);
	memcpy(copy, s->data, s->len);
	return add(l, path, S_IFREG | mode, NULL, copy, s->len, m->time);
}

/* "kind mode path source": kind is file, conffile, link or control. */
static int manifest_line(struct manifest *m, const char *line)
{
	char kind[16], path[256], source[256];
	unsigned int mode;

	if (line[0] == '#' || line[0] == '\0')
		return 0;
	if (sscanf(line, "%15s %o %255s %255s", kind, &mode, path, source) != 4)
		return zb_fail(m->diag, ZB_ECORRUPT, "share/debian/manifest",
			       ZB_DIAG_NO_OFFSET, "a line is not understood: %s", line);
	if (strcmp(kind, "link") == 0)
		return add(&m->p->files, path + 1, S_IFLNK | 0777, source, NULL, 0,
			   m->time);
	if (strcmp(kind, "control") == 0)
		return add_part(m, &m->p->scripts, path, mode, source);
	if (strcmp(kind, "conffile") == 0)
		text_format(&m->p->conffiles, "%s\n", path);
	return add_part(m, &m->p->files, path + 1, mode, source);
}

static int manifest_read(struct manifest *m)
{
	const struct saved *s = part_find(m->parts, "manifest");
	char *text, *rest, *line;
	int r = 0;

	if (!s)
		return zb_fail(m->diag, ZB_ENOENT, "share/debian/manifest",
			       ZB_DIAG_NO_OFFSET, "is not built in");
	text = strndup(s->data, s->len);
	if (!text)
		return no_memory(m->diag);
	rest = text;
	while (r >= 0 && (line = strsep(&rest, "\n")))
		r = manifest_line(m, line);
	free(text);
	return r;
}

static int program_add(struct package *p, struct zb_span program, uint64_t time)
{
	void *copy = malloc(program.len);

	if (!copy)
		return ZB_ENOMEM;
	memcpy(copy, program.ptr, program.len);
	return add(&p->files, PROGRAM, S_IFREG | 0755, NULL, copy, program.len, time);
}

static void control_write(struct package *p, bool real)
{
	text_format(&p->control,
		    "Package: zlive\n"
		    "Version: %s\n"
		    "Architecture: amd64\n"
		    "Maintainer: zlive developers <zlive@localhost>\n"
		    "Section: admin\n"
		    "Priority: optional\n",
		    p->version);
	if (real)
		text_format(&p->control, "Depends: %s\n", depends);
	text_format(
		&p->control,
		"Provides: linux-initramfs-tool\n"
		"Conflicts: linux-initramfs-tool\n"
		"Description: %s\n",
		real ? "a system on a ZFS pool that boots from any port\n"
		       " Makes the ramdisks of a stick: they find the pool that they were booted\n"
		       " from by its GUID, wherever it is plugged in, and import no other."
		     : "holds the place of zlive until it is installed");
}

int package_load(struct package *p, struct zb_span share, struct zb_span program,
		 uint64_t time, struct zb_diag *diag)
{
	struct saved_list parts = { 0 };
	struct manifest m = { p, &parts, time, diag };
	bool real = program.len > 0;
	int r = 0;

	*p = (struct package){ .version = real ? ZLIVE_VERSION : "0" };
	control_write(p, real);
	if (real) {
		r = parts_read(&parts, share, diag);
		if (r >= 0)
			r = manifest_read(&m);
		if (r >= 0 && program_add(p, program, time) < 0)
			r = no_memory(diag);
	}
	saved_list_done(&parts);
	if (r >= 0 && (p->control.failed || p->conffiles.failed))
		r = no_memory(diag);
	return r;
}
