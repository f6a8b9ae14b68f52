/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_BUILD_TEXT_H
#define ZLIVE_BUILD_TEXT_H

#include <stddef.h>
#include "base/span.h"

/*
 * A text that grows, or a file's content of any bytes. Always terminated once anything is
 * in it. After an allocation failed, `failed` is set and the text stays as it was.
 */
struct text {
	char *buf;
	size_t len, room;
	bool failed;
};

void text_done(struct text *t);
void text_add(struct text *t, const void *data, size_t len);
void text_format(struct text *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Replaces the len bytes at `at`, which lie in the text, by others. */
void text_replace(struct text *t, size_t at, size_t len, const void *data,
		  size_t data_len);

/*
 * The line whose first field, up to sep, is key: where it starts and its length without
 * the line's end. False if there is none.
 */
bool text_find_line(const struct text *t, char sep, const char *key, size_t *ret_at,
		    size_t *ret_len);

/* Ends the last line, if it is not. */
void text_end_line(struct text *t);

#endif
