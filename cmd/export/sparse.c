/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include "cmd/export/export.h"

#define HOLE_MIN   4096	      /* smaller ones save nothing */
#define SEARCH_MAX (1U << 20) /* a file in more pieces than that is not worth it */

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

int export_map_make(struct export_map *map, struct zr_fs *fs, const struct zr_stat *st,
		    struct zb_diag *diag)
{
	struct zr_data_range x;
	uint64_t pos = 0;
	int error;

	*map = (struct export_map){ 0 };
	for (unsigned int n = 0; pos < st->size; n++) {
		/* The rest as it is: holes in it become zeros. */
		if (n == SEARCH_MAX)
			return add_range(map, pos, st->size);
		error = zr_fs_next_data(fs, st->object, pos, &x, diag);
		if (error == ZB_ENOENT)
			return 0;
		/* Nothing of it reads; what was told of it before is known. */
		if (error && error != ZB_ENOMEM) {
			map->unread += st->size - pos;
			return 0;
		}
		if (!error && x.unread)
			map->unread += x.end - x.start;
		else if (!error)
			error = add_range(map, x.start, x.end);
		if (error)
			return error;
		pos = x.end;
	}
	return 0;
}

void export_map_done(struct export_map *map)
{
	free(map->at);
	*map = (struct export_map){ 0 };
}
