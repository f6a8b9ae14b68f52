/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/sort.h"

static void sift(const struct zb_sort *s, size_t root, size_t n)
{
	size_t child;

	while ((child = 2 * root + 1) < n) {
		if (child + 1 < n && s->before(s->ctx, child, child + 1))
			child++;
		if (!s->before(s->ctx, root, child))
			return;
		s->swap(s->ctx, root, child);
		root = child;
	}
}

void zb_sort(const struct zb_sort *s, size_t n)
{
	for (size_t i = n / 2; i-- > 0;)
		sift(s, i, n);
	for (; n > 1; n--) {
		s->swap(s->ctx, 0, n - 1);
		sift(s, 0, n - 1);
	}
}
