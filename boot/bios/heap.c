/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/bios/heap.h"

/* At the start of each free piece; sizes are multiples of BI_HEAP_ALIGN. */
struct bi_heap_piece {
	size_t size;
	struct bi_heap_piece *next;
};

/* In front of each allocation: what was taken for it. */
struct header {
	uintptr_t start;
	size_t size;
};

#define HEADER BI_HEAP_ALIGN
_Static_assert(sizeof(struct bi_heap_piece) <= BI_HEAP_ALIGN, "a piece holds its node");
_Static_assert(sizeof(struct header) <= HEADER, "the header fits");

static uintptr_t down(uintptr_t v, size_t align)
{
	return v & ~((uintptr_t)align - 1);
}

static uintptr_t address(const struct bi_heap_piece *p)
{
	return (uintptr_t)p;
}

void bi_heap_init(struct bi_heap *heap)
{
	heap->free = NULL;
}

/* Joins p with its successor if they touch. */
static void join(struct bi_heap_piece *p)
{
	struct bi_heap_piece *next = p->next;

	if (next && address(p) + p->size == address(next)) {
		p->size += next->size;
		p->next = next->next;
	}
}

static void insert(struct bi_heap *heap, uintptr_t start, size_t size)
{
	struct bi_heap_piece *piece = (struct bi_heap_piece *)start;
	struct bi_heap_piece *before = NULL;

	for (struct bi_heap_piece *p = heap->free; p && p < piece; p = p->next)
		before = p;
	piece->size = size;
	piece->next = before ? before->next : heap->free;
	if (before)
		before->next = piece;
	else
		heap->free = piece;
	join(piece);
	if (before)
		join(before);
}

void bi_heap_add(struct bi_heap *heap, uintptr_t start, size_t size)
{
	uintptr_t first = down(start + BI_HEAP_ALIGN - 1, BI_HEAP_ALIGN);
	uintptr_t end = down(start + size, BI_HEAP_ALIGN);

	if (first >= start && end > first)
		insert(heap, first, end - first);
}

/* Takes start .. end out of the free piece p; before is p's predecessor or NULL. */
static void carve(struct bi_heap *heap, struct bi_heap_piece *before,
		  struct bi_heap_piece *p, uintptr_t start, uintptr_t end)
{
	uintptr_t piece_end = address(p) + p->size;
	struct bi_heap_piece *after = p->next;

	if (piece_end > end) {
		after = (struct bi_heap_piece *)end;
		after->size = piece_end - end;
		after->next = p->next;
	}
	if (start > address(p)) {
		p->size = start - address(p);
		p->next = after;
	} else if (before) {
		before->next = after;
	} else {
		heap->free = after;
	}
}

void *bi_heap_alloc(struct bi_heap *heap, size_t size, size_t align, uintptr_t limit)
{
	struct bi_heap_piece *before = NULL, *best = NULL, *best_before = NULL;
	uintptr_t best_at = 0, best_end;
	struct header *h;

	if (size == 0 || size > SIZE_MAX / 2)
		return NULL;
	for (struct bi_heap_piece *p = heap->free; p; before = p, p = p->next) {
		uintptr_t end = address(p) + p->size, at;

		if (end > limit)
			end = down(limit, BI_HEAP_ALIGN);
		if (end < address(p) || end - address(p) < size + HEADER)
			continue;
		at = down(end - size, align);
		if (at < address(p) + HEADER)
			continue;
		best = p;
		best_before = before;
		best_at = at;
	}
	if (!best)
		return NULL;
	best_end = down(best_at + size + BI_HEAP_ALIGN - 1, BI_HEAP_ALIGN);
	carve(heap, best_before, best, best_at - HEADER, best_end);
	h = (struct header *)(best_at - HEADER);
	h->start = best_at - HEADER;
	h->size = best_end - h->start;
	return (void *)best_at;
}

void bi_heap_free(struct bi_heap *heap, void *ptr)
{
	const struct header *h;

	if (!ptr)
		return;
	h = (const struct header *)((uintptr_t)ptr - HEADER);
	insert(heap, h->start, h->size);
}

uintptr_t bi_heap_take(struct bi_heap *heap, uintptr_t from, size_t size, size_t align)
{
	struct bi_heap_piece *before = NULL;

	if (size == 0 || size > SIZE_MAX / 2)
		return 0;
	size = down(size + BI_HEAP_ALIGN - 1, BI_HEAP_ALIGN);
	for (struct bi_heap_piece *p = heap->free; p; before = p, p = p->next) {
		uintptr_t end = address(p) + p->size;
		uintptr_t at = address(p) > from ? address(p) : from;

		at = down(at + align - 1, align);
		if (at < address(p) || at > end || end - at < size)
			continue;
		carve(heap, before, p, at, at + size);
		return at;
	}
	return 0;
}

size_t bi_heap_free_bytes(const struct bi_heap *heap, size_t *ret_largest)
{
	size_t sum = 0, largest = 0;

	for (const struct bi_heap_piece *p = heap->free; p; p = p->next) {
		sum += p->size;
		if (p->size > largest)
			largest = p->size;
	}
	*ret_largest = largest;
	return sum;
}
