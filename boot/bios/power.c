/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/bios/bios.h"

#define KBC_COMMAND 0x64
#define KBC_RESET   0xfe
#define RESET_PORT  0xcf9
#define WAIT_TICKS  4

static void wait(const struct bi_context *c)
{
	uint32_t start = bi_ticks(c->m);

	while (bi_ticks(c->m) - start < WAIT_TICKS)
		c->m->halt(c->m->ctx);
}

void bi_reboot(void *ctx)
{
	struct bi_context *c = ctx;

	c->m->out(c->m->ctx, KBC_COMMAND, KBC_RESET);
	wait(c);
	c->m->out(c->m->ctx, RESET_PORT, 0x02);
	c->m->out(c->m->ctx, RESET_PORT, 0x06);
	wait(c);
}

static bool apm(struct bi_context *c, uint32_t function, uint32_t ebx, uint32_t ecx)
{
	struct bi_regs r = { .eax = 0x5300 | function, .ebx = ebx, .ecx = ecx };

	bi_call(c->m, 0x15, &r);
	return !bi_failed(&r);
}

/* Advanced Power Management, which BIOSes still offer; ACPI would need an interpreter. */
void bi_power_off(void *ctx)
{
	struct bi_context *c = ctx;

	if (apm(c, 0x00, 0, 0)) {
		apm(c, 0x01, 0, 0);	 /* connect */
		apm(c, 0x0e, 0, 0x0102); /* as a driver of version 1.2 */
		apm(c, 0x08, 1, 1);	 /* power management on */
		apm(c, 0x07, 1, 3);	 /* all devices off */
		wait(c);
	}
	bi_console_leave(c);
	bi_console_print(c,
			 "zlive: this BIOS has no call to switch off: use the switch.");
	bi_console_key(c, -1);
}
