/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/window.h"

void zr_windows_init(struct zr_windows *w, const struct zr_host *host)
{
	__builtin_memset(w, 0, sizeof(*w));
	w->host = host;
}

void zr_windows_done(struct zr_windows *w)
{
	for (unsigned int i = 0; i < ZR_WINDOWS; i++)
		zr_free(w->host, w->at[i].data);
}

static struct zr_window *window_find(struct zr_windows *w, const struct zr_dev *dev,
				     uint64_t offset)
{
	for (unsigned int i = 0; i < ZR_WINDOWS; i++)
		if (w->at[i].dev == dev && w->at[i].offset == offset)
			return &w->at[i];
	return NULL;
}

static struct zr_window *window_oldest(struct zr_windows *w)
{
	struct zr_window *oldest = &w->at[0];

	for (unsigned int i = 1; i < ZR_WINDOWS; i++)
		if (w->at[i].used < oldest->used)
			oldest = &w->at[i];
	return oldest;
}

static int window_fill(struct zr_windows *w, const struct zr_dev *dev, uint64_t offset,
		       struct zr_window **ret_window)
{
	struct zr_window *win = window_oldest(w);
	uint64_t size = dev->size & ~(uint64_t)(dev->block_size - 1);
	int error;

	if (offset >= size)
		return ZB_ECORRUPT;
	if (!win->data)
		win->data = zr_alloc(w->host, ZR_WINDOW_SIZE);
	if (!win->data)
		return ZB_ENOMEM;
	win->dev = NULL;
	win->offset = offset;
	win->len = ZR_WINDOW_SIZE;
	if (size - offset < win->len)
		win->len = (size_t)(size - offset);
	error = zr_dev_read(w->host, dev, &w->stats, offset, win->data, win->len);
	if (error)
		return error;
	win->dev = dev;
	*ret_window = win;
	return 0;
}

static int read_small(struct zr_windows *w, const struct zr_dev *dev, uint64_t offset,
		      uint8_t *buf, size_t len)
{
	uint64_t start;
	struct zr_window *win;
	size_t in, n;
	int error;

	for (; len > 0; offset += n, buf += n, len -= n) {
		start = offset & ~(uint64_t)(ZR_WINDOW_SIZE - 1);
		in = (size_t)(offset - start);
		n = len < ZR_WINDOW_SIZE - in ? len : ZR_WINDOW_SIZE - in;
		win = window_find(w, dev, start);
		if (!win) {
			error = window_fill(w, dev, start, &win);
			if (error)
				return error;
		}
		if (in > win->len || n > win->len - in)
			return ZB_ECORRUPT;
		win->used = ++w->clock;
		__builtin_memcpy(buf, win->data + in, n);
	}
	return 0;
}

int zr_windows_read(struct zr_windows *w, const struct zr_dev *dev, uint64_t offset,
		    void *buf, size_t len)
{
	/* A bad sector near by must not spoil the block: then read just its own bytes. */
	if (len <= ZR_WINDOW_SMALL && read_small(w, dev, offset, buf, len) == 0)
		return 0;
	return zr_dev_read(w->host, dev, &w->stats, offset, buf, len);
}
