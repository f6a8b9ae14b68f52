/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZB_SORT_H
#define ZB_SORT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Sorts n things that only the callbacks know, by their places. A heap sort: no recursion, no
 * memory, and no bad case that whoever made the input could choose. Not stable.
 */
struct zb_sort {
	void *ctx;
	bool (*before)(void *ctx, size_t a, size_t b);
	void (*swap)(void *ctx, size_t a, size_t b);
};

void zb_sort(const struct zb_sort *s, size_t n);

#endif
