/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BI_PARAMS_H
#define BI_PARAMS_H

#include "base/span.h"
#include "boot/bios/disk.h"
#include "boot/bios/kernel.h"
#include "boot/bios/memmap.h"

/* struct boot_params of Linux, the "zero page": what a kernel is told. */
#define BI_PARAMS_SIZE	    4096
#define BI_PARAMS_E820_MAX  128
#define BI_PARAMS_E820_SIZE 20

/* Zeroes params and copies the kernel's setup header into it. */
void bi_params_init(uint8_t params[BI_PARAMS_SIZE], struct zb_span file,
		    const struct bi_kernel *kernel);

void bi_params_ramdisk(uint8_t params[BI_PARAMS_SIZE], uint32_t start, uint32_t size);
void bi_params_cmdline(uint8_t params[BI_PARAMS_SIZE], uint32_t address);

/*
 * The memory map: up to BI_PARAMS_E820_MAX ranges; what is beyond goes to extra, a node of
 * setup_data of bi_params_extra_size() bytes at the address of that, if that is not 0.
 */
uint32_t bi_params_extra_size(const struct bi_memory *memory);
void bi_params_memory(uint8_t params[BI_PARAMS_SIZE], const struct bi_memory *memory,
		      uint8_t *extra, uint32_t extra_address);

/* By calls of the BIOS: text screen, keyboard flags, drives with their MBR signatures. */
void bi_params_screen(uint8_t params[BI_PARAMS_SIZE], const struct bi_machine *m);
void bi_params_drives(uint8_t params[BI_PARAMS_SIZE], const struct bi_machine *m);

/* The ACPI root pointer; 0 if there is none where BIOSes put it. */
uint32_t bi_acpi_find(const struct bi_machine *m);
void bi_params_acpi(uint8_t params[BI_PARAMS_SIZE], uint32_t rsdp);

#endif
