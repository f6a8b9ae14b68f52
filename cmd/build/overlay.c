/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "cmd/build/overlay.h"

enum item_kind {
	ITEM_KEEP,
	ITEM_REPLACE, /* a file or symbolic link of ours */
	ITEM_WATCH,
};

struct item {
	enum item_kind kind;
	uint32_t hash; /* of the path: 40,000 entries are compared with each */
	bool seen;
	struct saved
		saved;	  /* path, mode, owner, time; its data is not used by ITEM_KEEP */
	struct text text; /* of ITEM_KEEP */
};

struct overlay {
	struct tree_sink sink; /* what the source sees */
	struct tree_sink next;
	uint64_t time;
	struct item *items;
	size_t n, room;
	const char *drop;
	const char *folder;
	struct saved_list copies, boot;
};

static uint32_t hash_of(const char *path)
{
	uint32_t h = 2166136261u;

	for (; *path; path++)
		h = (h ^ (uint8_t)*path) * 16777619u;
	return h;
}

static struct item *find(const struct overlay *o, const char *path)
{
	uint32_t h = hash_of(path);

	for (size_t i = 0; i < o->n; i++)
		if (o->items[i].hash == h && strcmp(o->items[i].saved.path, path) == 0)
			return &o->items[i];
	return NULL;
}

/* The item of that path, made if there is none: a later call replaces an earlier one. */
static struct item *item_get(struct overlay *o, const char *path, enum item_kind kind)
{
	struct item *it = find(o, path);
	char *copy;

	if (it) {
		it->kind = kind;
		return it;
	}
	if (o->n == o->room) {
		size_t room = o->room ? o->room * 2 : 64;
		struct item *items = reallocarray(o->items, room, sizeof(*items));

		if (!items)
			return NULL;
		o->items = items;
		o->room = room;
	}
	copy = strdup(path);
	if (!copy)
		return NULL;
	it = &o->items[o->n++];
	*it = (struct item){ .kind = kind, .hash = hash_of(path), .saved.path = copy };
	it->saved.mtime.sec = (int64_t)o->time;
	return it;
}

int overlay_keep(struct overlay *o, const char *path, uint32_t mode, uint32_t gid)
{
	struct item *it = item_get(o, path, ITEM_KEEP);

	if (!it)
		return ZB_ENOMEM;
	it->saved.mode = S_IFREG | mode;
	it->saved.gid = gid;
	return 0;
}

int overlay_file(struct overlay *o, const char *path, uint32_t mode, const void *data,
		 size_t len)
{
	struct item *it = item_get(o, path, ITEM_REPLACE);
	void *copy = malloc(len ? len : 1);

	if (!it || !copy) {
		free(copy);
		return ZB_ENOMEM;
	}
	if (len)
		memcpy(copy, data, len);
	free(it->saved.data);
	it->saved.mode = S_IFREG | mode;
	it->saved.data = copy;
	it->saved.len = len;
	return 0;
}

int overlay_symlink(struct overlay *o, const char *path, const char *target)
{
	struct item *it = item_get(o, path, ITEM_REPLACE);

	if (!it)
		return ZB_ENOMEM;
	it->saved.mode = S_IFLNK | 0777;
	free(it->saved.target);
	it->saved.target = strdup(target);
	return it->saved.target ? 0 : ZB_ENOMEM;
}

void overlay_drop(struct overlay *o, const char *prefix)
{
	o->drop = prefix;
}

int overlay_watch(struct overlay *o, const char *path)
{
	return find(o, path) || item_get(o, path, ITEM_WATCH) ? 0 : ZB_ENOMEM;
}

void overlay_copy_folder(struct overlay *o, const char *path)
{
	o->folder = path;
}

static int keep_content(struct item *it, const struct zw_entry *e, struct zb_diag *diag)
{
	void *data;
	int r;

	if (!S_ISREG(e->mode))
		return zb_fail(diag, ZB_EINVAL, e->path, ZB_DIAG_NO_OFFSET,
			       "has to be edited, but is no regular file in the tree");
	r = saved_content(e, &data, diag);
	if (r < 0)
		return r;
	it->text.len = 0;
	text_add(&it->text, data, (size_t)e->size);
	free(data);
	it->saved.mode = e->mode;
	it->saved.uid = e->uid;
	it->saved.gid = e->gid;
	it->saved.mtime = e->mtime;
	if (it->text.failed)
		return zb_fail(diag, ZB_ENOMEM, e->path, ZB_DIAG_NO_OFFSET, "no memory");
	return 0;
}

/* Below o->folder: content has to be read into memory to be used twice. */
static int copy_and_pass(struct overlay *o, const struct zw_entry *e,
			 struct zb_diag *diag)
{
	struct saved_feed feed = { .len = (size_t)e->size };
	struct zw_entry again = *e;
	void *data = NULL;
	int r;

