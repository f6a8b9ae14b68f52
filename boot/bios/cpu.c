/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/span.h"
#include "boot/bios/handoff.h"

#define PAGE	   4096
#define ENTRIES	   512
#define N_GIB	   4
#define PRESENT_RW 3
#define LARGE	   0x80
#define LONG_MODE  (1U << 29)

static void cpuid(uint32_t leaf, uint32_t *ret_eax, uint32_t *ret_edx)
{
	uint32_t ebx, ecx = 0;

	__asm__ volatile("cpuid"
			 : "=a"(*ret_eax), "=b"(ebx), "+c"(ecx), "=d"(*ret_edx)
			 : "a"(leaf));
}

bool bi_cpu_is_64bit(void)
{
	uint32_t eax, edx;

	cpuid(0x80000000, &eax, &edx);
	if (eax < 0x80000001)
		return false;
	cpuid(0x80000001, &eax, &edx);
	return edx & LONG_MODE;
}

void bi_page_tables_fill(uint8_t *tables, uint32_t address)
{
	__builtin_memset(tables, 0, (2 + N_GIB) * PAGE);
	zb_store64(tables, ZB_LE, (address + PAGE) | PRESENT_RW);
	for (uint32_t i = 0; i < N_GIB; i++)
		zb_store64(tables + PAGE + i * 8, ZB_LE,
			   (address + (2 + i) * PAGE) | PRESENT_RW);
	for (uint32_t i = 0; i < N_GIB * ENTRIES; i++)
		zb_store64(tables + 2 * PAGE + i * 8, ZB_LE,
			   (uint64_t)i << 21 | LARGE | PRESENT_RW);
}
