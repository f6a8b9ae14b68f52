/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/bios/memmap.h"

#define KBC_STATUS   0x64
#define KBC_DATA     0x60
#define KBC_FULL     2
#define SYSTEM_PORT  0x92
#define LOW_CELL     0x500 /* free after the BIOS data area */
#define KBC_POLLS    100000
#define SETTLE_POLLS 1000

/* With the line closed, the cell 1 MiB above is this one. */
static bool is_open(const struct bi_machine *m)
{
	volatile uint8_t *high = m->low + (1UL << 20) + LOW_CELL;
	uint8_t saved = m->low[LOW_CELL];
	bool open = false;

	for (unsigned int i = 0; i < 4 && !open; i++) {
		m->low[LOW_CELL] = (uint8_t)(0x5a + i);
		open = *high != (uint8_t)(0x5a + i);
	}
	m->low[LOW_CELL] = saved;
	return open;
}

static bool settles(const struct bi_machine *m)
{
	for (unsigned int i = 0; i < SETTLE_POLLS; i++)
		if (is_open(m))
			return true;
	return false;
}

static void kbc_wait(const struct bi_machine *m)
{
	for (unsigned int i = 0; i < KBC_POLLS; i++)
		if (!(m->in(m->ctx, KBC_STATUS) & KBC_FULL))
			return;
}

static void by_keyboard_controller(const struct bi_machine *m)
{
	kbc_wait(m);
	m->out(m->ctx, KBC_STATUS, 0xd1);
	kbc_wait(m);
	m->out(m->ctx, KBC_DATA, 0xdf);
	kbc_wait(m);
	m->out(m->ctx, KBC_STATUS, 0xff);
	kbc_wait(m);
}

int bi_a20_enable(const struct bi_machine *m, struct zb_diag *diag)
{
	struct bi_regs r = { .eax = 0x2401 };
	uint8_t port;

	if (is_open(m))
		return 0;
	bi_call(m, 0x15, &r);
	if (settles(m))
		return 0;
	port = m->in(m->ctx, SYSTEM_PORT);
	/* Bit 0 would reset the machine. */
	if (port != 0xff && !(port & 2))
		m->out(m->ctx, SYSTEM_PORT, (uint8_t)((port | 2) & ~1));
	if (settles(m))
		return 0;
	by_keyboard_controller(m);
	if (settles(m))
		return 0;
	return zb_fail(diag, ZB_EIO, "memory", ZB_DIAG_NO_OFFSET,
		       "address line A20 cannot be opened");
}
