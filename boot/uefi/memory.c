/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/uefi/uefi.h"

/*
 * The firmware's pool aligns to 8 and slows down with size, so what is large comes as pages.
 * A header in front of each piece says which it was; pieces stay aligned to 16.
 */
#define LARGE 16384
#define ALIGN 16

struct header {
	uint64_t pages; /* 0: from the pool */
	void *start;
};

static void *put_header(void *start, uint64_t pages)
{
	uintptr_t p = ((uintptr_t)start + ALIGN - 1) & ~(uintptr_t)(ALIGN - 1);
	struct header *h = (struct header *)p;

	h->pages = pages;
	h->start = start;
	return h + 1;
}

void *ue_alloc(void *ctx, size_t size)
{
	struct ue_context *c = ctx;
	size_t whole = size + sizeof(struct header) + ALIGN;
	uint64_t address = 0;
	uint64_t pages;
	void *start;

	if (whole < size)
		return NULL;
	if (whole < LARGE) {
		if (efi_failed(c->bs->allocate_pool(EFI_LOADER_DATA, whole, &start)))
			return NULL;
		return put_header(start, 0);
	}
	pages = (whole + EFI_PAGE_SIZE - 1) / EFI_PAGE_SIZE;
	if (efi_failed(c->bs->allocate_pages(EFI_ALLOCATE_ANY_PAGES, EFI_LOADER_DATA,
					     pages, &address)))
		return NULL;
	return put_header((void *)(uintptr_t)address, pages);
}

void ue_free(void *ctx, void *ptr)
{
	struct ue_context *c = ctx;
	struct header *h = ptr;

	if (!h)
		return;
	h--;
	if (h->pages)
		c->bs->free_pages((uint64_t)(uintptr_t)h->start, h->pages);
	else
		c->bs->free_pool(h->start);
}

void *ue_image_alloc(void *ctx, size_t size)
{
	struct ue_context *c = ctx;
	uint64_t pages = (size + EFI_PAGE_SIZE - 1) / EFI_PAGE_SIZE;
	uint64_t address = 0;

	if (efi_failed(c->bs->allocate_pages(EFI_ALLOCATE_ANY_PAGES, EFI_LOADER_DATA,
					     pages, &address)))
		return NULL;
	return (void *)(uintptr_t)address;
}

void ue_image_free(void *ctx, void *ptr, size_t size)
{
	struct ue_context *c = ctx;

	c->bs->free_pages((uint64_t)(uintptr_t)ptr,
			  (size + EFI_PAGE_SIZE - 1) / EFI_PAGE_SIZE);
}
