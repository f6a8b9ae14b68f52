/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BI_MACHINE_H
#define BI_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "boot/bios/layout.h"

/* The registers of a BIOS call; the assembly in thunk.S knows the layout. */
struct bi_regs {
	uint32_t edi, esi, ebp, esp, ebx, edx, ecx, eax;
	uint16_t ds, es;
	uint32_t flags; /* as the BIOS leaves them */
};

#define BI_FLAG_CARRY 1
#define BI_FLAG_ZERO  0x40

/* A PC, real or simulated: all that stage 2's C code touches of it. */
struct bi_machine {
	void *ctx;
	/* The first MiB; a volatile pointer, since the BIOS writes there behind our back. */
	volatile uint8_t *low;
	void (*call)(void *ctx, unsigned int vector, struct bi_regs *regs);
	/* Sleeps until the next interrupt. */
	void (*halt)(void *ctx);
	uint8_t (*in)(void *ctx, uint16_t port);
	void (*out)(void *ctx, uint16_t port, uint8_t value);
};

static inline void bi_call(const struct bi_machine *m, unsigned int vector,
			   struct bi_regs *regs)
{
	m->call(m->ctx, vector, regs);
}

static inline bool bi_failed(const struct bi_regs *regs)
{
	return regs->flags & BI_FLAG_CARRY;
}

static inline uint8_t bi_low8(const struct bi_machine *m, uint32_t at)
{
	return m->low[at];
}

static inline uint16_t bi_low16(const struct bi_machine *m, uint32_t at)
{
	return (uint16_t)(m->low[at] | m->low[at + 1] << 8);
}

static inline uint32_t bi_low32(const struct bi_machine *m, uint32_t at)
{
	return bi_low16(m, at) | (uint32_t)bi_low16(m, at + 2) << 16;
}

static inline uint64_t bi_low64(const struct bi_machine *m, uint32_t at)
{
	return bi_low32(m, at) | (uint64_t)bi_low32(m, at + 4) << 32;
}

static inline void bi_put16(const struct bi_machine *m, uint32_t at, uint16_t v)
{
	m->low[at] = (uint8_t)v;
	m->low[at + 1] = (uint8_t)(v >> 8);
}

static inline void bi_put32(const struct bi_machine *m, uint32_t at, uint32_t v)
{
	bi_put16(m, at, (uint16_t)v);
	bi_put16(m, at + 2, (uint16_t)(v >> 16));
}

static inline void bi_put64(const struct bi_machine *m, uint32_t at, uint64_t v)
{
	bi_put32(m, at, (uint32_t)v);
	bi_put32(m, at + 4, (uint32_t)(v >> 32));
}

static inline void bi_low_zero(const struct bi_machine *m, uint32_t at, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		m->low[at + i] = 0;
}

/* What the BIOS has put below 1 MiB; it does so only during calls. */
static inline void bi_low_copy(const struct bi_machine *m, void *to, uint32_t at,
			       size_t len)
{
	__asm__ volatile("" : : : "memory");
	__builtin_memcpy(to, (const void *)(uintptr_t)(m->low + at), len);
}

/* BIOS data area: timer ticks, 18.2 a second, and how many fixed disks there are. */
#define BI_BDA_COM1   0x400
#define BI_BDA_EBDA   0x40e
#define BI_BDA_CURSOR 0x450
#define BI_BDA_TICKS  0x46c
#define BI_BDA_DISKS  0x475

static inline uint32_t bi_ticks(const struct bi_machine *m)
{
	return bi_low32(m, BI_BDA_TICKS);
}

#endif
