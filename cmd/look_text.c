/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cmd/look.h"

void look_print_name(FILE *out, const char *name)
{
	if (!isatty(fileno(out))) {
		fputs(name, out);
		return;
	}
	for (const unsigned char *p = (const unsigned char *)name; *p; p++) {
		if (*p < 0x20 || *p == 0x7f || *p == '\\')
			fprintf(out, "\\%03o", *p);
		else
			fputc(*p, out);
	}
}

size_t look_utf8_len(const unsigned char *p)
{
	size_t len = p[0] < 0x80   ? 1
		     : p[0] < 0xc2 ? 0
		     : p[0] < 0xe0 ? 2
		     : p[0] < 0xf0 ? 3
		     : p[0] < 0xf5 ? 4
				   : 0;

	for (size_t i = 1; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return len;
}

void look_json_name(struct json_object *obj, const char *key, const char *name)
{
	const unsigned char *p = (const unsigned char *)name;
	size_t len = strlen(name), n = 0, out = 0;
	char *text = calloc(1, 3 * len + 1), hex_key[64];
	bool bad = false;

	if (!text)
		abort();
	for (; *p; p += n ? n : 1) {
		n = look_utf8_len(p);
		memcpy(text + out, n ? (const char *)p : "\xef\xbf\xbd", n ? n : 3);
		out += n ? n : 3;
		bad |= n == 0;
	}
	json_object_object_add(obj, key, json_object_new_string_len(text, (int)out));
	free(text);
	if (bad) {
		snprintf(hex_key, sizeof(hex_key), "%s_hex", key);
		look_json_hex(obj, hex_key, zb_span(name, len));
	}
}

void look_json_u64(struct json_object *obj, const char *key, uint64_t v)
{
	json_object_object_add(obj, key, json_object_new_uint64(v));
}

void look_json_hex(struct json_object *obj, const char *key, struct zb_span value)
{
	char *text = malloc(2 * value.len + 1);

	if (!text)
		abort();
	for (size_t i = 0; i < value.len; i++)
		snprintf(text + 2 * i, 3, "%02x", value.ptr[i]);
	json_object_object_add(obj, key,
			       json_object_new_string_len(text, (int)(2 * value.len)));
	free(text);
}

void look_json_print(struct json_object *obj)
{
	fputs(json_object_to_json_string_ext(obj, JSON_C_TO_STRING_PLAIN |
							  JSON_C_TO_STRING_NOSLASHESCAPE),
	      stdout);
}

int look_output_done(struct zb_diag *diag)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	return zb_fail(diag, ZB_EIO, "standard output", ZB_DIAG_NO_OFFSET, "%s",
		       strerror(errno));
}
