/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_INIT_FILE_H
#define ZLIVE_INIT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include "base/diag.h"

/* A text file whole, of a real file system or of /proc and /sys; the caller frees it. */
ZB_MUST_CHECK int zi_file_read(const char *path, char **ret_text);
ZB_MUST_CHECK int zi_file_read_at(const char *folder, const char *name, char **ret_text);
/* The same, but a file that does not exist is empty. */
ZB_MUST_CHECK int zi_file_read_or_empty(const char *folder, const char *name,
					char **ret_text);

/* The first line of a short file into buf; empty if there is none. */
void zi_file_line(const char *path, char *buf, size_t size);

/* All of it to a pipe, or from one; false if that is not possible. */
bool zi_file_put(int fd, const void *buf, size_t len);
bool zi_file_get(int fd, void *buf, size_t len);

/* Ends a function that failed as errno says: "what: text: No such file or directory". */
int zi_fail_errno(struct zb_diag *diag, const char *what, const char *text);

/* Writes text to an existing file, for /proc and /sys. */
int zi_file_write(const char *path, const char *text);

#endif
