/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_RAMDISK_TEXT_H
#define ZLIVE_RAMDISK_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Lines of words separated by blanks, as depmod and modprobe.d have them. */

/* Ends the line at its newline. The next line, or NULL after the last. */
char *rd_text_cut(char *line);

size_t rd_text_len(const char *line);	    /* without the newline */
const char *rd_text_next(const char *line); /* the text's end after the last line */

/* Word i (from 0) of a line into buf. False if there is none or it is too long. */
bool rd_text_get(const char *line, unsigned int i, char *buf, size_t size);
bool rd_text_word(const char *line, unsigned int i, const char *word);

/* Text that grows. */
struct rd_text {
	char *text; /* always terminated; NULL at first */
	size_t len, room;
};

/* Appends len bytes. False when there is no memory. */
bool rd_text_add(struct rd_text *t, const char *text, size_t len);

#endif
