/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/bios/serial.h"

#define PORT 0x3f8

enum {
	DATA = PORT,
	DIVISOR_LOW = PORT, /* with LCR_DIVISOR */
	DIVISOR_HIGH = PORT + 1,
	INTERRUPTS = PORT + 1,
	FIFO = PORT + 2,
	LCR = PORT + 3,
	MCR = PORT + 4,
	LSR = PORT + 5,
	SCRATCH = PORT + 7,

	FIFO_ON = 0x07, /* and emptied */
	LCR_8N1 = 0x03,
	LCR_DIVISOR = 0x80,
	MCR_READY = 0x03, /* DTR and RTS */
	LSR_RECEIVED = 1,
	LSR_EMPTY = 0x20,
	DIVISOR_115200 = 1,
	POLLS = 200000, /* of about a microsecond: more than a byte takes at 300 baud */
};

static bool is_there(const struct bi_machine *m)
{
	m->out(m->ctx, SCRATCH, 0x5a);
	if (m->in(m->ctx, SCRATCH) != 0x5a)
		return false;
	m->out(m->ctx, SCRATCH, 0xa5);
	return m->in(m->ctx, SCRATCH) == 0xa5 && m->in(m->ctx, LSR) != 0xff;
}

void bi_serial_init(struct bi_serial *s, const struct bi_machine *m)
{
	*s = (struct bi_serial){ .m = m, .present = is_there(m) };
	if (!s->present)
		return;
	m->out(m->ctx, INTERRUPTS, 0);
	m->out(m->ctx, LCR, LCR_DIVISOR);
	m->out(m->ctx, DIVISOR_LOW, DIVISOR_115200);
	m->out(m->ctx, DIVISOR_HIGH, 0);
	m->out(m->ctx, LCR, LCR_8N1);
	m->out(m->ctx, FIFO, FIFO_ON);
	m->out(m->ctx, MCR, MCR_READY);
}

void bi_serial_write(struct bi_serial *s, const char *text)
{
	const struct bi_machine *m = s->m;

	for (; s->present && *text; text++) {
		unsigned int left = POLLS;

		while (left > 0 && !(m->in(m->ctx, LSR) & LSR_EMPTY))
			left--;
		if (left == 0)
			s->present = false;
		else
			m->out(m->ctx, DATA, (uint8_t)*text);
	}
}

bool bi_serial_read(struct bi_serial *s, uint8_t *ret_byte)
{
	const struct bi_machine *m = s->m;

	if (!s->present || !(m->in(m->ctx, LSR) & LSR_RECEIVED))
		return false;
	*ret_byte = m->in(m->ctx, DATA);
	return true;
}
