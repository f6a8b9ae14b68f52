/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/format.h"
#include "base/span.h"
#include "boot/common/load.h"
#include "boot/common/text.h"

/* One request of the reader: much, so that it can join blocks; a multiple of any recordsize. */
#define PIECE	    (16ULL << 20)
#define IMAGE_MAX   (1ULL << 30) /* no kernel or ramdisk is as large; a size from disk */
#define BAR_COLUMN  4
#define BAR_COLUMNS 60
#define BAR_ROW	    8

struct progress {
	const struct bt_platform *p;
	struct bt_screen *screen;
	uint64_t bytes_before; /* the devices' count when loading began */
	uint64_t total;	       /* bytes to expect, about */
	unsigned int shown;
};

static void draw_progress(struct progress *g, unsigned int percent)
{
	unsigned int full = percent * BAR_COLUMNS / 100;
	char text[16];

	if (percent == g->shown)
		return;
	g->shown = percent;
	bt_screen_fill(g->screen, BAR_ROW, BAR_COLUMN, full, ' ', BT_BAR);
	bt_screen_fill(g->screen, BAR_ROW, BAR_COLUMN + full, BAR_COLUMNS - full, ' ',
		       BT_BAR_REST);
	zb_format(text, sizeof(text), "%3u %%", percent);
	bt_screen_text(g->screen, BAR_ROW, BAR_COLUMN + BAR_COLUMNS + 2, 8, BT_NORMAL,
		       text);
	g->p->show(g->p->ctx, g->screen);
}

/* Compressed files are shorter on the device, so this may jump at the end; never beyond. */
static void progress_tick(void *ctx)
{
	struct progress *g = ctx;
	uint64_t done = g->p->io->bytes - g->bytes_before;

	draw_progress(g, done >= g->total ? 99 : (unsigned int)(done * 100 / g->total));
}

static void progress_begin(struct progress *g, const char *dataset,
			   const struct bt_kernel *k)
{
	char text[BT_PATH_MAX + 64];

	bt_screen_clear(g->screen);
	bt_screen_title(g->screen, "zlive " ZLIVE_VERSION, "");
	bt_screen_foot(g->screen);
	zb_format(text, sizeof(text), "Starting %s", dataset);
	bt_screen_text(g->screen, 3, BAR_COLUMN, BT_COLUMNS, BT_BRIGHT, text);
	bt_screen_text(g->screen, 5, BAR_COLUMN, BT_COLUMNS, BT_NORMAL, k->image);
	bt_screen_text(g->screen, 6, BAR_COLUMN, BT_COLUMNS, BT_NORMAL, k->ramdisk[0]);
	g->shown = UINT32_MAX;
	g->bytes_before = g->p->io->bytes;
	draw_progress(g, 0);
	g->p->io->tick = progress_tick;
	g->p->io->tick_ctx = g;
}

static void progress_end(struct progress *g)
{
	g->p->io->tick = NULL;
	g->p->io->tick_ctx = NULL;
}

static int file_size(const struct bt_source *source, const char *dataset,
		     const char *path, size_t *ret_size, struct zb_diag *diag)
{
	int64_t size = source->size(source->ctx, dataset, path, diag);

	if (size < 0)
		return (int)size;
	if (size == 0 || (uint64_t)size > IMAGE_MAX)
		return zb_fail(diag, ZB_E2BIG, path, ZB_DIAG_NO_OFFSET,
			       size == 0 ? "the file is empty"
					 : "the file is larger than 1 GiB");
	*ret_size = (size_t)size;
	return 0;
}

/* The reader names the block that fails; people know the file. */
static int fail_read(int error, const char *path, struct zb_diag *diag)
{
	char text[sizeof(diag->object) + sizeof(diag->reason)];

	if (!diag)
		return error;
	zb_diag_text(diag, text, sizeof(text));
	return zb_fail(diag, error, path, ZB_DIAG_NO_OFFSET, "%s", text);
}

static int read_whole(const struct bt_source *source, const char *dataset,
		      const char *path, uint8_t *buf, size_t size, struct zb_diag *diag)
{
	size_t done = 0;

	while (done < size) {
		size_t len = size - done < PIECE ? size - done : PIECE;
		int64_t got = source->read(source->ctx, dataset, path, done, buf + done,
					   len, diag);

		if (got < 0)
			return fail_read((int)got, path, diag);
		if (got == 0)
			return zb_fail(diag, ZB_ECORRUPT, path, done,
				       "the file ends before its size");
		done += (size_t)got;
	}
	return 0;
}

