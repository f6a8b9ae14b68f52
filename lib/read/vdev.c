/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/vdev.h"

#define MAX_DEPTH 4 /* mirror, spare, replacing, disk */

static bool is_leaf(struct zf_nvlist tree)
{
	return zf_nvlist_string_is(tree, "type", "disk") ||
	       zf_nvlist_string_is(tree, "type", "file");
}

/* Kinds of vdev whose children all hold the same bytes. */
static bool is_mirror(struct zf_nvlist tree)
{
	return zf_nvlist_string_is(tree, "type", "mirror") ||
	       zf_nvlist_string_is(tree, "type", "replacing") ||
	       zf_nvlist_string_is(tree, "type", "spare");
}

static int refuse(struct zf_nvlist tree, const char *pool_name, struct zb_diag *diag)
{
	char type[32];

	if (zf_nvlist_string(tree, "type", type, sizeof(type)))
		return zb_fail(diag, ZB_ECORRUPT, pool_name, ZB_DIAG_NO_OFFSET,
			       "a vdev in its label has no type");
	return zb_fail(diag, ZB_ENOTSUP, pool_name, ZB_DIAG_NO_OFFSET,
		       "a vdev of type %s, which cannot be read yet", type);
}

/* Collects the leaves below tree as sides. */
static int add_sides(struct zf_nvlist tree, const char *pool_name, unsigned int depth,
		     struct zr_vdev *vdev, struct zb_diag *diag)
{
	uint32_t n = zf_nvlist_array_count(tree, "children");
	struct zf_nvlist child;
	int error;

	if (is_leaf(tree)) {
		if (vdev->n_sides == ZR_VDEV_MAX_SIDES)
			return zb_fail(diag, ZB_E2BIG, pool_name, ZB_DIAG_NO_OFFSET,
				       "a mirror of more than %u sides",
				       (unsigned int)ZR_VDEV_MAX_SIDES);
		error = zf_nvlist_u64(tree, "guid", &vdev->sides[vdev->n_sides].guid);
		if (error)
			return zb_fail(diag, ZB_ECORRUPT, pool_name, ZB_DIAG_NO_OFFSET,
				       "a disk in its label has no guid");
		vdev->n_sides++;
		return 0;
	}
	if (!is_mirror(tree) || depth == MAX_DEPTH)
		return refuse(tree, pool_name, diag);
	for (uint32_t i = 0; i < n; i++) {
		error = zf_nvlist_array_at(tree, "children", i, &child);
		if (!error)
			error = add_sides(child, pool_name, depth + 1, vdev, diag);
		if (error)
			return error;
	}
	return 0;
}

int zr_vdev_init(const struct zr_host *host, struct zf_nvlist tree, const char *pool_name,
		 struct zr_vdev *ret_vdev, struct zb_diag *diag)
{
	struct zr_vdev vdev = { .kind = ZR_VDEV_DATA };
	uint64_t ashift = 0, is_log = 0;
	int error;

	if (zf_nvlist_u64(tree, "is_log", &is_log))
		is_log = 0;
	if (zf_nvlist_u64(tree, "guid", &vdev.guid))
		vdev.guid = 0;
	if (is_log || zf_nvlist_string_is(tree, "type", "hole")) {
		vdev.kind = ZR_VDEV_HOLE;
		*ret_vdev = vdev;
		return 0;
	}
	if (zf_nvlist_u64(tree, "ashift", &ashift) || ashift < 9 || ashift > 16)
		ashift = 9;
	vdev.ashift = (unsigned int)ashift;
	vdev.sides = zr_zalloc(host, ZR_VDEV_MAX_SIDES * sizeof(*vdev.sides));
	if (!vdev.sides)
		return zb_fail(diag, ZB_ENOMEM, pool_name, ZB_DIAG_NO_OFFSET,
			       "no memory for its vdevs");
	error = add_sides(tree, pool_name, 0, &vdev, diag);
	if (error) {
		zr_vdev_done(host, &vdev);
		return error;
	}
	*ret_vdev = vdev;
	return 0;
}

void zr_vdev_done(const struct zr_host *host, struct zr_vdev *vdev)
{
	zr_free(host, vdev->sides);
	vdev->sides = NULL;
}

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
