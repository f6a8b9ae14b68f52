/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_INIT_CONSOLE_H
#define ZLIVE_INIT_CONSOLE_H

#include <stdbool.h>
#include <sys/types.h>
#include "base/diag.h"

#define ZI_CONSOLES 4

/*
 * Every terminal that the kernel uses as a console, not only the one behind /dev/console:
 * nobody can know whether the user looks at the screen or at the serial line.
 */
struct zi_console {
	unsigned int n;
	struct {
		char path[48]; /* "/dev/ttyS0", "/dev/tty1" */
		int fd;	       /* non-blocking */
	} at[ZI_CONSOLES];
};

void zi_console_open(struct zi_console *c);
void zi_console_close(struct zi_console *c);

/* A line "zlive: ..." on every console. */
void zi_say(const struct zi_console *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void zi_say_diag(const struct zi_console *c, const struct zb_diag *diag);

/* Text as it is on every console. */
void zi_console_write(const struct zi_console *c, const char *text);

/*
 * Whether somebody has typed a line since the last call; it goes to buf without its end, cut
 * to size. More lines of the same moment are dropped.
 */
bool zi_console_typed(const struct zi_console *c, char *buf, size_t size);

/*
 * Asks on every console, without echo, and takes the first line typed. ZB_EIO if there is
 * no console to ask on.
 */
ZB_MUST_CHECK int zi_console_ask(const struct zi_console *c, const char *prompt,
				 char *buf, size_t size);

/* In a child: makes console i the controlling terminal and standard input and outputs. */
void zi_console_take(const struct zi_console *c, unsigned int i);

#endif
