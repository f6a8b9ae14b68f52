/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>
#include "host/normalize.h"
#include "read/read.h"

#define SHARP_S 0xdf

/*
 * OpenZFS's tables are of Unicode 5.0, those of the library newer: a letter that has got an upper
 * case since then stays what it is there, as the sharp s.
 */
static utf8proc_int32_t upper(utf8proc_int32_t c)
{
	return c == SHARP_S ? c : utf8proc_toupper(c);
}

/* Character by character; bytes that are no UTF-8 stay as they are. */
static int to_upper(const char *name, char *out, size_t size)
{
	const utf8proc_uint8_t *in = (const utf8proc_uint8_t *)name;
	utf8proc_ssize_t left = (utf8proc_ssize_t)strlen(name), n;
	utf8proc_int32_t c;

	while (left > 0) {
		if (size < 5)
			return ZB_ENAMETOOLONG;
		n = utf8proc_iterate(in, left, &c);
		if (n > 0) {
			utf8proc_ssize_t m =
				utf8proc_encode_char(upper(c), (utf8proc_uint8_t *)out);

			out += m;
			size -= (size_t)m;
		} else {
			n = 1;
			*out++ = (char)*in;
			size--;
		}
		in += n;
		left -= n;
	}
	*out = '\0';
	return 0;
}

int zh_normalize(void *ctx, const char *name, unsigned int flags, char *out, size_t size)
{
	int form = UTF8PROC_STABLE | UTF8PROC_NULLTERM;
	utf8proc_uint8_t *done;
	size_t len;
	int error;

	if (size < strlen(name) + 1)
		return ZB_ENAMETOOLONG;
	if (flags & ZR_NORMAL_UPPER) {
		error = to_upper(name, out, size);
		if (error)
			return error;
	} else {
		memcpy(out, name, strlen(name) + 1);
	}
	if (!(flags & (ZR_NORMAL_DECOMPOSE | ZR_NORMAL_COMPATIBLE)))
		return 0;
	form |= flags & ZR_NORMAL_COMPOSE ? UTF8PROC_COMPOSE : UTF8PROC_DECOMPOSE;
	if (flags & ZR_NORMAL_COMPATIBLE)
		form |= UTF8PROC_COMPAT;
	/* What is no UTF-8 has no normal form: such a file system holds none. */
	if (utf8proc_map((const utf8proc_uint8_t *)out, 0, &done,
			 (utf8proc_option_t)form) < 0)
		return 0;
	len = strlen((const char *)done);
	error = len < size ? 0 : ZB_ENAMETOOLONG;
	if (!error)
		memcpy(out, done, len + 1);
	free(done);
	return error;
}
