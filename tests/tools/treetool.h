/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREETOOL_H
#define TREETOOL_H

/* Prints one JSON object per file system object under dir, sorted; exits on any error. */
void manifest_print(const char *dir);

/* Prints "treetool: " and the message with errno's text, and exits with status 1. */
void die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif
