/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include "cmd/build/links.h"

struct link {
	dev_t dev;
	ino_t ino;
	unsigned int volume;
	char *path; /* NULL: a free slot */
};

/* Open addressing; at most half full. */
struct links {
	struct link *slots;
	size_t size; /* a power of two */
	size_t used;
};

static size_t slot_of(const struct links *l, dev_t dev, ino_t ino)
{
	uint64_t h = ((uint64_t)ino ^ (uint64_t)dev << 40) * 0x9e3779b97f4a7c15ULL;

	return (size_t)(h >> 32) & (l->size - 1);
}

struct links *links_create(void)
{
	struct links *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->size = 1024;
	l->slots = calloc(l->size, sizeof(*l->slots));
	if (!l->slots) {
		free(l);
		return NULL;
	}
	return l;
}

void links_destroy(struct links *links)
{
	if (!links)
		return;
	for (size_t i = 0; i < links->size; i++)
		free(links->slots[i].path);
	free(links->slots);
	free(links);
}

static int grow(struct links *l)
{
	struct links bigger = { .size = l->size * 2, .used = l->used };

	bigger.slots = calloc(bigger.size, sizeof(*bigger.slots));
	if (!bigger.slots)
		return ZB_ENOMEM;
	for (size_t i = 0; i < l->size; i++) {
		const struct link *old = &l->slots[i];
		size_t at;

		if (!old->path)
			continue;
		at = slot_of(&bigger, old->dev, old->ino);
		while (bigger.slots[at].path)
			at = (at + 1) & (bigger.size - 1);
		bigger.slots[at] = *old;
	}
	free(l->slots);
	*l = bigger;
	return 0;
}

int links_find_or_add(struct links *links, dev_t dev, ino_t ino, unsigned int volume,
		      const char *path, const char **ret_first)
{
	struct link *s;
	size_t at;

	if (links->used * 2 >= links->size && grow(links) < 0)
		return ZB_ENOMEM;
	at = slot_of(links, dev, ino);
	for (;; at = (at + 1) & (links->size - 1)) {
		s = &links->slots[at];
		if (!s->path)
			break;
		if (s->dev == dev && s->ino == ino && s->volume == volume) {
			*ret_first = s->path;
			return 0;
		}
	}
	*s = (struct link){ dev, ino, volume, strdup(path) };
	if (!s->path)
		return ZB_ENOMEM;
	links->used++;
	*ret_first = NULL;
	return 0;
}
