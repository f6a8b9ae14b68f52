/* SPDX-License-Identifier: BSD-2-Clause */
#include "write/userspace.h"

#include <stdlib.h>

#include "base/format.h"
#include "fmt/encode.h"
#include "write/sa.h"

#define FIRST_SIZE 64

static struct zw_owner *slot_of(const struct zw_owners *o, uint64_t id)
{
	uint64_t i = id * 0x9e3779b97f4a7c15ULL >> 20;

	for (;; i++) {
		struct zw_owner *s = &o->slots[i & (o->size - 1)];

		if (s->objects == 0 || s->id == id)
			return s;
	}
}

static int owners_grow(struct zw_owners *o)
{
	struct zw_owners bigger = { .size = o->size ? 2 * o->size : FIRST_SIZE };

	bigger.slots = calloc(bigger.size, sizeof(*bigger.slots));
	if (!bigger.slots)
		return ZB_ENOMEM;
	for (size_t i = 0; i < o->size; i++)
		if (o->slots[i].objects > 0)
			*slot_of(&bigger, o->slots[i].id) = o->slots[i];
	bigger.n = o->n;
	free(o->slots);
	*o = bigger;
	return 0;
}

static int owner_add(struct zw_owners *o, uint64_t id, uint64_t bytes)
{
	struct zw_owner *s;

	if (2 * o->n >= o->size) {
		int ret = owners_grow(o);

		if (ret < 0)
			return ret;
	}
	s = slot_of(o, id);
	if (s->objects == 0)
		o->n++;
	s->id = id;
	s->bytes += bytes;
	s->objects++;
	return 0;
}

int zw_userspace_dnode(struct zw_userspace *us, const uint8_t *dn)
{
	const uint8_t *bonus = dn + ZF_DNODE_CORE + ZF_BLKPTR_SIZE, *data;
	uint64_t bytes = ZF_DNODE_SIZE + zb_load64(dn + 24, ZB_LE);
	int ret;

	if (dn[4] != ZF_OT_SA)
		return 0;
	data = bonus + (size_t)(zb_load16(bonus + 4, ZB_LE) >> 10) * 8;
	ret = owner_add(&us->kind[ZW_USERSPACE_USER],
			zb_load64(data + ZW_SA_OFFSET_UID, ZB_LE), bytes);
	if (ret == 0)
		ret = owner_add(&us->kind[ZW_USERSPACE_GROUP],
				zb_load64(data + ZW_SA_OFFSET_GID, ZB_LE), bytes);
	if (ret == 0) /* everything is in the default project, 0 */
		ret = owner_add(&us->kind[ZW_USERSPACE_PROJECT], 0, bytes);
	return ret;
}

static int owner_compare(const void *x, const void *y)
{
	const struct zw_owner *a = x, *b = y;

	return a->id < b->id ? -1 : a->id > b->id;
}

void zw_userspace_map(struct zw_userspace *us, unsigned int kind, struct zw_map *map)
{
	struct zw_owners *o = &us->kind[kind];

	if (o->n > 0)
		qsort(o->slots, o->size, sizeof(*o->slots), owner_compare);
	for (size_t i = 0; i < o->size; i++) {
		char name[24];

		if (o->slots[i].objects == 0)
			continue;
		zb_format(name, sizeof(name), "%llx", (unsigned long long)o->slots[i].id);
		zw_map_add64(map, name, o->slots[i].bytes);
		zb_format(name, sizeof(name), "obj-%llx",
			  (unsigned long long)o->slots[i].id);
		zw_map_add64(map, name, o->slots[i].objects);
	}
}

void zw_userspace_done(struct zw_userspace *us)
{
	for (unsigned int i = 0; i < ZW_USERSPACE_KINDS; i++)
		free(us->kind[i].slots);
}
