/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cmd/build/text.h"

void text_done(struct text *t)
{
	free(t->buf);
	*t = (struct text){ 0 };
}

/* Room for len bytes and the terminator. */
static bool reserve(struct text *t, size_t len)
{
	size_t room = t->room ? t->room : 256;
	char *buf;

	if (t->failed)
		return false;
	if (len < t->room)
		return true;
	while (room <= len)
		room *= 2;
	buf = realloc(t->buf, room);
	if (!buf) {
		t->failed = true;
		return false;
	}
	t->buf = buf;
	t->room = room;
	return true;
}

void text_add(struct text *t, const void *data, size_t len)
{
	if (!reserve(t, t->len + len))
		return;
	if (len)
		memcpy(t->buf + t->len, data, len);
	t->len += len;
	t->buf[t->len] = '\0';
}

void text_format(struct text *t, const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0) {
		t->failed = true;
		return;
	}
	text_add(t, s, (size_t)n);
	free(s);
}

void text_replace(struct text *t, size_t at, size_t len, const void *data,
		  size_t data_len)
{
	if (!reserve(t, t->len - len + data_len))
		return;
	memmove(t->buf + at + data_len, t->buf + at + len, t->len - at - len);
	if (data_len)
		memcpy(t->buf + at, data, data_len);
	t->len = t->len - len + data_len;
	t->buf[t->len] = '\0';
}

bool text_find_line(const struct text *t, char sep, const char *key, size_t *ret_at,
		    size_t *ret_len)
{
	size_t n = strlen(key);

	for (size_t at = 0; at < t->len;) {
		const char *line = t->buf + at;
		const char *nl = memchr(line, '\n', t->len - at);
		size_t len = nl ? (size_t)(nl - line) : t->len - at;

		if (len >= n && memcmp(line, key, n) == 0 &&
		    (len == n || line[n] == sep)) {
			*ret_at = at;
			*ret_len = len;
			return true;
		}
		at += len + 1;
	}
	return false;
}

void text_end_line(struct text *t)
{
	if (t->len > 0 && t->buf[t->len - 1] != '\n')
		text_add(t, "\n", 1);
}
