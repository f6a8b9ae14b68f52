/* SPDX-License-Identifier: BSD-2-Clause */
/* Source of the offsets: Linux, Documentation/arch/x86/zero-page.rst, uapi/asm/bootparam.h. */
#include "boot/bios/params.h"

enum {
	SCREEN_X = 0x00,
	SCREEN_Y = 0x01,
	SCREEN_EXT_MEM_K = 0x02, /* u16 */
	SCREEN_MODE = 0x06,
	SCREEN_COLUMNS = 0x07,
	SCREEN_ROWS = 0x0e,
	SCREEN_IS_VGA = 0x0f,
	SCREEN_POINTS = 0x10, /* u16 */
	RSDP = 0x70,	      /* u64 */
	ALT_MEM_K = 0x1e0,    /* u32 */
	E820_ENTRIES = 0x1e8,
	KEYBOARD = 0x1eb,
	E820_TABLE = 0x2d0,

	LOADER_UNKNOWN = 0xff, /* none is assigned to us */
	SETUP_E820_EXT = 1,
	EXTRA_HEADER = 16, /* u64 next  u32 type  u32 length */

	RSDP_SIZE = 20,
	RSDP_STEP = 16,
};

void bi_params_init(uint8_t params[BI_PARAMS_SIZE], struct zb_span file,
		    const struct bi_kernel *kernel)
{
	__builtin_memset(params, 0, BI_PARAMS_SIZE);
	if (kernel->header_end > BI_HDR_START)
		__builtin_memcpy(params + BI_HDR_START, file.ptr + BI_HDR_START,
				 kernel->header_end - BI_HDR_START);
	params[BI_HDR_LOADER] = LOADER_UNKNOWN;
}

void bi_params_ramdisk(uint8_t params[BI_PARAMS_SIZE], uint32_t start, uint32_t size)
{
	zb_store32(params + BI_HDR_RAMDISK, ZB_LE, start);
	zb_store32(params + BI_HDR_RAMDISK_SIZE, ZB_LE, size);
}

void bi_params_cmdline(uint8_t params[BI_PARAMS_SIZE], uint32_t address)
{
	zb_store32(params + BI_HDR_CMDLINE, ZB_LE, address);
}

static void put_range(uint8_t *to, const struct bi_range *r)
{
	zb_store64(to, ZB_LE, r->start);
	zb_store64(to + 8, ZB_LE, r->len);
	zb_store32(to + 16, ZB_LE, r->type);
}

static uint32_t n_extra(const struct bi_memory *memory)
{
	return memory->n > BI_PARAMS_E820_MAX ? memory->n - BI_PARAMS_E820_MAX : 0;
}

uint32_t bi_params_extra_size(const struct bi_memory *memory)
{
	uint32_t n = n_extra(memory);

	return n ? EXTRA_HEADER + n * BI_PARAMS_E820_SIZE : 0;
}

/* Old kernels look at the plain sizes only. */
static void put_sizes(uint8_t params[BI_PARAMS_SIZE], const struct bi_memory *memory)
{
	uint64_t start, len, kib;

	if (!bi_memory_usable(memory, 1ULL << 20, &start, &len) || start != 1ULL << 20)
		return;
	kib = len >> 10;
	zb_store16(params + SCREEN_EXT_MEM_K, ZB_LE,
		   (uint16_t)(kib > 0xfc00 ? 0xfc00 : kib));
	zb_store32(params + ALT_MEM_K, ZB_LE,
		   (uint32_t)(kib > UINT32_MAX ? UINT32_MAX : kib));
}

void bi_params_memory(uint8_t params[BI_PARAMS_SIZE], const struct bi_memory *memory,
		      uint8_t *extra, uint32_t extra_address)
{
	uint32_t n = memory->n - n_extra(memory);

	params[E820_ENTRIES] = (uint8_t)n;
	for (uint32_t i = 0; i < n; i++)
		put_range(params + E820_TABLE + i * BI_PARAMS_E820_SIZE,
			  &memory->ranges[i]);
	put_sizes(params, memory);
	if (!extra || n == memory->n)
		return;
	zb_store64(extra, ZB_LE, 0);
	zb_store32(extra + 8, ZB_LE, SETUP_E820_EXT);
	zb_store32(extra + 12, ZB_LE, n_extra(memory) * BI_PARAMS_E820_SIZE);
	for (uint32_t i = n; i < memory->n; i++)
		put_range(extra + EXTRA_HEADER + (i - n) * BI_PARAMS_E820_SIZE,
			  &memory->ranges[i]);
	zb_store64(params + BI_HDR_SETUP_DATA, ZB_LE, extra_address);
}

void bi_params_screen(uint8_t params[BI_PARAMS_SIZE], const struct bi_machine *m)
{
	struct bi_regs r = { .eax = 0x0f00 };

	bi_call(m, 0x10, &r);
	params[SCREEN_MODE] = (uint8_t)(r.eax & 0x7f);
	params[SCREEN_COLUMNS] = (uint8_t)(r.eax >> 8);
	r = (struct bi_regs){ .eax = 0x0300 };
	bi_call(m, 0x10, &r);
	params[SCREEN_X] = (uint8_t)r.edx;
	params[SCREEN_Y] = (uint8_t)(r.edx >> 8);
	r = (struct bi_regs){ .eax = 0x1a00 };
	bi_call(m, 0x10, &r);
	params[SCREEN_IS_VGA] = (r.eax & 0xff) == 0x1a;
	params[SCREEN_ROWS] = 25;
	zb_store16(params + SCREEN_POINTS, ZB_LE, 16);
	r = (struct bi_regs){ .eax = 0x0200 };
	bi_call(m, 0x16, &r);
	params[KEYBOARD] = (uint8_t)r.eax;
}

static bool is_rsdp(const struct bi_machine *m, uint32_t at)
{
	static const char magic[] = "RSD PTR ";
	uint8_t sum = 0;

	for (uint32_t i = 0; i < sizeof(magic) - 1; i++)
		if (bi_low8(m, at + i) != (uint8_t)magic[i])
			return false;
	for (uint32_t i = 0; i < RSDP_SIZE; i++)
		sum += bi_low8(m, at + i);
	return sum == 0;
}

static uint32_t find_rsdp(const struct bi_machine *m, uint32_t start, uint32_t end)
{
	for (uint32_t at = start; at + RSDP_SIZE <= end; at += RSDP_STEP)
		if (is_rsdp(m, at))
			return at;
	return 0;
}

/* In the first KiB of the extended BIOS data area, or in the BIOS's own segments. */
uint32_t bi_acpi_find(const struct bi_machine *m)
{
	uint32_t ebda = (uint32_t)bi_low16(m, BI_BDA_EBDA) << 4;
	uint32_t found = 0;

	if (ebda >= 0x80000 && ebda <= 0xa0000 - 1024)
		found = find_rsdp(m, ebda, ebda + 1024);
	return found ? found : find_rsdp(m, 0xe0000, 0x100000);
}

void bi_params_acpi(uint8_t params[BI_PARAMS_SIZE], uint32_t rsdp)
{
	zb_store64(params + RSDP, ZB_LE, rsdp);
}
