/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZH_HIDDEN_H
#define ZH_HIDDEN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Asks on the controlling terminal, whatever standard input and output are, for a line that is
 * not shown. false if there is no terminal, or nothing was typed. A signal that ends the
 * program does so with the terminal as it was.
 */
bool zh_hidden_line(const char *prompt, char *buf, size_t size);

#endif
