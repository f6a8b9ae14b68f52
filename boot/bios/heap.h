/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BI_HEAP_H
#define BI_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Memory for everything: a list of free pieces in order of address. Requests are served from
 * the top, so that the places where kernels want to be stay free.
 */
struct bi_heap_piece;

struct bi_heap {
	struct bi_heap_piece *free;
};

#define BI_HEAP_ALIGN 16
#define BI_HEAP_LIMIT UINTPTR_MAX

void bi_heap_init(struct bi_heap *heap);

/* Gives the bytes from start to start + size to the heap; fewer, if they are unaligned. */
void bi_heap_add(struct bi_heap *heap, uintptr_t start, size_t size);

/*
 * The highest size bytes that lie below limit, aligned to align (a power of two, at least
 * BI_HEAP_ALIGN). NULL if there are none.
 */
void *bi_heap_alloc(struct bi_heap *heap, size_t size, size_t align, uintptr_t limit);
void bi_heap_free(struct bi_heap *heap, void *ptr);

/*
 * Takes the lowest size bytes at or above from, aligned to align; 0 if there are none. They
 * have no header: they come back by bi_heap_add().
 */
uintptr_t bi_heap_take(struct bi_heap *heap, uintptr_t from, size_t size, size_t align);

/* Bytes that are free, in all and in the largest piece. */
size_t bi_heap_free_bytes(const struct bi_heap *heap, size_t *ret_largest);

#endif
