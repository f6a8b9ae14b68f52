/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "cmd/ramdisk/archive.h"

void rd_archive_done(struct rd_archive *archive)
{
	if (!archive)
		return;
	for (size_t i = 0; i < archive->n; i++) {
		free(archive->entries[i].path);
		free(archive->entries[i].data);
	}
	free(archive->entries);
	memset(archive, 0, sizeof(*archive));
}

size_t rd_archive_find(const struct rd_archive *archive, const char *path,
		       bool *ret_found)
{
	size_t lo = 0, hi = archive->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = strcmp(archive->entries[mid].path, path);

		if (c == 0) {
			*ret_found = true;
			return mid;
		}
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	*ret_found = false;
	return lo;
}

/* Takes ownership of data. The parents exist. */
static int insert(struct rd_archive *archive, const char *path, uint32_t mode,
		  uint8_t *data, size_t len, struct rd_entry **ret_entry)
{
	bool found;
	size_t at = rd_archive_find(archive, path, &found);
	char *copy = found ? NULL : strdup(path);

	if (found || !copy) {
		free(data);
		if (ret_entry)
			*ret_entry = NULL;
		return found ? 0 : ZB_ENOMEM;
	}
	if (archive->n == archive->room) {
		size_t room = archive->room ? 2 * archive->room : 256;
		struct rd_entry *grown =
			reallocarray(archive->entries, room, sizeof(*grown));

		if (!grown) {
			free(copy);
			free(data);
			return ZB_ENOMEM;
		}
		archive->entries = grown;
		archive->room = room;
	}
	memmove(archive->entries + at + 1, archive->entries + at,
		(archive->n - at) * sizeof(*archive->entries));
	archive->n++;
	archive->entries[at] =
		(struct rd_entry){ .path = copy, .mode = mode, .data = data, .len = len };
	if (ret_entry)
		*ret_entry = &archive->entries[at];
	return 0;
}

static int add_parents(struct rd_archive *archive, const char *path)
{
	char *copy = strdup(path);
	int r = copy ? 0 : ZB_ENOMEM;

	for (char *p = copy; r == 0 && (p = strchr(p, '/')); p++) {
		*p = 0;
		r = insert(archive, copy, S_IFDIR | 0755, NULL, 0, NULL);
		*p = '/';
	}
	free(copy);
	return r;
}

static int add(struct rd_archive *archive, const char *path, uint32_t mode, uint8_t *data,
	       size_t len, struct rd_entry **ret_entry)
{
	int r = add_parents(archive, path);

	if (r < 0) {
		free(data);
		return r;
	}
	return insert(archive, path, mode, data, len, ret_entry);
}

int rd_archive_dir(struct rd_archive *archive, const char *path, uint32_t permissions)
{
	return add(archive, path, S_IFDIR | permissions, NULL, 0, NULL);
}

int rd_archive_file(struct rd_archive *archive, const char *path, uint32_t permissions,
		    uint8_t *data, size_t len)
{
	return add(archive, path, S_IFREG | permissions, data, len, NULL);
}

int rd_archive_text(struct rd_archive *archive, const char *path, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return ZB_ENOMEM;
	return rd_archive_file(archive, path, 0644, (uint8_t *)copy, strlen(text));
}

int rd_archive_link(struct rd_archive *archive, const char *path, const char *target)
{
	char *copy = strdup(target);

	if (!copy)
		return ZB_ENOMEM;
	return add(archive, path, S_IFLNK | 0777, (uint8_t *)copy, strlen(target), NULL);
}

int rd_archive_node(struct rd_archive *archive, const char *path, uint32_t mode,
		    unsigned int major, unsigned int minor)
{
	struct rd_entry *entry = NULL;
	int r = add(archive, path, mode, NULL, 0, &entry);

	if (r == 0 && entry) {
		entry->major = major;
		entry->minor = minor;
	}
	return r;
}

/*
 * cpio "newc": a header of "070701" and thirteen 8-digit hexadecimal fields, the name with its
 * 0 byte, padding to 4, the data, padding to 4. Source: the Linux kernel's
 * Documentation/driver-api/early-userspace/buffer-format.rst.
 */
static int put_entry(const struct rd_entry *e, size_t ino, uint64_t time, rd_sink_fn sink,
		     void *ctx)
{
	static const uint8_t zeros[4];
	char header[160];
	size_t name = strlen(e->path) + 1;
	size_t head = 110 + name;
	int r;

	if (e->len > UINT32_MAX || time > UINT32_MAX)
		return ZB_E2BIG;
	snprintf(header, sizeof(header),
		 "070701%08zx%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x", ino,
		 e->mode, 0, 0, S_ISDIR(e->mode) ? 2 : 1, (uint32_t)time, e->len, 0, 0,
		 e->major, e->minor, name, 0);
	r = sink(ctx, header, 110);
	if (r == 0)
		r = sink(ctx, e->path, name);
	if (r == 0)
		r = sink(ctx, zeros, -head & 3);
	if (r == 0 && e->len)
		r = sink(ctx, e->data, e->len);
	return r < 0 ? r : sink(ctx, zeros, -e->len & 3);
}

int rd_archive_cpio(const struct rd_archive *archive, uint64_t time, rd_sink_fn sink,
		    void *ctx)
{
	static char trailer_name[] = "TRAILER!!!";
	const struct rd_entry trailer = { .path = trailer_name };

	for (size_t i = 0; i < archive->n; i++) {
		int r = put_entry(&archive->entries[i], i + 1, time, sink, ctx);

		if (r < 0)
			return r;
	}
	return put_entry(&trailer, 0, 0, sink, ctx);
}
