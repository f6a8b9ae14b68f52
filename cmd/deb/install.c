/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The package as dpkg would have installed it: its files, and what dpkg keeps about it in
 * /var/lib/dpkg: a paragraph of `status`, info/zlive.*, and its interests in triggers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "cmd/deb/md5.h"
#include "cmd/deb/package.h"

#define DPKG	      "var/lib/dpkg/"
#define INFO	      DPKG "info/zlive."
#define STATUS	      DPKG "status"
#define FILE_TRIGGERS DPKG "triggers/File"

static int no_memory(struct zb_diag *diag)
{
	return zb_fail(diag, ZB_ENOMEM, "zlive.deb", ZB_DIAG_NO_OFFSET, "no memory");
}

/* All files with the folders that they are in, as `dpkg -L` prints them. */
static void list_write(const struct package *p, struct text *out)
{
	text_format(out, "/.\n");
	for (size_t i = 0; i < p->files.n; i++) {
		const char *path = p->files.list[i].path;
		char name[512];
		size_t at, len;

		for (const char *s = strchr(path, '/'); s; s = strchr(s + 1, '/')) {
			snprintf(name, sizeof(name), "/%.*s", (int)(s - path), path);
			if (!text_find_line(out, '\n', name, &at, &len))
				text_format(out, "%s\n", name);
		}
		text_format(out, "/%s\n", path);
	}
}

static int info_put(struct overlay *o, const char *what, uint32_t mode, const void *data,
		    size_t len)
{
	char path[300];

	snprintf(path, sizeof(path), INFO "%s", what);
	return overlay_file(o, path, mode, data, len);
}

static int info_before(const struct package *p, struct overlay *o)
{
	struct text list = { 0 }, sums = { 0 };
	int r;

	list_write(p, &list);
	md5sums_add(&p->files, &sums);
	r = list.failed || sums.failed ? ZB_ENOMEM : 0;
	if (r >= 0)
		r = info_put(o, "list", 0644, list.buf, list.len);
	if (r >= 0)
		r = info_put(o, "md5sums", 0644, sums.buf, sums.len);
	if (r >= 0)
		r = info_put(o, "conffiles", 0644, p->conffiles.buf, p->conffiles.len);
	for (size_t i = 0; r >= 0 && i < p->scripts.n; i++) {
		const struct saved *s = &p->scripts.list[i];

		r = info_put(o, s->path, s->mode & 07777, s->data, s->len);
	}
	text_done(&list);
	text_done(&sums);
	return r;
}

/* ---- triggers ---- */

typedef int (*interest_fn)(struct overlay *o, const char *name, const char *who);

/* Calls fn for each "interest..." line of the package's `triggers`. */
static int interests_each(const struct package *p, struct overlay *o, interest_fn fn)
{
	int r = 0;

	for (size_t i = 0; i < p->scripts.n; i++) {
		const struct saved *s = &p->scripts.list[i];
		char *text, *rest, *line, kind[32], name[256];

		if (strcmp(s->path, "triggers") != 0)
			continue;
		rest = text = strndup(s->data, s->len);
		if (!text)
			return ZB_ENOMEM;
		while (r >= 0 && (line = strsep(&rest, "\n"))) {
			if (sscanf(line, "%31s %255s", kind, name) != 2)
				continue;
			if (strcmp(kind, "interest") == 0 ||
			    strcmp(kind, "interest-await") == 0)
				r = fn(o, name, "zlive");
			else if (strcmp(kind, "interest-noawait") == 0)
				r = fn(o, name, "zlive/noawait");
		}
		free(text);
	}
	return r;
}

static void trigger_path(const char *name, char *buf, size_t size)
{
	snprintf(buf, size, DPKG "triggers/%s", name);
}

static int interest_before(struct overlay *o, const char *name, const char *who)
{
	char path[300];

	if (name[0] == '/')
		return overlay_keep(o, FILE_TRIGGERS, 0644, 0);
	trigger_path(name, path, sizeof(path));
	return overlay_keep(o, path, 0644, 0);
}

static int interest_after(struct overlay *o, const char *name, const char *who)
{
	char path[300], line[600];
	struct text *t;
	size_t at, len;

	if (name[0] == '/') {
		t = overlay_text(o, FILE_TRIGGERS);
		snprintf(line, sizeof(line), "%s %s", name, who);
	} else {
		trigger_path(name, path, sizeof(path));
		t = overlay_text(o, path);
		snprintf(line, sizeof(line), "%s", who);
	}
	if (!t)
		return ZB_ENOENT;
	if (!text_find_line(t, '\n', line, &at, &len)) {
		text_end_line(t);
		text_format(t, "%s\n", line);
	}
	return t->failed ? ZB_ENOMEM : 0;
}

/* ---- status ---- */

/* Removes the paragraph of an older zlive, the placeholder's say. */
static void status_remove(struct text *status)
{
	static const char head[] = "Package: zlive\n";
	const char *at = status->buf, *end;

	while (at && (at = strstr(at, head)) && at != status->buf && at[-1] != '\n')
		at++;
	if (!at)
		return;
	end = strstr(at, "\n\n");
	text_replace(status, (size_t)(at - status->buf),
		     end ? (size_t)(end + 2 - at) : strlen(at), NULL, 0);
}

/* " /etc/x md5" lines of the field Conffiles. */
static void status_conffiles(const struct package *p, struct text *status)
{
	char sum[MD5_TEXT];
	size_t at, len;
	bool any = false;

	for (size_t i = 0; i < p->files.n; i++) {
		const struct saved *s = &p->files.list[i];
		char path[300];

		snprintf(path, sizeof(path), "/%s", s->path);
		if (!text_find_line(&p->conffiles, '\n', path, &at, &len) ||
		    !md5_text(s->data, s->len, sum))
			continue;
		text_format(status, "%s %s %s\n", any ? "" : "Conffiles:\n", path, sum);
		any = true;
	}
}

static void status_add(const struct package *p, struct text *status)
{
	const char *rest = strchr(p->control.buf, '\n') + 1;

	text_end_line(status);
	if (status->len > 1 && status->buf[status->len - 2] != '\n')
		text_add(status, "\n", 1);
	text_format(status, "Package: zlive\nStatus: install ok installed\n");
	status_conffiles(p, status);
	text_format(status, "%s\n", rest);
}

int package_overlay_before(const struct package *p, struct overlay *o,
			   struct zb_diag *diag)
{
	int r = overlay_keep(o, STATUS, 0644, 0);

	for (size_t i = 0; r >= 0 && i < p->files.n; i++) {
		const struct saved *s = &p->files.list[i];

		r = s->target
			    ? overlay_symlink(o, s->path, s->target)
			    : overlay_file(o, s->path, s->mode & 07777, s->data, s->len);
	}
	if (r >= 0)
		r = info_before(p, o);
	if (r >= 0)
		r = interests_each(p, o, interest_before);
	return r < 0 ? no_memory(diag) : 0;
}

int package_overlay_after(const struct package *p, struct overlay *o,
			  struct zb_diag *diag)
{
	struct text *status = overlay_text(o, STATUS);

	if (status->len == 0)
		return zb_fail(diag, ZB_ENOENT, STATUS, ZB_DIAG_NO_OFFSET,
			       "the tree is no Debian: it has no such file");
	status_remove(status);
	status_add(p, status);
	if (status->failed || interests_each(p, o, interest_after) < 0)
		return no_memory(diag);
	return 0;
}
