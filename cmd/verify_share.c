/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include "cmd/verify.h"

/* A damaged block is found in the oldest dataset that has it: here are the others. */

#define MAX_TEXT 20 /* of them, in text */

struct sharer {
	uint64_t dataset, blocks;
};

struct sharers {
	struct sharer *at;
	size_t n, size;
};

static int add(void *ctx, uint64_t dataset, uint64_t blocks)
{
	struct sharers *s = ctx;
	struct sharer *at;

	if (s->n == s->size) {
		s->size = s->size ? 2 * s->size : 16;
		at = realloc(s->at, s->size * sizeof(*at));
		if (!at)
			return ZB_ENOMEM;
		s->at = at;
	}
	s->at[s->n++] = (struct sharer){ dataset, blocks };
	return 0;
}

/* False if there may be more. */
static bool find(struct verify *v, const struct verify_range *r, struct sharers *s)
{
	bool all;

	*s = (struct sharers){ 0 };
	return zr_sharers(v->pool, &r->first.visit, r->blocks, &v->share_budget, add, s,
			  &all) == 0 &&
	       all;
}

void verify_share_text(struct verify *v, const struct verify_range *r)
{
	struct sharers s;
	bool all = find(v, r, &s);

	for (size_t i = 0; i < s.n && i < MAX_TEXT; i++) {
		verify_name(v, s.at[i].dataset, r->first.visit.object);
		printf("  also in ");
		verify_print_name(v);
		if (s.at[i].blocks < r->blocks)
			printf(", %llu of them", (unsigned long long)s.at[i].blocks);
		putchar('\n');
	}
	if (s.n > MAX_TEXT)
		printf("  and in %zu more\n", s.n - MAX_TEXT);
	if (!all)
		printf("  newer snapshots, their dataset and clones may share it, too\n");
	free(s.at);
}

void verify_share_json(struct verify *v, const struct verify_range *r,
		       struct json_object *obj)
{
	struct json_object *list = json_object_new_array(), *sharer;
	struct sharers s;
	bool all = find(v, r, &s);

	for (size_t i = 0; i < s.n; i++) {
		verify_name(v, s.at[i].dataset, r->first.visit.object);
		sharer = json_object_new_object();
		look_json_name(sharer, "dataset", v->dataset_name);
		if (v->path[0])
			look_json_name(sharer, "path", v->path);
		look_json_u64(sharer, "blocks", s.at[i].blocks);
		json_object_array_add(list, sharer);
	}
	json_object_object_add(obj, "shared_by", list);
	json_object_object_add(obj, "others_may_share", json_object_new_boolean(!all));
	free(s.at);
}
