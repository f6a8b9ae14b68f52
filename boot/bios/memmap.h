/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BI_MEMMAP_H
#define BI_MEMMAP_H

#include "base/diag.h"
#include "boot/bios/machine.h"

#define BI_RANGES_MAX 256

enum bi_range_type {
	BI_RANGE_USABLE = 1,
	BI_RANGE_RESERVED = 2,
};

struct bi_range {
	uint64_t start, len;
	uint32_t type; /* enum bi_range_type, and what else a BIOS may say */
};

/* The memory map as the BIOS gives it, which is also what Linux wants. */
struct bi_memory {
	struct bi_range ranges[BI_RANGES_MAX];
	unsigned int n;
	const char *source; /* "E820", "E801" or "88h" */
};

/*
 * By int 15h E820, else E801, else 88h. ZB_ENOTSUP if the BIOS knows none of them, ZB_ENOMEM if
 * what stage 2 itself takes below 512 KiB is not all memory.
 */
ZB_MUST_CHECK int bi_memory_detect(const struct bi_machine *m,
				   struct bi_memory *ret_memory, struct zb_diag *diag);

/*
 * The lowest usable piece at or above from: in a usable range and in no other one. False if
 * there is none. Walk with from = *ret_start + *ret_len.
 */
bool bi_memory_usable(const struct bi_memory *memory, uint64_t from, uint64_t *ret_start,
		      uint64_t *ret_len);

/* Opens address line 20, without which every second MiB is the one below it. */
ZB_MUST_CHECK int bi_a20_enable(const struct bi_machine *m, struct zb_diag *diag);

#endif
