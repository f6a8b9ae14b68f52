/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/dirlist.h"
#include <stdlib.h>
#include <string.h>

/* Doubles *mem, of *size elements, until it holds n. */
static bool grow(void **mem, size_t *size, size_t n, size_t each)
{
	size_t want = *size ? *size : 64;
	void *p;

	if (n <= *size)
		return true;
	while (want < n)
		want *= 2;
	p = realloc(*mem, want * each);
	if (!p)
		return false;
	*mem = p;
	*size = want;
	return true;
}

static int add(void *ctx, const struct zr_dirent *entry)
{
	struct dirlist *list = ctx;
	size_t len = strlen(entry->name) + 1;

	if (!grow((void **)&list->text, &list->text_size, list->text_len + len, 1) ||
	    !grow((void **)&list->at, &list->size, list->n + 1, sizeof(*list->at)))
		return ZB_ENOMEM;
	memcpy(list->text + list->text_len, entry->name, len);
	list->at[list->n++] = (struct dirlist_entry){ list->text_len, entry->object };
	list->text_len += len;
	return 0;
}

int dirlist_read(struct dirlist *list, struct zr_fs *fs, uint64_t object,
		 struct zb_diag *diag)
{
	*list = (struct dirlist){ 0 };
	return zr_fs_readdir(fs, object, add, list, diag);
}

void dirlist_done(struct dirlist *list)
{
	free(list->text);
	free(list->at);
	*list = (struct dirlist){ 0 };
}

static int compare_names(const void *a, const void *b, void *ctx)
{
	const struct dirlist_entry *x = a, *y = b;
	const struct dirlist *list = ctx;

	return strcmp(list->text + x->name, list->text + y->name);
}

static int compare_objects(const void *a, const void *b, void *ctx)
{
	const struct dirlist_entry *x = a, *y = b;

	if (x->object != y->object)
		return x->object < y->object ? -1 : 1;
	return compare_names(a, b, ctx);
}

void dirlist_sort_names(struct dirlist *list)
{
	if (list->n > 0)
		qsort_r(list->at, list->n, sizeof(*list->at), compare_names, list);
}

void dirlist_sort_objects(struct dirlist *list)
{
	if (list->n > 0)
		qsort_r(list->at, list->n, sizeof(*list->at), compare_objects, list);
}

static bool insert(uint64_t *at, size_t size, uint64_t object)
{
	size_t i = (size_t)(object * 0x9e3779b97f4a7c15ULL >> 32) & (size - 1);

	while (at[i] && at[i] != object)
		i = (i + 1) & (size - 1);
	if (at[i])
		return false;
	at[i] = object;
	return true;
}

bool dirlist_seen_add(struct dirlist_seen *seen, uint64_t object)
{
	size_t size = seen->size ? 2 * seen->size : 1024;
	uint64_t *at;

	if (2 * seen->n >= seen->size) {
		at = calloc(size, sizeof(*at));
		if (!at)
			abort();
		for (size_t i = 0; i < seen->size; i++)
			if (seen->at[i])
				insert(at, size, seen->at[i]);
		free(seen->at);
		seen->at = at;
		seen->size = size;
	}
	if (!insert(seen->at, seen->size, object))
		return false;
	seen->n++;
	return true;
}

void dirlist_seen_done(struct dirlist_seen *seen)
{
	free(seen->at);
	*seen = (struct dirlist_seen){ 0 };
}
