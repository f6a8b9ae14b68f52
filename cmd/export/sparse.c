/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include "cmd/export/export.h"

#define HOLE_MIN   4096	      /* smaller ones save nothing */
#define SEARCH_MAX (1U << 20) /* a file in more pieces than that is not worth it */
#define POINTERS   1024 /* most block pointers that one unreadable block takes along */

static int add_range(struct export_map *map, uint64_t start, uint64_t end)
{
	struct pax_range *last = map->n ? &map->at[map->n - 1] : NULL;
	void *p;

	map->bytes += end - start;
	if (last && start - (last->offset + last->len) < HOLE_MIN) {
		map->bytes += start - (last->offset + last->len);
		last->len = end - last->offset;
		return 0;
	}
	if (map->n == map->size) {
		map->size = map->size ? 2 * map->size : 16;
		p = realloc(map->at, map->size * sizeof(*map->at));
		if (!p)
			return ZB_ENOMEM;
		map->at = p;
	}
	map->at[map->n++] = (struct pax_range){ start, end - start };
	return 0;
}

/* What an unreadable block in the file's tree may have told of, from pos on. */
static uint64_t skip_unread(struct export_map *map, const struct zr_stat *st,
			    uint64_t pos)
{
	uint64_t span = (uint64_t)st->blksize * POINTERS;
	uint64_t next = pos - pos % span + span;

	if (next < pos || next > st->size)
		next = st->size;
	map->unread += next - pos;
	return next;
}

int export_map_make(struct export_map *map, struct zr_fs *fs, const struct zr_stat *st,
		    struct zb_diag *diag)
{
	uint64_t pos = 0, start, end;
	int error = 0;

	*map = (struct export_map){ 0 };
	for (unsigned int n = 0; !error && pos < st->size; n++) {
		/* The rest as it is: holes in it become zeros. */
		if (n == SEARCH_MAX)
			return add_range(map, pos, st->size);
		error = zr_fs_seek(fs, st->object, pos, false, &start, diag);
		if (error == ZB_ENOENT)
			return 0;
		if (!error)
			error = zr_fs_seek(fs, st->object, start, true, &end, diag);
		if (error == ZB_ENOMEM)
			return error;
		if (error) {
			pos = skip_unread(map, st, pos);
			error = 0;
			continue;
		}
		error = add_range(map, start, end < st->size ? end : st->size);
		pos = end;
	}
	return error;
}

void export_map_done(struct export_map *map)
{
	free(map->at);
	*map = (struct export_map){ 0 };
}
