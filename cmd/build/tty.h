/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_BUILD_TTY_H
#define ZLIVE_BUILD_TTY_H

/*
 * A line typed on standard input without being shown. NULL on failure; the caller frees
 * it.
 */
char *tty_read_hidden(void);

#endif
