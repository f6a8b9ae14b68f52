/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include "cmd/ramdisk/text.h"

char *rd_text_cut(char *line)
{
	char *end = strchr(line, '\n');

	if (!end)
		return NULL;
	*end = 0;
	return end + 1;
}

size_t rd_text_len(const char *line)
{
	return strcspn(line, "\n");
}

const char *rd_text_next(const char *line)
{
	line += rd_text_len(line);
	return *line ? line + 1 : line;
}

static const char *word_at(const char *line, unsigned int i, size_t *ret_len)
{
	for (;; i--) {
		line += strspn(line, " \t\r");
		*ret_len = strcspn(line, " \t\r\n");
		if (*ret_len == 0)
			return NULL;
		if (i == 0)
			return line;
		line += *ret_len;
	}
}

bool rd_text_get(const char *line, unsigned int i, char *buf, size_t size)
{
	size_t len;
	const char *word = word_at(line, i, &len);

	if (!word || len >= size)
		return false;
	memcpy(buf, word, len);
	buf[len] = 0;
	return true;
}

bool rd_text_word(const char *line, unsigned int i, const char *word)
{
	size_t len;
	const char *have = word_at(line, i, &len);

	return have && strlen(word) == len && memcmp(have, word, len) == 0;
}

bool rd_text_add(struct rd_text *t, const char *text, size_t len)
{
	if (t->len + len + 1 > t->room) {
		size_t room = 2 * (t->len + len) + 256;
		char *grown = realloc(t->text, room);

		if (!grown)
			return false;
		t->text = grown;
		t->room = room;
	}
	memcpy(t->text + t->len, text, len);
	t->len += len;
	t->text[t->len] = 0;
	return true;
}
