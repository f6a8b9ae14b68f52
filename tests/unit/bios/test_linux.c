/* SPDX-License-Identifier: BSD-2-Clause */
/* The hand-over: header, boot parameters, places in memory; the jump itself is a longjmp. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>
#include "boot/bios/handoff.h"
#include "boot/bios/params.h"
#include "fake_bios.h"

#define MIB	    (1UL << 20)
#define ARENA	    (16 * MIB) /* where kernels want to be */
#define ARENA_SIZE  (64 * MIB)
#define KERNEL_SIZE (1 * MIB)
#define SETUP	    0x1000 /* bytes in front of the payload: 7 sectors and the first */

struct fixture {
	struct fake_pc *pc;
	struct bi_context *c;
	uint8_t *kernel;
	struct bt_image image;
	struct zb_diag why;
};

static jmp_buf jumped;
static uint32_t jump_bits, jump_entry, jump_params;
static bool cpu_is_64bit;

bool bi_cpu_is_64bit(void)
{
	return cpu_is_64bit;
}

void bi_page_tables_fill(uint8_t *tables, uint32_t address)
{
	assert_int_equal(address, BI_PAGE_TABLES);
	memset(tables, 0, 6 * 4096);
}

void bi_jump32(uint32_t entry, uint32_t params)
{
	jump_bits = 32;
	jump_entry = entry;
	jump_params = params;
	longjmp(jumped, 1);
}

void bi_jump64(uint32_t entry, uint32_t params, uint32_t page_tables)
{
	jump_bits = 64;
	jump_entry = entry;
	jump_params = params;
	assert_int_equal(page_tables, BI_PAGE_TABLES);
	longjmp(jumped, 1);
}

