/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BI_SERIAL_H
#define BI_SERIAL_H

#include "boot/bios/machine.h"

/* The first serial port, a 16550 or its like, by its registers. */
struct bi_serial {
	const struct bi_machine *m;
	bool present;
};

void bi_serial_init(struct bi_serial *s, const struct bi_machine *m);
/* A port that does not take what it gets is given up, lest each byte cost a timeout. */
void bi_serial_write(struct bi_serial *s, const char *text);
bool bi_serial_read(struct bi_serial *s, uint8_t *ret_byte);

#endif
