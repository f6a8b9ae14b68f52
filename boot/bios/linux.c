/* SPDX-License-Identifier: BSD-2-Clause */
/* The hand-off by the Linux/x86 boot protocol: see kernel.h for the header. */
#include "boot/bios/bios.h"
#include "boot/bios/handoff.h"
#include "boot/bios/params.h"
#include "boot/common/text.h"

#define PAGE 4096

struct start {
	struct bi_context *c;
	const struct bt_image *image;
	struct bi_kernel kernel;
	uintptr_t place; /* of the kernel; 0: not taken yet */
	void *ramdisk;	 /* a copy lower down, if the kernel needs one */
	void *extra;	 /* of the memory map */
};

/* Where the kernel wants to be, or anywhere above if it can move. */
static int find_place(struct start *s, struct zb_diag *diag)
{
	const struct bi_kernel *k = &s->kernel;
	uintptr_t want = (uintptr_t)k->pref_address;
	size_t size = (size_t)k->init_size, largest, all;

	s->place = bi_heap_take(&s->c->heap, want, size,
				k->relocatable ? k->alignment : PAGE);
	if (s->place != 0 && (s->place == want || k->relocatable))
		return 0;
	if (s->place != 0)
		bi_heap_add(&s->c->heap, s->place, size);
	s->place = 0;
	all = bi_heap_free_bytes(&s->c->heap, &largest);
	return zb_fail(diag, ZB_ENOMEM, "kernel", ZB_DIAG_NO_OFFSET,
		       "it needs %llu MiB of memory in one piece from %llu MiB on; "
		       "%llu MiB are free, %llu of them in one piece",
		       (unsigned long long)size >> 20, (unsigned long long)want >> 20,
		       (unsigned long long)all >> 20, (unsigned long long)largest >> 20);
}

static int place_ramdisk(struct start *s, struct zb_diag *diag)
{
	const struct bt_image *image = s->image;
	uint64_t end = (uintptr_t)image->ramdisk + (uint64_t)image->ramdisk_size;

	if (!image->ramdisk || end <= s->kernel.ramdisk_end)
		return 0;
	s->ramdisk = bi_heap_alloc(&s->c->heap, image->ramdisk_size, PAGE,
				   (uintptr_t)s->kernel.ramdisk_end);
	if (!s->ramdisk)
		return zb_fail(diag, ZB_ENOMEM, "ramdisk", ZB_DIAG_NO_OFFSET,
			       "no memory for its %llu bytes below %llu MiB, where the "
			       "kernel wants it",
			       (unsigned long long)image->ramdisk_size,
			       (unsigned long long)s->kernel.ramdisk_end >> 20);
	__builtin_memcpy(s->ramdisk, image->ramdisk, image->ramdisk_size);
	return 0;
}

static int check(struct start *s, struct zb_diag *diag)
{
	size_t len = bt_len(s->image->cmdline);

	if (len > s->kernel.cmdline_max || len >= BI_PAGE_TABLES - BI_CMDLINE)
		return zb_fail(diag, ZB_E2BIG, "kernel", ZB_DIAG_NO_OFFSET,
			       "it takes a command line of %u characters, this one has "
			       "%llu",
			       s->kernel.cmdline_max, (unsigned long long)len);
	if (s->kernel.enter64 && !bi_cpu_is_64bit())
		return zb_fail(diag, ZB_ENOTSUP, "kernel", ZB_DIAG_NO_OFFSET,
			       "it is for 64-bit processors, this one has 32 bits");
	return 0;
}

static void fill_params(struct start *s)
{
	const struct bi_machine *m = s->c->m;
	uint8_t *params = (uint8_t *)(uintptr_t)(m->low + BI_BOOT_PARAMS);
	uint8_t *cmdline = (uint8_t *)(uintptr_t)(m->low + BI_CMDLINE);
	uint32_t extra = bi_params_extra_size(&s->c->memory);
	void *ramdisk = s->ramdisk ? s->ramdisk : s->image->ramdisk;

	bi_params_init(params, zb_span(s->image->kernel, s->image->kernel_size),
		       &s->kernel);
	if (ramdisk)
		bi_params_ramdisk(params, (uint32_t)(uintptr_t)ramdisk,
				  (uint32_t)s->image->ramdisk_size);
	__builtin_memcpy(cmdline, s->image->cmdline, bt_len(s->image->cmdline) + 1);
	bi_params_cmdline(params, BI_CMDLINE);
	if (extra)
		s->extra = bi_heap_alloc(&s->c->heap, extra, PAGE, BI_HEAP_LIMIT);
	bi_params_memory(params, &s->c->memory, s->extra, (uint32_t)(uintptr_t)s->extra);
	bi_params_screen(params, m);
	bi_params_drives(params, m);
	bi_params_acpi(params, bi_acpi_find(m));
}

/* Does not return. */
static void jump(struct start *s)
{
	const struct bi_kernel *k = &s->kernel;
	uint8_t *to = (uint8_t *)s->place;

	__builtin_memcpy(to, (const uint8_t *)s->image->kernel + k->payload,
			 k->payload_size);
	if (!k->enter64)
		bi_jump32((uint32_t)s->place, BI_BOOT_PARAMS);
	bi_page_tables_fill((uint8_t *)(uintptr_t)(s->c->m->low + BI_PAGE_TABLES),
			    BI_PAGE_TABLES);
	bi_jump64((uint32_t)s->place + BI_ENTRY64, BI_BOOT_PARAMS, BI_PAGE_TABLES);
}

int bi_start(void *ctx, const struct bt_image *image, struct zb_diag *diag)
{
	struct start s = { .c = ctx, .image = image };
	int error;

	error = bi_kernel_decode(zb_span(image->kernel, image->kernel_size), &s.kernel,
				 diag);
	if (error == 0)
		error = check(&s, diag);
	if (error == 0)
		error = find_place(&s, diag);
	if (error == 0)
		error = place_ramdisk(&s, diag);
	if (error == 0) {
		fill_params(&s);
		jump(&s);
	}
	if (s.place)
		bi_heap_add(&s.c->heap, s.place, (size_t)s.kernel.init_size);
	bi_heap_free(&s.c->heap, s.ramdisk);
	bi_heap_free(&s.c->heap, s.extra);
	return error;
}
