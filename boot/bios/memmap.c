/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory map. Source: ACPI specification, "System Address Map Interfaces"; for what real
 * BIOSes do instead, long experience: no "SMAP" in the answer, an error as the end, entries of
 * length 0, continuation values that never end, entries that overlap.
 */
#include "boot/bios/memmap.h"

#define SMAP	    0x534d4150
#define ENTRY	    BI_LOW_BUFFERS
#define ENTRY_SIZE  24
#define ENTRY_ASKED 20
#define MIB	    (1ULL << 20)

static void add(struct bi_memory *memory, uint64_t start, uint64_t len, uint32_t type)
{
	if (len == 0 || memory->n == BI_RANGES_MAX)
		return;
	if (len > UINT64_MAX - start)
		len = UINT64_MAX - start;
	memory->ranges[memory->n++] = (struct bi_range){ start, len, type };
}

/* Attributes, the sixth word: bit 0 clear says that the entry does not count. */
static bool is_ignored(const struct bi_machine *m, uint32_t size)
{
	return size >= ENTRY_SIZE && !(bi_low32(m, ENTRY + 20) & 1);
}

static bool by_e820(const struct bi_machine *m, struct bi_memory *memory)
{
	uint32_t next = 0;

	memory->source = "E820";
	for (unsigned int i = 0; i < BI_RANGES_MAX; i++) {
		struct bi_regs r = {
			.eax = 0xe820,
			.ebx = next,
			.ecx = ENTRY_SIZE,
			.edx = SMAP,
			.edi = ENTRY,
		};

		bi_low_zero(m, ENTRY, ENTRY_SIZE);
		bi_put32(m, ENTRY + 20, 1);
		bi_call(m, 0x15, &r);
		if (bi_failed(&r) || r.eax != SMAP || r.ecx < ENTRY_ASKED)
			break;
		if (!is_ignored(m, r.ecx))
			add(memory, bi_low64(m, ENTRY), bi_low64(m, ENTRY + 8),
			    bi_low32(m, ENTRY + 16));
		next = r.ebx;
		if (next == 0)
			break;
	}
	return memory->n > 0;
}

static void add_low(const struct bi_machine *m, struct bi_memory *memory)
{
	struct bi_regs r = { 0 };

	bi_call(m, 0x12, &r);
	add(memory, 0, (uint64_t)(r.eax & 0xffff) << 10, BI_RANGE_USABLE);
}

/* KiB between 1 and 16 MiB, and 64 KiB units above; in AX and BX, or in CX and DX. */
static bool by_e801(const struct bi_machine *m, struct bi_memory *memory)
{
	struct bi_regs r = { .eax = 0xe801 };
	uint64_t kib, units;

	memory->source = "E801";
	bi_call(m, 0x15, &r);
	if (bi_failed(&r))
		return false;
	kib = (r.eax & 0xffff) ? r.eax & 0xffff : r.ecx & 0xffff;
	units = (r.eax & 0xffff) ? r.ebx & 0xffff : r.edx & 0xffff;
	if (kib == 0 || kib > 15 * 1024)
		return false;
	add_low(m, memory);
	add(memory, MIB, kib << 10, BI_RANGE_USABLE);
	add(memory, 16 * MIB, units << 16, BI_RANGE_USABLE);
	return true;
}

static bool by_88h(const struct bi_machine *m, struct bi_memory *memory)
{
	struct bi_regs r = { .eax = 0x8800 };

	memory->source = "88h";
	bi_call(m, 0x15, &r);
	if (bi_failed(&r) || (r.eax & 0xffff) == 0)
		return false;
	add_low(m, memory);
	add(memory, MIB, (uint64_t)(r.eax & 0xffff) << 10, BI_RANGE_USABLE);
	return true;
}

/* The end of what is usable from at on: the range's, or where another kind of range starts. */
static uint64_t usable_until(const struct bi_memory *memory, uint64_t at)
{
	uint64_t end = at;

	for (unsigned int i = 0; i < memory->n; i++) {
		const struct bi_range *r = &memory->ranges[i];

		if (r->type == BI_RANGE_USABLE && at >= r->start &&
		    at - r->start < r->len && r->start + r->len > end)
			end = r->start + r->len;
	}
	for (unsigned int i = 0; i < memory->n; i++) {
		const struct bi_range *r = &memory->ranges[i];

		if (r->type != BI_RANGE_USABLE && r->start < end &&
		    r->start + r->len > at)
			end = r->start > at ? r->start : at;
	}
	return end;
}

/* Something usable can start only where a range starts or another kind ends. */
static uint64_t next_border(const struct bi_memory *memory, uint64_t at)
{
	uint64_t next = UINT64_MAX;

	for (unsigned int i = 0; i < memory->n; i++) {
		const struct bi_range *r = &memory->ranges[i];
		uint64_t end = r->start + r->len;

		if (r->start > at && r->start < next)
			next = r->start;
		if (end > at && end < next)
			next = end;
	}
	return next;
}

bool bi_memory_usable(const struct bi_memory *memory, uint64_t from, uint64_t *ret_start,
		      uint64_t *ret_len)
{
	uint64_t end;

	for (; from != UINT64_MAX; from = next_border(memory, from)) {
		end = usable_until(memory, from);
		if (end > from) {
			*ret_start = from;
			*ret_len = end - from;
			return true;
		}
	}
	return false;
}

int bi_memory_detect(const struct bi_machine *m, struct bi_memory *ret_memory,
		     struct zb_diag *diag)
{
	uint64_t start, len;

	ret_memory->n = 0;
	if (!by_e820(m, ret_memory) && !by_e801(m, ret_memory) && !by_88h(m, ret_memory))
		return zb_fail(diag, ZB_ENOTSUP, "memory", ZB_DIAG_NO_OFFSET,
			       "the BIOS does not say how much there is (E820, E801, "
			       "88h)");
	if (!bi_memory_usable(ret_memory, 0, &start, &len) || start > BI_LOW_BUFFERS ||
	    start + len < BI_LOW_END)
		return zb_fail(diag, ZB_ENOMEM, "memory", ZB_DIAG_NO_OFFSET,
			       "the first 512 KiB are not all there (%llu KiB from %llx)",
			       (unsigned long long)len >> 10, (unsigned long long)start);
	return 0;
}