	if (!S_ISREG(e->mode) && !S_ISDIR(e->mode) && !S_ISLNK(e->mode))
		return o->next.entry(o->next.ctx, e, diag);
	if (S_ISREG(e->mode)) {
		r = saved_content(e, &data, diag);
		if (r < 0)
			return r;
	}
	if (saved_add(&o->copies, e->path, e, data, data ? (size_t)e->size : 0) < 0)
		return zb_fail(diag, ZB_ENOMEM, e->path, ZB_DIAG_NO_OFFSET, "no memory");
	if (data) {
		feed.data = data;
		again.data = saved_feed_next;
		again.data_ctx = &feed;
	}
	return o->next.entry(o->next.ctx, &again, diag);
}

static bool has_prefix(const char *path, const char *prefix)
{
	return prefix && strncmp(path, prefix, strlen(prefix)) == 0;
}

static int on_entry(void *ctx, const struct zw_entry *e, struct zb_diag *diag)
{
	struct overlay *o = ctx;
	struct item *it = find(o, e->path);

	if (has_prefix(e->path, o->drop))
		return 0;
	if (has_prefix(e->path, "boot/") && !S_ISDIR(e->mode) &&
	    saved_add(&o->boot, e->path, e, NULL, 0) < 0)
		return zb_fail(diag, ZB_ENOMEM, e->path, ZB_DIAG_NO_OFFSET, "no memory");
	if (it) {
		it->seen = true;
		if (it->kind == ITEM_KEEP)
			return keep_content(it, e, diag);
		if (it->kind == ITEM_REPLACE && S_ISDIR(e->mode))
			return zb_fail(diag, ZB_EISDIR, e->path, ZB_DIAG_NO_OFFSET,
				       "has to be replaced, but is a folder in the tree");
		if (it->kind == ITEM_REPLACE)
			return 0;
	}
	if (o->folder && has_prefix(e->path, o->folder) &&
	    e->path[strlen(o->folder)] == '/')
		return copy_and_pass(o, e, diag);
	return o->next.entry(o->next.ctx, e, diag);
}

static int on_link(void *ctx, const char *path, const char *target, struct zb_diag *diag)
{
	struct overlay *o = ctx;
	struct item *it = find(o, path), *to = find(o, target);
	struct zw_entry e = { .path = path };

	if (has_prefix(path, o->drop))
		return 0;
	if (has_prefix(path, "boot/") && saved_add(&o->boot, path, &e, NULL, 0) < 0)
		return zb_fail(diag, ZB_ENOMEM, path, ZB_DIAG_NO_OFFSET, "no memory");
	if (it)
		it->seen = true;
	if (it && it->kind == ITEM_REPLACE)
		return 0;
	if ((it && it->kind == ITEM_KEEP) || (to && to->kind != ITEM_WATCH) ||
	    has_prefix(target, o->drop))
		return zb_fail(diag, ZB_ENOTSUP, path, ZB_DIAG_NO_OFFSET,
			       "is a hard link to %s, and one of them has to be changed",
			       target);
	return o->next.link(o->next.ctx, path, target, diag);
}

static unsigned int on_volume(void *ctx, const char *path)
{
	struct overlay *o = ctx;

	return o->next.volume(o->next.ctx, path);
}

struct overlay *overlay_create(const struct tree_sink *next, uint64_t time)
{
	struct overlay *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->next = *next;
	o->time = time;
	o->sink = (struct tree_sink){ o, on_entry, on_link, NULL };
	if (next->volume)
		o->sink.volume = on_volume;
	return o;
}

void overlay_destroy(struct overlay *o)
{
	if (!o)
		return;
	for (size_t i = 0; i < o->n; i++) {
		free(o->items[i].saved.path);
		free(o->items[i].saved.target);
		free(o->items[i].saved.data);
		text_done(&o->items[i].text);
	}
	free(o->items);
	saved_list_done(&o->copies);
	saved_list_done(&o->boot);
	free(o);
}

const struct tree_sink *overlay_sink(struct overlay *o)
{
	return &o->sink;
}

bool overlay_seen(const struct overlay *o, const char *path)
{
	const struct item *it = find(o, path);

	return it && it->seen;
}

struct text *overlay_text(struct overlay *o, const char *path)
{
	struct item *it = find(o, path);

	return it && it->kind == ITEM_KEEP ? &it->text : NULL;
}

const struct saved_list *overlay_copies(const struct overlay *o)
{
	return &o->copies;
}

const struct saved_list *overlay_boot(const struct overlay *o)
{
	return &o->boot;
}

static int finish_item(struct overlay *o, const struct item *it, struct zb_diag *diag)
{
	struct saved s = it->saved;

	if (it->kind == ITEM_WATCH)
		return 0;
	if (it->kind == ITEM_KEEP) {
		if (it->text.failed)
			return zb_fail(diag, ZB_ENOMEM, s.path, ZB_DIAG_NO_OFFSET,
				       "no memory");
		if (!it->seen && it->text.len == 0)
			return 0;
		s.data = it->text.buf;
		s.len = it->text.len;
	}
	return saved_send(&s, &o->next, diag);
}

int overlay_finish(struct overlay *o, struct zb_diag *diag)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < o->n; i++)
		r = finish_item(o, &o->items[i], diag);
	return r;
}