static void make_kernel(uint8_t *k)
{
	memset(k, 0x90, KERNEL_SIZE);
	memset(k, 0, SETUP);
	k[BI_HDR_SETUP_SECTS] = 7;
	zb_store16(k + BI_HDR_BOOT_FLAG, ZB_LE, 0xaa55);
	k[BI_HDR_JUMP] = 0x6a;
	zb_store32(k + BI_HDR_MAGIC, ZB_LE, 0x53726448);
	zb_store16(k + BI_HDR_VERSION, ZB_LE, 0x020f);
	k[BI_HDR_LOADFLAGS] = 1;
	zb_store32(k + BI_HDR_RAMDISK_MAX, ZB_LE, 0x7fffffff);
	zb_store32(k + BI_HDR_ALIGNMENT, ZB_LE, 2 * MIB);
	k[BI_HDR_RELOCATABLE] = 1;
	zb_store16(k + BI_HDR_XLOADFLAGS, ZB_LE, 0x3f);
	zb_store32(k + BI_HDR_CMDLINE_SIZE, ZB_LE, 2047);
	zb_store64(k + BI_HDR_PREF_ADDRESS, ZB_LE, ARENA);
	zb_store32(k + BI_HDR_INIT_SIZE, ZB_LE, 20 * MIB);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	void *arena = mmap((void *)ARENA, ARENA_SIZE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	assert_ptr_equal(arena, (void *)ARENA);
	f->pc = fake_pc_create();
	f->c = fake_context_create(f->pc, 4096);
	bi_heap_init(&f->c->heap);
	bi_heap_add(&f->c->heap, ARENA, ARENA_SIZE);
	assert_int_equal(bi_memory_detect(&f->pc->machine, &f->c->memory, NULL), 0);
	f->kernel = bi_heap_alloc(&f->c->heap, KERNEL_SIZE, 4096, BI_HEAP_LIMIT);
	make_kernel(f->kernel);
	f->image = (struct bt_image){
		.kernel = f->kernel,
		.kernel_size = KERNEL_SIZE,
		.ramdisk = bi_heap_alloc(&f->c->heap, 5000, 4096, BI_HEAP_LIMIT),
		.ramdisk_size = 5000,
		.cmdline = "root=ZFS=zlive/ROOT/debian",
	};
	memset(f->image.ramdisk, 0x77, 5000);
	cpu_is_64bit = true;
	jump_bits = 0;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	fake_context_destroy(f->c);
	fake_pc_destroy(f->pc);
	munmap((void *)ARENA, ARENA_SIZE);
	free(f);
	return 0;
}

static int start(struct fixture *f)
{
	if (setjmp(jumped) != 0)
		return 0;
	return bi_start(f->c, &f->image, &f->why);
}

static const uint8_t *params(const struct fixture *f)
{
	return f->pc->low + BI_BOOT_PARAMS;
}

static void a_64bit_kernel_enters_there(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(start(f), 0);
	assert_int_equal(jump_bits, 64);
	assert_int_equal(jump_entry, ARENA + 0x200);
	assert_int_equal(jump_params, BI_BOOT_PARAMS);
	assert_memory_equal((void *)ARENA, f->kernel + SETUP, KERNEL_SIZE - SETUP);
}

static void a_32bit_kernel_enters_in_32_bits(void **state)
{
	struct fixture *f = *state;

	zb_store16(f->kernel + BI_HDR_XLOADFLAGS, ZB_LE, 0);
	cpu_is_64bit = false;
	assert_int_equal(start(f), 0);
	assert_int_equal(jump_bits, 32);
	assert_int_equal(jump_entry, ARENA);
}

static void a_64bit_kernel_on_a_32bit_cpu_is_refused(void **state)
{
	struct fixture *f = *state;

	cpu_is_64bit = false;
	assert_int_equal(start(f), ZB_ENOTSUP);
	assert_non_null(strstr(f->why.reason, "64-bit"));
}

static void the_parameters_say_what_is_where(void **state)
{
	struct fixture *f = *state;
	const uint8_t *p = params(f);
	uint32_t ramdisk;

	assert_int_equal(start(f), 0);
	ramdisk = zb_load32(p + BI_HDR_RAMDISK, ZB_LE);
	assert_int_equal(ramdisk, (uint32_t)(uintptr_t)f->image.ramdisk);
	assert_int_equal(zb_load32(p + BI_HDR_RAMDISK_SIZE, ZB_LE), 5000);
	assert_int_equal(p[BI_HDR_LOADER], 0xff);
	assert_string_equal(f->pc->low + zb_load32(p + BI_HDR_CMDLINE, ZB_LE),
			    f->image.cmdline);
	assert_int_equal(p[0x1e8], 3);
	assert_int_equal(zb_load64(p + 0x2d0 + 40, ZB_LE), 0x100000);
	assert_int_equal(zb_load64(p + 0x2d0 + 48, ZB_LE), 0x3ff00000);
	assert_int_equal(p[0x06], 3);
	assert_int_equal(p[0x07], 80);
	assert_int_equal(p[0x0f], 1);
}

static void the_kernel_moves_when_its_place_is_taken(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(bi_heap_take(&f->c->heap, ARENA, 3 * MIB, 16), ARENA);
	assert_int_equal(start(f), 0);
	assert_int_equal(jump_entry, ARENA + 4 * MIB + 0x200);
	f->kernel[BI_HDR_RELOCATABLE] = 0;
	assert_int_equal(start(f), ZB_ENOMEM);
	assert_non_null(strstr(f->why.reason, "from 16 MiB"));
}

static void too_little_memory_is_said(void **state)
{
	struct fixture *f = *state;
	size_t before, after, largest;

	zb_store32(f->kernel + BI_HDR_INIT_SIZE, ZB_LE, 200 * MIB);
	before = bi_heap_free_bytes(&f->c->heap, &largest);
	assert_int_equal(start(f), ZB_ENOMEM);
	assert_non_null(strstr(f->why.reason, "needs 200 MiB"));
	after = bi_heap_free_bytes(&f->c->heap, &largest);
	assert_int_equal(before, after);
}

static void the_ramdisk_goes_below_the_kernels_limit(void **state)
{
	struct fixture *f = *state;
	uint32_t at;

	zb_store32(f->kernel + BI_HDR_RAMDISK_MAX, ZB_LE, (uint32_t)(60 * MIB - 1));
	assert_int_equal(start(f), 0);
	at = zb_load32(params(f) + BI_HDR_RAMDISK, ZB_LE);
	assert_true(at + 5000 <= 60 * MIB && at > 59 * MIB);
	assert_memory_equal((void *)(uintptr_t)at, f->image.ramdisk, 5000);
}

static void a_command_line_too_long_for_the_kernel_is_refused(void **state)
{
	struct fixture *f = *state;

	zb_store32(f->kernel + BI_HDR_CMDLINE_SIZE, ZB_LE, 10);
	assert_int_equal(start(f), ZB_E2BIG);
}

static int decode(const struct fixture *f, size_t len)
{
	struct bi_kernel k;

	return bi_kernel_decode(zb_span(f->kernel, len), &k, NULL);
}

static void what_is_no_kernel_is_refused(void **state)
{
	struct fixture *f = *state;

	for (size_t len = 0; len <= SETUP; len++) {
		/* In a buffer of that length, so that a read beyond it is found. */
		uint8_t *copy = malloc(len ? len : 1);
		struct bi_kernel k;

		memcpy(copy, f->kernel, len);
		assert_int_equal(bi_kernel_decode(zb_span(copy, len), &k, NULL),
				 ZB_ENOTSUP);
		free(copy);
	}
	assert_int_equal(decode(f, KERNEL_SIZE), 0);
	f->kernel[BI_HDR_MAGIC] = 0;
	assert_int_equal(decode(f, KERNEL_SIZE), ZB_ENOTSUP);
}

static void senseless_headers_are_refused(void **state)
{
	static const struct {
		uint32_t at, value;
	} bad[] = {
		{ BI_HDR_ALIGNMENT, 3 },    { BI_HDR_ALIGNMENT, 0 },
		{ BI_HDR_INIT_SIZE, 5 },    { BI_HDR_INIT_SIZE, 0xffffffff },
		{ BI_HDR_PREF_ADDRESS, 0 }, { BI_HDR_PREF_ADDRESS + 4, 1 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		make_kernel(f->kernel);
		zb_store32(f->kernel + bad[i].at, ZB_LE, bad[i].value);
		assert_int_equal(decode(f, KERNEL_SIZE), ZB_ENOTSUP);
	}
}

static void an_old_kernel_gets_what_its_protocol_means(void **state)
{
	struct fixture *f = *state;
	struct bi_kernel k;

	zb_store16(f->kernel + BI_HDR_VERSION, ZB_LE, 0x0202);
	assert_int_equal(bi_kernel_decode(zb_span(f->kernel, KERNEL_SIZE), &k, NULL), 0);
	assert_int_equal(k.pref_address, MIB);
	assert_int_equal(k.ramdisk_end, 0x38000000);
	assert_int_equal(k.cmdline_max, 255);
	assert_false(k.relocatable || k.enter64);
}

static void many_memory_ranges_go_on_in_setup_data(void **state)
{
	struct fixture *f = *state;
	const uint8_t *extra;

	for (unsigned int i = 3; i < 200; i++)
		f->pc->e820[i] =
			(struct fake_e820){ 0x80000000 + i * 0x2000ULL, 0x1000, 2, 0 };
	f->pc->n_e820 = 200;
	assert_int_equal(bi_memory_detect(&f->pc->machine, &f->c->memory, NULL), 0);
	assert_int_equal(start(f), 0);
	assert_int_equal(params(f)[0x1e8], 128);
	extra = (const uint8_t *)(uintptr_t)zb_load64(params(f) + BI_HDR_SETUP_DATA,
						      ZB_LE);
	assert_non_null(extra);
	assert_int_equal(zb_load32(extra + 8, ZB_LE), 1);
	assert_int_equal(zb_load32(extra + 12, ZB_LE), 72 * 20);
	assert_int_equal(zb_load64(extra + 16, ZB_LE), 0x80000000 + 128 * 0x2000ULL);
}

static void put_rsdp(struct fake_pc *pc, uint32_t at)
{
	uint8_t sum = 0;

	memcpy(pc->low + at, "RSD PTR ", 8);
	for (unsigned int i = 0; i < 20; i++)
		sum += pc->low[at + i];
	pc->low[at + 8] = (uint8_t)(pc->low[at + 8] - sum);
}

static void the_acpi_pointer_is_found(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(bi_acpi_find(&f->pc->machine), 0);
	memcpy(f->pc->low + 0xe4000, "RSD PTR ", 8);
	f->pc->low[0xe4008] = 1; /* a wrong sum */
	put_rsdp(f->pc, 0xf5b20);
	assert_int_equal(bi_acpi_find(&f->pc->machine), 0xf5b20);
	zb_store16(f->pc->low + BI_BDA_EBDA, ZB_LE, 0x9fc0);
	put_rsdp(f->pc, 0x9fc10);
	assert_int_equal(bi_acpi_find(&f->pc->machine), 0x9fc10);
	assert_int_equal(start(f), 0);
	assert_int_equal(zb_load64(params(f) + 0x70, ZB_LE), 0x9fc10);
}

static void drives_are_handed_over(void **state)
{
	struct fixture *f = *state;

	for (unsigned int i = 0; i < 2; i++)
		f->pc->drives[i] = (struct fake_drive){ .present = true,
							.sector_size = 512,
							.sectors = 1000 };
	f->pc->low[BI_BDA_DISKS] = 2;
	assert_int_equal(start(f), 0);
	assert_int_equal(params(f)[0x1e9], 2);
	assert_int_equal(params(f)[0x1ea], 2);
	assert_int_equal(params(f)[0xd00], 0x80);
	assert_int_equal(params(f)[0xd00 + 82], 0x81);
	assert_int_equal(params(f)[0xd00 + 1], 0x30);
	assert_int_equal(zb_load64(params(f) + 0xd00 + 8 + 16, ZB_LE), 1000);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_64bit_kernel_enters_there),
		TEST(a_32bit_kernel_enters_in_32_bits),
		TEST(a_64bit_kernel_on_a_32bit_cpu_is_refused),
		TEST(the_parameters_say_what_is_where),
		TEST(the_kernel_moves_when_its_place_is_taken),
		TEST(too_little_memory_is_said),
		TEST(the_ramdisk_goes_below_the_kernels_limit),
		TEST(a_command_line_too_long_for_the_kernel_is_refused),
		TEST(what_is_no_kernel_is_refused),
		TEST(senseless_headers_are_refused),
		TEST(an_old_kernel_gets_what_its_protocol_means),
		TEST(many_memory_ranges_go_on_in_setup_data),
		TEST(the_acpi_pointer_is_found),
		TEST(drives_are_handed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
