/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZB_FORMAT_H
#define ZB_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/*
 * A small snprintf for layers that have no libc. Knows %s %c %d %i %u %x %% and the length
 * prefixes l, ll, z; a width with optional 0 or - ; %.*s and %.Ns. Always terminates buf
 * (size > 0).
 *
 * Returns the length that the whole text would have had, like snprintf.
 */
size_t zb_format(char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
size_t zb_vformat(char *buf, size_t size, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

#endif