static int sum_ramdisks(const struct bt_source *source, const char *dataset,
			const struct bt_kernel *k, size_t sizes[BT_RAMDISKS_MAX],
			size_t *ret_sum, struct zb_diag *diag)
{
	size_t sum = 0;

	for (unsigned int i = 0; i < k->n_ramdisks; i++) {
		int error = file_size(source, dataset, k->ramdisk[i], &sizes[i], diag);

		if (error < 0)
			return error;
		sum = (size_t)zb_align_up(sum, 4) + sizes[i];
	}
	*ret_sum = sum;
	return 0;
}

static void *get_memory(const struct bt_platform *p, const char *path, size_t size,
			struct zb_diag *diag)
{
	void *buf = p->image_alloc(p->ctx, size);

	if (!buf)
		zb_fail(diag, ZB_ENOMEM, path, ZB_DIAG_NO_OFFSET,
			"no memory for its %llu bytes", (unsigned long long)size);
	return buf;
}

static int read_images(const struct bt_source *source, const char *dataset,
		       const struct bt_kernel *k, const size_t sizes[BT_RAMDISKS_MAX],
		       struct bt_image *image, struct zb_diag *diag)
{
	size_t at = 0;
	int error = read_whole(source, dataset, k->image, image->kernel,
			       image->kernel_size, diag);

	for (unsigned int i = 0; i < k->n_ramdisks && error == 0; i++) {
		size_t start = (size_t)zb_align_up(at, 4);

		__builtin_memset((uint8_t *)image->ramdisk + at, 0, start - at);
		error = read_whole(source, dataset, k->ramdisk[i],
				   (uint8_t *)image->ramdisk + start, sizes[i], diag);
		at = start + sizes[i];
	}
	return error;
}

static int load(const struct bt_platform *p, const struct bt_source *source,
		const char *dataset, const struct bt_kernel *k, struct bt_screen *screen,
		struct bt_image *image, struct zb_diag *diag)
{
	struct progress g = { .p = p, .screen = screen };
	size_t sizes[BT_RAMDISKS_MAX];
	int error;

	error = file_size(source, dataset, k->image, &image->kernel_size, diag);
	if (error == 0)
		error = sum_ramdisks(source, dataset, k, sizes, &image->ramdisk_size,
				     diag);
	if (error < 0)
		return error;
	image->kernel = get_memory(p, k->image, image->kernel_size, diag);
	if (!image->kernel)
		return ZB_ENOMEM;
	if (image->ramdisk_size > 0) {
		image->ramdisk = get_memory(p, k->ramdisk[0], image->ramdisk_size, diag);
		if (!image->ramdisk)
			return ZB_ENOMEM;
	}
	g.total = image->kernel_size + image->ramdisk_size;
	progress_begin(&g, dataset, k);
	error = read_images(source, dataset, k, sizes, image, diag);
	progress_end(&g);
	return error;
}

int bt_load(const struct bt_platform *p, const struct bt_source *source,
	    const char *dataset, const struct bt_kernel *kernel,
	    struct bt_image *ret_image, struct zb_diag *diag)
{
	struct bt_screen *screen = p->host.alloc(p->host.ctx, sizeof(*screen));
	struct bt_image image = { 0 };
	int error;

	if (!screen)
		return zb_fail(diag, ZB_ENOMEM, dataset, ZB_DIAG_NO_OFFSET,
			       "no memory for the screen");
	error = load(p, source, dataset, kernel, screen, &image, diag);
	p->host.free(p->host.ctx, screen);
	if (error < 0)
		bt_load_free(p, &image);
	else
		*ret_image = image;
	return error;
}

void bt_load_free(const struct bt_platform *p, struct bt_image *image)
{
	if (image->kernel)
		p->image_free(p->ctx, image->kernel, image->kernel_size);
	if (image->ramdisk)
		p->image_free(p->ctx, image->ramdisk, image->ramdisk_size);
	*image = (struct bt_image){ 0 };
}
