/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include "cmd/export/export.h"

struct link {
	uint64_t object; /* 0: none here */
	char *path;
};

/* A hash table. */
struct export_links {
	struct link *at;
	size_t n, size;
};

struct export_links *export_links_create(void)
{
	return calloc(1, sizeof(struct export_links));
}

void export_links_destroy(struct export_links *links)
{
	if (!links)
		return;
	for (size_t i = 0; i < links->size; i++)
		free(links->at[i].path);
	free(links->at);
	free(links);
}

static size_t place(const struct link *at, size_t size, uint64_t object)
{
	size_t i = (size_t)(object * 0x9e3779b97f4a7c15ULL >> 32) & (size - 1);

	while (at[i].object && at[i].object != object)
		i = (i + 1) & (size - 1);
	return i;
}

const char *export_links_find(const struct export_links *links, uint64_t object)
{
	return links->size ? links->at[place(links->at, links->size, object)].path : NULL;
}

static bool grow(struct export_links *links)
{
	size_t size = links->size ? 2 * links->size : 256;
	struct link *at = calloc(size, sizeof(*at));

	if (!at)
		return false;
	for (size_t i = 0; i < links->size; i++)
		if (links->at[i].object)
			at[place(at, size, links->at[i].object)] = links->at[i];
	free(links->at);
	links->at = at;
	links->size = size;
	return true;
}

int export_links_add(struct export_links *links, uint64_t object, const char *path)
{
	char *copy = strdup(path);

	if (!copy || (2 * links->n >= links->size && !grow(links))) {
		free(copy);
		return ZB_ENOMEM;
	}
	links->at[place(links->at, links->size, object)] = (struct link){ object, copy };
	links->n++;
	return 0;
}
