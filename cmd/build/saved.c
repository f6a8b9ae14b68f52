/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include "cmd/build/saved.h"

static void saved_done(struct saved *s)
{
	free(s->path);
	free(s->target);
	free(s->data);
}

void saved_list_done(struct saved_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		saved_done(&l->list[i]);
	free(l->list);
	*l = (struct saved_list){ 0 };
}

int saved_content(const struct zw_entry *entry, void **ret_data, struct zb_diag *diag)
{
	uint8_t *data;
	const void *buf;
	uint64_t offset;
	size_t len;
	int r = 0;

	if (entry->size > SAVED_MAX)
		return zb_fail(diag, ZB_E2BIG, entry->path, ZB_DIAG_NO_OFFSET,
			       "%llu bytes are too many for a file of this purpose",
			       (unsigned long long)entry->size);
	data = calloc(1, entry->size ? (size_t)entry->size : 1);
	if (!data)
		return zb_fail(diag, ZB_ENOMEM, entry->path, ZB_DIAG_NO_OFFSET,
			       "no memory");
	while (entry->data &&
	       (r = entry->data(entry->data_ctx, &buf, &len, &offset, diag)) > 0) {
		if (offset > entry->size || len > entry->size - offset) {
			r = zb_fail(diag, ZB_EAGAIN, entry->path, ZB_DIAG_NO_OFFSET,
				    "became longer while it was read");
			break;
		}
		memcpy(data + offset, buf, len);
	}
	if (r < 0) {
		free(data);
		return r;
	}
	*ret_data = data;
	return 0;
}

int saved_add(struct saved_list *l, const char *path, const struct zw_entry *entry,
	      void *data, size_t len)
{
	struct saved s = {
		.path = strdup(path),
		.target = entry->target ? strdup(entry->target) : NULL,
		.mode = entry->mode,
		.uid = entry->uid,
		.gid = entry->gid,
		.mtime = entry->mtime,
		.data = data,
		.len = len,
	};

	if (l->n == l->room) {
		size_t room = l->room ? l->room * 2 : 16;
		struct saved *list = reallocarray(l->list, room, sizeof(*list));

		if (!list)
			goto nomem;
		l->list = list;
		l->room = room;
	}
	if (!s.path || (entry->target && !s.target))
		goto nomem;
	l->list[l->n++] = s;
	return 0;
nomem:
	saved_done(&s);
	return ZB_ENOMEM;
}

int saved_feed_next(void *ctx, const void **ret_buf, size_t *ret_len,
		    uint64_t *ret_offset, struct zb_diag *diag)
{
	struct saved_feed *f = ctx;

	if (f->done || f->len == 0)
		return 0;
	*ret_buf = f->data;
	*ret_len = f->len;
	*ret_offset = 0;
	f->done = true;
	return 1;
}

int saved_send(const struct saved *s, const struct tree_sink *sink, struct zb_diag *diag)
{
	struct saved_feed feed = { .data = s->data, .len = s->len };
	struct zw_entry e = {
		.path = s->path,
		.mode = s->mode,
		.uid = s->uid,
		.gid = s->gid,
		.size = s->target ? strlen(s->target) : s->len,
		.atime = s->mtime,
		.mtime = s->mtime,
		.ctime = s->mtime,
		.target = s->target,
	};

	if (s->len > 0) {
		e.data = saved_feed_next;
		e.data_ctx = &feed;
	}
	return sink->entry(sink->ctx, &e, diag);
}
