/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BI_HANDOFF_H
#define BI_HANDOFF_H

#include <stdbool.h>
#include <stdint.h>

/* The last steps before the kernel; handoff.S and cpu.c, replaced in the hosted tests. */

bool bi_cpu_is_64bit(void);

/* Six pages: everything below 4 GiB mapped to itself, in pages of 2 MiB. */
void bi_page_tables_fill(uint8_t *tables, uint32_t address);

void bi_jump32(uint32_t entry, uint32_t params);
void bi_jump64(uint32_t entry, uint32_t params, uint32_t page_tables);

#endif
