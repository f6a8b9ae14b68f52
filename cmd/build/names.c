/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include "cmd/build/names.h"

/* The number after the second colon of a line of len bytes. */
static int id_parse(const char *line, size_t len, uint32_t *ret_id)
{
	const char *end = line + len;
	const char *p = memchr(line, ':', len);
	uint64_t id = 0;

	p = p ? memchr(p + 1, ':', (size_t)(end - p - 1)) : NULL;
	if (!p || p + 1 == end || p[1] < '0' || p[1] > '9')
		return ZB_ENOENT;
	for (p++; p < end && *p >= '0' && *p <= '9'; p++) {
		id = id * 10 + (uint64_t)(*p - '0');
		if (id > UINT32_MAX)
			return ZB_ENOENT;
	}
	*ret_id = (uint32_t)id;
	return 0;
}

int names_find(const char *text, size_t len, const char *name, uint32_t *ret_id)
{
	size_t n = strlen(name);

	while (len > 0) {
		const char *nl = memchr(text, '\n', len);
		size_t line = nl ? (size_t)(nl - text) : len;

		if (line > n && memcmp(text, name, n) == 0 && text[n] == ':')
			return id_parse(text, line, ret_id);
		line += nl != NULL;
		text += line;
		len -= line;
	}
	return ZB_ENOENT;
}
